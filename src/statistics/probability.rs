//! A probability that may be far too small for `f64`.

/// A probability with its decimal logarithm, which goes on where the number has become 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    /// In `[0, 1]`; 0 below about 1e-308.
    pub value: f64,
    /// At most 0; finite however small the probability is.
    pub log10: f64,
}

impl Probability {
    /// Certain.
    pub const ONE: Self = Self { value: 1.0, log10: 0.0 };

    /// Of a natural logarithm; above 0 it counts as 0.
    pub fn of_ln(ln: f64) -> Self {
        let ln = ln.min(0.0);
        Self { value: ln.exp(), log10: ln * std::f64::consts::LOG10_E }
    }

    /// Twice as probable, at most certain: both tails of a symmetric distribution.
    #[must_use]
    pub fn doubled(self) -> Self {
        if self.value >= 0.5 {
            return Self::ONE;
        }
        Self { value: 2.0 * self.value, log10: self.log10 + std::f64::consts::LOG10_2 }
    }
}
