//! What one cell remembers, said so exactly that two releases that say the same mean the same cell.

use std::sync::Arc;

use super::Exactness;
use super::division::Division;
use crate::behaviour::{
    Cell, CellId, Chain, FAVOURITE_COUNTERS, Frequent, Keep, Kept, Link, MAX_CHAIN_OCCURRENCES, MAX_REMEMBERED_VISITS,
    MAX_VISITS_WITH_VALUES, Opening, Parts, Sums, Visits, fingerprint, value_bytes,
};
use crate::language::checked::{CalendarUnit, Condition, EventKind, EventQuery, ExprKind, LeafKind};
use crate::profile::{Schema, Type};
use crate::rules::behaviour_fact::query_text;
use crate::rules::compiled::page_required;

/// Visits whose counts are kept: the one that goes on, and those that it may turn out to be one with.
const COUNTED_VISITS: u32 = 4;

/// The newest occurrences that are kept for what no other kind of cell can answer.
pub(super) const LOGGED: u32 = 128;

/// What a list tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Nothing,
    Period(CalendarUnit),
    Value,
}

/// The kind of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A thinned list.
    Kept(Keep, Key),
    /// The newest occurrences, for what no other kind can answer.
    Log(Key),
    /// The same for the steps of a sequence.
    Steps,
    /// Counts, and sums where there is a property.
    Sums(Division),
    /// The smallest and largest value.
    Extremes(Division),
    /// The most frequent values.
    Frequent(Division),
    /// Visits and how they began.
    Visits,
    /// Counts by visit; with the smallest and largest value.
    VisitSums(bool),
    /// The most frequent values by visit.
    VisitFrequent,
    /// A sequence, or a thing left undone.
    Chain(Link),
    /// Shows of a rule.
    Shows(Keep),
    /// Shows of a rule that may show often.
    ManyShows(Division),
}

/// One cell of a plan.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub id: CellId,
    /// In canonical words.
    pub text: Arc<str>,
    pub kind: Kind,
    /// One event query, or the steps of a chain; none for shows.
    pub queries: Vec<EventQuery>,
    /// Of pages: the keys under which compiled rules know their patterns.
    pub pages: Vec<Arc<str>>,
    pub property: Option<Arc<str>>,
    pub worst_bytes: usize,
}

impl Spec {
    pub fn new(schema: &Schema, kind: Kind, queries: Vec<EventQuery>, property: Option<Arc<str>>) -> Self {
        let subject: Vec<String> = queries.iter().map(|query| typed_query(schema, query)).collect();
        let subject = match &property {
            Some(property) => {
                let (kind, _) = property_type(schema, queries.first(), property);
                format!("{}, its {property}: {}", subject.join(", then "), kind.word())
            }
            None => subject.join(", then "),
        };
        Self::named(schema, kind, &subject, queries, property)
    }

    /// A cell of something that is no event.
    pub fn named(
        schema: &Schema,
        kind: Kind,
        subject: &str,
        queries: Vec<EventQuery>,
        property: Option<Arc<str>>,
    ) -> Self {
        let text = format!("{} {subject}", kind_text(&kind, schema, queries.first()));
        let id = CellId(fingerprint(text.as_bytes()));
        let value = property.as_ref().map(|property| {
            let (kind, longest) = property_type(schema, queries.first(), property);
            value_bytes(kind, longest)
        });
        let worst_bytes = 8 + 2 + worst_bytes(&kind, queries.len(), value);
        let page = |query: &EventQuery| match &query.kind {
            EventKind::Page(pattern) => Some(page_required(pattern)),
            EventKind::Named(_) | EventKind::VisitStart => None,
        };
        let pages = queries.iter().filter_map(page).collect();
        Self { id, text: text.into(), kind, queries, pages, property, worst_bytes }
    }

    /// Nothing remembered yet.
    pub fn new_cell(&self, schema: &Schema) -> Cell {
        let timeout = super::division::milliseconds(schema.visit_timeout);
        match &self.kind {
            Kind::Kept(keep, _) | Kind::Shows(keep) => Cell::Kept(Kept::new(*keep)),
            Kind::Log(_) | Kind::Steps => Cell::Kept(Kept::new(Keep::Newest(LOGGED))),
            Kind::Sums(division) | Kind::Extremes(division) | Kind::ManyShows(division) => {
                Cell::Sums(Parts::new(division.parts()))
            }
            Kind::Frequent(division) => Cell::Frequent(Parts::new(division.parts())),
            Kind::Visits => Cell::Visits(Visits::new(timeout, MAX_REMEMBERED_VISITS)),
            Kind::VisitSums(_) => Cell::VisitSums(Visits::new(timeout, COUNTED_VISITS)),
            Kind::VisitFrequent => Cell::VisitFrequent(Visits::new(timeout, COUNTED_VISITS)),
            Kind::Chain(link) => Cell::Chain(Chain::new(link.clone())),
        }
    }

