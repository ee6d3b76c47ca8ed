//! From the bytes of a tracking call to checked messages.
//!
//! In: what a client of the Segment tracking protocol posted, when it arrived, and the schema that serves. Out: a
//! [`Batch`] of messages that may be kept, and of those that may not, each with its cause. Pure: no disk, no clock.
//!
//! A message is kept in the protocol's own words ([`Message::kept`]), not in the schema's: it gets its
//! [`Meaning`] in the words of a release, now and years later. What must not change with the release (the corrected
//! time, the zone, the country, the marks) is written into the kept message when it arrives.

mod batch;
mod kind;
mod limits;
mod meaning;
mod message;
mod rejected;

pub use batch::Batch;
pub use kind::Kind;
pub use limits::{LATENESS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_EVENT_DEPTH, MAX_MESSAGE_ID_CHARS};
pub use meaning::Meaning;
pub use message::{Marks, Message};
pub use rejected::{Reason, Rejected};
