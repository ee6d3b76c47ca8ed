//! A p-value that holds at all looks together.

use super::bounds::{Bounds, Design};
use crate::statistics::distribution::normal;
use crate::statistics::{Probability, Undefined};

/// A repeated p-value above this is 1: nearly every look would stop.
const CERTAIN: f64 = 0.99;

/// The smallest repeated p-value: the bounds of a smaller alpha have no digits.
const SMALLEST: f64 = 1e-300;

/// Rounds of the secant method; it needs four or five, as the bound is nearly a straight line in what a single test asks for.
const ROUNDS: usize = 50;

impl Design {
    /// The smallest alpha at which the design, with the same looks and the same way of spending, stops at the last of these looks, where a
    /// single two-sided test has a p-value of this decimal logarithm. `bounds` are the design's own. 1 above 0.99, at least 1e-300.
    ///
    /// Holm's correction of repeated p-values rejects what a group-sequential test at the corrected alpha rejects, at any look.
    ///
    /// # Errors
    /// As [`Design::bounds`]; [`Undefined::NoSolution`] where the numbers leave the range of `f64`.
    ///
    /// Source: Jennison, Turnbull (2000), Group Sequential Methods, section 9.5; Maurer, Bretz (2013), Statistics in Biopharmaceutical Research 5,
    /// 311-320.
    pub fn repeated_p_value(&self, bounds: &Bounds, single_log10: f64) -> Result<Probability, Undefined> {
        let fractions: Vec<f64> = bounds.looks().iter().map(|bound| bound.fraction).collect();
        let last = |bounds: &Bounds| bounds.looks().last().map(|bound| bound.z).ok_or(Undefined::NoUnits);
        let wanted = normal::upper_quantile_of_log10(single_log10 - std::f64::consts::LOG10_2);
        // Both as what a single test of that alpha asks for.
        let bound_at = |single: f64| {
            let alpha = normal::two_sided(single).value;
            last(&Self { alpha, ..*self }.bounds(&fractions)?)
        };
        let (least, most) = (normal::upper_quantile(CERTAIN / 2.0), normal::upper_quantile(SMALLEST / 2.0));
        if wanted <= bound_at(least)? {
            return Ok(Probability::ONE);
        }
        let (mut before, mut before_bound) = (normal::upper_quantile(self.alpha / 2.0), last(bounds)?);
        let mut single = (before + wanted - before_bound).clamp(least, most);
        for _ in 0..ROUNDS {
            let bound = bound_at(single)?;
            // Of two points that differ by rounding alone there is none.
            let slope =
                Some((bound - before_bound) / (single - before)).filter(|slope| slope.is_finite() && *slope > 0.0);
            let next = (single + (wanted - bound) / slope.unwrap_or(1.0)).clamp(least, most);
            (before, before_bound) = (single, bound);
            if (next - single).abs() <= 1e-12 * single.abs().max(1.0) {
                return Ok(normal::two_sided(next));
            }
            single = next;
        }
        Err(Undefined::NoSolution)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Spending;
    use super::*;
    use crate::statistics::anytime::Sides;

    #[test]
    fn it_is_alpha_where_the_bound_is_just_reached() {
        for spending in [Spending::ObrienFleming, Spending::Pocock, Spending::Power(2.0)] {
            for alpha in [0.2, 0.05, 1e-6] {
                let design = Design { spending, alpha, sides: Sides::Two };
                let bounds = design.bounds(&[0.3, 0.6, 0.8]).unwrap();
                let at = |z: f64| design.repeated_p_value(&bounds, normal::two_sided(z).log10).unwrap().value;
                let bound = bounds.looks().last().unwrap().z;
                assert!((at(bound) / alpha - 1.0).abs() < 1e-8, "{spending:?} {alpha} {}", at(bound));
                assert!(at(bound + 0.1) < alpha && at(bound - 0.1) > alpha && at(0.0) == 1.0);
            }
        }
    }
}
