//! Shares of the bucket range, exact to the last of 2^64 buckets.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// One more than the last bucket.
const BUCKETS: u128 = 1 << 64;

/// A share in `[0, 1]` as a count of buckets out of 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u128);

/// A number that is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Below 0 % or above 100 %.
    #[error("a share lies between 0% and 100%")]
    OutOfRange,
    /// More decimals than 2^64 buckets can tell apart.
    #[error("a share has at most 15 decimals")]
    TooFine,
}

impl Share {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Everybody.
    pub const ALL: Self = Self(BUCKETS);

    /// The share that a decimal in `[0, 1]` means: `floor(share * 2^64)` buckets, computed exactly.
    ///
    /// # Errors
    /// [`ShareError::OutOfRange`], [`ShareError::TooFine`].
    pub fn from_decimal(share: Decimal) -> Result<Self, ShareError> {
        let share = share.normalize();
        if share < Decimal::ZERO || share > Decimal::ONE {
            return Err(ShareError::OutOfRange);
        }
        if share.scale() > 15 {
            return Err(ShareError::TooFine);
        }
        let numerator = share.mantissa().to_u128().ok_or(ShareError::OutOfRange)?;
        Ok(Self(numerator * BUCKETS / 10_u128.pow(share.scale())))
    }

    /// The part `weight / total` of all buckets, from the first: `floor(2^64 * weight / total)`.
    ///
    /// `total` is at least 1 and at least `weight`; else everybody.
    #[must_use]
    pub fn of_weights(weight: u64, total: u64) -> Self {
        if total == 0 || weight >= total { Self::ALL } else { Self(u128::from(weight) * BUCKETS / u128::from(total)) }
    }

    /// Whether a bucket lies in this share, counted from the first bucket.
    pub fn holds(self, bucket: u64) -> bool {
        u128::from(bucket) < self.0
    }

    /// How many of the 2^64 buckets lie in it.
    pub fn buckets(self) -> u128 {
        self.0
    }

    /// The share as a floating-point number in `[0, 1]`, for people and reports.
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with far fewer digits than f64 has")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / BUCKETS as f64
    }
}

/// A range of buckets: `start` included, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    /// First bucket.
    pub start: Share,
    /// One past the last.
    pub end: Share,
}

impl Range {
    /// Every bucket.
    pub const ALL: Self = Self { start: Share::NONE, end: Share::ALL };

    /// Whether a bucket lies inside.
    pub fn holds(self, bucket: u64) -> bool {
        self.end.holds(bucket) && !self.start.holds(bucket)
    }

    /// The first part of this range: widening the share only adds buckets at its end.
    #[must_use]
    pub fn first(self, share: Share) -> Self {
        let width = self.end.0 - self.start.0;
        // A whole share is told apart because 2^64 * 2^64 does not fit; any other product does.
        let part = if share == Share::ALL { width } else { (width * share.0) >> 64 };
        Self { start: self.start, end: Share(self.start.0 + part) }
    }

    /// How much of all buckets lies inside.
    #[must_use]
    pub fn share(self) -> Share {
        Share(self.end.0.saturating_sub(self.start.0))
    }

    /// What two ranges have in common; empty when that is nothing.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self { start, end: self.end.min(other.end).max(start) }
    }

    /// Whether two ranges have a bucket in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.common(other).share() > Share::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Share};

    #[test]
    fn shares_are_exact_at_both_ends() {
        assert!(!Share::NONE.holds(0));
        assert!(Share::ALL.holds(u64::MAX));
        let half = Share::from_decimal("0.5".parse().unwrap()).unwrap();
        assert!(half.holds((1 << 63) - 1) && !half.holds(1 << 63));
        assert_eq!(half, Share::of_weights(1, 2));
        assert!(Share::from_decimal("1.01".parse().unwrap()).is_err());
    }

    #[test]
    fn the_first_part_of_a_range_grows_at_its_end_only() {
        let range = Range { start: Share::of_weights(1, 2), end: Share::ALL };
        let some = range.first(Share::of_weights(1, 10));
        let more = range.first(Share::of_weights(2, 10));
        assert!(some.start == more.start && some.end < more.end);
        assert_eq!(range.first(Share::ALL), range);
        assert_eq!(range.first(Share::NONE).end, range.start);
    }
}
