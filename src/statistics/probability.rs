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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_next_to_certain_keeps_its_logarithm() {
        let rare = Probability::of_value(1e-20);
        let common = rare.complement();
        assert_eq!(common.value, 1.0);
        assert!((common.log10 / (-1e-20 * LOG10_E) - 1.0).abs() < 1e-15);
        assert!((common.complement().value / 1e-20 - 1.0).abs() < 1e-15);
        assert!(common < Probability::ONE && rare < common);
        assert_eq!(Probability::ONE.complement().value, 0.0);
    }

    #[test]
    fn factors_stop_at_1_and_go_on_below_the_smallest_number() {
        let half = Probability::of_value(0.5);
        assert_eq!((half.doubled(), half.times(3.0)), (Probability::ONE, Probability::ONE));
        let nearly = Probability::of_value(0.4999999).doubled();
        assert!((nearly.log10 / 0.9999998_f64.log10() - 1.0).abs() < 1e-9);
        let tiny = Probability::of_ln(-1e6).times(100.0);
        assert_eq!(tiny.value, 0.0);
        assert!((tiny.log10 - (2.0 - 1e6 * LOG10_E)).abs() < 1e-9);
        assert_eq!(tiny.min(half), tiny);
        assert_eq!(Probability::of_ln(f64::NEG_INFINITY).log10, -f64::MAX);
    }
}
