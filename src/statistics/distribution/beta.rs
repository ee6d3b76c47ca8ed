//! The beta distribution: the incomplete beta function and its inverse, for parameters from 0.1 to 1e15.

use super::decay;
use super::gamma::ln_gamma_wide;
use super::normal;
use super::series::{exp_m1_less_x, ln_1p_less_x};
use super::wide::Wide;
use crate::statistics::Probability;

/// `ln B(a, b)` for `a` and `b` above 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_beta_wide(a, b).value()
}

/// The probability of a value below `x`, which lies in `[0, 1]`.
///
/// Source: the incomplete beta function, Abramowitz, Stegun (1964), 26.5.1, as the density of the log-odds times its ratio to the tail.
pub fn lower_tail(x: f64, a: f64, b: f64) -> Probability {
    match x {
        ..=0.0 => Probability::of_ln(f64::NEG_INFINITY),
        1.0.. => Probability::ONE,
        _ => Curve::of(a, b).lower_tail(Odds::of_share(x)).probability(),
    }
}

/// The probability of a value above `x`, which lies in `[0, 1]`.
pub fn upper_tail(x: f64, a: f64, b: f64) -> Probability {
    match x {
        ..=0.0 => Probability::ONE,
        1.0.. => Probability::of_ln(f64::NEG_INFINITY),
        _ => Curve::of(b, a).lower_tail(Odds::of_share(x).reversed()).probability(),
    }
}

/// The value below which one lies with probability `p`, which lies in (0, 1).
///
/// Source: Halley's method on the logarithm of the tail as a function of the log-odds, where it is concave.
pub fn lower_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.5 { Curve::of(a, b).quantile(p).share } else { Curve::of(b, a).quantile(1.0 - p).rest }
}

/// Halley's method takes two or three steps, a dozen for parameters far below 1.
const STEPS: u32 = 60;

/// No `f64` but 0 and 1 has log-odds beyond.
const LN_ODDS_MOST: f64 = 745.0;

/// The density of the log-odds.
#[derive(Debug, Clone, Copy)]
pub(in crate::statistics) struct Curve {
    a: f64,
    b: f64,
    ln_beta: Wide,
}

impl Curve {
    pub(in crate::statistics) fn of(a: f64, b: f64) -> Self {
        Self { a, b, ln_beta: ln_beta_wide(a, b) }
    }

    /// What lies below.
    pub(in crate::statistics) fn lower_tail(&self, at: Odds) -> Tail {
        let Self { a, b, .. } = *self;
        let ln_density = self.ln_density_wide(at);
        let above_mean = at.above_mean(a, b);
        let other_side = above_mean > 0.0;
        let ratio = if other_side { ratio(at.reversed(), above_mean, b, a) } else { ratio(at, -above_mean, a, b) };
        Tail { ln_density, slope: -above_mean, ratio, other_side }
    }

    /// The logarithm of the density.
    pub(in crate::statistics) fn ln_density(&self, at: Odds) -> f64 {
        self.ln_density_wide(at).value()
    }

    fn ln_density_wide(&self, at: Odds) -> Wide {
        let (ln_share, ln_rest) = at.ln();
        Wide::from(self.a) * ln_share + Wide::from(self.b) * ln_rest - self.ln_beta
    }

    /// About the quantile, so many deviations below the middle of the log-odds, with their skewness.
    ///
    /// Source: Cornish, Fisher (1938); the cumulants by the first terms of the polygamma functions.
    fn start(&self, deviations: f64) -> f64 {
        let Self { a, b, .. } = *self;
        let (of_a, of_b) = (1.0 / a, 1.0 / b);
        let mean = a.ln() - b.ln() - 0.5 * (of_a - of_b);
        let variance = of_a + of_b + 0.5 * (of_a * of_a + of_b * of_b);
        let skew = (of_b * of_b - of_a * of_a) / (6.0 * variance);
        mean - deviations * variance.sqrt() + skew.clamp(-0.5, 0.5) * (deviations * deviations - 1.0)
    }

