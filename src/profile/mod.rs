//! Values, the schema that declares them, and the visitor who has them.
//!
//! In: schema files and the facts of a request. Out: typed values that rules may compare. A value gets its type once,
//! here, from its declaration: rules never convert.

mod context;
mod event;
mod schema;
mod schema_file;
mod value;
mod version;
mod visitor;

pub use context::Context;
pub use event::{Event, PAGE_EVENT, SCREEN_EVENT};
pub use schema::{Declaration, EventDeclaration, List, Purpose, Schema, TRACKING};
pub use value::{Type, Value};
pub use version::Version;
pub use visitor::Visitor;
