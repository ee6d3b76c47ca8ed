//! Visits: intervals between silences, joined wherever the silence turns out to be shorter than the timeout.
//!
//! INVARIANT: intervals at least the timeout apart, by start. Joining depends on the set of instants alone, so events may
//! come in any order.

use std::fmt::Debug;

use super::bytes::{Damaged, Reader, Writer};
use super::parts::Tally;
use super::{Frequent, Sums};
use crate::profile::Value;

/// Beside the very first, so many of the newest visits are remembered one by one; the others are counted.
pub const MAX_REMEMBERED_VISITS: u32 = 64;

/// Beside the very first, so many of the newest visits keep their `visit.*` fact.
pub const MAX_VISITS_WITH_VALUES: usize = 16;

/// No list of visits that was ever written is longer.
const MAX_STORED_VISITS: usize = 4_096;

/// What is kept of a visit.
pub trait Content: Debug + Clone + PartialEq + Default {
    /// Takes up what belongs to a later part of the same visit.
    fn join(&mut self, later: Self);
    /// Becomes smaller as newer visits come.
    fn fade(&mut self) {}
    /// Encodes it.
    fn write(&self, out: &mut Writer);
    /// Decodes it.
    ///
    /// # Errors
    /// [`Damaged`]
    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged>;
}

/// One visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit<C> {
    /// Its first event, in milliseconds.
    pub start: i64,
    /// The journal's number of that event.
    pub order: u64,
    /// Its last event.
    pub end: i64,
    /// What else is kept.
    pub content: C,
}

/// The visits of one visitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Visits<C> {
    timeout_ms: i64,
    keep: u32,
    dropped: u64,
    /// The very first, then the newest.
    visits: Vec<Visit<C>>,
}

impl<C: Content> Visits<C> {
    /// None yet; the first and the newest `keep` will be kept.
    pub fn new(timeout_ms: i64, keep: u32) -> Self {
        Self { timeout_ms, keep, dropped: 0, visits: Vec::new() }
    }

    /// The very first, then the newest ones, oldest first.
    pub fn visits(&self) -> &[Visit<C>] {
        &self.visits
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.dropped.saturating_add(self.visits.len() as u64)
    }

    /// The visit that goes on at an instant.
    pub fn current(&self, now_ms: i64) -> Option<&Visit<C>> {
        self.visits.last().filter(|visit| now_ms.saturating_sub(visit.end) < self.timeout_ms)
    }

    /// When the visit that goes on ends by itself, without any event.
    pub fn current_end(&self) -> Option<i64> {
        self.visits.last().map(|visit| visit.end.saturating_add(self.timeout_ms))
    }

    /// Takes up an event.
    pub fn add(&mut self, at: i64, order: u64, content: C) {
        if let Some(last) = self.visits.last_mut()
            && (at, order) > (last.start, last.order)
            && at.saturating_sub(last.end) < self.timeout_ms
        {
            last.end = last.end.max(at);
            last.content.join(content);
            return;
        }
        let (visits, dropped) = (self.visits.len(), self.dropped);
        let place = self.insert(Visit { start: at, order, end: at, content });
        // Among the visits that were dropped it belongs to one of them, as far as anybody knows.
        if dropped > 0 && place == 1 && self.count() > dropped.saturating_add(visits as u64) {
            if self.dropped == dropped {
                self.visits.remove(1);
            }
            self.dropped = dropped;
        }
    }

    /// The place where it stands, or where it stood if it was dropped.
    fn insert(&mut self, visit: Visit<C>) -> usize {
        let known = (visit.start, visit.order);
        let mut place = self.visits.partition_point(|other| (other.start, other.order) < known);
        let end = visit.end;
        self.visits.insert(place, visit);
        if place > 0 && self.touches(place - 1) {
            place -= 1;
            self.join_next(place);
        }
        while self.visits.get(place + 1).is_some_and(|next| next.start <= end) || self.touches(place) {
            self.join_next(place);
        }
        if self.visits.len() > self.keep as usize + 1 {
            self.visits.remove(1);
            self.dropped = self.dropped.saturating_add(1);
        }
        let fading = self.visits.len().saturating_sub(MAX_VISITS_WITH_VALUES);
        self.visits.iter_mut().take(fading).skip(1).for_each(|visit| visit.content.fade());
        place
    }

    /// Whether a visit and the next are one.
    fn touches(&self, place: usize) -> bool {
        match (self.visits.get(place), self.visits.get(place + 1)) {
            (Some(visit), Some(next)) => next.start.saturating_sub(visit.end) < self.timeout_ms,
            _ => false,
        }
    }

    fn join_next(&mut self, place: usize) {
        let later = self.visits.remove(place + 1);
        if let Some(visit) = self.visits.get_mut(place) {
            visit.end = visit.end.max(later.end);
            visit.content.join(later.content);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.dropped = self.dropped.saturating_add(other.dropped);
        for visit in &other.visits {
            self.insert(visit.clone());
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.signed(self.timeout_ms);
        out.whole(u64::from(self.keep));
        out.whole(self.dropped);
        out.size(self.visits.len());
        let (mut at, mut order) = (0, 0);
        for visit in &self.visits {
            out.after(&mut at, visit.start);
            out.after_whole(&mut order, visit.order);
            out.after(&mut at, visit.end);
            visit.content.write(out);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut visits = Self::new(input.signed()?, input.small()?);
        visits.dropped = input.whole()?;
        let (mut at, mut order) = (0, 0);
        for _ in 0..input.size(MAX_STORED_VISITS)? {
            let start = input.after(&mut at)?;
            let order = input.after_whole(&mut order)?;
            let end = input.after(&mut at)?;
            visits.visits.push(Visit { start, order, end, content: C::read(input)? });
        }
        if visits.visits.is_sorted_by_key(|visit| visit.start) { Ok(visits) } else { Err(Damaged) }
    }

    /// The bytes that the visits take at most when they are encoded.
    pub fn worst_bytes(keep: u32, content_bytes: usize) -> usize {
        15 + (keep as usize + 1) * (6 + 5 + 5 + content_bytes)
    }
}

/// What rules ask of the first event of a visit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opening {
    /// The local day, in days since 1970.
    pub day: i32,
    /// Whether the filter holds for it.
    pub fits: bool,
    /// The `visit.*` fact that is asked for.
    pub value: Option<Value>,
}

impl Content for Opening {
    fn join(&mut self, _: Self) {}

    fn fade(&mut self) {
        self.value = None;
    }

    fn write(&self, out: &mut Writer) {
        out.signed(i64::from(self.day) << 1 | i64::from(self.fits));
        out.value(self.value.as_ref());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let head = input.signed()?;
        let day = i32::try_from(head >> 1).map_err(|_| Damaged)?;
        Ok(Self { day, fits: head & 1 == 1, value: input.value()? })
    }
}

impl Content for Sums {
    fn join(&mut self, later: Self) {
        self.absorb(later);
    }

    fn write(&self, out: &mut Writer) {
        Tally::write(self, out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Tally::read(input)
    }
}

impl Content for Frequent {
    fn join(&mut self, later: Self) {
        self.absorb(later);
    }

    fn write(&self, out: &mut Writer) {
        Tally::write(self, out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Tally::read(input)
    }
}
