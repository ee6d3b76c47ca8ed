//! The facts of one request.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Value;

/// The facts of one request: page, device, referrer, and what the schema declares under `context:`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// By the full name that rules write: `visit.page`, `visit.device`, `context.store`. An absent one is unknown.
    /// `visit.number`, `visit.is_new` and `local.*` are not here: they follow from events and time.
    pub facts: BTreeMap<Arc<str>, Value>,
    /// The visitor's zone, where the request names it; else the site's zone counts.
    pub zone: Option<TimeZone>,
    /// The visitor's address, where the request names one. Rules cannot ask for it; a country may be derived from it.
    pub ip: Option<IpAddr>,
    /// Whether the user agent that the request names is a crawler's. Rules cannot ask for it.
    pub is_bot: bool,
}
