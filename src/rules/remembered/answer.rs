//! What the visitor did, from what is remembered of it.
//!
//! In: a behaviour and a memory. Out: the same [`Evidence`] that the reference evaluator reads from the events.

use jiff::Timestamp;

use super::kind::Kind;
use super::occurrences::{Known, known};
use super::plan::Remembered;
use super::spec::Spec;
use crate::behaviour::{Cell, Sums, Tally};
use crate::language::checked::{Behaviour, CalendarUnit, EventQuery, Frequency, Window};
use crate::rules::behaviour::{Evidence, last};
use crate::rules::behaviour_fact::queries;
use crate::rules::{Situation, calendar};

impl<'a> Situation<'a> {
    /// What is remembered of a behaviour, which is found by its text; `None` where consent is missing.
    pub(in crate::rules) fn remembered_evidence(
        &self,
        remembered: Remembered<'a>,
        text: &str,
        behaviour: &Behaviour,
    ) -> Option<Evidence> {
        if queries(behaviour).any(|query| self.refused_query(query).is_some()) {
            return None;
        }
        let cells: Vec<(&Spec, Option<&Cell>)> = remembered.of_behaviour(text)?.collect();
        let window = behaviour.window;
        if let Some(chain) = &behaviour.chain {
            return Some(self.remembered_chain(&cells, chain, window));
        }
        let (spec, cell) = cells.first().copied()?;
        Some(match behaviour.frequency {
            None => self.remembered_last(spec, cell, window),
            Some(Frequency::Times(..)) => {
                Evidence::Count(self.remembered_count(spec, cell, &behaviour.subject, window))
            }
            Some(Frequency::Different(_, _, unit)) => {
                Evidence::Count(self.remembered_periods(spec, cell, unit, window).len() as u64)
            }
            Some(Frequency::InARow(_, unit)) => {
                let periods = self.remembered_periods(spec, cell, unit, window);
                Evidence::Count(calendar::longest_run(&periods, unit, self.run_must_reach(window, unit)))
            }
        })
    }

    fn remembered_last(&self, spec: &Spec, cell: Option<&'a Cell>, window: Window) -> Evidence {
        if let (Some(Cell::Sums(_)), Kind::Sums(_)) = (cell, &spec.kind) {
            let inside = self.counted_parts(spec, cell, window).filter(|(_, sums)| sums.count > 0);
            let start = inside.filter_map(|(start, _)| Timestamp::from_millisecond(start).ok()).last();
            return Evidence::Last { inside: start, ever: start, steps: 0 };
        }
        let times: Vec<Timestamp> =
            known(spec, cell).iter().map(|known| known.at).filter(|at| *at <= self.now).collect();
        last(&times, self.interval(window), 0)
    }

    /// How many occurrences lie in a window, as far as the cell tells them apart.
    pub(super) fn remembered_count(
        &self,
        spec: &Spec,
        cell: Option<&'a Cell>,
        query: &EventQuery,
        window: Window,
    ) -> u64 {
        match cell {
            Some(Cell::Visits(visits)) if window == Window::Ever && query.filter.is_none() => visits.count(),
            Some(Cell::Kept(_) | Cell::Visits(_)) => self.remembered_inside(spec, cell, window).len() as u64,
            Some(Cell::Sums(_) | Cell::VisitSums(_)) => self.remembered_sums(spec, cell, window).count,
            _ => 0,
        }
    }

    /// The occurrences in a window, oldest first.
    pub(super) fn remembered_inside(&self, spec: &Spec, cell: Option<&'a Cell>, window: Window) -> Vec<Known<'a>> {
        let mut inside = known(spec, cell);
        match self.interval(window) {
            Some(interval) => inside.retain(|known| interval.contains(known.at)),
            None => inside.clear(),
        }
        inside
    }

    fn remembered_periods(
        &self,
        spec: &Spec,
        cell: Option<&'a Cell>,
        unit: CalendarUnit,
        window: Window,
    ) -> Vec<jiff::civil::Date> {
        let inside = self.remembered_inside(spec, cell, window);
        let days = inside.iter().filter_map(|known| known.day);
        let mut periods: Vec<_> = days.map(|day| calendar::period(day, unit)).collect();
        periods.sort_unstable();
        periods.dedup();
        periods
    }

    /// The counts of all parts that a window includes, together.
    pub(super) fn remembered_sums(&self, spec: &Spec, cell: Option<&'a Cell>, window: Window) -> Sums {
        if let Some(Cell::VisitSums(visits)) = cell {
            let current = visits.current(self.now.as_millisecond());
            return current.map(|visit| visit.content.clone()).unwrap_or_default();
        }
        let mut all = Sums::default();
        self.counted_parts(spec, cell, window).for_each(|(_, sums)| all.absorb(sums.clone()));
        all
    }

    /// The first instant and the counts of each part that a window includes.
    fn counted_parts(
        &self,
        spec: &Spec,
        cell: Option<&'a Cell>,
        window: Window,
    ) -> impl Iterator<Item = (i64, &'a Sums)> {
        let division = spec.kind.division();
        let parts = match cell {
            Some(Cell::Sums(parts)) => parts.parts(),
            _ => &[],
        };
        let included = parts
            .iter()
            .filter(move |(part, _)| division.is_some_and(|division| self.includes(window, division, *part)));
        included.map(move |(part, sums)| (division.map_or(0, |division| division.start(*part)), sums))
    }
}
