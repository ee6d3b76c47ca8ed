//! The chi-squared distribution.

use super::gamma;
use crate::statistics::Probability;

/// The probability of a value above `x`, at least 0.
pub fn upper_tail(x: f64, degrees_of_freedom: f64) -> Probability {
    gamma::upper_tail(degrees_of_freedom / 2.0, x / 2.0)
}
