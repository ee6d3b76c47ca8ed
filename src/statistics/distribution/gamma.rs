//! The gamma function and its distribution.

use super::decay;
use super::series::{exp_m1_less_x, horner};
use super::wide::{LN_SQRT_TAU, Wide};
use crate::statistics::Probability;

/// From here on eight terms of Stirling's series have 17 digits.
const FAR: f64 = 16.0;

/// `ln Γ(x)` for `x` above 0, within 1e-15 (absolute or relative, whichever is more).
///
/// Source: Stirling's series, Abramowitz, Stegun (1964), 6.1.40.
pub fn ln_gamma(x: f64) -> f64 {
    ln_gamma_wide(Wide::from(x)).value()
}

/// `ln Γ(a + x) - ln Γ(a)` for `a` above 0 and `x` at least 0, without the cancellation of the two.
pub fn ln_rising(a: f64, x: f64) -> f64 {
    (ln_gamma_wide(Wide::of_sum(a, x)) - ln_gamma_wide(Wide::from(a))).value()
}

/// The probability that a gamma variable of this shape (0.1 to 1e15) and scale 1 lies above `x`, at least 0.
///
/// Source: the incomplete gamma function, Abramowitz, Stegun (1964), 6.5.3, as the density of `ln x` times its ratio to the tail.
pub fn upper_tail(shape: f64, x: f64) -> Probability {
    if x <= 0.0 {
        return Probability::ONE;
    }
    if x < shape {
        return lower_tail(shape, x).complement();
    }
    let ratio = decay::convex(x - shape, x, |s| (x - shape) * s + x * exp_m1_less_x(s));
    decay::tail(ln_density(shape, x), ratio)
}

/// The probability below `x`, which lies in (0, shape].
fn lower_tail(shape: f64, x: f64) -> Probability {
    decay::tail(ln_density(shape, x), lower_ratio(shape, x))
}

fn lower_ratio(shape: f64, x: f64) -> f64 {
    if shape < decay::SHORT {
        // P(shape, x) = P(shape + 1, x) + density by shape.
        return (1.0 + x * lower_ratio(shape + 1.0, x)) / shape;
    }
    decay::convex(shape - x, x, |s| (shape - x) * s + x * exp_m1_less_x(-s))
}

/// Of `ln x`.
fn ln_density(shape: f64, x: f64) -> Wide {
    let (shape, x) = (Wide::from(shape), Wide::from(x));
    shape * x.ln() - x - ln_gamma_wide(shape)
}

/// With 1e-17 absolute, however large.
pub(super) fn ln_gamma_wide(x: Wide) -> Wide {
    let (one, half) = (Wide::from(1.0), Wide::from(0.5));
    let (mut far, mut product) = (x, one);
    while far.value() < FAR {
        product = product * far;
        far = far + one;
    }
    let square = 1.0 / (far.value() * far.value());
    let series = Wide::from(horner(&STIRLING, square) / far.value());
    let ln = (far - half) * far.ln() - far + LN_SQRT_TAU + series;
    if product == one { ln } else { ln - product.ln() }
}

/// Coefficients of `1/x^15` to `1/x`: Bernoulli numbers by `2k (2k - 1)`.
const STIRLING: [f64; 8] = [
    -3617.0 / 122_400.0,
    1.0 / 156.0,
    -691.0 / 360_360.0,
    1.0 / 1188.0,
    -1.0 / 1680.0,
    1.0 / 1260.0,
    -1.0 / 360.0,
    1.0 / 12.0,
];
