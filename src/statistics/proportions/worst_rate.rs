//! The rate at which a mixture of binomial probabilities is largest.
//!
//! In: for each count of conversions among all units, how probable the event is given that count. Out: the largest probability
//! of the event over all rates. Deterministic: on the scale of `asin(sqrt(rate))` a binomial weight is as wide everywhere, about
//! `1 / (2 sqrt(units))`. The probability is a smoothing with that width, which leaves e^-79 of a wave half as long, so a grid of half
//! the width sees every summit: the sign of the derivative brackets each summit, and root finding climbs it.

use std::f64::consts::FRAC_PI_2;

use crate::statistics::distribution::factorials::LnFactorials;
use crate::statistics::sums::real;
use crate::statistics::{Probability, root};

/// Grid points in the width of a binomial weight.
const POINTS_A_WIDTH: f64 = 2.0;

/// Summits whose grid points lie lower than the best one by more than this (in logarithms) cannot be the highest: with two
/// points a width, no summit rises above the nearest of them by more than 1/32.
const CANDIDATE_MARGIN: f64 = 0.05;

/// What is smaller than the largest term by more than this (in logarithms) is lost in rounding, were there thousands of it.
const NEGLIGIBLE: f64 = 50.0;

/// The largest probability over all rates. `ln_given[t]` is the logarithm of the probability given `t` conversions among
/// `ln_given.len() - 1` units.
pub(super) fn of(mut ln_given: Vec<f64>, known: &LnFactorials) -> Probability {
    let units = (ln_given.len() as u64).saturating_sub(1);
    // At rates of 0 and 1 only one count is possible.
    let ends = [ln_given.first(), ln_given.last()].into_iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    for (conversions, ln) in (0..).zip(&mut ln_given) {
        *ln += known.ln_choose(units, conversions);
    }
    let mixture = Mixture { units: real(units), ln_terms: ln_given };
    let steps = (FRAC_PI_2 * 2.0 * POINTS_A_WIDTH * mixture.units.sqrt()).ceil();
    let angle = |point: f64| (point + 0.5) / steps * FRAC_PI_2;
    let mut grid = vec![(0.0, mixture.at(0.0))];
    let mut point = 0.0;
    while point < steps {
        grid.push((angle(point), mixture.at(angle(point))));
        point += 1.0;
    }
    grid.push((FRAC_PI_2, mixture.at(FRAC_PI_2)));
    let best = grid.iter().map(|(_, here)| here.ln).fold(ends, f64::max);
    let mut highest = best;
    for (left, right) in grid.iter().zip(grid.iter().skip(1)) {
        let near = left.1.ln.max(right.1.ln) >= best - CANDIDATE_MARGIN;
        if near && left.1.slope > 0.0 && right.1.slope < 0.0 {
            let summit = root::find(left.0, right.0, 0.0, |angle| mixture.at(angle).slope);
            highest = highest.max(summit.map_or(f64::NEG_INFINITY, |angle| mixture.at(angle).ln));
        }
    }
    if highest == f64::NEG_INFINITY { Probability::ONE.complement() } else { Probability::of_ln(highest) }
}

struct Mixture {
    units: f64,
    /// Of the number of ways times the probability.
    ln_terms: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Height {
    /// Of the probability.
    ln: f64,
    /// Of the sign of the derivative by the angle, by the probability: the mean excess of conversions.
    slope: f64,
}

impl Mixture {
    /// At the rate `sin(angle)^2`.
    fn at(&self, angle: f64) -> Height {
        let (sine, cosine) = angle.sin_cos();
        if sine <= 0.0 || angle >= FRAC_PI_2 {
            // Only the ends are possible, and they were looked at.
            let slope = if sine <= 0.0 { 1.0 } else { -1.0 };
            return Height { ln: f64::NEG_INFINITY, slope };
        }
        let (ln_odds, base) = (2.0 * (sine.ln() - cosine.ln()), 2.0 * self.units * cosine.ln());
        let mut count = 0.0;
        let mut largest = f64::NEG_INFINITY;
        for term in &self.ln_terms {
            largest = largest.max(term + count * ln_odds);
            count += 1.0;
        }
        if largest == f64::NEG_INFINITY {
            return Height { ln: largest, slope: 0.0 };
        }
        let expected = self.units * sine * sine;
        let (mut sum, mut excess, mut count) = (0.0, 0.0, 0.0);
        for term in &self.ln_terms {
            let ln = term + count * ln_odds - largest;
            if ln > -NEGLIGIBLE {
                let weight = ln.exp();
                sum += weight;
                excess += weight * (count - expected);
            }
            count += 1.0;
        }
        Height { ln: base + largest + sum.ln(), slope: excess / sum }
    }
}
