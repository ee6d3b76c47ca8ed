//! What a comparison is made of, before anything is asked to vary: also of a cell in which nothing does.

use super::comparison::{Comparison, Level};
use super::measure::Measure;
use super::sums::Sums;
use super::undefined::Undefined;

/// Levels, difference and baseline of two variants, as in [`Comparison`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub control: Level,
    pub treatment: Level,
    pub difference: f64,
    pub baseline: f64,
    pub baseline_variance: f64,
    pub covariance: f64,
    /// What is left of the variance of the control's level once the baseline is known.
    pub control_residual: f64,
    pub unadjusted_difference: f64,
}

impl Parts {
    /// Of a metric as it was measured: the baseline is the control's level itself.
    pub fn of(measure: Measure, control: &Sums, treatment: &Sums) -> Result<Self, Undefined> {
        let difference = measure.difference(control, treatment)?;
        Ok(Self::plain(difference, measure.level(control)?, measure.level(treatment)?))
    }

    /// Of levels as they were measured, whose difference is known better than their rounded values tell.
    pub fn plain(difference: f64, control: Level, treatment: Level) -> Self {
        Self {
            control,
            treatment,
            difference,
            baseline: control.value,
            baseline_variance: control.squared_error(),
            covariance: -control.squared_error(),
            control_residual: 0.0,
            unadjusted_difference: difference,
        }
    }

    /// Welch's comparison.
    pub fn comparison(self) -> Result<Comparison, Undefined> {
        let Self { control, treatment, difference, .. } = self;
        Ok(Comparison {
            baseline: self.baseline,
            baseline_variance: self.baseline_variance,
            covariance: self.covariance,
            residual_variance: treatment.squared_error() + self.control_residual,
            unadjusted_difference: self.unadjusted_difference,
            ..Comparison::of_independent_at(difference, control, treatment)?
        })
    }
}
