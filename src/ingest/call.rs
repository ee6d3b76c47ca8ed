//! Reads the body of a tracking call: one message, or a batch.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::ids::id_text;
use super::read::Reading;
use super::{Batch, Error, Kind, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Settings};
use crate::profile::{Schema, parse_moment};

/// One call as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The kind that the path names; `None` for a batch, whose messages name theirs.
    pub kind: Option<Kind>,
    /// JSON, whatever its content type says.
    pub body: &'a [u8],
    /// When it arrived.
    pub received: Timestamp,
    /// A number that no other call has: ids are made from it for messages that have none.
    pub nonce: u128,
    /// The machine that sent the call, if it is the visitor's own.
    pub sender: Sender<'a>,
}

/// What is known of the visitor's machine when it sent the call itself; nothing when a shop's server did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its `User-Agent`.
    pub agent: Option<&'a str>,
}

/// Reads a call and checks each message by the schema. A message that cannot be kept takes no other with it.
///
/// # Errors
/// The body as a whole is unusable.
pub fn read_call(call: &Call<'_>, settings: &Settings, schema: &Schema) -> Result<Batch, Error> {
    if call.body.len() > MAX_BATCH_BYTES {
        return Err(Error::TooLarge);
    }
    let text = std::str::from_utf8(call.body).map_err(|_| Error::NotText)?.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    let whole: &RawValue = serde_json::from_str(text)?;
    if !text.starts_with('{') {
        return Err(Error::NotAnObject);
    }
    // Fields are looked at one by one: a message that cannot be read must not take the others with it.
    let fields: HashMap<String, &RawValue> = serde_json::from_str(text)?;
    let frame = Frame::read(&fields);
    let mut reading = Reading::new(call, settings, schema, &frame);
    match call.kind {
        Some(_) => reading.message(whole),
        None => {
            let Some(batch) = fields.get("batch").filter(|batch| batch.get().starts_with('[')) else {
                return Err(Error::NoBatch);
            };
            let messages: Vec<&RawValue> = serde_json::from_str(batch.get())?;
            if messages.len() > MAX_BATCH_EVENTS {
                return Err(Error::TooManyEvents);
            }
            messages.into_iter().for_each(|message| reading.message(message));
        }
    }
    Ok(reading.finish())
}

/// What a call says of all its messages.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) write_key: Option<Arc<str>>,
    pub(super) sent_at: Option<Timestamp>,
    /// As it was sent.
    pub(super) sent_at_text: Option<Json>,
    pub(super) context: Map<String, Json>,
    pub(super) integrations: Map<String, Json>,
}

/// The field of a message in which an import says how far it has come with this visitor, in the import's own time: old
/// events are late by that, and not by the clock.
pub const IMPORTED_UNTIL: &str = "importedUntil";

impl Frame {
    /// What is not as it should be counts as absent: it may not cost the messages.
    fn read(fields: &HashMap<String, &RawValue>) -> Self {
        let value = |name: &str| fields.get(name).and_then(|raw| serde_json::from_str::<Json>(raw.get()).ok());
        let object = |name: &str| match value(name) {
            Some(Json::Object(object)) => object,
            _ => Map::new(),
        };
        let moment =
            |value: &Option<Json>| value.as_ref().and_then(Json::as_str).and_then(|text| parse_moment(text).ok());
        let sent_at_text = value("sentAt");
        Self {
            write_key: value("writeKey").as_ref().and_then(id_text).map(Arc::from),
            sent_at: moment(&sent_at_text),
            sent_at_text: sent_at_text.filter(Json::is_string),
            context: object("context"),
            integrations: object("integrations"),
        }
    }
}
