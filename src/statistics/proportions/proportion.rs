//! How many of the units of one variant converted.

use crate::statistics::sums::real;
use crate::statistics::{Interval, Level, Undefined};

/// Conversions among units: at least one unit, and no more conversions than units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Proportion {
    // INVARIANT: units > 0 and conversions <= units.
    units: u64,
    conversions: u64,
}

impl Proportion {
    /// So many conversions among so many units.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`]; [`Undefined::OutOfRange`] with more conversions than units.
    pub fn new(units: u64, conversions: u64) -> Result<Self, Undefined> {
        match units {
            0 => Err(Undefined::NoUnits),
            units if conversions > units => Err(Undefined::OutOfRange),
            units => Ok(Self { units, conversions }),
        }
    }

    /// How many units.
    pub fn units(self) -> u64 {
        self.units
    }

    /// How many of them converted.
    pub fn conversions(self) -> u64 {
        self.conversions
    }

    /// How many of them did not.
    pub fn others(self) -> u64 {
        self.units - self.conversions
    }

    /// The share that converted, in `[0, 1]`.
    pub fn rate(self) -> f64 {
        real(self.conversions) / real(self.units)
    }

    /// The share that did not, right where `1 - rate` has no digits left.
    pub fn rate_of_others(self) -> f64 {
        real(self.others()) / real(self.units)
    }

    /// The variance of one unit, `p (1 - p)`: of maximum likelihood, without the factor `n / (n - 1)`.
    pub fn variance(self) -> f64 {
        self.rate() * self.rate_of_others()
    }

    /// The rate as a level, with the variance `p (1 - p)`.
    pub fn level(self) -> Level {
        Level { units: self.units, value: self.rate(), variance: self.variance() }
    }

    /// The same units where the others count as conversions.
    #[must_use]
    pub fn complement(self) -> Self {
        Self { units: self.units, conversions: self.others() }
    }

    /// How far Wilson's interval reaches below and above the rate, for a critical value `z` above 0.
    ///
    /// Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212. The difference of the ends and the rate
    /// is written without the cancellation at rates near 0 and 1: `(h - s) (h + s) = z^2 x y / n^2 (n + z^2)` with `s` the shift of the centre.
    pub(super) fn wilson_reach(self, z: f64) -> (f64, f64) {
        let (units, conversions, others) = (real(self.units), real(self.conversions), real(self.others()));
        let square = z * z;
        // Both by the common factor `1 / (n + z^2)`.
        let half = z * (conversions / units * others + square / 4.0).sqrt();
        let shift = square * ((others - conversions) / units) / 2.0;
        let long = (half + shift.abs()) / (units + square);
        let short = square * (conversions / units) * (others / units) / (half + shift.abs());
        if shift >= 0.0 { (short, long) } else { (long, short) }
    }

    /// Wilson's interval of the rate.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `alpha` lies in (0, 1).
    ///
    /// Source: Wilson (1927), as above.
    pub fn wilson(self, alpha: f64) -> Result<Interval, Undefined> {
        let (below, above) = self.wilson_reach(super::critical(alpha)?);
        // An end at 0 or 1 is there exactly, however the reach was rounded.
        let lower = if self.conversions == 0 { 0.0 } else { (self.rate() - below).max(0.0) };
        let upper = if self.others() == 0 { 1.0 } else { (self.rate() + above).min(1.0) };
        Ok(Interval { lower, upper })
    }
}
