//! The ratio of a tail to its density: the integral of `exp(-E(s))` over `s` from 0 on.
//!
//! A tail is its density at the point where it begins times this ratio. The first can be as small as it likes, its logarithm is
//! known; the second is a tame number, the same sum of positive terms for tails of 0.5 and of 1e-30000000.

use super::wide::Wide;
use crate::statistics::{Probability, quadrature};

/// Where the exponent has come this far, what is left is below the last digit.
const ENOUGH: f64 = 39.0;

/// Panels are at most this long: less than twice the distance of the nearest singularity in the complex plane, which is
/// 1.77 from the real line for Student's t and pi for the others.
const PANEL: f64 = 4.0;

/// From this exponent on a tail has few panels; below, its parameter is raised by a recurrence first.
pub(super) const SHORT: f64 = 8.0;

/// The tail of which the density's logarithm and the ratio of the tail to the density are given.
pub(super) fn tail(ln_density: Wide, ratio: f64) -> Probability {
    let ln = (ln_density + Wide::from(ratio.ln())).value();
    if ln.is_nan() || ratio <= 0.0 {
        // A number in between has left the range of `f64`: so far out there is nothing.
        return Probability::of_ln(f64::NEG_INFINITY);
    }
    Probability { value: (ln_density.exp() * ratio).min(1.0), log10: Probability::of_ln(ln).log10 }
}

/// The integral of `weight(s) exp(-E(s))`, where `E(s) = slope s + bend s^2 / 2` in units in which the weight is smooth on the scale of 1.
pub(super) fn quadratic(slope: f64, bend: f64, weight: impl Fn(f64) -> f64) -> f64 {
    let end = quadratic_end(slope, bend);
    quadrature::integral(0.0, end, panels(end), |s| weight(s) * (-s * (slope + 0.5 * bend * s)).exp())
}

/// The integral of `exp(-E(s))`, where `E` is convex, 0 at 0, begins like `slope s + bend s^2 / 2`, `slope` at least 0.
pub(super) fn convex(slope: f64, bend: f64, exponent: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut end = quadratic_end(slope, bend);
    // The exponent may leave its beginning to either side: look for where it is enough, but not far more.
    for _ in 0..60 {
        let here = exponent(end);
        if here < ENOUGH - 1.0 {
            low = end;
            end = if high.is_finite() { 0.5 * (low + high) } else { end * (ENOUGH / here).clamp(1.1, 1e3) };
        } else if here > 1.5 * ENOUGH || here.is_nan() {
            high = end;
            end = 0.5 * (low + high);
        } else {
            break;
        }
    }
    quadrature::integral(0.0, end, panels(end), |s| (-exponent(s)).exp())
}

/// Where `slope s + bend s^2 / 2` is enough.
fn quadratic_end(slope: f64, bend: f64) -> f64 {
    2.0 * ENOUGH / (slope + slope.hypot((2.0 * ENOUGH * bend).sqrt()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
fn panels(end: f64) -> u32 {
    (end / PANEL).ceil().clamp(1.0, 1000.0) as u32
}
