//! Values, the schema that declares them, and the visitor who has them.
//!
//! In: schema files and the facts of a request. Out: typed values that rules may compare. A value gets its type once,
//! here, from its declaration: rules never convert.

mod context;
mod declared;
mod event;
pub mod facts;
mod moment;
pub mod name;
mod schema;
mod schema_file;
mod span;
mod type_word;
mod value;
mod version;
mod visitor;
mod zone;

pub use context::Context;
pub use event::{Event, PAGE_EVENT, SCREEN_EVENT};
pub use moment::{NotAMoment, parse_moment};
pub use schema::{Declaration, EventDeclaration, List, Purpose, Schema, TRACKING};
pub use schema_file::{LANGUAGE, MAX_VISIT_TIMEOUT};
pub use span::{NotASpan, parse_span};
pub use type_word::read_type;
pub use value::{Type, Value};
pub use version::Version;
pub use visitor::Visitor;
pub use zone::{UnknownZone, zone};
