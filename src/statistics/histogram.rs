//! Counts of events in fixed logarithmic buckets: quantiles of what cannot be kept.
//!
//! In: numbers, one at a time. Out: a [`QuantileEstimate`] whose value is right to within [`RELATIVE_ERROR`]. A bucket is the first
//! bits of a number, so the same number falls into the same bucket on every machine, and integer counts merge in any order and
//! subtract exactly. Nothing asks for it yet: quantiles of live events will, which nobody keeps.

use std::collections::BTreeMap;

use super::quantile::{Quantile, QuantileEstimate};
use super::undefined::Undefined;

/// Bits of the fraction that tell buckets apart: 128 buckets for each doubling.
const FRACTION_BITS: u32 = 7;

/// How far, relatively, the middle of a bucket is from any number in it; numbers below 2.3e-308 in size have no such bound.
pub const RELATIVE_ERROR: f64 = 1.0 / 256.0;

/// The bits of a number that its bucket leaves out.
const LEFT_OUT: u32 = f64::MANTISSA_DIGITS - 1 - FRACTION_BITS;

/// Counts of events by the logarithm of their size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    events: u64,
    /// 0 for zero, then outwards from 1 and -1; no count is 0.
    counts: BTreeMap<i32, u64>,
}

/// The numbers that one bucket holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    lower: f64,
    upper: f64,
}

impl Histogram {
    /// Counts an event.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if it is not finite, or with more than 2^64 events; nothing is counted then.
    pub fn add(&mut self, number: f64) -> Result<(), Undefined> {
        if !number.is_finite() {
            return Err(Undefined::TooLarge);
        }
        self.events = self.events.checked_add(1).ok_or(Undefined::TooLarge)?;
        *self.counts.entry(bucket(number)).or_default() += 1;
        Ok(())
    }

    /// Adds the events of another.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] with more than 2^64 events; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        self.events = self.events.checked_add(other.events).ok_or(Undefined::TooLarge)?;
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
        Ok(())
    }

    /// Takes events out that were counted: the inverse of [`Histogram::merge`].
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if one was not; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Undefined> {
        let mut counts = self.counts.clone();
        for (bucket, count) in &other.counts {
            let here = counts.get_mut(bucket).ok_or(Undefined::OutOfRange)?;
            *here = here.checked_sub(*count).ok_or(Undefined::OutOfRange)?;
        }
        counts.retain(|_, count| *count > 0);
        self.counts = counts;
        self.events -= other.events;
        Ok(())
    }

    /// How many events were counted.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many buckets hold any.
    pub fn buckets(&self) -> usize {
        self.counts.len()
    }

    /// The quantile of all events: the middle of its bucket, between the outer edges of its neighbours in rank.
    ///
    /// # Errors
    /// As [`Quantile::ranks`].
    pub fn estimate(&self, quantile: Quantile) -> Result<QuantileEstimate, Undefined> {
        let ranks = quantile.ranks(self.events)?;
        let at = |rank| self.at(rank).ok_or(Undefined::OutOfRange);
        Ok(QuantileEstimate {
            events: self.events,
            sampled: self.events,
            value: at(ranks.value)?.middle(),
            lower: at(ranks.lower)?.lower,
            upper: at(ranks.upper)?.upper,
            distinct: None,
            clusters: None,
        })
    }

    /// The bucket of the event with this place among all in order, from 1 on.
    fn at(&self, rank: u64) -> Option<Bucket> {
        let mut below = 0;
        self.counts.iter().find_map(|(bucket, count)| {
            below += count;
            (below >= rank).then(|| Bucket::of(*bucket))
        })
    }
}

impl Bucket {
    fn of(bucket: i32) -> Self {
        let edge = |outwards: u32| f64::from_bits(u64::from(outwards) << LEFT_OUT).min(f64::MAX);
        let outwards = bucket.unsigned_abs();
        match bucket {
            0 => Self { lower: 0.0, upper: 0.0 },
            1.. => Self { lower: edge(outwards - 1), upper: edge(outwards) },
            _ => Self { lower: -edge(outwards), upper: -edge(outwards - 1) },
        }
    }

    fn middle(self) -> f64 {
        self.lower / 2.0 + self.upper / 2.0
    }
}

/// Which bucket a finite number belongs to.
fn bucket(number: f64) -> i32 {
    if number == 0.0 {
        return 0;
    }
    // The bits of a positive number are in the order of the numbers. At most 2^18 here.
    let outwards = i32::try_from(number.abs().to_bits() >> LEFT_OUT).unwrap_or(i32::MAX - 1) + 1;
    if number < 0.0 { -outwards } else { outwards }
}
