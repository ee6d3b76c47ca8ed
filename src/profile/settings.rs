//! Reads the settings of a schema file: the language's version, the site's zone, the silence that ends a visit.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::parse_span;
use crate::yaml::{Node, Reader, Value};

/// The version of the rule language that this program reads.
pub const LANGUAGE: u32 = 1;

/// A longer `visit_timeout` is refused: visits that last days are no visits.
pub const MAX_VISIT_TIMEOUT: SignedDuration = SignedDuration::from_hours(24);

/// What a release may remember of each visitor unless the schema says otherwise, in bytes. The sample shop's 42 cells need 21 KB when
/// every one is full, which happens to nobody: a usual visitor takes a fiftieth of it.
pub(super) const DEFAULT_STATE_PER_VISITOR: usize = 32 << 10;

/// A larger `max_state_per_visitor` is refused, in bytes: a visitor is read, changed and written whole.
pub const MAX_STATE_PER_VISITOR: usize = 64 << 20;

/// Reads `max_state_per_visitor: 65536`, in bytes.
pub(super) fn max_state_per_visitor(reader: &mut Reader<'_>, node: &Node) -> Option<usize> {
    let bytes = match &node.value {
        Value::Number(written) => written.parse().ok(),
        _ => None,
    };
    let fits = bytes.filter(|bytes| (1..=MAX_STATE_PER_VISITOR).contains(bytes));
    if fits.is_none() {
        let message = format!("{} is no number of bytes for what is remembered of a visitor", node.described());
        let help = format!("write a whole number of bytes from 1 to {MAX_STATE_PER_VISITOR}, such as `65536`");
        reader.error("bad-value", node.span, message, help);
    }
    fits
}

/// Checks `language: 1`.
pub(super) fn check_language(reader: &mut Reader<'_>, node: &Node) {
    let known = matches!(&node.value, Value::Number(written) if **written == *LANGUAGE.to_string());
    if !known {
        let message = format!("this program reads language {LANGUAGE} only");
        reader.error("unknown-language", node.span, message, format!("write `language: {LANGUAGE}`"));
    }
}

/// Reads `zone: Europe/Berlin`.
pub(super) fn zone(reader: &mut Reader<'_>, node: &Node) -> Option<TimeZone> {
    let name = reader.text(node)?;
    match super::zone(name) {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            reader.error("unknown-zone", node.span, unknown.to_string(), unknown.help());
            None
        }
    }
}

/// Reads `visit_timeout: 30 minutes`.
pub(super) fn visit_timeout(reader: &mut Reader<'_>, node: &Node) -> Option<SignedDuration> {
    let span = match &node.value {
        Value::Text(text) => parse_span(text).ok(),
        _ => None,
    };
    let fits = span.filter(|span| span.is_positive() && *span <= MAX_VISIT_TIMEOUT);
    if fits.is_none() {
        let message = format!("{} is no length for the silence that ends a visit", node.described());
        let help = "write a number and a unit, more than nothing and at most 24 hours, such as `30 minutes`";
        reader.error("bad-value", node.span, message, help);
    }
    fits
}
