//! Why one message is refused, while it is being read.

use super::Reason;
use crate::profile::FieldError;

/// The reason for counting, the cause for people.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) cause: String,
}

impl Refusal {
    pub(super) fn new(reason: Reason, cause: impl Into<String>) -> Self {
        Self { reason, cause: cause.into() }
    }

    /// A field with its remedy.
    pub(super) fn of_field(reason: Reason, error: &FieldError) -> Self {
        Self::new(reason, format!("{error}; {}", error.help))
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        let reason = match error.field.as_str() {
            "event" => Reason::BadName,
            "timestamp" => Reason::BadTime,
            "type" => Reason::UnknownType,
            _ => Reason::BadField,
        };
        Self::of_field(reason, &error)
    }
}
