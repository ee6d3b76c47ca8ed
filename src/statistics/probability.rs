//! A probability that may be far too small for `f64`, or as close to 1.

use std::cmp::Ordering;
use std::f64::consts::{LOG10_2, LOG10_E};

/// A probability with its decimal logarithm, which goes on where the number has become 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    /// In `[0, 1]`; 0 below about 5e-324.
    pub value: f64,
    /// At most 0; finite however small the probability is, and below 0 however close to 1 it is.
    pub log10: f64,
}

impl Probability {
    /// Certain.
    pub const ONE: Self = Self { value: 1.0, log10: 0.0 };

    /// Of a natural logarithm; above 0 it counts as 0.
    pub fn of_ln(ln: f64) -> Self {
        let ln = if ln > 0.0 { 0.0 } else { ln };
        Self { value: ln.exp(), log10: log10_of_ln(ln) }
    }

    /// Of a number in `(0, 1]`; above 1 it counts as 1, at 0 as the smallest number above it.
    pub fn of_value(value: f64) -> Self {
        let value = value.min(1.0);
        Self { value, log10: value.max(f64::from_bits(1)).log10() }
    }

    /// The probability that it does not happen. Its logarithm keeps all digits where this one is small.
    #[must_use]
    pub fn complement(self) -> Self {
        if self.value == 1.0 && self.log10 < 0.0 {
            // Close to 1: the logarithm knows how close.
            return Self::of_value(-self.ln());
        }
        let log10 = if self.value < 1.0 { log10_of_ln((-self.value).ln_1p()) } else { -f64::MAX };
        Self { value: 1.0 - self.value, log10 }
    }

    /// Its natural logarithm.
    pub fn ln(self) -> f64 {
        self.log10 / LOG10_E
    }

    /// Twice as probable, at most certain: both tails of a symmetric distribution.
    #[must_use]
    pub fn doubled(self) -> Self {
        if self.value >= 0.5 {
            return Self::ONE;
        }
        if self.value > 0.25 {
            // The sum of the logarithms would cancel.
            return Self { value: 2.0 * self.value, log10: log10_of_ln((2.0 * self.value - 1.0).ln_1p()) };
        }
        Self { value: 2.0 * self.value, log10: self.log10 + LOG10_2 }
    }

    /// So many times as probable, at most certain: what a correction for many tests does. `factor` lies above 0.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let value = self.value * factor;
        if value >= 1.0 {
            return Self::ONE;
        }
        Self { value, log10: (self.log10 + factor.log10()).min(0.0) }
    }

    /// The less probable of two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    /// The more probable of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

/// By the logarithm, which tells apart what has become 0.
impl PartialOrd for Probability {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.log10.partial_cmp(&other.log10) {
            Some(Ordering::Equal) => self.value.partial_cmp(&other.value),
            order => order,
        }
    }
}

/// Finite, even where the logarithm has left the range of `f64`.
fn log10_of_ln(ln: f64) -> f64 {
    (ln * LOG10_E).max(-f64::MAX)
}
