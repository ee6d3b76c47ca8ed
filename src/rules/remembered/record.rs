//! Folds an event into the cells that name it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};

use super::CellPlan;
use super::division::Division;
use super::kind::{Key, Kind};
use super::spec::Spec;
use crate::behaviour::{
    Cell, CellId, Frequent, Memory, Occurrence, Opening, StepOccurrence, Sums, remembered_value, value_fingerprint,
};
use crate::language::checked::{EventKind, EventQuery, Program};
use crate::profile::{Event, PAGE_EVENT, Schema, Value, Visitor};
use crate::rules::{Situation, Truth, calendar, page, value};

/// A filter reads nothing but its event.
static NO_PROGRAM: LazyLock<Program> = LazyLock::new(Program::default);
static NOBODY: LazyLock<Visitor> = LazyLock::new(Visitor::default);

/// The event that is folded.
struct Folding<'a> {
    schema: &'a Schema,
    event: &'a Event,
    at: i64,
    order: u64,
    local: DateTime,
}

impl CellPlan {
    /// Folds one event into a visitor's memory. `order` is the number of its entry in the journal: of events at one instant the
    /// smaller came first. `late`: it came so late that it opens and ends no sequence; it counts in everything else.
    ///
    /// Its day is fixed here: in the zone that the event names, else in the site's.
    pub fn record(&self, schema: &Schema, memory: &mut Memory, event: &Event, order: u64, late: bool) {
        let folding = Folding::new(schema, event, order);
        self.touched(event).filter(|spec| !(late && spec.is_sequence())).for_each(|spec| folding.fold(spec, memory));
    }

    /// The same for some of the cells only: those that are filled from the journal.
    pub fn record_into(
        &self,
        only: &BTreeSet<CellId>,
        schema: &Schema,
        memory: &mut Memory,
        event: &Event,
        order: u64,
        late: bool,
    ) {
        let folding = Folding::new(schema, event, order);
        let wanted = |spec: &&Spec| only.contains(&spec.id) && !(late && spec.is_sequence());
        self.touched(event).filter(wanted).for_each(|spec| folding.fold(spec, memory));
    }

    /// The cells that may name an event.
    fn touched(&self, event: &Event) -> impl Iterator<Item = &Spec> {
        let named = self.by_event.get(&event.name).map(Vec::as_slice).unwrap_or_default();
        let path = event.path.as_deref().filter(|_| &*event.name == PAGE_EVENT);
        let first = path.map(|path| path.trim_matches('/').split('/').next().unwrap_or_default());
        let of = |part: &str| self.by_page.get(part).map(Vec::as_slice).unwrap_or_default();
        let (below, anywhere) = match first {
            Some(first) => (of(first), of("*")),
            None => (&[][..], &[][..]),
        };
        let mut touched: Vec<usize> = [named, below, anywhere, &self.of_every_event].concat();
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().filter_map(|index| self.cells.get(index))
    }
}

impl<'a> Folding<'a> {
    fn new(schema: &'a Schema, event: &'a Event, order: u64) -> Self {
        let local = event.zone(&schema.zone).to_datetime(event.at);
        Self { schema, event, at: event.at.as_millisecond(), order, local }
    }

    fn fold(&self, spec: &Spec, memory: &mut Memory) {
        let Some(query) = spec.queries.first() else { return };
        let steps = match spec.kind {
            Kind::Chain(_) => self.steps(&spec.queries),
            Kind::Visits | Kind::AllVisits | Kind::VisitSums(_) | Kind::VisitFrequent => 1,
            _ => u64::from(self.fits(query)),
        };
        if steps == 0 {
            return;
        }
        let at = self.at;
        let sums = |extremes: bool| Sums::of(self.value(spec), extremes);
        let part = |division: Division| self.part(division);
        // An event outside the division, or without the value, must not make an empty cell.
        let is_nothing = match &spec.kind {
            Kind::Sums(division) | Kind::Extremes(division) | Kind::Frequent(division) => {
                part(*division).is_none() || matches!(spec.kind, Kind::Frequent(_)) && self.value(spec).is_none()
            }
            Kind::Kept(_, Key::Value) | Kind::Log(Key::Value) => self.value(spec).is_none(),
            _ => false,
        };
        if is_nothing {
            return;
        }
        let cell = memory.cell_mut(spec.id, || spec.new_cell(self.schema));
        match (cell, &spec.kind) {
            (Cell::Kept(kept), Kind::Kept(_, key) | Kind::Log(key)) => kept.add(self.occurrence(spec, *key)),
            (Cell::Kept(kept), Kind::Steps) => kept.add(self.occurrence(spec, Key::Nothing)),
            (Cell::Sums(parts), Kind::Sums(division)) => {
                part(*division).into_iter().for_each(|part| parts.add(part, sums(false)));
            }
            (Cell::Sums(parts), Kind::Extremes(division)) => {
                part(*division).into_iter().for_each(|part| parts.add(part, sums(true)));
            }
            (Cell::Frequent(parts), Kind::Frequent(division)) => {
                if let Some((part, value)) = part(*division).zip(self.value(spec)) {
                    parts.add(part, Frequent::of(value, at, self.order));
                }
            }
            (Cell::Visits(visits), _) => visits.add(at, self.order, self.opening(spec, query)),
            (Cell::VisitSums(visits), Kind::VisitSums(extremes)) => {
                let counted = if self.fits(query) { sums(*extremes) } else { Sums::default() };
                visits.add(at, self.order, counted);
            }
            (Cell::VisitFrequent(visits), _) => {
                let value = self.value(spec).filter(|_| self.fits(query));
                let counted = value.map(|value| Frequent::of(value, at, self.order)).unwrap_or_default();
                visits.add(at, self.order, counted);
            }
            (Cell::Chain(chain), _) => chain.add(StepOccurrence { at, order: self.order, steps }),
            // INVARIANT: an id stands for one kind of cell.
            _ => {}
        }
    }

