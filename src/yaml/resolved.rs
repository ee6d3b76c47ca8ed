//! What serde_yaml makes of a text, with repeated keys kept.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value without its place. Numbers are only known to be numbers: their written form comes from the outline.
#[derive(Debug)]
pub(super) enum Resolved {
    Null,
    Boolean(bool),
    Number,
    Text(String),
    List(Vec<Resolved>),
    Map(Vec<(Resolved, Resolved)>),
}

/// Reads a text that holds one document.
pub(super) fn resolve(text: &str) -> Result<Resolved, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

impl<'de> Deserialize<'de> for Resolved {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Resolve)
    }
}

struct Resolve;

impl<'de> Visitor<'de> for Resolve {
    type Value = Resolved;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Resolved, E> {
        Ok(Resolved::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Resolved, E> {
        Ok(Resolved::Boolean(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Resolved, E> {
        Ok(Resolved::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Resolved, E> {
        Ok(Resolved::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Resolved, E> {
        Ok(Resolved::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Resolved, E> {
        Ok(Resolved::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Resolved, E> {
        Ok(Resolved::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Resolved, E> {
        Ok(Resolved::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Resolved, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Resolved::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resolved, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Resolved::Map(entries))
    }
}
