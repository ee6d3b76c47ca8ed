//! What buckets say of a quantile.
//!
//! In: a [`Histogram`] and which quantile. Out: a [`QuantileEstimate`]. The values of a bucket count as evenly spread from edge to edge, the
//! middle of the first one half a step from the lower edge. So an estimate moves with every value that comes, as that of all values
//! does, and the outer interval says how dense the values are also where it lies within one bucket.
//!
//! Where a quantile falls between values that are the same again and again, and far from one another, there is no density, and so no number: [`Undefined::TiedValues`].

use super::Histogram;
use super::bucket::Bucket;
use super::counts::Counts;
use crate::statistics::comparison::Level;
use crate::statistics::quantile::{Quantile, QuantileEstimate};
use crate::statistics::sums::{Sums, real};
use crate::statistics::undefined::Undefined;

/// The bucket of one value among all in order.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The bucket's number.
    bucket: i32,
    /// How many values lie before this one in the bucket.
    inside: u64,
    /// Everything below the bucket.
    below: Counts,
    /// Everything in it.
    here: Counts,
}

impl Histogram {
    /// The quantile of all values, and the ends of its outer interval: as far into their buckets as their ranks say. Where units have several
    /// values, with what that adds to the variance: exactly at the edges of buckets, and inside as if a unit's values of a bucket were
    /// equal, which is never too little.
    ///
    /// # Errors
    /// As [`Quantile::ranks`].
    ///
    /// Source: Deng, Knoblich, Lu (2018), KDD, section 4.
    pub fn estimate(&self, quantile: Quantile) -> Result<QuantileEstimate, Undefined> {
        let all = self.all;
        let ranks = quantile.ranks(all.values)?;
        let at = |rank| self.at(rank).ok_or(Undefined::OutOfRange);
        let (lower, value, upper) = (at(ranks.lower)?, at(ranks.value)?, at(ranks.upper)?);
        // Units of one value each are independent.
        let clusters = (all.units < all.values).then(|| {
            let (squares, products) = value.up_to();
            Sums::of_counts(all.units, [ranks.value, all.values], [squares, products, all.squares])
        });
        Ok(QuantileEstimate {
            events: all.values,
            sampled: all.values,
            value: value.number(),
            lower: lower.number(),
            upper: upper.number(),
            distinct: self.distinct(lower.bucket, upper.bucket),
            clusters,
        })
    }

    /// The level of a quantile: the value of [`Histogram::estimate`], counted in values, with the variance of one.
    ///
    /// # Errors
    /// As [`Quantile::level_of`].
    pub fn level(&self, quantile: Quantile) -> Result<Level, Undefined> {
        quantile.level_of(&self.estimate(quantile)?, None)
    }

    /// The value with this rank among all in order, from 1 on.
    fn at(&self, rank: u64) -> Option<Place> {
        let mut below = Counts::default();
        for (bucket, here) in &self.buckets {
            let next = below.plus(*here)?;
            if next.values >= rank {
                return Some(Place {
                    bucket: *bucket,
                    inside: rank.checked_sub(below.values + 1)?,
                    below,
                    here: *here,
                });
            }
            below = next;
        }
        None
    }

    /// How many different values lie between two buckets, as far as buckets know: where none of them is empty the values are dense, and nobody counts.
    fn distinct(&self, from: i32, to: i32) -> Option<usize> {
        let held = self.buckets.iter().filter(|(bucket, _)| (from..=to).contains(bucket)).count();
        let all = usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(usize::MAX);
        (held < all).then_some(held)
    }
}

impl Place {
    /// The middle of its part of the bucket.
    fn number(self) -> f64 {
        let Bucket { lower, upper } = Bucket::of(self.bucket);
        let share = (real(self.inside) + 0.5) / real(self.here.values);
        // Neither product is larger than an edge, so that nothing overflows.
        (lower * (1.0 - share) + upper * share).clamp(lower, upper)
    }

    /// Over units, `c²` and `c n` up to and with this value.
    fn up_to(self) -> (u64, u64) {
        let part = |growth: u64| {
            let part = u128::from(growth) * u128::from(self.inside + 1) / u128::from(self.here.values.max(1));
            u64::try_from(part).unwrap_or(growth)
        };
        (self.below.squares + part(self.here.squares), self.below.products + part(self.here.products))
    }
}
