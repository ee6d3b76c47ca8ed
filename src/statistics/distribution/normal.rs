//! The standard normal distribution.

use std::f64::consts::LN_10;

use statrs::distribution::{ContinuousCDF, Normal};

use super::decay;
use super::wide::{LN_SQRT_TAU, Wide};
use crate::statistics::Probability;

/// The probability of a value above `z`.
///
/// Source: Mills' ratio as Laplace's integral, Abramowitz, Stegun (1964), 7.4.2, by quadrature.
pub fn upper_tail(z: f64) -> Probability {
    if z < 0.0 {
        return upper_tail(-z).complement();
    }
    decay::tail(ln_density_wide(z), mills(z))
}

/// The probability of a value at least as far from 0 as `z`.
pub fn two_sided(z: f64) -> Probability {
    upper_tail(z.abs()).doubled()
}

/// The value that is exceeded with probability `p`, which lies in (0, 1).
///
/// Source: the rational approximations of Boost's `erfc_inv`, by statrs, asked in the lower tail, where they are right to the last digit.
pub fn upper_quantile(p: f64) -> f64 {
    if p <= 0.5 { -Normal::standard().inverse_cdf(p) } else { Normal::standard().inverse_cdf(1.0 - p) }
}

/// The value that is exceeded with a probability of this decimal logarithm, below 0: for probabilities that `f64` does not hold.
///
/// Source: Newton's method on the logarithm of the tail.
pub fn upper_quantile_of_log10(log10: f64) -> f64 {
    // Beyond, the square of the answer leaves the range of `f64`.
    let ln = log10.max(-1e300) * LN_10;
    if ln > -0.5 {
        return -upper_quantile(-ln.exp_m1());
    }
    if log10 > -300.0 {
        return upper_quantile(ln.exp());
    }
    let mut z = (-2.0 * ln).sqrt();
    // The logarithm is nearly a parabola: each step doubles the digits, from two.
    for _ in 0..6 {
        let ratio = mills(z);
        z += (ln_density(z) + ratio.ln() - ln) * ratio;
    }
    z
}

/// The density at `z`.
pub fn density(z: f64) -> f64 {
    ln_density_wide(z).exp()
}

/// The natural logarithm of the density at `z`.
pub fn ln_density(z: f64) -> f64 {
    ln_density_wide(z).value()
}

/// The tail by the density, for `z` at least 0: Mills' ratio, of which no digit is lost far out.
pub fn mills(z: f64) -> f64 {
    decay::quadratic(z.min(1e150), 1.0, |_| 1.0)
}

fn ln_density_wide(z: f64) -> Wide {
    // Beyond, the square leaves the range of `f64`.
    let z = z.clamp(-1e150, 1e150);
    -Wide::of_product(0.5 * z, z) - LN_SQRT_TAU
}
