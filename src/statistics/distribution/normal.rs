//! The standard normal distribution.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::statistics::Probability;

/// `ln sqrt(2 pi)`.
pub(super) const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_8;

/// The probability of a value above `z`.
pub fn upper_tail(z: f64) -> Probability {
    let value = Normal::standard().sf(z);
    Probability::of_value(value)
}

/// The probability of a value at least as far from 0 as `z`.
pub fn two_sided(z: f64) -> Probability {
    upper_tail(z.abs()).doubled()
}

/// The value that is exceeded with probability `p`, which lies in (0, 1).
pub fn upper_quantile(p: f64) -> f64 {
    -Normal::standard().inverse_cdf(p)
}

/// The value that is exceeded with a probability of this decimal logarithm, below 0: for probabilities that `f64` does not hold.
pub fn upper_quantile_of_log10(log10: f64) -> f64 {
    upper_quantile(10.0_f64.powf(log10))
}

/// The density at `z`.
pub fn density(z: f64) -> f64 {
    ln_density(z).exp()
}

/// The natural logarithm of the density at `z`.
pub fn ln_density(z: f64) -> f64 {
    -0.5 * z * z - LN_SQRT_TAU
}
