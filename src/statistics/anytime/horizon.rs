//! A boundary that holds at every look up to a planned number of units, and spends all of its error by then.
//!
//! In: z and the information fraction t = units so far / (planned units and an overshoot). Out: a p-value and the half-width in standard errors.
//!
//! `B(t) = z sqrt(t)` is a Brownian motion up to t = 1. The boundary is a line in it, `a - b t` (and its mirror image), whose crossing
//! probability is known in closed form, at all times together. With `b = 0` it is O'Brien and Fleming's at infinitely many looks;
//! [`SLOPE`] moves error from early looks to late ones, where a test of a planned size needs it. A plain mixture never stops paying for
//! looks that nobody plans; this boundary does not pay for any far beyond the horizon ([`OVERSHOOT`]), and is silent there.

use super::mixture::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::sums::real;
use crate::statistics::{Probability, Undefined};

/// How far the boundary falls from the first unit to the last planned, in standard deviations of the whole.
///
/// Measured (100 looks, where the fixed test has 74 % power): 0, 1, 2 find 70.0, 71.5, 72.1 % by themselves but need 79, 83, 85 % of the
/// sample on average. Beyond 1 more is waited than found.
const SLOPE: f64 = 1.0;

/// By how much of the planned units the boundary goes on beyond them: nobody stops at just the planned unit. It costs those who do
/// 2 % of an interval's width at the end, and so much is what one leaves a run of visitors more or less; a day more is another plan.
pub const OVERSHOOT: f64 = 0.02;

/// The planned end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Planned units, above 0: of all variants, or of the two compared; what is held against them is counted alike.
    pub units: u64,
}

impl Horizon {
    /// The share of the planned units, and an [`OVERSHOOT`] of them, that has come; `None` beyond, where the boundary says nothing.
    ///
    /// Of units, because the split between the variants and the variance of a unit are taken to stay: then information is
    /// proportional to units, whatever the (estimated) variance is. That is so where the outcome of a unit is complete when it is first
    /// counted. Where outcomes accumulate, z goes on moving while no unit comes, and the boundary does not hold: a rule without a horizon does.
    pub fn information(self, units: f64) -> Option<f64> {
        let fraction = units / ((1.0 + OVERSHOOT) * real(self.units));
        (fraction > 0.0 && fraction <= 1.0).then_some(fraction)
    }
}

/// The boundary of one alpha.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Boundary {
    /// Where it ends.
    pub horizon: Horizon,
    two_sided: f64,
    one_sided: f64,
}

impl Boundary {
    /// For `alpha` in (0, 1), all of which is spent by the horizon.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for another alpha.
    pub fn new(horizon: Horizon, alpha: f64) -> Result<Self, Undefined> {
        Ok(Self { horizon, two_sided: intercept(alpha, Sides::Two)?, one_sided: intercept(alpha, Sides::One)? })
    }

    /// How many standard errors the interval reaches at information fraction `t` in (0, 1].
    pub fn critical(&self, t: f64, sides: Sides) -> f64 {
        let intercept = match sides {
            Sides::Two => self.two_sided,
            Sides::One => self.one_sided,
        };
        SLOPE.mul_add(-t, intercept) / t.sqrt()
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
/// Newton's steps on the logarithm of the probability.
///
/// # Errors
/// [`Undefined::OutOfRange`] outside of it, [`Undefined::NoSolution`].
fn intercept(alpha: f64, sides: Sides) -> Result<f64, Undefined> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Undefined::OutOfRange);
    }
    let wanted = match sides {
        Sides::Two => alpha.ln() - std::f64::consts::LN_2,
        Sides::One => alpha.ln(),
    };
    // Without the reflected part it is a single normal tail.
    let mut a = SLOPE + normal::upper_quantile_of_log10((wanted * std::f64::consts::LOG10_E).min(-0.31)).max(0.0);
    for _ in 0..60 {
        let ln = crossing(a).ln();
        let reflected = (2.0 * a * SLOPE + normal::upper_tail(a + SLOPE).ln()).exp();
        let slope = 2.0 * (SLOPE * reflected - normal::density(a - SLOPE));
        let step = (wanted - ln) * ln.exp() / slope;
        // Half-way to 0 at most: there the probability is 1.
        a = (a + step).max(0.5 * a);
        if step.abs() <= 1e-14 * a.max(1.0) {
            return Ok(a);
        }
    }
    Err(Undefined::NoSolution)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::quadrature;

    /// By the density of the first time at which the line is reached, which is that of an inverse Gaussian.
    fn by_first_passage(a: f64) -> f64 {
        quadrature::integral(0.0, 1.0, 200, |t| {
            if t < 1e-6 { 0.0 } else { a / t.powf(1.5) * normal::density((a - SLOPE * t) / t.sqrt()) }
        })
    }

    #[test]
    fn the_crossing_probability_is_that_of_the_first_passage() {
        for a in [0.3, 1.0, 2.5, 3.2, 5.0] {
            let (found, expected) = (crossing(a).value, by_first_passage(a));
            assert!((found - expected).abs() < 1e-9, "{a} {found} {expected}");
        }
    }

    #[test]
    fn the_last_bound_is_near_that_of_a_fixed_test() {
        let at_the_end = Boundary::new(Horizon { units: 1 }, 0.05).unwrap().critical(1.0, Sides::Two);
        assert!((at_the_end - 2.147).abs() < 1e-3, "{at_the_end}");
    }

    proptest! {
        #[test]
        fn p_value_and_critical_agree(t in 1e-9..1.0_f64, ln_alpha in -600.0..-0.05_f64, one in any::<bool>()) {
            let (alpha, sides) = (ln_alpha.exp(), if one { Sides::One } else { Sides::Two });
            let edge = Boundary::new(Horizon { units: 1 }, alpha).unwrap().critical(t, sides);
            // Where the boundary lies below 0 at the end, both ends of an interval are one.
            prop_assume!(edge > 0.0);
            let p = p_value(edge, t, sides);
            prop_assert!((p.ln() - ln_alpha).abs() < 1e-9 * ln_alpha.abs().max(1.0), "{p:?} {alpha}");
            prop_assert!(p_value(edge * 1.001 + 1e-6, t, sides) < p);
        }

        #[test]
        fn every_p_value_is_finite(z in any::<f64>().prop_filter("finite", |z| z.is_finite()), t in 1e-300..1.0_f64) {
            for sides in [Sides::Two, Sides::One] {
                let p = p_value(z, t, sides);
                prop_assert!((0.0..=1.0).contains(&p.value) && p.log10 <= 0.0 && p.log10.is_finite());
            }
        }
    }
}
