//! Which of many arms is the best, and how a bandit should share its visitors.
//!
//! In: a normal posterior of each arm. Out: the chance of each to be the best and to be the second best, and weights. One integral
//! over the level that the best arm has: cut into panels as short as the sharpest arm nearby asks for, so that arms of very
//! different sharpness cost no digits.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crate::statistics::sums::{defined, real};
use crate::statistics::{Undefined, quadrature};

/// So many deviations from its mean an arm no longer takes part: what lies beyond weighs 1e-19.
const REACH: f64 = 9.0;

/// Deviations of the sharpest arm in a panel.
const PANEL: f64 = 4.0;

/// Of the standard normal: `1 / sqrt(2 pi)`.
const DENSITY_AT_0: f64 = 0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI;

/// What is believed of several arms together. Each list has the order of the arms.
#[derive(Debug, Clone, PartialEq)]
pub struct BestArm {
    /// That the arm is the best of all. They add up to 1.
    pub best: Vec<f64>,
    /// That exactly one arm is better. They add up to 1.
    pub second_best: Vec<f64>,
}

impl BestArm {
    /// The share of visitors that top-two Thompson sampling gives each arm: half to the best, half to the second best.
    ///
    /// Source: Russo (2020), Operations Research 68, 1625-1647, with the choice between the two at one half.
    pub fn top_two_weights(&self) -> Vec<f64> {
        self.best.iter().zip(&self.second_best).map(|(best, second)| 0.5 * (best + second)).collect()
    }

    /// The same with no arm below `floor`: what is left after the floor of each is shared by the weights.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the floor of all arms together lies in `[0, 1]`.
    pub fn weights_with_floor(&self, floor: f64) -> Result<Vec<f64>, Undefined> {
        let left = 1.0 - floor * real(self.best.len() as u64);
        if !(floor >= 0.0 && left >= 0.0) {
            return Err(Undefined::OutOfRange);
        }
        Ok(self.top_two_weights().iter().map(|weight| floor + left * weight).collect())
    }
}

/// The best of two or more arms, of each of which a normal distribution is believed: mean and standard deviation.
///
/// # Errors
/// [`Undefined::TooFewCells`] with fewer than two arms; [`Undefined::OutOfRange`] if a number is not finite or a deviation negative;
/// [`Undefined::ZeroVariance`] if a deviation is 0: nothing said yet how far that arm may be off; [`Undefined::TooLarge`].
///
/// Source: `P(best) = int density_j prod cdf_l`; `P(second) = sum_l int density_j (1 - cdf_l) prod cdf_m`, by Gauss and Legendre.
///
/// ```
/// let found = segue::statistics::bayes::best_arm(&[(0.10, 0.01), (0.11, 0.01), (0.12, 0.01)], false)?;
/// assert!((found.best.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// assert!(found.best[2] > 0.7 && found.best[0] < 0.1);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn best_arm(arms: &[(f64, f64)], lower_is_better: bool) -> Result<BestArm, Undefined> {
    if arms.len() < 2 {
        return Err(Undefined::TooFewCells);
    }
    if arms.iter().any(|(mean, deviation)| !mean.is_finite() || !deviation.is_finite() || *deviation < 0.0) {
        return Err(Undefined::OutOfRange);
    }
    if arms.iter().any(|(_, deviation)| *deviation == 0.0) {
        return Err(Undefined::ZeroVariance);
    }
    let sign = if lower_is_better { -1.0 } else { 1.0 };
    let arm = |&(mean, deviation): &(f64, f64)| {
        let arm = Arm { mean: sign * mean, deviation };
        defined(arm.mean.abs() + 2.0 * REACH * deviation).and(Ok(arm))
    };
    let arms: Vec<Arm> = arms.iter().map(arm).collect::<Result<_, _>>()?;
    let spread = arms.iter().map(|arm| arm.mean).fold(f64::NEG_INFINITY, f64::max)
        - arms.iter().map(|arm| arm.mean).fold(f64::INFINITY, f64::min);
    defined(spread)?;
    let mut found = BestArm { best: vec![0.0; arms.len()], second_best: vec![0.0; arms.len()] };
    let mut values = vec![Value::default(); arms.len()];
    let first = beginning(&arms);
    let mut begun: Vec<bool> = arms.iter().map(|arm| arm.has_begun(first)).collect();
    let mut here = Some(first);
    while let Some(place) = here {
        let (from, width, next) = place.panel(&arms, &mut begun);
        for (away, weight) in quadrature::grid(from.away, from.away + width, 1) {
            let node = Place { away, ..from };
            values.iter_mut().zip(&arms).for_each(|(value, arm)| *value = arm.at(node, weight));
            add(&mut found, &values);
        }
        here = next;
    }
    // Rounding may lead a little beyond what a probability can be.
    found.best.iter_mut().chain(&mut found.second_best).for_each(|chance| *chance = chance.min(1.0));
    Ok(found)
}

