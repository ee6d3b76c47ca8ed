//! Reads the messages of one call, one by one.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value as Json, json};

use super::call::{Call, Frame, IMPORTED_UNTIL};
use super::declared::check;
use super::derived::Origin;
use super::interpret::meaning;
use super::refusal::Refusal;
use super::time::{corrected, is_late, original, to_millisecond, written};
use super::{Batch, Kind, MAX_EVENT_BYTES, Marks, Message, Reason, Rejected, Settings, Undeclared, ids, tidy};
use crate::profile::{Schema, parse_moment};

/// A call whose messages are being read.
pub(super) struct Reading<'a> {
    call: &'a Call<'a>,
    settings: &'a Settings,
    schema: &'a Schema,
    frame: &'a Frame,
    received: Timestamp,
    batch: Batch,
}

impl<'a> Reading<'a> {
    pub(super) fn new(call: &'a Call<'a>, settings: &'a Settings, schema: &'a Schema, frame: &'a Frame) -> Self {
        let received = to_millisecond(call.received);
        Self { call, settings, schema, frame, received, batch: Batch::default() }
    }

    pub(super) fn finish(self) -> Batch {
        Batch { write_key: self.frame.write_key.clone(), ..self.batch }
    }

    /// Reads one message; refused or not, the next may come.
    pub(super) fn message(&mut self, sent: &RawValue) {
        let mut message = match self.object(sent) {
            Ok(message) => message,
            Err(refusal) => return self.refuse(sent, &Map::new(), refusal),
        };
        match self.read(&mut message) {
            Ok(read) => self.batch.messages.push(read),
            Err(refusal) => self.refuse(sent, &message, refusal),
        }
    }

    fn object(&self, sent: &RawValue) -> Result<Map<String, Json>, Refusal> {
        if sent.get().len() > MAX_EVENT_BYTES {
            let cause = format!("the message is larger than {MAX_EVENT_BYTES} bytes; send less with one event");
            return Err(Refusal::new(Reason::TooLarge, cause));
        }
        // Before anything is copied: one large context in thousands of messages would fill the memory.
        if sent.get().len() + self.frame.bytes > MAX_EVENT_BYTES {
            let cause = format!(
                "the message with the batch's `context` and `integrations` is larger than {MAX_EVENT_BYTES} bytes; send less with one batch"
            );
            return Err(Refusal::new(Reason::TooLarge, cause));
        }
        serde_json::from_str(sent.get()).map_err(|_| {
            // The reader itself goes no deeper than some hundred levels.
            let cause = "the message is no JSON object that can be kept; send {\"type\": \"track\", \"event\": \"..\"}";
            Refusal::new(Reason::NotAnObject, cause)
        })
    }

    fn read(&mut self, message: &mut Map<String, Json>) -> Result<Message, Refusal> {
        let Self { call, settings, schema, frame, received, .. } = *self;
        tidy::tidy(message)?;
        if let Some(refusal) = &frame.refusal {
            return Err(refusal.clone());
        }
        let kind = kind(call.kind, message)?;
        ids::write_out(message)?;
        let ids::Ids { visitor, joins } = ids::visitor(kind, message)?;
        let given = ids::message_id(message)?;
        let original = original(message)?;
        let own_sent_at = message.get("sentAt").and_then(Json::as_str).and_then(|text| parse_moment(text).ok());
        let imported_until = message.shift_remove(IMPORTED_UNTIL);
        let imported_until = imported_until.as_ref().and_then(Json::as_str).and_then(|text| parse_moment(text).ok());
        let was_passed_on = message.contains_key("receivedAt");
        let sent_at = own_sent_at.or(frame.sent_at).filter(|_| !was_passed_on);
        let at = corrected(original, sent_at, received);
        let mut context = match message.shift_remove("context") {
            None => Map::new(),
            Some(Json::Object(context)) => context,
            Some(_) => return Err(Refusal::new(Reason::BadField, "`context` is no object; send {\"page\": {..}}")),
        };
        tidy::merge(&mut context, &frame.context);
        let origin = Origin::of(&context, call, settings, schema);
        let too_fast =
            || settings.pace.as_ref().is_some_and(|pace| pace.is_exceeded(&visitor, origin.ip, at, received));
        let marks = Marks {
            bot: origin.is_bot() || too_fast(),
            internal: origin.ip.is_some_and(|ip| settings.is_internal(ip)),
            late: is_late(at, imported_until.map_or(received, |until| until.min(received))),
        };
        let id_given = given.is_some();
        let message_id = given.unwrap_or_else(|| self.made_id());
        origin.write(marks, &mut context);
        self.write(message, kind, &message_id, at);
        message.insert("context".to_owned(), Json::Object(context));
        let meaning = meaning(schema, message)?;
        check(schema, settings.undeclared, message, &meaning)?;
        let kept = to_raw_value(message).map_err(|_| {
            Refusal::new(Reason::NotAnObject, "the message cannot be written as JSON again; send plain values")
        })?;
        Ok(Message { kind, message_id, id_given, visitor, joins, at, received, marks, kept, meaning })
    }

    /// Writes what was found out over what was sent.
    fn write(&self, message: &mut Map<String, Json>, kind: Kind, message_id: &str, at: Timestamp) {
        message.shift_remove("writeKey");
        if let Some(time) = message.shift_remove("timestamp") {
            message.insert("originalTimestamp".to_owned(), time);
        }
        if let Some(sent_at) = &self.frame.sent_at_text {
            message.entry("sentAt").or_insert_with(|| sent_at.clone());
        }
        if !self.frame.integrations.is_empty() {
            let own = message.entry("integrations").or_insert_with(|| json!({}));
            if let Json::Object(own) = own {
                tidy::merge(own, &self.frame.integrations);
            }
        }
        for (name, value) in [
            ("type", kind.word().to_owned()),
            ("messageId", message_id.to_owned()),
            ("timestamp", written(at)),
            ("receivedAt", written(self.received)),
        ] {
            message.insert(name.to_owned(), Json::String(value));
        }
    }

    fn made_id(&self) -> Arc<str> {
        let index = self.batch.messages.len() + self.batch.rejected.len();
        format!("segue-{:032x}-{index}", self.call.nonce).into()
    }

    fn refuse(&mut self, sent: &RawValue, message: &Map<String, Json>, refusal: Refusal) {
        let Refusal { reason, cause } = refusal;
        let drops_content = reason == Reason::UndeclaredEvent && self.settings.undeclared == Undeclared::Refuse;
        let text = if drops_content { "" } else { sent.get() };
        let kind = kind(self.call.kind, message).ok();
        let ids = ids::visitor(Kind::Track, message).ok();
        self.batch.rejected.push(Rejected {
            reason,
            cause,
            kind,
            visitor: ids.map(|ids| ids.visitor),
            message_id: ids::message_id(message).ok().flatten(),
            body: text.get(..text.floor_char_boundary(MAX_EVENT_BYTES)).unwrap_or_default().to_owned(),
            received: self.received,
        });
    }
}

/// The kind that the path names, else the message.
fn kind(of_path: Option<Kind>, message: &Map<String, Json>) -> Result<Kind, Refusal> {
    if let Some(kind) = of_path {
        return Ok(kind);
    }
    let word = message.get("type").and_then(Json::as_str);
    word.and_then(Kind::of_word).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::word).join(", ");
        Refusal::new(Reason::UnknownType, format!("`type` is none of the types of message; send one of {known}"))
    })
}
