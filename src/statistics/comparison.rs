//! A treatment beside the control: the one shape in which every method hands on what it found.
//!
//! In: the level of each variant (a mean, a ratio, a quantile, an adjusted mean) with its variance. Out: the difference, the
//! relative lift, intervals and p-values on either scale. Whatever looks at a comparison (a fixed test, a confidence sequence,
//! a prior) needs nothing else, so each is written once.

use super::distribution::{normal, student_t};
use super::sums::{defined, real};
use super::{Probability, Undefined};

/// What a metric comes to in one variant.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Level {
    /// How many units it is of.
    pub units: u64,
    /// In the metric's own unit.
    pub value: f64,
    /// Of one unit, so that the value's own variance is this by `units`; at least 0.
    pub variance: f64,
}

impl Level {
    /// The variance of the value itself.
    pub fn squared_error(&self) -> f64 {
        self.variance / real(self.units)
    }
}

/// An interval that both ends belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// An estimate and how far chance alone may move it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Above 0.
    pub standard_error: f64,
    /// Of the standard error; `None` = it is known, and the normal distribution applies.
    pub degrees_of_freedom: Option<f64>,
}

impl Effect {
    /// An estimate whose statistic is a number, and so is its square.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] without a standard error, [`Undefined::TooLarge`].
    pub fn new(estimate: f64, standard_error: f64, degrees_of_freedom: Option<f64>) -> Result<Self, Undefined> {
        if standard_error <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let statistic = defined(estimate / defined(standard_error)?)?;
        defined(statistic * statistic)?;
        Ok(Self { estimate, standard_error, degrees_of_freedom: degrees_of_freedom.map(defined).transpose()? })
    }

    /// The estimate by its standard error.
    pub fn statistic(&self) -> f64 {
        self.estimate / self.standard_error
    }

    /// Of an estimate as far from 0 as this one or farther, where there is no effect.
    pub fn p_value(&self) -> Probability {
        let statistic = self.statistic();
        self.degrees_of_freedom
            .map_or_else(|| normal::two_sided(statistic), |freedom| student_t::two_sided(statistic, freedom))
    }

    /// Of an estimate as high as this one or higher, where there is no effect.
    pub fn p_value_greater(&self) -> Probability {
        self.upper_tail(self.statistic())
    }

    /// Of an estimate as low as this one or lower, where there is no effect.
    pub fn p_value_less(&self) -> Probability {
        self.upper_tail(-self.statistic())
    }

    fn upper_tail(&self, statistic: f64) -> Probability {
        self.degrees_of_freedom
            .map_or_else(|| normal::upper_tail(statistic), |freedom| student_t::upper_tail(statistic, freedom))
    }

    /// How many standard errors the two-sided interval at confidence `1 - alpha` reaches.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if alpha is not in (0, 1), [`Undefined::TooLarge`].
    pub fn critical(&self, alpha: f64) -> Result<f64, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let tail = alpha / 2.0;
        defined(
            self.degrees_of_freedom
                .map_or_else(|| normal::upper_quantile(tail), |freedom| student_t::upper_quantile(tail, freedom)),
        )
    }

    /// The interval that reaches so many standard errors to both sides.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`].
    pub fn interval(&self, critical: f64) -> Result<Interval, Undefined> {
        let half = critical * self.standard_error;
        Ok(Interval { lower: defined(self.estimate - half)?, upper: defined(self.estimate + half)? })
    }
}

/// A treatment beside the control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The control's level.
    pub control: Level,
    /// The treatment's level.
    pub treatment: Level,
    /// Treatment less control, in the metric's own unit.
    pub difference: Effect,
    /// What a lift is relative to: the control's level, before any adjustment.
    pub baseline: f64,
    /// The variance of the baseline.
    pub baseline_variance: f64,
    /// The covariance of the difference and the baseline.
    pub covariance: f64,
    /// The variance of the difference once the baseline is known: that of the difference, less `covariance^2 /
    /// baseline_variance`. Kept because that subtraction would lose digits where the control varies far more than the treatment.
    pub residual_variance: f64,
    /// Treatment less control before any adjustment.
    pub unadjusted_difference: f64,
}

impl Comparison {
    /// Two levels of different units: their variances add, with the degrees of freedom of Welch and Satterthwaite.
    ///
    /// # Errors
    /// [`Undefined::TooFewUnits`] with fewer than two units in a variant, [`Undefined::ZeroVariance`] when neither varies,
    /// [`Undefined::TooLarge`].
    ///
    /// Source: Welch (1947), Biometrika 34, 28-35; Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    pub fn of_independent(control: Level, treatment: Level) -> Result<Self, Undefined> {
        Self::of_independent_at(treatment.value - control.value, control, treatment)
    }

    /// As [`Comparison::of_independent`], of levels whose difference is known better than their rounded values tell.
    pub(super) fn of_independent_at(difference: f64, control: Level, treatment: Level) -> Result<Self, Undefined> {
        if control.units < 2 || treatment.units < 2 {
            return Err(Undefined::TooFewUnits);
        }
        let (of_control, of_treatment) = (control.squared_error(), treatment.squared_error());
        let squared_error = defined(of_control + of_treatment)?;
        // As shares, so that no square leaves the range of `f64`.
        let (control_share, treatment_share) = (of_control / squared_error, of_treatment / squared_error);
        let freedom = 1.0
            / (control_share * control_share / real(control.units - 1)
                + treatment_share * treatment_share / real(treatment.units - 1));
        let freedom = if squared_error > 0.0 { freedom } else { 1.0 };
        Ok(Self {
            control,
            treatment,
            difference: Effect::new(defined(difference)?, squared_error.sqrt(), Some(freedom))?,
            baseline: control.value,
            baseline_variance: of_control,
            covariance: -of_control,
            residual_variance: of_treatment,
            unadjusted_difference: difference,
        })
    }
}
