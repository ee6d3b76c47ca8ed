//! A p-value that holds at all looks together.

use super::bounds::{Approach, Bounds, Design};
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
        let own = bounds.looks().last().map(|bound| bound.z).ok_or(Undefined::NoUnits)?;
        let wanted = normal::upper_quantile_of_log10(single_log10 - std::f64::consts::LOG10_2);
        // Alpha as what a single test of it asks for: how far it is too small to stop here.
        let excess_at = |single: f64| {
            let alpha = normal::two_sided(single).value;
            Self { alpha, ..*self }.approach(&fractions)?.excess(wanted)
        };
        let (least, most) = (normal::upper_quantile(CERTAIN / 2.0), normal::upper_quantile(SMALLEST / 2.0));
        // What is beyond the design's own bound need not be asked whether it is far within.
        if wanted < own && excess_at(least)? >= 0.0 {
            return Ok(Probability::ONE);
        }
        let mut single = (normal::upper_quantile(self.alpha / 2.0) + wanted - own).clamp(least, most);
        let mut before = None;
        for _ in 0..ROUNDS {
            let excess = excess_at(single)?;
            // Of two points that differ by rounding alone there is none.
            let slope = before.map(|(place, other): (f64, f64)| (excess - other) / (single - place));
            let slope = slope.filter(|slope| slope.is_finite() && *slope > 0.0);
            let next = (single - excess / slope.unwrap_or(1.0)).clamp(least, most);
            if (next - single).abs() <= 1e-12 * single.abs().max(1.0) {
                return Ok(normal::two_sided(next));
            }
            before = Some((single, excess));
            single = next;
        }
        Err(Undefined::NoSolution)
    }
}

impl Approach {
    /// How far the last bound lies above a z: not in z, but as what single tests of the probabilities would ask for. That has the same sign and
    /// nearly the same size, and the bound itself, which is found in many steps, is not needed.
    fn excess(&self, wanted: f64) -> Result<f64, Undefined> {
        let level = wanted * self.fraction.sqrt();
        let exceeded = self.walk.above(self.looks.len(), self.fraction, level, 0.0);
        match self.increment {
            Some(increment) if exceeded > f64::MIN_POSITIVE => {
                Ok(normal::upper_quantile(increment) - normal::upper_quantile(exceeded))
            }
            _ => Ok(self.critical()? - wanted),
        }
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

    /// By the definition: at that alpha the bound of the last look is the statistic itself.
    #[test]
    fn at_the_repeated_p_value_the_bound_is_what_was_found() {
        for spending in [Spending::ObrienFleming, Spending::Pocock, Spending::Power(3.0)] {
            for fractions in [&[0.5][..], &[0.25, 0.5], &[0.01, 0.6, 1.0], &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]] {
                for sides in [Sides::One, Sides::Two] {
                    let design = |alpha| Design { spending, alpha, sides };
                    let bounds = design(0.05).bounds(fractions).unwrap();
                    for z in [1.0, 1.7, 2.4, 3.3, 6.0, 12.0, 25.0, 36.0] {
                        let repeated = design(0.05).repeated_p_value(&bounds, normal::two_sided(z).log10).unwrap();
                        if repeated.value < 0.98 && repeated.value > 1e-280 {
                            let bound = design(repeated.value).bounds(fractions).unwrap().looks().last().unwrap().z;
                            assert!(
                                (bound / z - 1.0).abs() < 1e-9,
                                "{spending:?} {fractions:?} {sides:?} {z}: {bound}"
                            );
                        }
                    }
                }
            }
        }
    }
}
