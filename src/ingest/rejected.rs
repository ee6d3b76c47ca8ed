//! One message that may not be kept, and why.

use std::sync::Arc;

use jiff::Timestamp;

use super::Kind;

/// One refused message.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// For counting.
    pub reason: Reason,
    /// For people: the field and the remedy.
    pub cause: String,
    /// Where it could be read.
    pub kind: Option<Kind>,
    /// Where it could be read.
    pub visitor: Option<Arc<str>>,
    /// Where the client sent one.
    pub message_id: Option<Arc<str>>,
    /// As it was sent, cut after [`super::MAX_EVENT_BYTES`]; empty where undeclared events are refused.
    pub body: String,
    /// When it arrived, in whole milliseconds.
    pub received: Timestamp,
}

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It is no JSON object, or holds text that is none.
    NotAnObject,
    /// It is longer than [`super::MAX_EVENT_BYTES`].
    TooLarge,
    /// It nests too deeply.
    TooDeep,
    /// It has no known `type`.
    UnknownType,
    /// It has neither `userId` nor `anonymousId`, or an alias no `previousId`.
    NoVisitor,
    /// An id that is too long, or neither text nor number.
    BadId,
    /// A time that is no RFC 3339 moment.
    BadTime,
    /// A track event without a name, or with one that is too long.
    BadName,
    /// A field of the protocol that has the wrong JSON type.
    BadField,
    /// A declared property that has the wrong type, or none of the declared values.
    BadProperty,
    /// An amount in another currency than the declared one.
    WrongUnit,
    /// An event that no schema declares, where the operator wants declared ones only.
    UndeclaredEvent,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::NotAnObject,
        Self::TooLarge,
        Self::TooDeep,
        Self::UnknownType,
        Self::NoVisitor,
        Self::BadId,
        Self::BadTime,
        Self::BadName,
        Self::BadField,
        Self::BadProperty,
        Self::WrongUnit,
        Self::UndeclaredEvent,
    ];

    /// The label in metrics and dead letters. Stable.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAnObject => "not-an-object",
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::UnknownType => "unknown-type",
            Self::NoVisitor => "no-visitor",
            Self::BadId => "bad-id",
            Self::BadTime => "bad-time",
            Self::BadName => "bad-name",
            Self::BadField => "bad-field",
            Self::BadProperty => "bad-property",
            Self::WrongUnit => "wrong-unit",
            Self::UndeclaredEvent => "undeclared-event",
        }
    }
}
