//! Student's t distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::statistics::Probability;

/// The probability of a value above `t`, with any positive number of degrees of freedom.
pub fn upper_tail(t: f64, degrees_of_freedom: f64) -> Probability {
    let value = StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(0.0, |known| known.sf(t));
    Probability::of_value(value)
}

/// The probability of a value at least as far from 0 as `t`.
pub fn two_sided(t: f64, degrees_of_freedom: f64) -> Probability {
    upper_tail(t.abs(), degrees_of_freedom).doubled()
}

/// The value that is exceeded with probability `p`, which lies in (0, 1).
pub fn upper_quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(0.0, |known| -known.inverse_cdf(p))
}
