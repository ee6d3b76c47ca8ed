//! The standard normal distribution.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use crate::statistics::Probability;

/// The probability of a value above `z`.
pub fn upper_tail(z: f64) -> Probability {
    let value = Normal::standard().sf(z);
    Probability { value, log10: value.log10() }
}

/// The probability of a value at least as far from 0 as `z`.
pub fn two_sided(z: f64) -> Probability {
    upper_tail(z.abs()).doubled()
}

/// The value that is exceeded with probability `p`, which lies in (0, 1).
pub fn upper_quantile(p: f64) -> f64 {
    -Normal::standard().inverse_cdf(p)
}

/// The density at `z`.
pub fn density(z: f64) -> f64 {
    Normal::standard().pdf(z)
}
