//! The test of two shares: power and sample sizes, by two approximations.
//!
//! The difference form is what a pooled z-test does; the arcsine form makes the variance the same everywhere.

use super::design::{Design, Units, normal_power, normal_shift};
use crate::statistics::Undefined;
use crate::statistics::root;
use crate::statistics::sums::defined;

/// Two shares that the test shall tell apart, each in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    control: f64,
    treatment: f64,
}

impl Rates {
    /// The shares of both sides.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless each lies in `[0, 1]`.
    pub fn new(control: f64, treatment: f64) -> Result<Self, Undefined> {
        let is_share = |rate: f64| (0.0..=1.0).contains(&rate);
        if is_share(control) && is_share(treatment) {
            Ok(Self { control, treatment })
        } else {
            Err(Undefined::OutOfRange)
        }
    }

    /// Cohen's h, in radians: twice the difference of the arcsines of the roots.
    ///
    /// Source: Cohen (1988), Statistical Power Analysis, chapter 6; the difference of arcsines by the sine of a difference, which
    /// keeps its digits for shares that are close.
    pub fn arcsine_effect(&self) -> f64 {
        let difference = self.treatment - self.control;
        if difference == 0.0 {
            return 0.0;
        }
        let sum = (self.treatment * (1.0 - self.control)).sqrt() + (self.control * (1.0 - self.treatment)).sqrt();
        // Where one share is 0 or 1 the other alone decides, and the arcsine would be steep.
        let sine = (difference / sum).clamp(-1.0, 1.0);
        let cosine = (self.treatment * self.control).sqrt() + ((1.0 - self.treatment) * (1.0 - self.control)).sqrt();
        2.0 * sine.atan2(cosine)
    }
}

impl Design {
    /// The power by the arcsine form, with so many units in the control, which need not be whole.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if the units are not finite or not above 0.
    ///
    /// Source: Cohen (1988), chapter 6, both tails. The same as statsmodels' `NormalIndPower` on `proportion_effectsize`.
    pub fn power_of_arcsines(&self, rates: Rates, units_control: f64) -> Result<f64, Undefined> {
        self.power_of_means_normal(rates.arcsine_effect(), units_control)
    }

    /// How many units the arcsine form needs, both tails counted.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the power lies above alpha and below 1; [`Undefined::NoSolution`] if the shares are equal.
    pub fn units_for_arcsines(&self, rates: Rates, power: f64) -> Result<Units, Undefined> {
        self.check_power(power)?;
        let root = normal_shift(self.critical(), power)? / (rates.arcsine_effect().abs() * self.sharpness());
        self.solved(root * root)
    }

    /// The power of the z-test with the pooled variance, with so many units in the control, which need not be whole.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] if neither share leaves anything to chance; [`Undefined::OutOfRange`] as above.
    ///
    /// Source: Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 4.2, both tails. The same as statsmodels'
    /// `power_proportions_2indep`.
    pub fn power_of_difference(&self, rates: Rates, units_control: f64) -> Result<f64, Undefined> {
        if !(units_control.is_finite() && units_control > 0.0) {
            return Err(Undefined::OutOfRange);
        }
        let (per_root, critical) = self.difference_form(rates)?;
        Ok(normal_power(defined(per_root * units_control.sqrt())?, critical))
    }

    /// How many units the z-test with the pooled variance needs, both tails counted.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] if neither share leaves anything to chance; [`Undefined::NoSolution`] if the shares are equal, or
    /// the power is there however few the units are; [`Undefined::OutOfRange`] as above.
    pub fn units_for_difference(&self, rates: Rates, power: f64) -> Result<Units, Undefined> {
        self.check_power(power)?;
        let (per_root, critical) = self.difference_form(rates)?;
        let root = normal_shift(critical, power)? / per_root;
        self.solved(root * root)
    }

    /// The lowest share of the treatment above the control's that the z-test tells from it with this power.
    ///
    /// # Errors
    /// [`Undefined::NoSolution`] if not even certainty would do; [`Undefined::OutOfRange`] as above.
    pub fn rate_above(&self, control: f64, units_control: f64, power: f64) -> Result<f64, Undefined> {
        self.check_power(power)?;
        Rates::new(control, control)?;
        if !(units_control.is_finite() && units_control > 0.0) {
            return Err(Undefined::OutOfRange);
        }
        // What is in range was checked: an error inside says that nothing varies, at the ends, where there is no power.
        let power_of = |lift: f64| {
            let rates = Rates::new(control, (control + lift).min(1.0))?;
            self.power_of_difference(rates, units_control)
        };
        Ok(control + root::find(0.0, 1.0 - control, 0.0, |lift| power_of(lift).map_or(-power, |found| found - power))?)
    }

    /// What the root of the control's units turns into standard errors, and how many of them the test asks for: its own standard
    /// error is the pooled one, as if there were no effect.
    fn difference_form(&self, rates: Rates) -> Result<(f64, f64), Undefined> {
        let Rates { control, treatment } = rates;
        let share = self.ratio() / (1.0 + self.ratio());
        let pooled = control + share * (treatment - control);
        // Of the difference, for one unit in the control.
        let without = pooled * (1.0 - pooled) * (1.0 + 1.0 / self.ratio());
        let with = control * (1.0 - control) + treatment * (1.0 - treatment) / self.ratio();
        if with <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        Ok((defined((treatment - control).abs() / with.sqrt())?, defined(self.critical() * (without / with).sqrt())?))
    }

    fn solved(&self, control: f64) -> Result<Units, Undefined> {
        if control.is_finite() { Ok(self.units(control)) } else { Err(Undefined::NoSolution) }
    }
}
