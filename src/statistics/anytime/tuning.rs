//! How the mixture is tuned: where the interval is at its narrowest.
//!
//! In: what is expected (units, or a size of effects). Out: g. Whatever is chosen holds at every look; a poor choice costs width only.
//! Only data may not choose: the tuning is fixed before the first look.

use super::mixture::Sides;
use crate::statistics::Undefined;
use crate::statistics::sums::defined;

/// Units (of both variants together) for which a sequence is tuned where nobody says otherwise; as in GrowthBook.
pub const DEFAULT_UNITS: f64 = 5000.0;

/// How g is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tuning {
    /// Narrowest at about so many units of both variants together, above 0.
    ///
    /// `g = N ρ²`, `ρ² = (-2 ln a + ln(1 - 2 ln a)) / units`. Allocation between the two must not change on the way.
    Units(f64),
    /// Effects have this standard deviation, in the metric's own unit, above 0: mSPRT. `g = τ² / se²`.
    Deviation(f64),
    /// The smallest effect worth finding, in the metric's own unit, above 0: effects are taken to be about so large.
    MinimumEffect(f64),
    /// Planned units of both variants together, above 0: narrowest at half of them, which finds most by their end.
    Planned(f64),
}

impl Default for Tuning {
    fn default() -> Self {
        Self::Units(DEFAULT_UNITS)
    }
}

impl Tuning {
    /// g of an estimate of `units` units (both variants) with this standard error, for intervals at `alpha` in (0, 1). One-sided the
    /// sequence is tuned at `2 alpha`, whose two-sided bounds are about the same.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if a number is not above 0 or alpha not in (0, 1), [`Undefined::TooLarge`] if g leaves the range of `f64`.
    ///
    /// Source: Waudby-Smith et al. (2023), eq. 155 and 161; Johari et al. (2022), eq. 9 (τ). Eppo's form of Howard et al. (2021), eq. 14, is
    /// the same with `Units(10000)`.
    pub fn g(self, units: f64, standard_error: f64, alpha: f64, sides: Sides) -> Result<f64, Undefined> {
        let positive =
            |number: f64| if number > 0.0 && number.is_finite() { Ok(number) } else { Err(Undefined::OutOfRange) };
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let (units, standard_error) = (positive(units)?, positive(standard_error)?);
        let g = match self {
            Self::Units(tuned) => units * rho_squared(positive(tuned)?, alpha, sides),
            Self::Planned(planned) => units * rho_squared(positive(planned)? / 2.0, alpha, sides),
            Self::Deviation(size) | Self::MinimumEffect(size) => (positive(size)? / standard_error).powi(2),
        };
        // Below the range of `f64` the mixture has no width; the smallest number is as good as none.
        Ok(defined(g)?.max(f64::MIN_POSITIVE))
    }
}

/// The square of ρ, at which an interval is narrowest at about so many units.
fn rho_squared(units: f64, alpha: f64, sides: Sides) -> f64 {
    // At 2 alpha = 1 nothing is left to tune for.
    let alpha = if sides == Sides::One { (2.0 * alpha).min(0.999) } else { alpha };
    let evidence = -2.0 * alpha.ln();
    (evidence + evidence.ln_1p()) / units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::anytime::critical;

    #[test]
    fn the_interval_is_narrowest_near_the_units_it_is_tuned_for() {
        for (alpha, sides) in [(0.05, Sides::Two), (0.001, Sides::Two), (0.025, Sides::One)] {
            let reach =
                |tuned: f64| critical(Tuning::Units(tuned).g(10_000.0, 1.0, alpha, sides).unwrap(), alpha, sides);
            let best = reach(10_000.0);
            assert!(reach(1_000.0) > best && reach(100_000.0) > best);
            // The closed form is within 1 % of the best.
            assert!((1..100_u32).all(|tenth| reach(1_000.0 * f64::from(tenth)) > 0.99 * best));
        }
    }

    #[test]
    fn the_ways_agree_where_they_say_the_same() {
        let by_units = Tuning::Units(4000.0).g(9000.0, 0.01, 0.05, Sides::Two).unwrap();
        let deviation = by_units.sqrt() * 0.01;
        let by_deviation = Tuning::Deviation(deviation).g(9000.0, 0.01, 0.05, Sides::Two).unwrap();
        assert!((by_units / by_deviation - 1.0).abs() < 1e-14);
        assert_eq!(Tuning::Planned(8000.0).g(9000.0, 0.01, 0.05, Sides::Two), Ok(by_units));
        assert_eq!(Tuning::Units(0.0).g(1.0, 1.0, 0.05, Sides::Two), Err(Undefined::OutOfRange));
        assert_eq!(Tuning::default().g(1.0, 1.0, 1.0, Sides::Two), Err(Undefined::OutOfRange));
        assert_eq!(Tuning::Deviation(1e300).g(1.0, 1e-300, 0.5, Sides::Two), Err(Undefined::TooLarge));
    }
}
