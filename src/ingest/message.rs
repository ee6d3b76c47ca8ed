//! One checked message.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::{Kind, Meaning};

/// One message that may be kept.
#[derive(Debug, Clone)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// The `messageId`, shorter than 100 characters. Made here where the client sent none.
    pub message_id: Arc<str>,
    /// Whether the client sent the id: only then can a resent message be told from a new one.
    pub id_given: bool,
    /// The `userId` if there is one, else the `anonymousId`.
    pub visitor: Arc<str>,
    /// Another id of the same visitor: of identify the `anonymousId` beside a `userId`, of alias the `previousId`. Other
    /// messages join nothing: a browser sends both ids with every event, also when somebody else has sat down at it.
    pub joins: Option<Arc<str>>,
    /// When it happened: corrected by the client's clock, never after `received`, in whole milliseconds.
    pub at: Timestamp,
    /// When it arrived, in whole milliseconds.
    pub received: Timestamp,
    /// What sets it apart.
    pub marks: Marks,
    /// The message as it is kept for ever: a JSON object in the protocol's words, without nulls, with what was derived
    /// under `context.segue`. [`super::interpret`] reads it.
    pub kept: Box<RawValue>,
    /// What [`super::interpret`] says of `kept` under the schema that checked it.
    pub meaning: Meaning,
}

/// What sets a message apart. Kept with it under `context.segue`. [`super::interpret`] reads it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Sent by a known crawler, or faster than people act.
    pub bot: bool,
    /// Sent from a network that the operator called internal.
    pub internal: bool,
    /// It arrived more than [`super::LATENESS`] after it happened: it counts in sums and windows, and opens no sequence.
    pub late: bool,
}
