//! The ids of a message.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::refusal::Refusal;
use super::{Kind, MAX_MESSAGE_ID_CHARS, Reason};
use crate::profile::MAX_VISITOR_ID_CHARS;

/// The fields of a message that hold an id of a visitor or group.
const ID_FIELDS: [&str; 4] = ["userId", "anonymousId", "previousId", "groupId"];

/// Who a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) visitor: Arc<str>,
    pub(super) joins: Option<Arc<str>>,
}

/// An id as text; numbers are written out, empty ones are none.
pub(super) fn id_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Makes texts of all ids; empty ones are taken out.
pub(super) fn write_out(message: &mut Map<String, Json>) -> Result<(), Refusal> {
    for name in ID_FIELDS {
        let Some(value) = message.get_mut(name) else { continue };
        match id_text(value) {
            Some(id) if id.chars().count() > MAX_VISITOR_ID_CHARS => {
                let cause = format!("`{name}` is longer than {MAX_VISITOR_ID_CHARS} characters; send a shorter id");
                return Err(Refusal::new(Reason::BadId, cause));
            }
            Some(id) => *value = Json::String(id),
            None if value.as_str() == Some("") => drop(message.shift_remove(name)),
            None => {
                return Err(Refusal::new(Reason::BadId, format!("`{name}` is neither text nor number; send a text")));
            }
        }
    }
    Ok(())
}

/// Who a message with written-out ids is about.
pub(super) fn visitor(kind: Kind, message: &Map<String, Json>) -> Result<Ids, Refusal> {
    let id = |name: &str| message.get(name).and_then(Json::as_str);
    let (user, anonymous) = (id("userId"), id("anonymousId"));
    let Some(visitor) = user.or(anonymous) else {
        let cause = "the message has neither `userId` nor `anonymousId`; send the one you know";
        return Err(Refusal::new(Reason::NoVisitor, cause));
    };
    let joins = match kind {
        Kind::Identify => anonymous,
        Kind::Alias => Some(id("previousId").or(anonymous).ok_or_else(|| {
            Refusal::new(Reason::NoVisitor, "the alias has no `previousId`; send the id that the visitor had before")
        })?),
        Kind::Group if id("groupId").is_none() => {
            return Err(Refusal::new(Reason::BadField, "the group call has no `groupId`; send the id of the group"));
        }
        _ => None,
    };
    Ok(Ids { visitor: visitor.into(), joins: joins.filter(|other| *other != visitor).map(Arc::from) })
}

/// The `messageId` that the client sent.
pub(super) fn message_id(message: &Map<String, Json>) -> Result<Option<Arc<str>>, Refusal> {
    let Some(value) = message.get("messageId") else { return Ok(None) };
    match id_text(value) {
        Some(id) if id.chars().count() > MAX_MESSAGE_ID_CHARS => {
            let cause = format!("`messageId` is longer than {MAX_MESSAGE_ID_CHARS} characters; send a shorter one");
            Err(Refusal::new(Reason::BadId, cause))
        }
        Some(id) => Ok(Some(id.into())),
        None if value.as_str() == Some("") => Ok(None),
        None => Err(Refusal::new(Reason::BadId, "`messageId` is neither text nor number; send a text")),
    }
}
