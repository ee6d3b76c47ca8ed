//! Reads the body of a tracking call: one message, or a batch.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::ids::id_text;
use super::read::Reading;
use super::refusal::Refusal;
use super::{Batch, Error, Kind, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Settings, tidy};
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
    Ok(open_call(call)?.read(settings, schema))
}

/// A call whose messages nobody has looked at yet: first its write key may be checked.
#[derive(Debug)]
pub struct Opened<'a> {
    call: &'a Call<'a>,
    frame: Frame,
    messages: Vec<&'a RawValue>,
}

/// Opens a call, without any effect.
///
/// # Errors
/// The body as a whole is unusable.
pub fn open_call<'a>(call: &'a Call<'a>) -> Result<Opened<'a>, Error> {
    if call.body.len() > MAX_BATCH_BYTES {
        return Err(Error::TooLarge);
    }
    let text = std::str::from_utf8(call.body).map_err(|_| Error::NotText)?.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    let whole: &'a RawValue = serde_json::from_str(text)?;
    if !text.starts_with('{') {
        return Err(Error::NotAnObject);
    }
    // Fields are looked at one by one: a message that cannot be read must not take the others with it.
    let fields: HashMap<String, &'a RawValue> = serde_json::from_str(text)?;
    let frame = Frame::read(&fields);
    match call.kind {
        Some(_) => Ok(Opened { call, frame: frame.of_one_message(), messages: vec![whole] }),
        None => {
            let Some(batch) = fields.get("batch").filter(|batch| batch.get().starts_with('[')) else {
                return Err(Error::NoBatch);
            };
            let messages: Vec<&'a RawValue> = serde_json::from_str(batch.get())?;
            if messages.len() > MAX_BATCH_EVENTS {
                return Err(Error::TooManyEvents);
            }
            Ok(Opened { call, frame, messages })
        }
    }
}

impl Opened<'_> {
    /// The `writeKey` of the body.
    pub fn write_key(&self) -> Option<&str> {
        self.frame.write_key.as_deref()
    }

    /// Checks each message by the schema. A message that cannot be kept takes no other with it.
    pub fn read(self, settings: &Settings, schema: &Schema) -> Batch {
        let mut reading = Reading::new(self.call, settings, schema, &self.frame);
        self.messages.into_iter().for_each(|message| reading.message(message));
        reading.finish()
    }
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
    /// How much each message grows by it.
    pub(super) bytes: usize,
    /// Why no message can be kept with it.
    pub(super) refusal: Option<Refusal>,
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
        let (mut context, mut integrations) = (object("context"), object("integrations"));
        // As deep as they will stand in each message.
        let tidied = [&mut context, &mut integrations].into_iter().try_for_each(|object| tidy::tidy_at(object, 2));
        let shared = ["context", "integrations", "sentAt"].into_iter().filter_map(|name| fields.get(name));
        Self {
            write_key: value("writeKey").as_ref().and_then(id_text).map(Arc::from),
            sent_at: moment(&sent_at_text),
            sent_at_text: sent_at_text.filter(Json::is_string),
            context,
            integrations,
            bytes: shared.map(|raw| raw.get().len()).sum(),
            refusal: tidied.err(),
        }
    }

    /// Of a call that is one message: the fields are the message's own.
    fn of_one_message(self) -> Self {
        Self { write_key: self.write_key, sent_at: self.sent_at, ..Self::default() }
    }
}