    /// The parts of time in which it counts, if it does.
    pub fn division(&self) -> Option<Division> {
        match self.kind {
            Kind::Sums(division) | Kind::Extremes(division) | Kind::Frequent(division) | Kind::ManyShows(division) => {
                Some(division)
            }
            _ => None,
        }
    }

    /// Whether every event of a visitor touches it.
    pub fn is_of_every_event(&self) -> bool {
        matches!(self.kind, Kind::Visits | Kind::VisitSums(_) | Kind::VisitFrequent)
    }

    /// Whether an event that came too late opens nothing in it.
    pub fn is_sequence(&self) -> bool {
        matches!(self.kind, Kind::Chain(_) | Kind::Steps)
    }
}

/// The type of a property, and the longest of its choices.
fn property_type(schema: &Schema, query: Option<&EventQuery>, property: &str) -> (Type, Option<usize>) {
    let declared = match query.map(|query| &query.kind) {
        Some(EventKind::Named(name)) => schema.events.get(name).and_then(|event| event.properties.get(property)),
        _ => None,
    };
    declared
        .map_or((Type::Text, None), |declared| (declared.kind, declared.one_of.iter().map(|choice| choice.len()).max()))
}

/// A query with the types of what its filter reads: of another type, equal words mean something else.
fn typed_query(schema: &Schema, query: &EventQuery) -> String {
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

fn kind_text(kind: &Kind, schema: &Schema, query: Option<&EventQuery>) -> String {
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
            format!("first and last {each} in each of {parts} parts of {}", super::division::width_text(width_ms))
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
        Division::Width(width, parts) => format!("by {} for {parts}", super::division::width_text(width)),
        Division::Period(unit, parts) => format!("by local {} for {parts} in {zone}", unit_text(unit)),
    }
}

/// The bytes of a cell at most. `value` are those of the property, if there is one.
fn worst_bytes(kind: &Kind, steps: usize, value: Option<usize>) -> usize {
    let plain = value.unwrap_or(1);
    let sums = Sums::worst_bytes(value.is_some(), None);
    let extremes = Sums::worst_bytes(true, Some(plain));
    let parts = |division: &Division, tally: usize| 8 + division.parts() as usize * (4 + tally);
    match kind {
        Kind::Kept(keep, Key::Nothing) => Kept::worst_bytes(*keep, 1, plain),
        Kind::Kept(keep, Key::Period(_)) => Kept::worst_bytes(*keep, 3, 1),
        Kind::Kept(keep, Key::Value) => Kept::worst_bytes(*keep, 10, plain),
        Kind::Log(_) => Kept::worst_bytes(Keep::Newest(LOGGED), 10, plain),
        Kind::Steps => Kept::worst_bytes(Keep::Newest(LOGGED), 1, 1),
        Kind::Sums(division) => parts(division, sums),
        Kind::Extremes(division) => parts(division, extremes),
        Kind::Frequent(division) => parts(division, Frequent::worst_bytes(plain)),
        Kind::Visits => {
            let values = (MAX_VISITS_WITH_VALUES + 1) * value.unwrap_or(0);
            Visits::<Opening>::worst_bytes(MAX_REMEMBERED_VISITS, 4) + values
        }
        Kind::VisitSums(false) => Visits::<Sums>::worst_bytes(COUNTED_VISITS, sums),
        Kind::VisitSums(true) => Visits::<Sums>::worst_bytes(COUNTED_VISITS, extremes),
        Kind::VisitFrequent => Visits::<Frequent>::worst_bytes(COUNTED_VISITS, Frequent::worst_bytes(plain)),
        Kind::Chain(_) => Chain::worst_bytes(steps),
        Kind::Shows(keep) => Kept::worst_bytes(*keep, 1, 1),
        Kind::ManyShows(division) => parts(division, Sums::worst_bytes(false, None)),
    }
}

impl Kind {
    /// How exact its answers are.
    pub fn exactness(&self) -> Exactness {
        match self {
            Self::Sums(Division::Width(width, _))
            | Self::Extremes(Division::Width(width, _))
            | Self::ManyShows(Division::Width(width, _)) => Exactness::Bucketed { width_ms: *width },
            Self::Frequent(_) | Self::VisitFrequent => Exactness::Favourite { counters: FAVOURITE_COUNTERS },
            Self::Log(_) | Self::Steps => Exactness::AtMost { occurrences: LOGGED as usize },
            Self::Chain(_) => Exactness::LateWithin { occurrences: MAX_CHAIN_OCCURRENCES },
            Self::Visits => Exactness::AtMost { occurrences: MAX_REMEMBERED_VISITS as usize },
            _ => Exactness::Exact,
        }
    }
}
