//! The gamma function and its distribution.

use statrs::function::gamma;

use crate::statistics::Probability;

/// `ln Γ(x)` for `x` above 0.
pub fn ln_gamma(x: f64) -> f64 {
    gamma::ln_gamma(x)
}

/// `ln Γ(a + x) - ln Γ(a)` for `a` above 0 and `x` at least 0, without the cancellation of the two.
pub fn ln_rising(a: f64, x: f64) -> f64 {
    ln_gamma(a + x) - ln_gamma(a)
}

/// The probability that a gamma variable of this shape and scale 1 lies above `x`.
pub fn upper_tail(shape: f64, x: f64) -> Probability {
    Probability::of_value(gamma::gamma_ur(shape, x))
}
