//! A kept message in the words of any release's schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::viewed::is_told_exposure;
use super::{Meaning, Viewed};
use crate::profile::{FieldError, Ignored, Schema, Value, by_sent_name, cast, parse_moment, read_event};

/// The text is no message that this program kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no kept message: {0}")]
pub struct NotKept(String);

/// What a kept message means under a schema. Depends on nothing else, so that cells which a later release asks for can be
/// filled from messages of years ago.
///
/// Nothing is refused any more: what the schema does not declare, and what does not fit it, is counted in
/// [`Meaning::ignored`].
///
/// # Errors
/// [`NotKept`] for text that [`super::read_call`] did not make.
pub fn interpret(schema: &Schema, kept: &str) -> Result<Meaning, NotKept> {
    let message = serde_json::from_str(kept).map_err(|cause| NotKept(cause.to_string()))?;
    meaning(schema, &message).map_err(|cause| NotKept(cause.to_string()))
}

/// The meaning of a message in its kept form.
pub(super) fn meaning(schema: &Schema, message: &Map<String, Json>) -> Result<Meaning, FieldError> {
    let mut ignored = Ignored::default();
    let at = message.get("timestamp").and_then(Json::as_str).and_then(|text| parse_moment(text).ok());
    let at = at.ok_or_else(|| FieldError::new("timestamp", "the message has no time", "send RFC 3339"))?;
    let mut event = read_event(schema, message, at, &mut ignored)?;
    let viewed = if is_told_exposure(schema, message) {
        // It is no behaviour, and needs no declaration.
        (ignored.events, ignored.properties) = (0, 0);
        event.take().and_then(|event| Viewed::read(message.get("properties")?.as_object()?, event.context))
    } else {
        None
    };
    if let Some(event) = &mut event {
        event.context.zone.get_or_insert_with(|| schema.zone.clone());
    }
    let context = message.get("context").and_then(Json::as_object);
    let mut attributes = BTreeMap::new();
    read_traits(schema, context.and_then(|context| context.get("traits")), &mut attributes, &mut ignored);
    let kind = message.get("type").and_then(Json::as_str);
    if kind == Some("identify") {
        read_traits(schema, message.get("traits"), &mut attributes, &mut ignored);
    }
    let group = message.get("groupId").filter(|_| kind == Some("group"));
    if let Some(group) = group
        && let Some(declared) = by_sent_name(&schema.attributes, "groupId")
    {
        attributes.extend(cast(declared, group).ok().flatten().map(|value| (Arc::clone(&declared.name), value)));
    }
    let consent = context.map_or_else(BTreeMap::new, |context| consent(schema, context, &mut ignored));
    Ok(Meaning {
        event,
        attributes: attributes.into_iter().collect(),
        consent: consent.into_iter().collect(),
        group: group.and_then(Json::as_str).map(Arc::from),
        viewed,
        ignored,
    })
}

/// What was said later, or nearer to the visitor, counts: the same attribute twice is the last.
fn read_traits(
    schema: &Schema,
    sent: Option<&Json>,
    attributes: &mut BTreeMap<Arc<str>, Value>,
    ignored: &mut Ignored,
) {
    for (name, value) in sent.and_then(Json::as_object).into_iter().flatten() {
        let Some(declared) = by_sent_name(&schema.attributes, name) else {
            ignored.attributes += 1;
            continue;
        };
        match cast(declared, value) {
            Ok(value) => attributes.extend(value.map(|value| (Arc::clone(&declared.name), value))),
            Err(_) => ignored.uncastable += 1,
        }
    }
}

/// `context.consent.categoryPreferences`: purposes with true or false.
fn consent(schema: &Schema, context: &Map<String, Json>, ignored: &mut Ignored) -> BTreeMap<Arc<str>, bool> {
    let said = context.get("consent").and_then(|consent| consent.get("categoryPreferences")).and_then(Json::as_object);
    let mut consent = BTreeMap::new();
    for (name, said) in said.into_iter().flatten() {
        match said {
            Json::Bool(said) => consent.extend(schema.consented(name).map(|purpose| (purpose, *said))),
            _ => ignored.uncastable += 1,
        }
    }
    consent
}
