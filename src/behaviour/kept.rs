//! A thinned list of occurrences: those on which an answer can still depend.
//!
//! INVARIANT: what is kept of a union of lists is what is kept of the union of what is kept of each. So occurrences may
//! come in any order, and memories may be merged in any order.

use super::bytes::{Damaged, Reader, Writer};
use crate::profile::Value;

/// One event, as far as a cell needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// The number of its entry in the journal: breaks ties of equal times.
    pub order: u64,
    /// What the list tells apart: a local period, or a value's fingerprint; else 0.
    pub key: u64,
    /// The property that the cell needs.
    pub value: Option<Value>,
}

/// Which occurrences stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The newest.
    Newest(u32),
    /// The oldest.
    Oldest(u32),
    /// The newest of each key, for the keys that came last.
    PerKey(u32),
    /// In each part of time of this width, so many of the oldest and of the newest; for the newest parts.
    Ends {
        /// Of a part, in milliseconds.
        width_ms: i64,
        /// At each end.
        each: u32,
        /// Which have an occurrence.
        parts: u32,
    },
}

/// The list.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    keep: Keep,
    /// By time, then by order.
    occurrences: Vec<Occurrence>,
}

/// No list is longer.
const MAX_OCCURRENCES: usize = 4_096;

impl Kept {
    /// An empty list.
    pub fn new(keep: Keep) -> Self {
        Self { keep, occurrences: Vec::new() }
    }

    /// Oldest first.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// Takes one up. One that is there already changes nothing.
    pub fn add(&mut self, occurrence: Occurrence) {
        let key = occurrence.key;
        if let Keep::PerKey(_) = self.keep
            && let Some(known) = self.occurrences.iter().position(|known| known.key == key)
        {
            if self.occurrences.get(known).is_some_and(|known| known.instant() >= occurrence.instant()) {
                return;
            }
            self.occurrences.remove(known);
        }
        let place = self.occurrences.partition_point(|known| known.instant() < occurrence.instant());
        let is_known = self
            .occurrences
            .get(place)
            .is_some_and(|known| known.instant() == occurrence.instant() && known.key == key);
        if is_known {
            return;
        }
        match self.keep {
            Keep::Newest(most) | Keep::PerKey(most) => {
                self.occurrences.insert(place, occurrence);
                if self.occurrences.len() > most as usize {
                    self.occurrences.remove(0);
                }
            }
            Keep::Oldest(most) => {
                self.occurrences.insert(place, occurrence);
                self.occurrences.truncate(most as usize);
            }
            Keep::Ends { width_ms, each, parts } => {
                let part = part_of(occurrence.at, width_ms);
                self.occurrences.insert(place, occurrence);
                self.thin_part(part, width_ms, each as usize);
                self.drop_parts(width_ms, parts as usize);
            }
        }
    }

    fn thin_part(&mut self, part: i64, width_ms: i64, each: usize) {
        let start = self.occurrences.partition_point(|known| part_of(known.at, width_ms) < part);
        let end = self.occurrences.partition_point(|known| part_of(known.at, width_ms) <= part);
        if end - start > 2 * each {
            self.occurrences.remove(start + each);
        }
    }

    fn drop_parts(&mut self, width_ms: i64, most: usize) {
        let mut parts: Vec<i64> = self.occurrences.iter().map(|known| part_of(known.at, width_ms)).collect();
        parts.dedup();
        if let Some(oldest) = parts.len().checked_sub(most + 1).and_then(|last| parts.get(last)) {
            self.occurrences.retain(|known| part_of(known.at, width_ms) > *oldest);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.keep == other.keep {
            other.occurrences.iter().for_each(|occurrence| self.add(occurrence.clone()));
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match self.keep {
            Keep::Newest(most) => out.whole(u64::from(most) << 2),
            Keep::Oldest(most) => out.whole(u64::from(most) << 2 | 1),
            Keep::PerKey(most) => out.whole(u64::from(most) << 2 | 2),
            Keep::Ends { width_ms, each, parts } => {
                out.whole(u64::from(each) << 2 | 3);
                out.signed(width_ms);
                out.whole(u64::from(parts));
            }
        }
        out.size(self.occurrences.len());
        let (mut at, mut order, mut key) = (0, 0, 0);
        for occurrence in &self.occurrences {
            out.after(&mut at, occurrence.at);
            out.after_whole(&mut order, occurrence.order);
            out.after_whole(&mut key, occurrence.key);
            out.value(occurrence.value.as_ref());
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let head = input.whole()?;
        let most = u32::try_from(head >> 2).map_err(|_| Damaged)?;
        let keep = match head & 3 {
            0 => Keep::Newest(most),
            1 => Keep::Oldest(most),
            2 => Keep::PerKey(most),
            _ => Keep::Ends { width_ms: input.signed()?.max(1), each: most, parts: input.small()? },
        };
        let mut kept = Self::new(keep);
        let (mut at, mut order, mut key) = (0, 0, 0);
        for _ in 0..input.size(MAX_OCCURRENCES)? {
            kept.occurrences.push(Occurrence {
                at: input.after(&mut at)?,
                order: input.after_whole(&mut order)?,
                key: input.after_whole(&mut key)?,
                value: input.value()?,
            });
        }
        if kept.occurrences.is_sorted_by_key(Occurrence::instant) { Ok(kept) } else { Err(Damaged) }
    }

    /// The bytes that a list takes at most when it is encoded.
    pub fn worst_bytes(keep: Keep, key_bytes: usize, value_bytes: usize) -> usize {
        let most = match keep {
            Keep::Newest(most) | Keep::Oldest(most) | Keep::PerKey(most) => most as usize,
            Keep::Ends { each, parts, .. } => 2 * each as usize * parts as usize,
        };
        // The first time is whole (6 bytes), later ones are differences; journal numbers below 2^34.
        12 + most * (6 + 5 + key_bytes + value_bytes.max(1))
    }
}

impl Occurrence {
    fn instant(&self) -> (i64, u64) {
        (self.at, self.order)
    }
}

/// The number of the part that an instant lies in.
pub(super) fn part_of(at: i64, width_ms: i64) -> i64 {
    at.div_euclid(width_ms.max(1))
}
