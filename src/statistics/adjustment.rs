//! Adjusting a metric by what was known of the units before (CUPED): the part of its variance that was there before is taken out.
//!
//! In: the sums of all variants with their covariate. Out: one slope for all of them, adjusted levels, a [`Comparison`]. A slope
//! that is the same for every variant leaves the difference unbiased whatever it is; it is taken over all units together, variants
//! included in one mean, as GrowthBook does. A covariate that does not vary leaves everything as it is.

use super::combination::{Combination, Fraction, pairs};
use super::comparison::{Comparison, Level};
use super::exact::Sum;
use super::measure::Measure;
use super::parts::Parts;
use super::sums::{Sums, Variable, defined, real};
use super::undefined::Undefined;

/// How a metric is adjusted by the covariate.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    measure: Measure,
    theta: Fraction,
    /// Of all variants together.
    covariate_mean: Fraction,
    is_idle: bool,
}

impl Adjustment {
    /// The adjustment of a metric, from the sums of all variants that will be compared.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`], [`Undefined::ZeroDenominator`] of a ratio, [`Undefined::TooLarge`].
    ///
    /// Source: Deng, Xu, Kohavi, Walker (2013), WSDM, eq. 4; of ratios their linear part (Deng, Knoblich, Lu 2018, section 3).
    pub fn of<'a>(measure: Measure, variants: impl IntoIterator<Item = &'a Sums>) -> Result<Self, Undefined> {
        let mut all = Sums::default();
        variants.into_iter().try_for_each(|variant| all.merge(variant))?;
        let (linear, covariate) = (measure.linear_part(&all)?, Combination::of(Variable::Covariate));
        pairs(&all)?;
        // The factor that makes covariances of deviations is in both, and cancels.
        let deviation = all.exact_deviation(Variable::Covariate, Variable::Covariate);
        let is_idle = deviation.is_zero() || deviation.is_negative();
        let theta = if is_idle {
            Fraction { above: Sum::default(), below: Sum::of_integer(1) }
        } else {
            Fraction { above: linear.deviation(&covariate, &all), below: deviation.times(linear.divisor()) }
        };
        let below = Sum::of_integer(i128::from(all.units()));
        let covariate_mean = Fraction { above: all.exact_sum(Variable::Covariate).clone(), below };
        Ok(Self { measure, theta, covariate_mean, is_idle })
    }

    /// By how much the metric goes with the covariate.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`].
    pub fn theta(&self) -> Result<f64, Undefined> {
        self.theta.value()
    }

    /// Whether the covariate does not vary, so that nothing is adjusted.
    pub fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// What the metric would come to in a variant whose units had been like all units before.
    ///
    /// # Errors
    /// As [`Measure::level`].
    pub fn level(&self, sums: &Sums) -> Result<Level, Undefined> {
        let shift = self.covariate_mean_of(sums)?.minus(&self.covariate_mean).times(&self.theta);
        let value = self.measure.fraction(sums)?.minus(&shift).value()?;
        Ok(Level { units: sums.units(), value, variance: self.linear_part(sums)?.variance(sums)? })
    }

    /// The adjusted level as libraries print it: of units whose covariate is 0 instead of the mean of all.
    ///
    /// # Errors
    /// As [`Measure::value`].
    pub fn value_at_zero(&self, sums: &Sums) -> Result<f64, Undefined> {
        self.at_zero(sums)?.value()
    }

    /// Adjusted treatment less adjusted control, rounded once. It needs no variance.
    ///
    /// # Errors
    /// As [`Measure::value`].
    pub fn difference(&self, control: &Sums, treatment: &Sums) -> Result<f64, Undefined> {
        self.at_zero(treatment)?.minus(&self.at_zero(control)?).value()
    }

    /// Welch's comparison of the adjusted metric. A lift is relative to the control's level as it was measured, and its variance
    /// takes in that the adjusted difference and that level go together.
    ///
    /// # Errors
    /// As [`Measure::compare`].
    ///
    /// Source: Welch (1947) on adjusted units; the covariance as in GrowthBook's documentation of CUPED with relative effects.
    pub fn compare(&self, control: &Sums, treatment: &Sums) -> Result<Comparison, Undefined> {
        self.parts(control, treatment)?.comparison()
    }

    pub(super) fn measure(&self) -> Measure {
        self.measure
    }

    pub(super) fn parts(&self, control: &Sums, treatment: &Sums) -> Result<Parts, Undefined> {
        let plain = self.measure.linear_part(control)?;
        let units = real(control.units());
        let covariance = self.linear_part(control)?.covariance(&plain, control)?.value()?;
        let theta = self.theta()?;
        Ok(Parts {
            control: self.level(control)?,
            treatment: self.level(treatment)?,
            difference: self.difference(control, treatment)?,
            baseline: self.measure.value(control)?,
            baseline_variance: plain.variance(control)? / units,
            covariance: -covariance / units,
            // Of the adjusted control, once the plain one is known, only the covariate is left to vary.
            control_residual: defined(theta * theta * plain.residual(Variable::Covariate, control)?)? / units,
            unadjusted_difference: self.measure.difference(control, treatment)?,
        })
    }

    /// The share of the difference's variance that the adjustment takes away; below 0 where it adds to it, which a slope of all
    /// variants together may, a little.
    ///
    /// # Errors
    /// As [`Measure::compare`].
    pub fn variance_reduction(&self, control: &Sums, treatment: &Sums) -> Result<f64, Undefined> {
        let before = self.measure.compare(control, treatment)?.difference.standard_error;
        // As one exact sum: what is taken from one variant may nearly be what is added to the other.
        let taken = self.taken(control)?.minus(&self.taken(treatment)?.negative()).value()?;
        defined(taken / before / before)
    }

    /// By how much the adjustment lowers the variance of a variant's level: `theta (2 cov - theta var) / units`.
    fn taken(&self, sums: &Sums) -> Result<Fraction, Undefined> {
        let (linear, covariate) = (self.measure.linear_part(sums)?, Combination::of(Variable::Covariate));
        let Fraction { above, below } = &self.theta;
        let covariance = linear.deviation(&covariate, sums).times(below);
        let variance =
            sums.exact_deviation(Variable::Covariate, Variable::Covariate).times(above).times(linear.divisor());
        let mut left = covariance.clone();
        left.merge(&covariance);
        left.subtract(&variance);
        let units = Sum::of_integer(i128::from(sums.units()));
        let below = below.times(below).times(linear.divisor()).times(&pairs(sums)?).times(&units);
        Ok(Fraction { above: left.times(above), below })
    }

    fn linear_part(&self, sums: &Sums) -> Result<Combination, Undefined> {
        Ok(self.measure.linear_part(sums)?.less(&self.theta, Variable::Covariate))
    }

    fn at_zero(&self, sums: &Sums) -> Result<Fraction, Undefined> {
        Ok(self.measure.fraction(sums)?.minus(&self.covariate_mean_of(sums)?.times(&self.theta)))
    }

    fn covariate_mean_of(&self, sums: &Sums) -> Result<Fraction, Undefined> {
        match sums.units() {
            0 => Err(Undefined::NoUnits),
            units => {
                let below = Sum::of_integer(i128::from(units));
                Ok(Fraction { above: sums.exact_sum(Variable::Covariate).clone(), below })
            }
        }
    }
}
