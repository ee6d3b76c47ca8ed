//! Why a whole call cannot be read.

use super::{MAX_BATCH_BYTES, MAX_BATCH_EVENTS};

/// Nothing of the call can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than any call may be.
    #[error("the body is larger than {MAX_BATCH_BYTES} bytes")]
    TooLarge,
    /// Bytes that are no text.
    #[error("the body is not UTF-8")]
    NotText,
    /// Nothing was sent.
    #[error("the body is empty")]
    Empty,
    /// Not JSON, or cut off.
    #[error("the body is not JSON: something is wrong at line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// JSON, but no object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// A batch without messages to look at.
    #[error("the body has no list `batch`")]
    NoBatch,
    /// More messages than one batch may hold.
    #[error("the batch has more than {MAX_BATCH_EVENTS} messages")]
    TooManyEvents,
}

impl Error {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyEvents => "send the messages in several batches",
            Self::NotText => "send JSON as UTF-8 text",
            Self::Empty | Self::NotJson { .. } | Self::NotAnObject => {
                "send one JSON object, complete and without comments or trailing commas"
            }
            Self::NoBatch => "send {\"batch\": [{\"type\": \"track\", \"event\": \"..\", \"userId\": \"..\"}]}",
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Self {
        Self::NotJson { line: cause.line(), column: cause.column() }
    }
}
