//! What a cell remembers, in words that say all of it.

use std::sync::Arc;

use super::division::{Division, width_text};
use super::kind::{Key, Kind, LOGGED};
use super::spec::property_type;
use crate::behaviour::{Keep, Link};
use crate::language::checked::{CalendarUnit, Condition, EventKind, EventQuery, ExprKind, LeafKind};
use crate::profile::Schema;
use crate::rules::behaviour_fact::query_text;

/// A query with the types of what its filter reads: of another type, equal words mean something else.
pub(super) fn typed_query(schema: &Schema, query: &EventQuery) -> String {
    let mut read = Vec::new();
    query.filter.iter().for_each(|filter| properties(filter, &mut read));
    let text = query_text(query);
    if read.is_empty() {
        return text;
    }
    read.sort();
    read.dedup();
    let types = read.iter().map(|name| format!("{name}: {}", property_type(schema, Some(query), name).0.word()));
    format!("{text} [{}]", types.collect::<Vec<_>>().join(", "))
}

fn properties(filter: &Condition, read: &mut Vec<Arc<str>>) {
    match filter {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| properties(part, read)),
        Condition::Not(part) => properties(part, read),
        Condition::Leaf(leaf) => {
            if let LeafKind::Comparison(expr, _) = &leaf.kind
                && let ExprKind::Property(name) = &expr.node
            {
                read.push(Arc::clone(name));
            }
        }
    }
}

/// The kind, with the site's settings on which it depends.
pub(super) fn kind_text(kind: &Kind, schema: &Schema, query: Option<&EventQuery>) -> String {
    // What follows from the site's settings belongs to the cell: other settings, another cell.
    let zone = || schema.zone.iana_name().unwrap_or("fixed").to_owned();
    let timeout = || schema.visit_timeout.as_secs();
    let of_visit = query.is_some_and(|query| matches!(query.kind, EventKind::VisitStart));
    match kind {
        Kind::Kept(keep, key) => format!("{}{} of", keep_text(*keep), key_text(*key, &zone())),
        Kind::Log(key) => format!("log of {LOGGED}{} of", key_text(*key, &zone())),
        Kind::Steps => format!("newest {LOGGED} steps of"),
        Kind::Sums(division) => format!("sums {} of", division_text(*division, &zone())),
        Kind::Extremes(division) => format!("smallest and largest {} of", division_text(*division, &zone())),
        Kind::Frequent(division) => format!("favourites {} of", division_text(*division, &zone())),
        Kind::AllVisits => format!("all visits ({} s, days in {}) by", timeout(), zone()),
        Kind::Visits if of_visit => format!("visits ({} s, days in {}) by", timeout(), zone()),
        Kind::Visits => format!("visits ({} s)", timeout()),
        Kind::VisitSums(false) => format!("sums by visit ({} s) of", timeout()),
        Kind::VisitSums(true) => format!("smallest and largest by visit ({} s) of", timeout()),
        Kind::VisitFrequent => format!("favourites by visit ({} s) of", timeout()),
        Kind::Chain(Link::Then(within)) => format!("sequence within {within:?} ms of"),
        Kind::Chain(Link::Without(within)) => format!("left undone for {within} ms of"),
        Kind::Shows(keep) => format!("{} shows of", keep_text(*keep)),
        Kind::ManyShows(division) => format!("shows {} of", division_text(*division, &zone())),
    }
}

fn keep_text(keep: Keep) -> String {
    match keep {
        Keep::Newest(most) => format!("newest {most}"),
        Keep::Oldest(most) => format!("oldest {most}"),
        Keep::PerKey(most) => format!("last {most}"),
        Keep::Ends { width_ms, each, parts } => {
            format!("first and last {each} in each of {parts} parts of {}", width_text(width_ms))
        }
    }
}

fn key_text(key: Key, zone: &str) -> String {
    match key {
        Key::Nothing => String::new(),
        Key::Period(unit) => format!(" by {} in {zone}", unit_text(unit)),
        Key::Value => " by value".to_owned(),
    }
}

fn unit_text(unit: CalendarUnit) -> &'static str {
    match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
    }
}

fn division_text(division: Division, zone: &str) -> String {
    match division {
        Division::Whole => "in all".to_owned(),
        Division::Since(civil) => format!("since {civil} in {zone}"),
        Division::Width(width, parts) => format!("by {} for {parts}", width_text(width)),
        Division::Period(unit, parts) => format!("by local {} for {parts} in {zone}", unit_text(unit)),
    }
}
