//! The beta distribution: the incomplete beta function and its inverse.

use statrs::function::beta;

use super::gamma::ln_gamma;
use crate::statistics::Probability;

/// `ln B(a, b)` for `a` and `b` above 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The probability of a value below `x`, which lies in `[0, 1]`.
pub fn lower_tail(x: f64, a: f64, b: f64) -> Probability {
    Probability::of_value(beta::beta_reg(a, b, x))
}

/// The probability of a value above `x`, which lies in `[0, 1]`.
pub fn upper_tail(x: f64, a: f64, b: f64) -> Probability {
    Probability::of_value(beta::beta_reg(b, a, 1.0 - x))
}

/// The value below which one lies with probability `p`, which lies in (0, 1).
pub fn lower_quantile(p: f64, a: f64, b: f64) -> f64 {
    beta::inv_beta_reg(a, b, p)
}
