//! The most frequent values of a part of the events, in bounded space.
//!
//! Source: Misra and Gries (1982); merging as in Agarwal et al. (2012), "Mergeable summaries", which shows the same bound.

use super::bytes::{Damaged, Reader, Writer};
use super::parts::Tally;
use super::value_fingerprint;
use crate::profile::Value;

/// How many different values each part counts. A count is too low by less than a ninth of the values of its part, and exact as
/// long as there are no more different values than this.
pub const FAVOURITE_COUNTERS: usize = 8;

/// One value and how often it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// The value.
    pub value: Value,
    /// How often it came, at least.
    pub count: u64,
    /// When it came last: the time in milliseconds, then the journal's number.
    pub last: (i64, u64),
}

/// Counters of the most frequent values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frequent {
    /// By how much a count may be too low; at most `values / (FAVOURITE_COUNTERS + 1)`.
    pub lost: u64,
    /// How many values were counted.
    pub values: u64,
    /// By fingerprint of the value.
    pub counters: Vec<Counter>,
}

impl Frequent {
    /// One value.
    pub fn of(value: Value, at: i64, order: u64) -> Self {
        Self { lost: 0, values: 1, counters: vec![Counter { value, count: 1, last: (at, order) }] }
    }

    /// The most frequent value; of equally frequent ones, the one that came last.
    pub fn favourite(&self) -> Option<&Value> {
        self.counters.iter().max_by_key(|counter| (counter.count, counter.last)).map(|counter| &counter.value)
    }

    /// The bytes that it takes at most when it is encoded.
    pub fn worst_bytes(value_bytes: usize) -> usize {
        11 + FAVOURITE_COUNTERS * (5 + 6 + 5 + value_bytes)
    }

    /// Puts counters together without a loss; [`Frequent::absorb`] then drops what is too much.
    pub fn join(&mut self, other: Self) {
        self.lost = self.lost.saturating_add(other.lost);
        self.values = self.values.saturating_add(other.values);
        for counter in other.counters {
            match self.counters.iter_mut().find(|known| known.value == counter.value) {
                Some(known) => {
                    known.count = known.count.saturating_add(counter.count);
                    known.last = known.last.max(counter.last);
                }
                None => self.counters.push(counter),
            }
        }
        self.counters.sort_by_cached_key(|counter| value_fingerprint(&counter.value));
    }
}

impl Tally for Frequent {
    fn absorb(&mut self, other: Self) {
        self.join(other);
        if self.counters.len() > FAVOURITE_COUNTERS {
            let mut counts: Vec<u64> = self.counters.iter().map(|counter| counter.count).collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            let loss = counts.get(FAVOURITE_COUNTERS).copied().unwrap_or_default();
            self.lost = self.lost.saturating_add(loss);
            self.counters.retain_mut(|counter| {
                counter.count = counter.count.saturating_sub(loss);
                counter.count > 0
            });
        }
    }

    fn write(&self, out: &mut Writer) {
        out.whole(self.lost);
        out.whole(self.values);
        out.size(self.counters.len());
        for counter in &self.counters {
            out.whole(counter.count);
            out.signed(counter.last.0);
            out.whole(counter.last.1);
            out.value(Some(&counter.value));
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let (lost, values) = (input.whole()?, input.whole()?);
        let mut counters = Vec::new();
        for _ in 0..input.size(FAVOURITE_COUNTERS)? {
            let (count, last) = (input.whole()?, (input.signed()?, input.whole()?));
            counters.push(Counter { value: input.value()?.ok_or(Damaged)?, count, last });
        }
        Ok(Self { lost, values, counters })
    }
}