    /// Which of the steps the event is: bit 0 for the first.
    fn steps(&self, queries: &[EventQuery]) -> u64 {
        let steps = queries.iter().take(64).enumerate();
        steps.filter(|(_, query)| self.fits(query)).fold(0, |steps, (index, _)| steps | 1 << index)
    }

    /// Whether a query names the event and its filter is true.
    fn fits(&self, query: &EventQuery) -> bool {
        let is_named = match &query.kind {
            EventKind::Named(name) => *name == self.event.name,
            EventKind::Page(pattern) => {
                &*self.event.name == PAGE_EVENT
                    && self.event.path.as_deref().is_some_and(|path| page::fits(pattern, path))
            }
            EventKind::VisitStart => true,
        };
        is_named && self.passes(query)
    }

    fn passes(&self, query: &EventQuery) -> bool {
        query.filter.as_ref().is_none_or(|filter| {
            let situation = Situation::new(&NO_PROGRAM, self.schema, &NOBODY, &self.event.context, self.event.at);
            situation.truth_within(filter, Some(self.event)) == Truth::True
        })
    }

    fn property(&self, spec: &Spec) -> Option<&Value> {
        value::property(self.event, spec.property.as_ref()?)
    }

    fn value(&self, spec: &Spec) -> Option<Value> {
        self.property(spec).and_then(remembered_value)
    }

    fn occurrence(&self, spec: &Spec, key: Key) -> Occurrence {
        let (key, value) = match key {
            Key::Nothing => (0, self.value(spec)),
            Key::Period(unit) => (period_key(calendar::period(self.local.date(), unit)), None),
            Key::Value => {
                let value = if matches!(spec.kind, Kind::Log(_)) { self.value(spec) } else { None };
                (self.property(spec).map(value_fingerprint).unwrap_or_default(), value)
            }
        };
        Occurrence { at: self.at, order: self.order, key, value }
    }

    fn opening(&self, spec: &Spec, query: &EventQuery) -> Opening {
        Opening { day: day_number(self.local.date()), fits: self.passes(query), value: self.value(spec) }
    }

    /// The part of a division that the event lies in; `None` when it lies in none.
    fn part(&self, division: Division) -> Option<i64> {
        match division {
            Division::Whole => Some(0),
            Division::Since(civil) => {
                let since = calendar::instant(civil, self.event.zone(&self.schema.zone))?;
                (since <= self.event.at).then_some(0)
            }
            Division::Width(width, _) => Some(self.at.div_euclid(width)),
            Division::Period(unit, _) => Some(i64::from(day_number(calendar::period(self.local.date(), unit)))),
        }
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The days from the first of January 1970.
pub(super) fn day_number(day: Date) -> i32 {
    day.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days())
}

/// The day of a number.
pub(super) fn day_of(number: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().try_days(number).unwrap_or_default())
}

/// A period as the key of a list.
pub(super) fn period_key(first_day: Date) -> u64 {
    u64::try_from(i64::from(day_number(first_day)) - i64::from(i32::MIN)).unwrap_or_default()
}

/// The first day of the period of a key.
pub(super) fn period_of(key: u64) -> Date {
    let number = i64::try_from(key).unwrap_or_default() + i64::from(i32::MIN);
    day_of(i32::try_from(number).unwrap_or_default())
}
