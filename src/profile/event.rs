//! Something that happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Context, Value};

/// The name of page events; no schema may declare it.
pub const PAGE_EVENT: &str = "page";
/// The name of screen events; no schema may declare it.
pub const SCREEN_EVENT: &str = "screen";

/// One event of one visitor, in the schema's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The declared name, [`PAGE_EVENT`] or [`SCREEN_EVENT`]; an undeclared event keeps the name it was sent with.
    pub name: Arc<str>,
    /// When it happened.
    pub at: Timestamp,
    /// Declared properties by name.
    pub properties: BTreeMap<Arc<str>, Value>,
    /// The path of a page event without query, fragment or trailing slash; `None` for other events.
    pub path: Option<Arc<str>>,
    /// The `visit.*` facts that came with it: the first event of a visit gives that visit its source. Its zone is the
    /// zone in which this event's local day counts, where the event names one.
    pub context: Context,
}

impl Event {
    /// The zone in which this event's local day counts, given the visitor's.
    pub fn zone<'a>(&'a self, visitor_zone: &'a TimeZone) -> &'a TimeZone {
        self.context.zone.as_ref().unwrap_or(visitor_zone)
    }
}
