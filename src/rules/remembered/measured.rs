//! What metrics need remembered: every occurrence of an event, with its instant and a number of it.
//!
//! A metric counts from an exposure on, whenever that was; so no part of time is thinned out, and the oldest are the ones that stay.

use std::sync::Arc;

use super::CellPlan;
use super::kind::{Key, Kind};
use super::spec::Spec;
use crate::behaviour::{Cell, CellId, Keep, Memory};
use crate::language::checked::{EventKind, EventQuery};
use crate::profile::name::VISIT_START;
use crate::profile::{Schema, Value};

/// Of one visitor so many occurrences of what a metric counts are remembered, the oldest; later ones do not count.
pub const MAX_MEASURED_OCCURRENCES: u32 = 4_096;

/// What a metric counts.
#[derive(Debug, Clone)]
pub struct Source {
    /// Which events.
    pub query: EventQuery,
    /// Which number of each, if one is read.
    pub property: Option<Arc<str>>,
}

/// One thing that a metric counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement<'m> {
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// The number that is read of it, if there is one.
    pub value: Option<&'m Value>,
}

impl Source {
    /// All events of a name; a visit's first event is `visit_start`.
    pub fn of_event(name: &Arc<str>, property: Option<Arc<str>>) -> Self {
        let kind = if &**name == VISIT_START { EventKind::VisitStart } else { EventKind::Named(Arc::clone(name)) };
        Self { query: EventQuery { kind, purposes: Vec::new(), filter: None }, property }
    }
}

impl CellPlan {
    /// Has what a metric counts remembered too, and says by which cell. It takes nothing from what rules may remember.
    pub fn measure(&mut self, schema: &Schema, metric: &Arc<str>, source: &Source) -> CellId {
        let kind = match source.query.kind {
            EventKind::VisitStart => Kind::AllVisits,
            _ => Kind::Kept(Keep::Oldest(MAX_MEASURED_OCCURRENCES), Key::Nothing),
        };
        let spec = Spec::new(schema, kind, vec![source.query.clone()], source.property.clone());
        let (id, before) = (spec.id, self.cells.len());
        let place = self.cell(spec);
        if place == before {
            self.only_measured.insert(place);
        }
        self.measured.entry(Arc::clone(metric)).or_default().insert(place);
        id
    }
}

/// What a cell of a metric remembers of the time from one instant on until before another, oldest first.
pub fn measurements(
    memory: &Memory,
    cell: CellId,
    from: i64,
    until: i64,
) -> impl Iterator<Item = Measurement<'_>> + Clone {
    let cell = memory.cell(cell);
    let kept = match cell {
        Some(Cell::Kept(kept)) => between(kept.occurrences(), |known| known.at, from, until),
        _ => &[],
    };
    let visits = match cell {
        Some(Cell::Visits(visits)) => between(visits.visits(), |visit| visit.start, from, until),
        _ => &[],
    };
    let kept = kept.iter().map(|known| Measurement { at: known.at, value: known.value.as_ref() });
    let fitting = visits.iter().filter(|visit| visit.content.fits);
    kept.chain(fitting.map(|visit| Measurement { at: visit.start, value: visit.content.value.as_ref() }))
}

/// Those of a list in the order of time that lie from one instant on until before another.
fn between<T>(list: &[T], at: impl Fn(&T) -> i64, from: i64, until: i64) -> &[T] {
    let start = list.partition_point(|one| at(one) < from);
    let end = list.partition_point(|one| at(one) < until);
    list.get(start..end).unwrap_or_default()
}

/// Whether something may have happened from one instant on until before another that a cell of a metric does not remember, because there was too
/// much: it may lie behind the last of the oldest that are kept, or of visits behind the very first one and before the newest.
pub fn may_lack(memory: &Memory, cell: CellId, from: i64, until: i64) -> bool {
    match memory.cell(cell) {
        Some(Cell::Kept(kept)) => {
            let last = kept.occurrences().get(MAX_MEASURED_OCCURRENCES as usize - 1);
            from < until && last.is_some_and(|last| last.at < until)
        }
        Some(Cell::Visits(visits)) if visits.count() > visits.visits().len() as u64 => {
            let mut known = visits.visits().iter();
            let (first, next) = (known.next(), known.next());
            first.is_none_or(|first| first.end < until) && next.is_none_or(|next| from < next.start)
        }
        _ => false,
    }
}
