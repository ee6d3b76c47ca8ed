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

use std::collections::BTreeMap;

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
    // INVARIANT: the sum of all growths of `c²`, which is that of `n²`, fits 64 bits, and so does every other sum, as none is larger.
    /// 0 for zero, then outwards from 1 and -1; none is empty.
    buckets: BTreeMap<i32, Counts>,
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
        let mut buckets: BTreeMap<i32, Counts> = BTreeMap::new();
        for value in values {
            buckets.entry(place(*value)).or_default().values += 1;
        }
        let mut below = 0;
        for counts in buckets.values_mut() {
            let here = below + counts.values;
            *counts = Counts {
                units: u64::from(below == 0),
                squares: here * here - below * below,
                products: all * counts.values,
                ..*counts
            };
            below = here;
        }
        Ok(Self { buckets })
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
        self.all().squares.checked_add(other.all().squares).ok_or(Undefined::TooLarge)?;
        for (place, counts) in &other.buckets {
            let here = self.buckets.entry(*place).or_default();
            *here = here.plus(*counts).ok_or(Undefined::TooLarge)?;
        }
        Ok(())
    }

    /// Takes units out that were counted: the inverse of [`Histogram::merge`].
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if one was not; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Undefined> {
        let less = |(place, counts): (&i32, &Counts)| {
            let here = self.buckets.get(place).and_then(|here| here.less(*counts)).ok_or(Undefined::OutOfRange)?;
            Ok((*place, here))
        };
        let left: Vec<(i32, Counts)> = other.buckets.iter().map(less).collect::<Result<_, Undefined>>()?;
        for (place, counts) in left {
            if counts == Counts::default() {
                self.buckets.remove(&place);
            } else {
                self.buckets.insert(place, counts);
            }
        }
        Ok(())
    }

    /// How many values were counted.
    pub fn events(&self) -> u64 {
        self.all().values
    }

    /// How many units have any value.
    pub fn units(&self) -> u64 {
        self.all().units
    }

    /// How many buckets hold any.
    pub fn buckets(&self) -> usize {
        self.buckets.len()
    }

    /// The same in pieces that are small enough to be kept as rows, each with a number that says which buckets it is for. Merging them gives it
    /// back, and only those of changed buckets differ from what they were. A piece by itself answers nothing.
    pub fn stripes(&self) -> Vec<(i32, Self)> {
        let mut stripes: Vec<(i32, Self)> = Vec::new();
        for (place, counts) in &self.buckets {
            let number = place.div_euclid(STRIPE);
            match stripes.last_mut() {
                Some((last, stripe)) if *last == number => {
                    stripe.buckets.insert(*place, *counts);
                }
                _ => stripes.push((number, Self { buckets: BTreeMap::from([(*place, *counts)]) })),
            }
        }
        stripes
    }

    fn all(&self) -> Counts {
        self.buckets.values().fold(Counts::default(), |all, counts| all.plus(*counts).unwrap_or(all))
    }
}

impl TryFrom<Vec<Written>> for Histogram {
    type Error = Undefined;

    /// # Errors
    /// [`Undefined::Contradiction`] of buckets that no values give, [`Undefined::TooLarge`].
    fn try_from(written: Vec<Written>) -> Result<Self, Undefined> {
        let mut buckets = BTreeMap::new();
        let mut all = Counts::default();
        for (place, values, units, squares, products) in written {
            let counts = Counts { values, units, squares, products };
            let is_next = buckets.last_key_value().is_none_or(|(last, _)| *last < place);
            if !(is_next && counts.is_possible()) {
                return Err(Undefined::Contradiction);
            }
            all = all.plus(counts).ok_or(Undefined::TooLarge)?;
            buckets.insert(place, counts);
        }
        Ok(Self { buckets })
    }
}

impl From<Histogram> for Vec<Written> {
    fn from(histogram: Histogram) -> Self {
        let written =
            |(place, counts): (i32, Counts)| (place, counts.values, counts.units, counts.squares, counts.products);
        histogram.buckets.into_iter().map(written).collect()
    }
}
