//! When an experiment enrols.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::profile::parse_moment;
use crate::yaml::{Fields, Node, Reader, Value};

/// From one instant to another: `from` included, `until` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Start; `None` = at once.
    pub from: Option<Timestamp>,
    /// End; `None` = for ever.
    pub until: Option<Timestamp>,
}

impl Schedule {
    /// Its start, while that has not come.
    pub fn not_before(self, now: Timestamp) -> Option<Timestamp> {
        self.from.filter(|from| now < *from)
    }

    /// Its end, once that has come.
    pub fn over_since(self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| *until <= now)
    }

    /// Whether two schedules have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        let before = |until: Option<Timestamp>, from: Option<Timestamp>| match (until, from) {
            (Some(until), Some(from)) => until <= from,
            _ => false,
        };
        !before(self.until, other.from) && !before(other.until, self.from)
    }
}

/// Reads `from` and `until`; what has no zone of its own is read in the site's. `None` when one cannot be read.
pub(super) fn schedule(reader: &mut Reader<'_>, fields: &mut Fields<'_>, zone: &TimeZone) -> Option<Schedule> {
    let (starts, ends) = (fields.get("from"), fields.get("until"));
    let from = starts.and_then(|node| instant(reader, node, zone));
    let until = ends.and_then(|node| instant(reader, node, zone));
    let complete = starts.is_some() == from.is_some() && ends.is_some() == until.is_some();
    if let (Some(from), Some(until), Some(node)) = (from, until, ends)
        && until <= from
    {
        reader.error("bad-value", node.span, "this experiment ends before it begins", "write an `until` after `from`");
    }
    complete.then_some(Schedule { from, until })
}

/// `2026-11-27` or `2026-11-27T08:00`, nothing looser.
fn civil(text: &str) -> Option<DateTime> {
    // By length, because the parser of a date passes over a time that follows it.
    const LENGTHS: [usize; 3] = ["2026-11-27".len(), "2026-11-27T08:00".len(), "2026-11-27T08:00:00".len()];
    LENGTHS.contains(&text.len()).then(|| text.parse().ok()).flatten()
}

/// `2026-11-27`, `2026-11-27T08:00`, or RFC 3339 with its own zone.
fn instant(reader: &mut Reader<'_>, node: &Node, zone: &TimeZone) -> Option<Timestamp> {
    let instant = match &node.value {
        Value::Text(text) => parse_moment(text).ok().or_else(|| {
            let civil = civil(text)?;
            zone.to_ambiguous_zoned(civil).compatible().ok().map(|zoned| zoned.timestamp())
        }),
        _ => None,
    };
    if instant.is_none() {
        let message = format!("expected a moment, found {}", node.described());
        let help = "write a day, 2026-11-27, a day with time, \"2026-11-27T08:00\", or with its zone, \"2026-11-27T08:00:00Z\"";
        reader.error("wrong-type", node.span, message, help);
    }
    instant
}
