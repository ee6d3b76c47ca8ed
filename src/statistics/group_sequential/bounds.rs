//! The bounds of a group-sequential test.

use super::spending::Spending;
use super::walk::Walk;
use crate::statistics::anytime::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::{Probability, Undefined};

/// Looks of a test; more than anybody plans, and bounds take time that grows with each.
pub const MOST_LOOKS: usize = 200;

/// Under this decimal logarithm of what may be spent, what earlier looks have spent is beyond `f64` and left out.
const NOTHING_LOG10: f64 = -280.0;

/// What is fixed before the first look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// How alpha is spent.
    pub spending: Spending,
    /// The rate of false alarms in all, in (0, 1); two-sided, each side spends half of it.
    pub alpha: f64,
    /// Whether it stops below as it does above (symmetric, each side efficacy), or above only.
    pub sides: Sides,
}

/// The bound at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The information fraction, in (0, 1].
    pub fraction: f64,
    /// Stop where z (two-sided `|z|`) is at or beyond it.
    pub z: f64,
    /// What has been spent of alpha so far, both sides together.
    pub spent: Probability,
    /// The p-value that a single test would give at the bound, both sides together.
    pub nominal: Probability,
}

/// The bounds up to the last look known.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub(super) design: Design,
    looks: Vec<Bound>,
    /// Through all looks but the last.
    pub(super) walk: Walk,
}

impl Design {
    /// The bounds at looks at these information fractions, strictly ascending in (0, 1], at most [`MOST_LOOKS`]. Later looks need not be known:
    /// they change nothing before them.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for other fractions, alpha or exponents, and where two looks lie so close that nothing is spent between them.
    ///
    /// Source: Lan, DeMets (1983), Biometrika 70, 659-663; the integrals: Jennison, Turnbull (2000), chapter 19.
    pub fn bounds(&self, fractions: &[f64]) -> Result<Bounds, Undefined> {
        check(fractions)?;
        let share = match self.sides {
            Sides::Two => 2.0,
            Sides::One => 1.0,
        };
        let mut walk = Walk::from(0.0, 0.0);
        let mut looks: Vec<Bound> = Vec::with_capacity(fractions.len());
        let mut spent_before = 0.0;
        for (index, fraction) in fractions.iter().copied().enumerate() {
            let spent = self.spending.spent(self.alpha / share, fraction)?;
            let z = if index == 0 || spent.log10 < NOTHING_LOG10 {
                normal::upper_quantile_of_log10(spent.log10)
            } else {
                solve(&walk, fraction, spent.value - spent_before)?
            };
            spent_before = spent.value;
            let nominal = normal::upper_tail(z).times(share);
            looks.push(Bound { fraction, z, spent: spent.times(share), nominal });
            if let Some(next) = fractions.get(index + 1) {
                let upper = z * fraction.sqrt();
                let lower = (self.sides == Sides::Two).then_some(-upper);
                walk.go_on(fraction, lower, upper, *next);
            }
        }
        Ok(Bounds { design: *self, looks, walk })
    }
}

impl Bounds {
    /// The looks, in order; at least one.
    pub fn looks(&self) -> &[Bound] {
        &self.looks
    }

    /// What was fixed before.
    pub fn design(&self) -> Design {
        self.design
    }
}

fn check(fractions: &[f64]) -> Result<(), Undefined> {
    let within = fractions.iter().all(|fraction| *fraction > 0.0 && *fraction <= 1.0);
    let ascending = fractions.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if fractions.is_empty() || fractions.len() > MOST_LOOKS || !within || !ascending {
        return Err(Undefined::OutOfRange);
    }
    Ok(())
}

/// The z at which the walk, having gone on until now, first stops above with this probability.
///
/// Newton's steps on the logarithm of the probability, which is concave in the bound: from the second on they come down to it from above.
fn solve(walk: &Walk, fraction: f64, probability: f64) -> Result<f64, Undefined> {
    if probability <= 0.0 {
        return Err(Undefined::OutOfRange);
    }
    let wanted = probability.ln();
    let root = fraction.sqrt();
    let mut z = normal::upper_quantile(probability);
    for _ in 0..60 {
        let (found, density) = walk.above(walk.looks(), fraction, z * root, 0.0);
        if found <= 0.0 || density <= 0.0 {
            return Err(Undefined::OutOfRange);
        }
        let step = (found.ln() - wanted) * found / (density * root);
        z += step;
        if step.abs() <= 1e-13 * z.abs().max(1.0) {
            return Ok(z);
        }
    }
    Err(Undefined::NoSolution)
}
