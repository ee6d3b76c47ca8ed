//! What a memory knows of an event query, as a list; and which parts of a division a window includes.

use jiff::Timestamp;

use super::division::{Division, milliseconds};
use super::kind::{Key, Kind};
use super::plan::Remembered;
use super::record::{day_number, day_of, period_of};
use super::spec::Spec;
use crate::behaviour::{Cell, CellId, Opening, Visits};
use crate::language::checked::{EventKind, EventQuery, Window};
use crate::profile::Value;
use crate::rules::{Situation, calendar};

/// An occurrence as a cell gives it back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub at: Timestamp,
    pub order: u64,
    /// The first day of its local period, of cells that keep it; of visits, its local day.
    pub day: Option<jiff::civil::Date>,
    /// A value's fingerprint, of cells that keep it.
    pub key: u64,
    pub value: Option<&'a Value>,
}

impl<'a> Remembered<'a> {
    /// The cells of a behaviour, in the order of its steps.
    pub(super) fn of_behaviour(self, text: &str) -> Option<impl Iterator<Item = (&'a Spec, Option<&'a Cell>)>> {
        let places = self.plan.behaviours.get(text)?;
        Some(places.iter().filter_map(move |place| self.at(*place)))
    }

    /// The cell of a value.
    pub(super) fn of_value(self, text: &str) -> Option<(&'a Spec, Option<&'a Cell>)> {
        self.at(*self.plan.values.get(text)?)
    }

    /// The names of events that may have happened: all that have are among them.
    pub fn event_names(self) -> impl Iterator<Item = &'a str> {
        let named = |query: &'a EventQuery| match &query.kind {
            EventKind::Named(name) => Some(&**name),
            EventKind::Page(_) | EventKind::VisitStart => None,
        };
        self.touched().flat_map(|spec| &spec.queries).filter_map(named)
    }

    /// The same of pages, by the keys under which compiled rules know their patterns.
    pub fn page_keys(self) -> impl Iterator<Item = &'a str> {
        self.touched().flat_map(|spec| &spec.pages).map(|key| &**key)
    }

    /// The cells that are not empty.
    fn touched(self) -> impl Iterator<Item = &'a Spec> {
        let place = |id| self.plan.by_id.get(&id).copied();
        self.memory.filled_ids().filter_map(place).filter_map(|place| self.plan.cells.get(place))
    }

    fn at(self, place: usize) -> Option<(&'a Spec, Option<&'a Cell>)> {
        let spec = self.plan.cells.get(place)?;
        Some((spec, self.memory.cell(spec.id)))
    }

    /// All visits, where rules ask for them.
    pub fn visits(self) -> Option<&'a Visits<Opening>> {
        match self.at(self.plan.visits?)? {
            (_, Some(Cell::Visits(visits))) => Some(visits),
            _ => None,
        }
    }

    /// Since when a cell counts, while it is not filled.
    pub fn counted_since(self, id: CellId) -> Option<Timestamp> {
        self.memory.counted_since(id)
    }
}

/// What a list of occurrences or of visits holds, oldest first; nothing for other cells.
pub(super) fn known<'a>(spec: &Spec, cell: Option<&'a Cell>) -> Vec<Known<'a>> {
    let instant = |at| Timestamp::from_millisecond(at).ok();
    match cell {
        Some(Cell::Kept(kept)) => {
            let by_period = matches!(spec.kind, Kind::Kept(_, Key::Period(_)) | Kind::Log(Key::Period(_)));
            let one = |occurrence: &'a crate::behaviour::Occurrence| {
                Some(Known {
                    at: instant(occurrence.at)?,
                    order: occurrence.order,
                    day: by_period.then(|| period_of(occurrence.key)),
                    key: occurrence.key,
                    value: occurrence.value.as_ref(),
                })
            };
            kept.occurrences().iter().filter_map(one).collect()
        }
        Some(Cell::Visits(visits)) => {
            let fitting = visits.visits().iter().filter(|visit| visit.content.fits);
            let one = |visit: &'a crate::behaviour::Visit<Opening>| {
                Some(Known {
                    at: instant(visit.start)?,
                    order: visit.order,
                    day: Some(day_of(visit.content.day)),
                    key: visit.content.value.as_ref().map(crate::behaviour::value_fingerprint).unwrap_or_default(),
                    value: visit.content.value.as_ref(),
                })
            };
            fitting.filter_map(one).collect()
        }
        _ => Vec::new(),
    }
}

impl<'a> Situation<'a> {
    /// All visits of a visitor whose events are remembered.
    pub(in crate::rules) fn remembered_visits(&self) -> Option<&'a Visits<Opening>> {
        self.remembered?.visits()
    }

    /// Whether a window includes a part of a division, or cuts it: such a part counts whole.
    pub(super) fn includes(&self, window: Window, division: Division, part: i64) -> bool {
        match division {
            Division::Whole | Division::Since(_) => true,
            Division::Period(unit, _) => {
                let today = self.zone().to_datetime(self.now).date();
                part == i64::from(day_number(calendar::period(today, unit)))
            }
            Division::Width(width, _) => {
                let (newer, older) = match window {
                    Window::Last(span) => (0, milliseconds(span)),
                    Window::Ago { newer, older } => (milliseconds(newer), milliseconds(older)),
                    _ => return false,
                };
                let now = self.now.as_millisecond();
                let (from, until) = (now.saturating_sub(older), now.saturating_sub(newer));
                let (start, end) = (part.saturating_mul(width), part.saturating_add(1).saturating_mul(width));
                // The last instant of the part lies after the window's start, its first not after the window's end.
                end - 1 > from && start <= until
            }
        }
    }
}
