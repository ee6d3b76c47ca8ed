//! A tally for each part of time: buckets, local days, or one part for all of it.

use std::fmt::Debug;

use super::bytes::{Damaged, Reader, Writer};

/// What is counted of a part of the events.
pub trait Tally: Debug + Clone + PartialEq + Default {
    /// Adds what another part counted.
    fn absorb(&mut self, other: Self);
    /// Encodes it.
    fn write(&self, out: &mut Writer);
    /// Decodes it.
    ///
    /// # Errors
    /// [`Damaged`]
    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged>;
}

/// Tallies of the newest parts that have any.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts<T> {
    keep: u32,
    /// By number.
    parts: Vec<(i64, T)>,
}

/// No cell has more parts.
const MAX_PARTS: usize = 1_024;

impl<T: Tally> Parts<T> {
    /// No part yet; at most `keep` are kept.
    pub fn new(keep: u32) -> Self {
        Self { keep, parts: Vec::new() }
    }

    /// Number and tally of each part, oldest first.
    pub fn parts(&self) -> &[(i64, T)] {
        &self.parts
    }

    /// Counts into a part.
    pub fn add(&mut self, part: i64, tally: T) {
        match self.parts.binary_search_by_key(&part, |(number, _)| *number) {
            Ok(place) => {
                if let Some((_, known)) = self.parts.get_mut(place) {
                    known.absorb(tally);
                }
            }
            // Older than all that are kept.
            Err(0) if self.parts.len() >= self.keep as usize => {}
            Err(place) => {
                self.parts.insert(place, (part, tally));
                if self.parts.len() > self.keep as usize {
                    self.parts.remove(0);
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.parts.iter().for_each(|(part, tally)| self.add(*part, tally.clone()));
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.whole(u64::from(self.keep));
        out.size(self.parts.len());
        let mut before = 0;
        for (part, tally) in &self.parts {
            out.after(&mut before, *part);
            tally.write(out);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut parts = Self::new(input.small()?);
        let mut before = 0;
        for _ in 0..input.size(MAX_PARTS)? {
            parts.parts.push((input.after(&mut before)?, T::read(input)?));
        }
        if parts.parts.is_sorted_by_key(|(part, _)| *part) { Ok(parts) } else { Err(Damaged) }
    }
}
