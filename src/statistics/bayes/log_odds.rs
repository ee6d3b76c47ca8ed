//! Integrals over the densities and tails of two beta distributions, by the logarithm of the odds.
//!
//! In: what is multiplied at each point. Out: the logarithm of the integral, however small. In the log-odds every factor has a
//! concave logarithm, also where a parameter is below 1 and the density of the share itself has no peak. So the product has one
//! peak, and is worth something in one interval around it; there it is summed by Gauss and Legendre. All terms are positive:
//! a chance of 1e-300 has as many digits as one of a half.

use crate::statistics::distribution::beta::{Curve, Odds};
use crate::statistics::{Undefined, panels, quadrature};

/// What lies so much below the peak, in logarithms, is below the last digit; with room for what [`Factor::shape`] leaves out.
const ENOUGH: f64 = 48.0;

/// No share that `f64` holds has log-odds beyond, so neither has the point where a product is largest.
const FARTHEST: f64 = 740.0;

/// The posterior of a share, ready for many points.
#[derive(Debug, Clone, Copy)]
pub struct Posterior {
    a: f64,
    b: f64,
    curve: Curve,
}

/// What is multiplied.
#[derive(Debug, Clone, Copy)]
pub enum Factor {
    /// The density of the log-odds.
    Density(Posterior),
    /// The probability to be below.
    Below(Posterior),
    /// The probability to be above.
    Above(Posterior),
    /// The derivative of the share by its log-odds: turns an integral over log-odds into one over shares.
    Share,
}

/// Logarithm, its slope, and how much it bends.
#[derive(Debug, Clone, Copy)]
struct Shape {
    ln: f64,
    slope: f64,
    bend: f64,
}

impl Posterior {
    /// Of both parameters.
    pub fn of(a: f64, b: f64) -> Self {
        Self { a, b, curve: Curve::of(a, b) }
    }

    /// Where the density of the log-odds has its peak.
    fn peak(&self) -> f64 {
        (self.a / self.b).ln()
    }

    /// The density, as 1 at its peak.
    fn shape(&self, odds: f64) -> Shape {
        let (share, rest) = shares(odds);
        let whole = self.a + self.b;
        let ln =
            self.a * (ln_share(odds) - ln_share(self.peak())) + self.b * (ln_share(-odds) - ln_share(-self.peak()));
        Shape { ln: ln.min(0.0), slope: self.a * rest - self.b * share, bend: whole * share * rest }
    }
}

impl Factor {
    /// Cheaply, up to a factor that varies slowly: only to find where the product is worth something. A tail is taken for its density
    /// on its own side of the peak, for 1 on the other.
    fn shape(&self, odds: f64) -> Shape {
        let tail = |posterior: &Posterior, is_small: bool| {
            let density = posterior.shape(odds);
            if is_small {
                return density;
            }
            Shape { ln: 0.0, slope: 0.0, bend: if density.ln > -ENOUGH { density.bend } else { 0.0 } }
        };
        match self {
            Self::Density(posterior) => posterior.shape(odds),
            Self::Below(posterior) => tail(posterior, odds < posterior.peak()),
            Self::Above(posterior) => tail(posterior, odds > posterior.peak()),
            Self::Share => {
                let (share, rest) = shares(odds);
                Shape { ln: ln_share(odds) + ln_share(-odds), slope: rest - share, bend: 2.0 * share * rest }
            }
        }
    }

    fn ln(&self, odds: f64) -> f64 {
        let at = Odds::of_ln(odds);
        // Where the other tail is negligible, this one is 1.
        let is_all = |posterior: &Posterior| posterior.shape(odds).ln < -ENOUGH;
        match self {
            Self::Density(posterior) => posterior.curve.ln_density(at),
            Self::Below(posterior) if odds > posterior.peak() && is_all(posterior) => 0.0,
            Self::Above(posterior) if odds < posterior.peak() && is_all(posterior) => 0.0,
            Self::Below(posterior) => posterior.curve.lower_tail(at).probability().ln(),
            Self::Above(posterior) => posterior.curve.lower_tail(at).complement().ln(),
            Self::Share => ln_share(odds) + ln_share(-odds),
        }
    }
}

/// The natural logarithm of the integral of the product over all log-odds.
///
/// # Errors
/// [`Undefined::TooLarge`] if two distributions are so sharp and so far apart that it would take too long: then one chance is below
/// 1e-1000000.
pub fn ln_integral(factors: &[Factor]) -> Result<f64, Undefined> {
    let shape = |odds: f64| {
        factors.iter().map(|factor| factor.shape(odds)).fold(Shape { ln: 0.0, slope: 0.0, bend: 0.0 }, |sum, shape| {
            Shape { ln: sum.ln + shape.ln, slope: sum.slope + shape.slope, bend: sum.bend + shape.bend }
        })
    };
    let peak = border(-FARTHEST, FARTHEST, |odds| shape(odds).slope > 0.0);
    let least = shape(peak).ln - ENOUGH;
    let lower = border(peak - reach(peak, -1.0, |odds| shape(odds).ln < least), peak, |odds| shape(odds).ln < least);
    let upper = border(peak, peak + reach(peak, 1.0, |odds| shape(odds).ln < least), |odds| shape(odds).ln >= least);
    let step = |odds: f64| {
        let Shape { slope, bend, .. } = shape(odds);
        // Five deviations; the bend itself grows by e over 1.
        (2.0 * (2.5 / bend.sqrt()).ln_1p()).min(24.0 / slope.abs()).min(4.0)
    };
    let ends = panels::ends(lower, upper, step).ok_or(Undefined::TooLarge)?;
    let ln = |odds: f64| factors.iter().map(|factor| factor.ln(odds)).sum::<f64>();
    let scale = ln(peak);
    let mut sum = 0.0;
    for (low, high) in ends.iter().zip(ends.iter().skip(1)) {
        sum += quadrature::integral(*low, *high, 1, |odds| (ln(odds) - scale).exp());
    }
    Ok(scale + sum.ln())
}

/// How far from the peak it is over.
fn reach(peak: f64, side: f64, is_over: impl Fn(f64) -> bool) -> f64 {
    let mut reach = 1.0;
    while !is_over(side.mul_add(reach, peak)) && reach < 1e6 {
        reach *= 2.0;
    }
    reach
}

/// Where an answer changes from yes to no.
fn border(yes: f64, no: f64, answer: impl Fn(f64) -> bool) -> f64 {
    let (mut yes, mut no) = (yes, no);
    // Halved so often that what is left is a small part of the narrowest peak, or nothing in `f64`.
    for _ in 0..64 {
        let middle = 0.5 * (yes + no);
        *(if answer(middle) { &mut yes } else { &mut no }) = middle;
    }
    yes
}

/// Of log-odds: the share, and the rest.
fn shares(odds: f64) -> (f64, f64) {
    (1.0 / (1.0 + (-odds).exp()), 1.0 / (1.0 + odds.exp()))
}

/// The logarithm of the share of log-odds.
fn ln_share(odds: f64) -> f64 {
    odds.min(0.0) - (-odds.abs()).exp().ln_1p()
}