/// A normal distribution.
#[derive(Debug, Clone, Copy)]
struct Arm {
    mean: f64,
    deviation: f64,
}

/// A level: so far above the mean of an arm. Of the sharpest arm around, so that its digits are where they matter.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    mean: f64,
    away: f64,
}

/// An arm at some level.
#[derive(Debug, Clone, Copy, Default)]
struct Value {
    /// The probability of a level about here: the density by the weight of the node.
    mass: f64,
    below: f64,
    above: f64,
}

impl Arm {
    fn at(&self, level: Place, weight: f64) -> Value {
        let z = self.away(level) / self.deviation;
        if z >= REACH {
            return Value { mass: 0.0, below: 1.0, above: 0.0 };
        }
        if z <= -REACH {
            return Value { mass: 0.0, below: 0.0, above: 1.0 };
        }
        let tail = 0.5 * libm::erfc(z.abs() * FRAC_1_SQRT_2);
        let (below, above) = if z > 0.0 { (1.0 - tail, tail) } else { (tail, 1.0 - tail) };
        Value { mass: (-0.5 * z * z).exp() * DENSITY_AT_0 * (weight / self.deviation), below, above }
    }

    /// How far the level lies above the mean.
    fn away(&self, level: Place) -> f64 {
        (level.mean - self.mean) + level.away
    }

    fn reach(&self) -> f64 {
        REACH * self.deviation
    }

    /// Whether a level lies beyond where it begins.
    fn has_begun(&self, level: Place) -> bool {
        self.away(level) > -self.reach() || level == self.beginning()
    }

    /// Where it begins to take part.
    fn beginning(&self) -> Place {
        Place { mean: self.mean, away: -self.reach() }
    }
}

impl Place {
    /// The panel from here: where it begins (anchored at the sharpest arm that takes part), how long it is, and where the next one
    /// begins, if anything is left.
    ///
    /// Each arm begins once: where arms begin at the same level but for rounding, one after the other, so that there is always an end.
    fn panel(self, arms: &[Arm], begun: &mut [bool]) -> (Self, f64, Option<Self>) {
        let takes_part = |arm: &Arm| arm.away(self) < arm.reach();
        let active = arms.iter().zip(&*begun).filter(|(arm, begun)| **begun && takes_part(arm)).map(|(arm, _)| arm);
        let sharpest = active.min_by(|a, b| a.deviation.total_cmp(&b.deviation));
        let distance = |arm: &Arm| (-(arm.away(self) + arm.reach())).max(0.0);
        let comes = arms.iter().zip(&mut *begun).filter(|(_, begun)| !**begun);
        let next = comes.min_by(|(a, _), (b, _)| distance(a).total_cmp(&distance(b)));
        let (from, width) = match sharpest {
            // Anchored elsewhere, rounding may have put it before its own beginning.
            Some(arm) => (Self { mean: arm.mean, away: arm.away(self).max(-arm.reach()) }, PANEL * arm.deviation),
            None => (self, f64::INFINITY),
        };
        match next {
            Some((arm, begun)) if distance(arm) <= width => {
                *begun = true;
                (from, if sharpest.is_some() { distance(arm) } else { 0.0 }, Some(arm.beginning()))
            }
            _ if sharpest.is_none() => (from, 0.0, None),
            _ => (from, width, Some(Self { away: from.away + width, ..from })),
        }
    }
}

/// Below, at least two arms exceed any level, so that no level there is even that of the second best.
fn beginning(arms: &[Arm]) -> Place {
    let mut places: Vec<Place> = arms.iter().map(Arm::beginning).collect();
    places.sort_unstable_by(|a, b| (a.mean + a.away).total_cmp(&(b.mean + b.away)));
    places.iter().rev().nth(1).copied().unwrap_or(Place { mean: 0.0, away: 0.0 })
}

/// Adds what one node of the integral brings. Products over all other arms come from products over those before and those after,
/// beside the products in which exactly one arm is above.
fn add(found: &mut BestArm, values: &[Value]) {
    let extended = |(all, one): (f64, f64), value: &Value| (all * value.below, one * value.below + all * value.above);
    let mut after = vec![(1.0, 0.0); values.len() + 1];
    let mut state = (1.0, 0.0);
    for (place, value) in after.iter_mut().zip(values.iter().rev()) {
        *place = state;
        state = extended(state, value);
    }
    let mut before = (1.0, 0.0);
    let outs = found.best.iter_mut().zip(&mut found.second_best);
    for ((value, (best, second)), after) in values.iter().zip(outs).zip(after.iter().take(values.len()).rev()) {
        *best += value.mass * before.0 * after.0;
        *second += value.mass * (before.1 * after.0 + before.0 * after.1);
        before = extended(before, value);
    }
}
