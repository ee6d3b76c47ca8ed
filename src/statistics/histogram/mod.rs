//! Counts of values in fixed logarithmic buckets: quantiles of what cannot be kept.
//!
//! In: the values of one unit at a time. Out: a [`super::QuantileEstimate`] whose value is right to within [`RELATIVE_ERROR`], with the variance
//! between units. A bucket is the first bits of a number, so the same number falls into the same bucket on every machine; all that is
//! kept are integers by bucket, so histograms merge in any order and subtract exactly. Inside a bucket values count as evenly spread
//! (`estimate`): were they all at one place, two quantiles would differ by nothing or by whole buckets, and a bucket is often many standard errors wide.
//!
//! Which quantile will be asked for need not be known. The variance between units needs the sums over units of `c²`, `c n` and `n²`, where
//! `c` of a unit's `n` values lie at or below the quantile. Of a unit, `c` changes only in buckets that hold one of its values, so each bucket
//! keeps by how much it makes the sums of `c²` and `c n` grow, and a running total up to the quantile's bucket gives the sums there. Nothing
//! but buckets is kept (how many units there are is the sum of those whose lowest value is here), so a part of the buckets is a histogram too.

mod bucket;
mod counts;
mod estimate;

use serde::{Deserialize, Serialize};

pub use bucket::RELATIVE_ERROR;
use bucket::place;
use counts::Counts;

use super::undefined::Undefined;

/// Buckets of a stripe: its longest text is far below 4 KiB.
const STRIPE: i32 = 32;

/// Values of units by the logarithm of their size.
///
/// As text a list of buckets: place, values, units that begin here, growth of `c²`, growth of `c n`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Written>", into = "Vec<Written>")]
pub struct Histogram {
    /// By place, ascending: 0 for zero, then outwards from 1 and -1; none is empty.
    buckets: Vec<(i32, Counts)>,
    // INVARIANT: the sum of `buckets`. That of all growths of `c²`, which is that of `n²`, fits 64 bits, and so does every other, as none is larger.
    all: Counts,
}

/// A bucket as it is written down.
type Written = (i32, u64, u64, u64, u64);

impl Histogram {
    /// The values of one unit.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if one is not finite, or there are more than 2^32.
    pub fn of_unit(values: &[f64]) -> Result<Self, Undefined> {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Undefined::TooLarge);
        }
        let all = values.len() as u64;
        all.checked_mul(all).ok_or(Undefined::TooLarge)?;
        let mut places: Vec<i32> = values.iter().copied().map(place).collect();
        places.sort_unstable();
        let counted = |same: &[i32]| Some((*same.first()?, Counts { values: same.len() as u64, ..Counts::default() }));
        let mut buckets: Vec<(i32, Counts)> = places.chunk_by(i32::eq).filter_map(counted).collect();
        let mut below = 0;
        for (_, counts) in &mut buckets {
            let here = below + counts.values;
            *counts = Counts {
                units: u64::from(below == 0),
                squares: here * here - below * below,
                products: all * counts.values,
                ..*counts
            };
            below = here;
        }
        let all = Counts { values: all, units: buckets.len().min(1) as u64, squares: all * all, products: all * all };
        Ok(Self { buckets, all })
    }

    /// Counts the values of a unit. All of them, once: a unit that has more now is taken out as it was and counted anew.
    ///
    /// # Errors
    /// As [`Histogram::of_unit`] and [`Histogram::merge`]; nothing is counted then.
    pub fn add(&mut self, unit: &[f64]) -> Result<(), Undefined> {
        self.merge(&Self::of_unit(unit)?)
    }

    /// Takes out a unit that was counted with these values: the inverse of [`Histogram::add`].
    ///
    /// # Errors
    /// As [`Histogram::of_unit`] and [`Histogram::subtract`]; nothing is changed then.
    pub fn take_out(&mut self, unit: &[f64]) -> Result<(), Undefined> {
        self.subtract(&Self::of_unit(unit)?)
    }

    /// Adds the units of another, none of which is counted here.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] where the squares of the units' numbers of values add up to 2^64; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        let all = self.all.plus(other.all).ok_or(Undefined::TooLarge)?;
        for (place, counts) in &other.buckets {
            match self.buckets.binary_search_by_key(place, |(place, _)| *place) {
                Ok(index) => {
                    let (_, here) = self.buckets.get_mut(index).ok_or(Undefined::OutOfRange)?;
                    *here = here.plus(*counts).ok_or(Undefined::TooLarge)?;
                }
                Err(index) => self.buckets.insert(index, (*place, *counts)),
            }
        }
        self.all = all;
        Ok(())
    }

    /// Takes units out that were counted: the inverse of [`Histogram::merge`].
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if one was not; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Undefined> {
        let all = self.all.less(other.all).ok_or(Undefined::OutOfRange)?;
        let mut left = self.buckets.clone();
        for (place, counts) in &other.buckets {
            let index = left.binary_search_by_key(place, |(place, _)| *place);
            let (_, here) = index.ok().and_then(|index| left.get_mut(index)).ok_or(Undefined::OutOfRange)?;
            *here = here.less(*counts).ok_or(Undefined::OutOfRange)?;
        }
        left.retain(|(_, counts)| *counts != Counts::default());
        self.buckets = left;
        self.all = all;
        Ok(())
    }

    /// How many values were counted.
    pub fn events(&self) -> u64 {
        self.all.values
    }

    /// How many units have any value.
    pub fn units(&self) -> u64 {
        self.all.units
    }

    /// How many buckets hold any.
    pub fn buckets(&self) -> usize {
        self.buckets.len()
    }

    /// The same in pieces that are small enough to be kept as rows, each with a number that says which buckets it is for. Merging them gives it
    /// back, and only those of changed buckets differ from what they were. A piece by itself answers nothing.
    pub fn stripes(&self) -> Vec<(i32, Self)> {
        let number = |(place, _): &(i32, Counts)| place.div_euclid(STRIPE);
        let stripe = |buckets: &[(i32, Counts)]| {
            // No part is more than the whole.
            let sum = |all: Counts, (_, counts): &(i32, Counts)| all.plus(*counts).unwrap_or(all);
            let all = buckets.iter().fold(Counts::default(), sum);
            Some((number(buckets.first()?), Self { buckets: buckets.to_vec(), all }))
        };
        self.buckets.chunk_by(|a, b| number(a) == number(b)).filter_map(stripe).collect()
    }
}

impl TryFrom<Vec<Written>> for Histogram {
    type Error = Undefined;

    /// # Errors
    /// [`Undefined::Contradiction`] of buckets that no values give, [`Undefined::TooLarge`].
    fn try_from(written: Vec<Written>) -> Result<Self, Undefined> {
        let mut buckets: Vec<(i32, Counts)> = Vec::new();
        let mut all = Counts::default();
        for (place, values, units, squares, products) in written {
            let counts = Counts { values, units, squares, products };
            let is_next = buckets.last().is_none_or(|(last, _)| *last < place);
            if !(is_next && counts.is_possible()) {
                return Err(Undefined::Contradiction);
            }
            all = all.plus(counts).ok_or(Undefined::TooLarge)?;
            buckets.push((place, counts));
        }
        Ok(Self { buckets, all })
    }
}

impl From<Histogram> for Vec<Written> {
    fn from(histogram: Histogram) -> Self {
        let written =
            |(place, counts): (i32, Counts)| (place, counts.values, counts.units, counts.squares, counts.products);
        histogram.buckets.into_iter().map(written).collect()
    }
}
