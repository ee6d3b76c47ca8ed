//! Reads the usual body of `/v1/decide` in one pass, without a tree of JSON values.
//!
//! In: JSON bytes. Out: the same request that the thorough reader would give, or `None` for anything unusual: a mistake,
//! events, an escape. The thorough reader then reads it again and says what is wrong, so this one needs no messages.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess};
use serde_json::value::RawValue;

use super::request::{MAX_SLOTS, Request};
use crate::profile::{Context, Schema, Visitor};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'b> {
    #[serde(borrow)]
    visitor: Who<'b>,
    #[serde(borrow)]
    context: Option<&'b RawValue>,
    #[serde(borrow)]
    slots: Option<Vec<Text<'b>>>,
    explain: Option<bool>,
    #[serde(borrow)]
    expose: Option<Text<'b>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Who<'b> {
    #[serde(borrow)]
    id: Text<'b>,
    #[serde(borrow)]
    attributes: Option<Pairs<'b, &'b RawValue>>,
    #[serde(borrow)]
    consent: Option<Pairs<'b, Option<bool>>>,
}

/// A text, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'b>(#[serde(borrow)] Cow<'b, str>);

/// The fields of an object in their order.
struct Pairs<'b, T>(Vec<(Cow<'b, str>, T)>);

impl<'de: 'b, 'b, T: Deserialize<'de>> Deserialize<'de> for Pairs<'b, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'b, T>(PhantomData<(&'b (), T)>);

        impl<'de: 'b, 'b, T: Deserialize<'de>> serde::de::Visitor<'de> for Reader<'b, T> {
            type Value = Pairs<'b, T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// The request that a usual body asks for.
pub(super) fn read(body: &[u8], schema: &Schema) -> Option<Request> {
    let Body { visitor, context, slots, explain, expose } = serde_json::from_slice(body).ok()?;
    let exposes_later = expose.as_ref().is_some_and(|Text(when)| when == "seen");
    if expose.is_some_and(|Text(when)| when != "now" && when != "seen") {
        return None;
    }
    let attributes = visitor.attributes.map(|pairs| pairs.0).unwrap_or_default();
    let consent = visitor.consent.map(|pairs| pairs.0).unwrap_or_default();
    let (visitor, of_visitor) = Visitor::from_pairs(schema, &visitor.id.0, &attributes, &consent)?;
    let (context, of_context) = match context {
        None => Default::default(),
        Some(written) => {
            Context::read(schema, &serde_json::from_str::<Option<_>>(written.get()).ok()?.unwrap_or_default()).ok()?
        }
    };
    let slots = match slots {
        None => None,
        Some(slots) => Some(names(&slots)?),
    };
    let ignored = of_visitor.and(of_context);
    Some(Request {
        is_apart: context.is_bot,
        visitor,
        context,
        slots,
        explain: explain.unwrap_or_default(),
        exposes_later,
        brings_events: false,
        ignored,
    })
}

/// Each slot once and not too many.
fn names(slots: &[Text<'_>]) -> Option<Vec<Arc<str>>> {
    let different: BTreeSet<&str> = slots.iter().map(|slot| &*slot.0).collect();
    let good = slots.len() <= MAX_SLOTS && different.len() == slots.len();
    good.then(|| slots.iter().map(|slot| Arc::from(&*slot.0)).collect())
}
