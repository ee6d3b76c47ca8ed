//! Values, the schema that declares them, and the visitor who has them.
//!
//! In: schema files and the facts of a request. Out: typed values that rules may compare. A value gets its type once,
//! here, from its declaration: rules never convert.

mod context;
mod declared;
mod event;
mod experiment_key;
pub mod facts;
mod field_error;
mod moment;
pub mod name;
mod page;
mod request;
mod request_context;
mod schema;
mod schema_file;
mod segment_event;
mod settings;
mod span;
mod type_word;
mod typed;
mod user_agent;
mod value;
mod version;
mod visitor;
mod zone;

pub use context::Context;
pub use event::{Event, PAGE_EVENT, SCREEN_EVENT};
pub use experiment_key::ExperimentKey;
pub use field_error::{FieldError, Ignored};
pub use moment::{NotAMoment, parse_moment};
pub use page::page_path;
pub use request::{MAX_ATTRIBUTES, MAX_VISITOR_ID_CHARS, VisitorBody};
pub use request_context::CONTEXT_FIELDS;
pub use schema::{Declaration, EventDeclaration, List, Purpose, Schema, TRACKING, by_sent_name};
pub use segment_event::{DERIVED, EVENT_TYPES, MAX_EVENT_NAME_CHARS, MAX_EVENTS, read_event, read_events};
pub use settings::{LANGUAGE, MAX_STATE_PER_VISITOR, MAX_VISIT_TIMEOUT};
pub use span::{NotASpan, parse_span, span_text};
pub use type_word::read_type;
pub use typed::{MAX_LIST_ENTRIES, MAX_TEXT_BYTES, cast, cast_value, decimal, read_value};
pub use user_agent::Agent;
pub use value::{Type, Value};
pub use version::Version;
pub use visitor::{ExposedTo, Visitor};
pub use zone::{UnknownZone, zone};

#[cfg(test)]
mod tests;
