//! From the bytes of a tracking call to checked messages.
//!
//! In: what a client of the Segment tracking protocol posted, when it arrived, and the schema that serves. Out: a
//! [`Batch`] of messages that may be kept, and of those that may not, each with its cause. Pure: no disk, no clock; what
//! [`Pace`] remembers only marks.
//!
//! A message is kept in the protocol's own words ([`Message::kept`]), not in the schema's: [`interpret`] gives its
//! [`Meaning`] in the words of any release, now and years later. What must not change with the release (the corrected
//! time, the site's zone, the country, the marks) is written into the kept message when it arrives.

mod batch;
mod call;
mod countries;
mod declared;
mod derived;
mod error;
mod ids;
mod interpret;
mod kind;
mod limits;
mod meaning;
mod message;
mod pace;
mod read;
mod refusal;
mod rejected;
mod settings;
mod tidy;
mod time;
mod viewed;

pub use batch::Batch;
pub use call::{Call, IMPORTED_UNTIL, Opened, Sender, open_call, read_call};
pub use countries::{Countries, NotATable};
pub use error::Error;
pub use interpret::{NotKept, interpret};
pub use kind::Kind;
pub use limits::{LATENESS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_EVENT_DEPTH, MAX_MESSAGE_ID_CHARS};
pub use meaning::Meaning;
pub use message::{Marks, Message};
pub use pace::Pace;
pub use rejected::{Reason, Rejected};
pub use settings::{Network, Settings, Undeclared};
pub use viewed::{MAX_DIMENSIONS, MAX_VIEWED_BYTES, Viewed};
