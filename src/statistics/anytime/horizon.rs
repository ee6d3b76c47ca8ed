//! A boundary that holds at every look up to a planned number of units, and spends all of its error by then.
//!
//! In: z and the information fraction t = units so far / planned units. Out: a p-value and the half-width in standard errors.
//!
//! `B(t) = z sqrt(t)` is a Brownian motion up to t = 1. The boundary is a line in it, `a - b t` (and its mirror image), whose crossing
//! probability is known in closed form, at all times together. With `b = 0` it is O'Brien and Fleming's at infinitely many looks;
//! [`SLOPE`] moves error from early looks to late ones, where a test of a planned size needs it. A plain mixture never stops paying for
//! looks that nobody plans; this boundary does not pay for any beyond the horizon, and is silent there.

use super::mixture::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::sums::real;
use crate::statistics::{Probability, Undefined, root};

/// How far the boundary falls from the first unit to the last planned, in standard deviations of the whole.
///
/// Measured (100 looks, where the fixed test has 74 % power): 0, 1, 2 find 70.0, 71.5, 72.1 % by themselves but need 79, 83, 85 % of the
/// sample on average. Beyond 1 more is waited than found.
const SLOPE: f64 = 1.0;

/// The planned end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Planned units of both variants together, above 0.
    pub units: u64,
}

impl Horizon {
    /// The share of the planned units that has come; `None` beyond the horizon, where the boundary says nothing.
    ///
    /// Of units, because the split between the variants and the variance of a unit are taken to stay: then information is
    /// proportional to units, whatever the (estimated) variance is.
    pub fn information(self, units: f64) -> Option<f64> {
        let fraction = units / real(self.units);
        (fraction > 0.0 && fraction <= 1.0).then_some(fraction)
    }
}

/// The p-value at `z` and information fraction `t` in (0, 1]: small at any look with at most that probability where there is no effect.
///
/// Source: the crossing probability of a line by Brownian motion in finite time, e.g. Siegmund (1985), Sequential Analysis, eq. 3.15; two-sided by
/// Bonferroni, which counts twice only the paths that cross both (below 1e-6 at alpha = 0.05).
pub(super) fn p_value(z: f64, t: f64, sides: Sides) -> Probability {
    let path = match sides {
        Sides::Two => z.abs(),
        Sides::One => z,
    } * t.sqrt();
    let intercept = SLOPE.mul_add(t, path);
    if intercept <= 0.0 {
        return Probability::ONE;
    }
    let one_sided = crossing(intercept);
    match sides {
        Sides::Two => one_sided.doubled(),
        Sides::One => one_sided,
    }
}

/// The probability that Brownian motion reaches `intercept - SLOPE t` by t = 1, for an intercept above 0:
/// `Q(a - b) + e^(2 a b) Q(a + b)`.
fn crossing(intercept: f64) -> Probability {
    let direct = normal::upper_tail(intercept - SLOPE).ln();
    let reflected = 2.0 * intercept * SLOPE + normal::upper_tail(intercept + SLOPE).ln();
    Probability::of_ln(direct + (reflected - direct).exp().ln_1p())
}

/// The intercept `a` at which the boundary is reached with probability `alpha` in (0, 1).
///
/// # Errors
/// [`Undefined::OutOfRange`] outside of it.
pub(super) fn intercept(alpha: f64, sides: Sides) -> Result<f64, Undefined> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Undefined::OutOfRange);
    }
    let wanted = match sides {
        Sides::Two => alpha.ln() - std::f64::consts::LN_2,
        Sides::One => alpha.ln(),
    };
    // At 45 the probability is below 1e-308, the smallest alpha there is.
    root::find(1e-12, 45.0, 1e-15, |a| crossing(a).ln() - wanted).map_err(|_| Undefined::OutOfRange)
}

/// How many standard errors the interval reaches at information fraction `t` in (0, 1], from the [`intercept`] of its alpha.
pub(super) fn critical(intercept: f64, t: f64) -> f64 {
    SLOPE.mul_add(-t, intercept) / t.sqrt()
}
