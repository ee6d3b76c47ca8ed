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

/// Of somebody with more instants since, changes are dated to when they were noticed: sums by day may change daily, and after
/// a long time without a server everybody waits to be looked at.
const MAX_INSTANTS: usize = 40;

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
        let everybody: Vec<usize> = (0..self.release.program.segments.len()).collect();
        self.next_change_of(&everybody, at)
    }

    fn next_change_of(&self, places: &[usize], at: Timestamp) -> Option<Timestamp> {
        let Release { program, schema, cells, .. } = self.release;
        cells.next_change(program, schema, places, self.memory, at).filter(|next| *next > at)
    }

    /// Dates changes of somebody back whose last look is forgotten.
    pub(super) fn date_back(&self, person: &Person, moves: &mut [Move]) {
        let last = person.segments.values().copied().chain(person.last_seen).max();
        let Some(mut at) = last.map(moment) else { return };
        let index = |name: &str| self.release.program.segments.iter().position(|segment| *segment.name == *name);
        // A segment that the release no longer has was left with the release.
        let mut changes: Vec<(usize, &mut Move, Option<Timestamp>)> =
            moves.iter_mut().filter_map(|change| Some((index(&change.segment)?, change, None))).collect();
        let places: Vec<usize> = changes.iter().map(|(place, ..)| *place).collect();
        let ask = |at| {
            self.at(at, |situation| -> Vec<bool> {
                places.iter().map(|place| situation.segment(*place) == Truth::True).collect()
            })
        };
        let Some(now) = changes.iter().map(|(_, change, _)| change.at).max() else { return };
        let mut before = ask(at);
        for _ in 0..MAX_INSTANTS {
            let Some(next) = self.next_change_of(&places, at).filter(|next| *next <= now) else {
                changes.into_iter().for_each(|(_, change, since)| change.at = since.unwrap_or(change.at));
                return;
            };
            let after = ask(next);
            for ((_, change, since), (before, after)) in changes.iter_mut().zip(before.iter().zip(&after)) {
                if before != after && *after == change.entered {
                    *since = Some(next);
                }
            }
            (at, before) = (next, after);
        }
    }
}
