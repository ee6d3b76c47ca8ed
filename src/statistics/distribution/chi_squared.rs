//! The chi-squared distribution.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::statistics::Probability;

/// The probability of a value above `x`, at least 0.
pub fn upper_tail(x: f64, degrees_of_freedom: f64) -> Probability {
    let value = ChiSquared::new(degrees_of_freedom).map_or(0.0, |known| known.sf(x));
    Probability { value, log10: value.log10() }
}
