//! The test of two means: power, sample sizes, smallest effects.
//!
//! An effect is standardised: the difference of the means by the standard deviation of one unit. Its sign does not matter.

use super::design::{Design, Units, normal_power};
use super::noncentral_t;
use crate::statistics::Undefined;
use crate::statistics::distribution::{normal, student_t};
use crate::statistics::root;
use crate::statistics::sums::defined;

/// More control units than any experiment has: a size beyond is no size.
const MOST_UNITS: f64 = 1e15;

impl Design {
    /// The power of the t-test with so many units in the control, which need not be whole, with the variance pooled.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if a number is not finite or the units are not above 0, [`Undefined::TooFewUnits`] with less than
    /// one degree of freedom.
    ///
    /// Source: Cohen (1988), Statistical Power Analysis, chapter 2; noncentral t, both tails. The same as statsmodels' `TTestIndPower`.
    pub fn power_of_means(&self, effect: f64, units_control: f64) -> Result<f64, Undefined> {
        let (shift, freedom) = (self.shift(effect, units_control)?, self.freedom(units_control)?);
        t_power(shift, self.t_critical(freedom)?, freedom)
    }

    /// The power of the test with known variance.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if a number is not finite or the units are not above 0.
    ///
    /// Source: Cohen (1988), normal approximation, both tails. The same as statsmodels' `NormalIndPower`.
    pub fn power_of_means_normal(&self, effect: f64, units_control: f64) -> Result<f64, Undefined> {
        Ok(normal_power(self.shift(effect, units_control)?, self.critical()))
    }

    /// How many units the t-test needs for the power; the least are those of one degree of freedom.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the power lies above alpha and below 1 and the effect is finite;
    /// [`Undefined::NoSolution`] if the effect is 0, or no sample of 1e15 units is enough.
    pub fn units_for_means(&self, effect: f64, power: f64) -> Result<Units, Undefined> {
        let normal = self.units_for_means_normal(effect, power)?.control;
        let least = 3.0 / (1.0 + self.ratio());
        if self.power_of_means(effect, least)? >= power {
            return Ok(self.units(least));
        }
        let mut most = 2.0 * normal + 4.0 * least;
        while self.power_of_means(effect, most)? < power {
            most *= 4.0;
            if most > 1024.0 * MOST_UNITS {
                return Err(Undefined::NoSolution);
            }
        }
        let by_logarithm = |ln: f64| self.power_of_means(effect, ln.exp()).map_or(f64::NAN, |found| found - power);
        Ok(self.units(root::find(least.ln(), most.ln(), 0.0, by_logarithm)?.exp()))
    }

    /// How many units the test with known variance needs: the usual formula, which leaves out the tail on the wrong side.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the power lies above alpha and below 1 and the effect is finite;
    /// [`Undefined::NoSolution`] if the effect is 0, or no sample of 1e15 units is enough.
    pub fn units_for_means_normal(&self, effect: f64, power: f64) -> Result<Units, Undefined> {
        self.check_power(power)?;
        if !effect.is_finite() {
            return Err(Undefined::OutOfRange);
        }
        let root = self.one_sided_shift(power) / (effect.abs() * self.sharpness());
        let control = root * root;
        // NaN, for an effect of 0 that asks for no shift, is no solution either.
        if control <= MOST_UNITS { Ok(self.units(control)) } else { Err(Undefined::NoSolution) }
    }

    /// The smallest effect that the t-test sees with this power.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the power lies above alpha and below 1; [`Undefined::TooFewUnits`] with less than one degree
    /// of freedom.
    pub fn effect_of_means(&self, units_control: f64, power: f64) -> Result<f64, Undefined> {
        self.check_power(power)?;
        let (unit, freedom) = (self.shift(1.0, units_control)?, self.freedom(units_control)?);
        let critical = self.t_critical(freedom)?;
        // With few degrees of freedom the denominator may be large: look farther out.
        let mut most = 2.0 * (critical + 10.0);
        while t_power(most, critical, freedom)? < power {
            most = defined(2.0 * most)?;
        }
        let missing = |shift: f64| t_power(shift, critical, freedom).map_or(f64::NAN, |found| found - power);
        Ok(root::find(0.0, most, 0.0, missing)? / unit)
    }

    /// The smallest effect that the test with known variance sees with this power: the usual formula, as above.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the power lies above alpha and below 1 and the units above 0.
    pub fn effect_of_means_normal(&self, units_control: f64, power: f64) -> Result<f64, Undefined> {
        self.check_power(power)?;
        defined(self.one_sided_shift(power) / self.shift(1.0, units_control)?)
    }

    /// How many standard errors a normal estimate must lie above 0 for the power, with the one tail.
    fn one_sided_shift(&self, power: f64) -> f64 {
        self.critical() + normal::upper_quantile(1.0 - power)
    }

    /// How many standard errors the estimate lies above 0.
    fn shift(&self, effect: f64, units_control: f64) -> Result<f64, Undefined> {
        if !(effect.is_finite() && units_control.is_finite() && units_control > 0.0) {
            return Err(Undefined::OutOfRange);
        }
        defined(effect.abs() * units_control.sqrt() * self.sharpness())
    }

    fn freedom(&self, units_control: f64) -> Result<f64, Undefined> {
        // A rounding below 1 is 1.
        let freedom = self.units(units_control).total() - 2.0;
        if freedom < 1.0 - 1e-9 { Err(Undefined::TooFewUnits) } else { defined(freedom.max(1.0)) }
    }

    fn t_critical(&self, freedom: f64) -> Result<f64, Undefined> {
        defined(student_t::upper_quantile(self.alpha() / 2.0, freedom))
    }
}

fn t_power(shift: f64, critical: f64, freedom: f64) -> Result<f64, Undefined> {
    let beyond = noncentral_t::upper_tail(critical, freedom, shift)?;
    Ok((beyond + noncentral_t::upper_tail(critical, freedom, -shift)?).min(1.0))
}