    /// Below which one lies with probability `p`, at most 1/2.
    fn quantile(&self, p: f64) -> Odds {
        let ln_p = p.ln();
        let mut ln_odds = self.start(normal::upper_quantile(p));
        for _ in 0..STEPS {
            ln_odds = ln_odds.clamp(-LN_ODDS_MOST, LN_ODDS_MOST);
            let tail = self.lower_tail(Odds::of_ln(ln_odds));
            let step = tail.step(ln_p);
            ln_odds += step;
            // The error after a step is of the order of its cube, on the scale on which the tail changes.
            if step.abs() <= 3e-6 * tail.ratio.min(1.0) || step.abs() <= f64::EPSILON * ln_odds.abs() {
                break;
            }
        }
        Odds::of_ln(ln_odds)
    }
}

/// A share and what is left of 1, each with all digits.
#[derive(Debug, Clone, Copy)]
pub(in crate::statistics) struct Odds {
    share: f64,
    rest: f64,
}

impl Odds {
    fn of_share(share: f64) -> Self {
        Self { share, rest: 1.0 - share }
    }

    /// Of the logarithm of their quotient.
    pub(in crate::statistics) fn of_ln(ln: f64) -> Self {
        Self { share: 1.0 / (1.0 + (-ln).exp()), rest: 1.0 / (1.0 + ln.exp()) }
    }

    /// Of both. The smaller is what the larger lacks to 1, which `f64` has rounded.
    fn ln(self) -> (Wide, Wide) {
        let Self { share, rest } = self;
        if share < rest {
            (Wide::from(share).ln(), Wide::from(-share).ln_1p())
        } else {
            (Wide::from(-rest).ln_1p(), Wide::from(rest).ln())
        }
    }

    /// `(a + b) share - a`, which is above 0 above the mean.
    fn above_mean(self, a: f64, b: f64) -> f64 {
        let whole = Wide::of_sum(a, b);
        if self.share < self.rest {
            (whole * Wide::from(self.share) - Wide::from(a)).value()
        } else {
            (Wide::from(b) - whole * Wide::from(self.rest)).value()
        }
    }

    fn reversed(self) -> Self {
        Self { share: self.rest, rest: self.share }
    }
}

/// A lower tail: its density with respect to the log-odds, and its ratio to it.
#[derive(Debug, Clone, Copy)]
pub(in crate::statistics) struct Tail {
    ln_density: Wide,
    /// Of the logarithm of the density.
    slope: f64,
    ratio: f64,
    /// Whether the ratio is of the other side, which is the smaller one.
    other_side: bool,
}

impl Tail {
    pub(in crate::statistics) fn probability(self) -> Probability {
        let side = decay::tail(self.ln_density, self.ratio);
        if self.other_side { side.complement() } else { side }
    }

    /// What lies above.
    pub(in crate::statistics) fn complement(self) -> Probability {
        let side = decay::tail(self.ln_density, self.ratio);
        if self.other_side { side } else { side.complement() }
    }

    /// How far to go until the tail has this logarithm.
    fn step(self, ln: f64) -> f64 {
        let probability = self.probability();
        let by_density = if self.other_side { probability.value / self.ln_density.exp() } else { self.ratio };
        let newton = (ln - probability.ln()) * by_density;
        let bend = self.slope - 1.0 / by_density;
        newton / (1.0 + 0.5 * newton * bend).clamp(0.5, 2.0)
    }
}

/// The lower tail by the density, where the mean lies above by `slope / (a + b)`.
fn ratio(at: Odds, slope: f64, a: f64, b: f64) -> f64 {
    let Odds { share: x, rest: y } = at;
    let whole = a + b;
    if a < decay::SHORT {
        // I(a, b) = I(a + 1, b) + density by a.
        return (1.0 + x * whole * ratio(at, slope + y, a + 1.0, b)) / a;
    }
    // a s + (a + b) ln(1 + x (e^-s - 1)), arranged so that nothing cancels.
    let (part, sign) = if x <= 0.5 { (x, -1.0) } else { (y, 1.0) };
    decay::convex(slope, whole * x * y, |s| {
        let signed = sign * s;
        let bend = ln_1p_less_x(part * signed.exp_m1()) + part * exp_m1_less_x(signed);
        slope * s + whole * bend
    })
}

fn ln_beta_wide(a: f64, b: f64) -> Wide {
    ln_gamma_wide(Wide::from(a)) + ln_gamma_wide(Wide::from(b)) - ln_gamma_wide(Wide::of_sum(a, b))
}
