//! What one cell remembers, said so exactly that two releases that say the same mean the same cell.

use std::sync::Arc;

use super::kind::{COUNTED_VISITS, Kind, LOGGED};
use super::measured::MAX_MEASURED_OCCURRENCES;
use super::words::{kind_text, typed_query};
use crate::behaviour::{
    Cell, CellId, Chain, Keep, Kept, MAX_REMEMBERED_VISITS, Parts, Visits, fingerprint, value_bytes,
};
use crate::language::checked::{EventKind, EventQuery};
use crate::profile::{Schema, Type};
use crate::rules::compiled::page_required;

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
        let worst_bytes = 8 + 2 + kind.worst_bytes(queries.len(), value);
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
            // The very first one is kept beside them.
            Kind::AllVisits => Cell::Visits(Visits::new(timeout, MAX_MEASURED_OCCURRENCES - 1)),
            Kind::VisitSums(_) => Cell::VisitSums(Visits::new(timeout, COUNTED_VISITS)),
            Kind::VisitFrequent => Cell::VisitFrequent(Visits::new(timeout, COUNTED_VISITS)),
            Kind::Chain(link) => Cell::Chain(Chain::new(link.clone())),
        }
    }

    /// Whether every event of a visitor touches it.
    pub fn is_of_every_event(&self) -> bool {
        matches!(self.kind, Kind::Visits | Kind::AllVisits | Kind::VisitSums(_) | Kind::VisitFrequent)
    }

    /// Whether an event that came too late opens nothing in it.
    pub fn is_sequence(&self) -> bool {
        matches!(self.kind, Kind::Chain(_) | Kind::Steps)
    }
}

/// The type of a property, and the longest of its choices.
pub(super) fn property_type(schema: &Schema, query: Option<&EventQuery>, property: &str) -> (Type, Option<usize>) {
    let declared = match query.map(|query| &query.kind) {
        Some(EventKind::Named(name)) => schema.events.get(name).and_then(|event| event.properties.get(property)),
        _ => None,
    };
    declared
        .map_or((Type::Text, None), |declared| (declared.kind, declared.one_of.iter().map(|choice| choice.len()).max()))
}
