//! The bounds of a group-sequential test.

use super::spending::Spending;
use super::walk::Walk;
use crate::statistics::anytime::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::{Probability, Undefined};

/// Looks of a plan. More are refused: bounds take time that grows with each, and a look that often is `anytime`.
pub const MAX_LOOKS: u32 = 200;

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
    /// The information fraction, above 0; above 1 at a last look to which more came than was planned.
    pub fraction: f64,
    /// Stop where z (two-sided `|z|`) is at or beyond it.
    pub z: f64,
    /// What has been spent of alpha so far, both sides together.
    pub spent: Probability,
    /// The p-value that a single test would give at the bound, both sides together.
    pub nominal: Probability,
}

/// A test on its way to its last look, of which the bound is not known yet.
pub(super) struct Approach {
    /// The looks before it.
    pub looks: Vec<Bound>,
    /// Through all of them.
    pub walk: Walk,
    /// What has been spent by the last look, on one side.
    pub spent: Probability,
    /// How much of it at the last look itself; `None` where the looks before count for nothing.
    pub increment: Option<f64>,
    /// Of the last look.
    pub fraction: f64,
}

/// The bounds up to the last look known.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub(super) alpha: f64,
    pub(super) sides: Sides,
    looks: Vec<Bound>,
    /// Through all looks but the last.
    pub(super) walk: Walk,
}

impl Design {
    /// The bounds at looks at these information fractions, strictly ascending in (0, 1], at most [`MAX_LOOKS`]. Later looks need not be known:
    /// they change nothing before them. The last may lie above 1, where more came than was planned: it spends what is left of alpha, and the looks
    /// before it are the smaller part of all that they were.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for other fractions, alpha or exponents, and where two looks lie so close that nothing is spent between them.
    ///
    /// Source: Lan, DeMets (1983), Biometrika 70, 659-663; the integrals: Jennison, Turnbull (2000), chapter 19.
    pub fn bounds(&self, fractions: &[f64]) -> Result<Bounds, Undefined> {
        let approach = self.approach(fractions)?;
        let z = approach.critical()?;
        let Approach { mut looks, walk, spent, fraction, .. } = approach;
        looks.push(self.bound(fraction, z, spent));
        Ok(Bounds { alpha: self.alpha, sides: self.sides, looks, walk })
    }

    /// All but the bound of the last look.
    pub(super) fn approach(&self, fractions: &[f64]) -> Result<Approach, Undefined> {
        check(fractions)?;
        let mut walk = Walk::from(0.0, 0.0);
        let mut looks: Vec<Bound> = Vec::with_capacity(fractions.len());
        let mut spent_before = 0.0;
        for (index, fraction) in fractions.iter().copied().enumerate() {
            let spent = self.spending.spent(self.alpha / self.share(), fraction.min(1.0))?;
            if spent.value <= spent_before && spent.log10 >= NOTHING_LOG10 {
                return Err(Undefined::OutOfRange);
            }
            let is_alone = index == 0 || spent.log10 < NOTHING_LOG10;
            let increment = (!is_alone).then_some(spent.value - spent_before);
            let Some(next) = fractions.get(index + 1) else {
                return Ok(Approach { looks, walk, spent, increment, fraction });
            };
            let z = critical(&walk, fraction, spent, increment)?;
            spent_before = spent.value;
            looks.push(self.bound(fraction, z, spent));
            let upper = z * fraction.sqrt();
            let lower = (self.sides == Sides::Two).then_some(-upper);
            walk.go_on(fraction, lower, upper, *next);
        }
        // INVARIANT: there is a last look.
        Err(Undefined::OutOfRange)
    }

    /// By how many sides alpha is shared.
    fn share(&self) -> f64 {
        match self.sides {
            Sides::Two => 2.0,
            Sides::One => 1.0,
        }
    }

    fn bound(&self, fraction: f64, z: f64, spent: Probability) -> Bound {
        let share = self.share();
        Bound { fraction, z, spent: spent.times(share), nominal: normal::upper_tail(z).times(share) }
    }
}

impl Approach {
    /// The z of the last look's bound.
    pub(super) fn critical(&self) -> Result<f64, Undefined> {
        critical(&self.walk, self.fraction, self.spent, self.increment)
    }
}

impl Bounds {
    /// Two-sided bounds that something else than a spending function has set: pairs of an information fraction, strictly ascending in (0, 1], and
    /// the z, above 0, at which it stops. They are meant to keep `alpha`, in (0, 1); whether they do is what [`Bounds::power`] says without drift.
    ///
    /// ```
    /// use segue::statistics::group_sequential::Bounds;
    /// // Five looks at a test of 5 %, stopped at the first that is significant.
    /// let looks: Vec<(f64, f64)> = (1..=5).map(|look| (f64::from(look) / 5.0, 1.959963984540054)).collect();
    /// assert!((Bounds::given(0.05, &looks)?.power(0.0)? - 0.142).abs() < 1e-3);
    /// # Ok::<(), segue::statistics::Undefined>(())
    /// ```
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for other fractions, z or alpha.
    ///
    /// Source: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244, and their table 2.
    pub fn given(alpha: f64, looks: &[(f64, f64)]) -> Result<Self, Undefined> {
        check(&looks.iter().map(|(fraction, _)| *fraction).collect::<Vec<_>>())?;
        if !(alpha > 0.0 && alpha < 1.0 && looks.iter().all(|(_, z)| *z > 0.0 && z.is_finite())) {
            return Err(Undefined::OutOfRange);
        }
        let mut walk = Walk::from(0.0, 0.0);
        let mut bounds = Vec::with_capacity(looks.len());
        let mut spent = 0.0;
        for (index, (fraction, z)) in looks.iter().copied().enumerate() {
            let upper = z * fraction.sqrt();
            spent += 2.0 * walk.above(index, fraction, upper, 0.0);
            bounds.push(Bound {
                fraction,
                z,
                spent: Probability::of_value(f64::min(spent, 1.0)),
                nominal: normal::two_sided(z),
            });
            if let Some((next, _)) = looks.get(index + 1) {
                walk.go_on(fraction, Some(-upper), upper, *next);
            }
        }
        Ok(Self { alpha, sides: Sides::Two, looks: bounds, walk })
    }

    /// The looks, in order; at least one.
    pub fn looks(&self) -> &[Bound] {
        &self.looks
    }
}

/// The z that is exceeded with what is spent at a look.
fn critical(walk: &Walk, fraction: f64, spent: Probability, increment: Option<f64>) -> Result<f64, Undefined> {
    let Some(increment) = increment else { return Ok(normal::upper_quantile_of_log10(spent.log10)) };
    let from = normal::upper_quantile(increment) * fraction.sqrt();
    Ok(walk.exceeded(fraction, increment, from)? / fraction.sqrt())
}

fn check(fractions: &[f64]) -> Result<(), Undefined> {
    let before = fractions.split_last().map_or(fractions, |(_, before)| before);
    let within = fractions.iter().all(|fraction| *fraction > 0.0 && fraction.is_finite())
        && before.iter().all(|fraction| *fraction < 1.0);
    let ascending = fractions.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if fractions.is_empty() || fractions.len() > MAX_LOOKS as usize || !within || !ascending {
        return Err(Undefined::OutOfRange);
    }
    Ok(())
}
