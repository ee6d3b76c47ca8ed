//! The distribution of a t statistic where there is an effect.

use crate::statistics::Undefined;
use crate::statistics::distribution::normal;
use crate::statistics::distribution::series::exp_m1_less_x;
use crate::statistics::{panels, quadrature};

/// Where the density has fallen to `exp(-45)` of its peak, what is left is below the last digit.
const ENOUGH: f64 = 45.0;

/// The probability of a value above `t`, which lies above 0, for a noncentral t with at least one degree of freedom.
///
/// Right to about 1e-14 however large the noncentrality is, where series lose all digits or give no number.
///
/// # Errors
/// [`Undefined::OutOfRange`] for numbers outside these ranges.
///
/// Source: `T = (Z + noncentrality) / U` with `U^2` chi-squared by its degrees of freedom, so `P(T > t) = E tail(t U - noncentrality)`;
/// by Gauss and Legendre over the logarithm of `U`, whose density needs no gamma function once it is divided by its own integral.
pub fn upper_tail(t: f64, degrees_of_freedom: f64, noncentrality: f64) -> Result<f64, Undefined> {
    let known = t > 0.0 && t.is_finite() && degrees_of_freedom >= 1.0 && degrees_of_freedom.is_finite();
    if !known || !noncentrality.is_finite() {
        return Err(Undefined::OutOfRange);
    }
    let exponent = |s: f64| 0.5 * degrees_of_freedom * exp_m1_less_x(2.0 * s);
    let lower = end(-1.0, degrees_of_freedom, exponent);
    let upper = end(1.0, degrees_of_freedom, exponent);
    let step = |s: f64| density_step(s, degrees_of_freedom).min(tail_step(s, t, noncentrality));
    let ends = panels::ends(lower, upper, step).ok_or(Undefined::TooLarge)?;
    let (mut all, mut above) = (0.0, 0.0);
    for (low, high) in ends.iter().zip(ends.iter().skip(1)) {
        for (s, weight) in quadrature::grid(*low, *high, 1) {
            let density = weight * (-exponent(s)).exp();
            all += density;
            above += density * normal::upper_tail(t * s.exp() - noncentrality).value;
        }
    }
    Ok(above / all)
}

/// Where the density of `ln U` is negligible, on one side of its peak at 0.
fn end(side: f64, degrees_of_freedom: f64, exponent: impl Fn(f64) -> f64) -> f64 {
    // Half a parabola's way there, then further: the exponent grows at least linearly.
    let mut end = side * (ENOUGH / degrees_of_freedom).sqrt().min(1.0);
    while exponent(end) < ENOUGH {
        end *= 1.25;
    }
    end
}

/// Panels over which the density of `ln U` falls by no more than the rule resolves.
fn density_step(s: f64, degrees_of_freedom: f64) -> f64 {
    let bend = 2.0 * degrees_of_freedom * (2.0 * s).exp();
    let slope = (degrees_of_freedom * (2.0 * s).exp_m1()).abs();
    (3.0 / bend.sqrt()).min(12.0 / slope).min(0.5)
}

/// Panels over which the normal tail does so.
fn tail_step(s: f64, t: f64, noncentrality: f64) -> f64 {
    let here = t * s.exp();
    let z = here - noncentrality;
    if z > 39.0 {
        return f64::INFINITY;
    }
    // Up to -10 it is 1.
    let farther = if z < -10.0 { (-10.0 - z).max(1.0) } else { 2.0_f64.min(8.0 / z.abs()) };
    (farther / here).ln_1p()
}
