//! When a membership changed that nobody looked at in time: the server was down, or the visitor not in memory.
//!
//! In: changes that were just noticed. Out: the same, each with the instant at which it came about, where that can be told:
//! since the last message nothing happened, so only the clock can have changed it.

use jiff::Timestamp;

use super::look::Move;
use super::person::{Person, moment};
use crate::behaviour::{Memory, Ranks};
use crate::profile::{Context, Visitor};
use crate::release::Release;
use crate::rules::{Situation, Truth};

/// More instants are not looked at: a window of the calendar may have ended on each day of many years.
const MAX_INSTANTS: usize = 1_000;

/// Somebody as they are evaluated for their segments.
pub(super) struct Sight<'a> {
    pub(super) release: &'a Release,
    pub(super) visitor: &'a Visitor,
    pub(super) memory: &'a Memory,
    pub(super) ranks: &'a Ranks,
}

impl Sight<'_> {
    /// Asks something as of an instant.
    pub(super) fn at<T>(&self, at: Timestamp, ask: impl FnOnce(&Situation<'_>) -> T) -> T {
        let context = Context::default();
        let situation = Situation::new(&self.release.program, &self.release.schema, self.visitor, &context, at)
            .remembering(&self.release.cells, self.memory)
            .ranked(self.ranks);
        ask(&situation)
    }

    /// The next instant at which a segment may change by itself.
    pub(super) fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let Release { program, schema, cells, .. } = self.release;
        let everybody: Vec<usize> = (0..program.segments.len()).collect();
        cells.next_change(program, schema, &everybody, self.memory, at).filter(|next| *next > at)
    }

    /// Dates changes of somebody back whose last look is forgotten.
    pub(super) fn date_back(&self, person: &Person, moves: &mut [Move]) {
        let last = person.segments.values().copied().chain(person.last_seen).max();
        let Some(mut at) = last.map(moment) else { return };
        let index = |name: &str| self.release.program.segments.iter().position(|segment| *segment.name == *name);
        let places: Vec<Option<usize>> = moves.iter().map(|change| index(&change.segment)).collect();
        let ask = |at| {
            self.at(at, |situation| -> Vec<bool> {
                let is_in = |place: &Option<usize>| place.is_some_and(|place| situation.segment(place) == Truth::True);
                places.iter().map(is_in).collect()
            })
        };
        let now = moves.iter().map(|change| change.at).max().unwrap_or(at);
        let mut before = ask(at);
        for _ in 0..MAX_INSTANTS {
            let Some(next) = self.next_change(at).filter(|next| *next <= now) else { return };
            let after = ask(next);
            for ((change, before), after) in moves.iter_mut().zip(&before).zip(&after) {
                if before != after && *after == change.entered {
                    change.at = next;
                }
            }
            (at, before) = (next, after);
        }
    }
}
