//! Student's t distribution, for 0.1 degrees of freedom and more, infinitely many too.
//!
//! With `h^2 = ln(1 + t^2 / freedom)` the density becomes `exp(-freedom h^2 / 2)` times a weight that does not know the
//! degrees of freedom and hardly varies. So one quadrature does for 1 and for 1e12 degrees, in the middle and far out.
//!
//! Source: the substitution is that of Hill (1970), Algorithm 395, Communications of the ACM 13, 617-619, who expands the weight.

use std::f64::consts::PI;

use super::decay;
use super::gamma::ln_gamma_wide;
use super::normal;
use super::series::horner;
use super::wide::Wide;
use crate::statistics::{Probability, quadrature};

/// Halley's method takes one or two steps, five for less than one degree of freedom.
const STEPS: u32 = 40;

/// The probability of a value above `t`.
pub fn upper_tail(t: f64, degrees_of_freedom: f64) -> Probability {
    if degrees_of_freedom == f64::INFINITY {
        return normal::upper_tail(t);
    }
    if t < 0.0 {
        return upper_tail(-t, degrees_of_freedom).complement();
    }
    let curve = Curve::of(degrees_of_freedom);
    let squared = curve.squared(t);
    decay::tail(curve.ln_density(squared), curve.ratio(squared.value().sqrt()))
}

/// The probability of a value at least as far from 0 as `t`.
pub fn two_sided(t: f64, degrees_of_freedom: f64) -> Probability {
    upper_tail(t.abs(), degrees_of_freedom).doubled()
}

/// The value that is exceeded with probability `p`, which lies in (0, 1); at most the largest `f64`.
///
/// Source: Halley's method on the logarithm of the tail as a function of `h`, started at the normal quantile; in the middle
/// Newton's on the distance from it, which keeps all digits of a small `t`.
pub fn upper_quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    if p > 0.5 {
        return -upper_quantile(1.0 - p, degrees_of_freedom);
    }
    let z = normal::upper_quantile(p);
    if degrees_of_freedom == f64::INFINITY {
        return z;
    }
    let curve = Curve::of(degrees_of_freedom);
    let root = degrees_of_freedom.sqrt();
    // Right to the order of 1 / freedom.
    let mut h = z / root * (1.0 + (0.25 / degrees_of_freedom).min(0.25));
    for _ in 0..STEPS {
        let (step, order) = if p > 0.25 { (curve.step_from_middle(h, 0.5 - p), 2) } else { (curve.step(h, p.ln()), 3) };
        h += step;
        // The error after a step is of the order of its power, on the scale of the density.
        if (step * root * (1.0 + z)).abs().powi(order) <= 1e-17 {
            break;
        }
    }
    // Not the root of e^(h^2) - 1, which leaves the range of `f64` long before its root does.
    (root * (0.5 * h * h).exp() * (-(-h * h).exp_m1()).sqrt()).min(f64::MAX)
}

/// The density with respect to `h`, without its weight: `exp(ln_scale - freedom h^2 / 2)`.
#[derive(Debug, Clone, Copy)]
struct Curve {
    freedom: f64,
    ln_scale: Wide,
}

impl Curve {
    fn of(freedom: f64) -> Self {
        let half = Wide::from(0.5 * freedom);
        // Γ(x + 1/2) by Γ(x), of which the logarithms are far larger than their difference.
        let ln_ratio = if freedom < 100.0 {
            ln_gamma_wide(half + Wide::from(0.5)) - ln_gamma_wide(half)
        } else {
            let x = 2.0 / freedom;
            let square = x * x;
            let series = -0.125 + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * (17.0 / 14_336.0)));
            half.ln() * Wide::from(0.5) + Wide::from(x * series)
        };
        Self { freedom, ln_scale: ln_ratio - Wide::from(PI).ln() * Wide::from(0.5) }
    }

    /// `h^2`.
    fn squared(&self, t: f64) -> Wide {
        if t < 1e150 {
            return (Wide::of_product(t, t) / Wide::from(self.freedom)).ln_1p();
        }
        // The square may leave the range of `f64`.
        let ratio = t / self.freedom.sqrt();
        Wide::from(if ratio < 1e150 { (ratio * ratio).ln_1p() } else { 2.0 * ratio.min(f64::MAX).ln() })
    }

    fn ln_density(&self, squared: Wide) -> Wide {
        self.ln_scale - Wide::from(0.5 * self.freedom) * squared
    }

    /// The tail by the density without its weight.
    fn ratio(&self, h: f64) -> f64 {
        decay::quadratic(self.freedom * h, self.freedom, |s| weight(h + s))
    }

    /// How far to go until the tail has this logarithm.
    fn step(&self, h: f64, ln: f64) -> f64 {
        let ratio = self.ratio(h);
        let by_density = ratio / weight(h);
        let newton = ((self.ln_density(Wide::of_product(h, h)) - Wide::from(ln)).value() + ratio.ln()) * by_density;
        // How the slope of the logarithm changes.
        let bend = 1.0 / by_density - self.freedom * h + ln_weight_slope(h);
        newton / (1.0 + 0.5 * newton * bend).clamp(0.5, 2.0)
    }

    /// How far to go until so much lies between the middle and here.
    fn step_from_middle(&self, h: f64, probability: f64) -> f64 {
        let scale = self.ln_scale.exp();
        let density = |h: f64| weight(h) * (-0.5 * self.freedom * h * h).exp();
        (probability / scale - quadrature::integral(0.0, h, 1, density)) / density(h)
    }
}

/// `h / sqrt(1 - exp(-h^2))`.
fn weight(h: f64) -> f64 {
    let square = h * h;
    if square > 0.25 {
        return (square / -(-square).exp_m1()).sqrt();
    }
    // x / (1 - e^-x) = 1 + x/2 + x^2/12 - x^4/720 + .., with the numbers of Bernoulli.
    (1.0 + square * (0.5 + square * horner(&BERNOULLI, square * square))).sqrt()
}

/// The derivative of the logarithm of the weight.
fn ln_weight_slope(h: f64) -> f64 {
    if h < 0.1 { 0.5 * h } else { 1.0 / h - h / (h * h).exp_m1() }
}

const BERNOULLI: [f64; 5] = [1.0 / 47_900_160.0, -1.0 / 1_209_600.0, 1.0 / 30_240.0, -1.0 / 720.0, 1.0 / 12.0];
