//! The relative lift: the difference by the size of the control's level.
//!
//! In: a [`Comparison`]. Out: the lift as a share (0.05 = 5 % more), with intervals by the delta method, by Fieller's inversion and
//! of the logarithm of the ratio. The lift of a negative level is positive when it rises.
//!
//! Decisions belong on the absolute scale or to Fieller's set, which inverts the test of it: the delta method's variance goes with
//! its estimate, and a sequence of it rejects too often on skewed data.

use super::comparison::{Comparison, Effect, Interval};
use super::sums::defined;
use super::undefined::Undefined;

/// The lifts that a test does not reject: seldom, but honestly, no interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Region {
    /// All between two ends.
    Within(Interval),
    /// All but those between two ends: the control's level may be 0 as far as the data tell, so a lift may be boundless.
    Outside(Interval),
    /// Whatever the lift is, the data do not reject it.
    Everything,
}

impl Region {
    /// The interval, if there is one.
    ///
    /// # Errors
    /// [`Undefined::Unbounded`] if there is none.
    pub fn interval(self) -> Result<Interval, Undefined> {
        match self {
            Self::Within(interval) => Ok(interval),
            Self::Outside(_) | Self::Everything => Err(Undefined::Unbounded),
        }
    }
}

impl Comparison {
    /// The lift with the standard error of the delta method.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`], [`Undefined::TooLarge`].
    ///
    /// Source: delta method; Deng, Knoblich, Lu (2018), KDD, section 3.1, on `difference / |baseline|`. Of an adjusted difference the
    /// variance takes the covariance with the unadjusted baseline, at the unadjusted lift, as GrowthBook does since 2025.
    pub fn lift(&self) -> Result<Effect, Undefined> {
        let size = self.size()?;
        let squared_error = self.squared_error_at(self.unadjusted_difference / size);
        Effect::new(
            defined(self.difference.estimate / size)?,
            squared_error.sqrt() / size,
            self.difference.degrees_of_freedom,
        )
    }

    /// The lifts that the two-sided test with this critical value does not reject. It inverts the test on the absolute scale,
    /// and so holds whatever that test holds: the fixed level with a normal or t quantile, every look with a sequential one.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`], [`Undefined::TooLarge`].
    ///
    /// Source: Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185, for correlated estimates.
    pub fn lift_region(&self, critical: f64) -> Result<Region, Undefined> {
        let size = self.size()?;
        let (g, slope) = (self.fieller_g(critical)?, self.slope());
        let lift = self.difference.estimate / size;
        let width = self.residual_variance * (1.0 - g) + self.baseline_variance * (lift - slope) * (lift - slope);
        if width < 0.0 {
            return Ok(Region::Everything);
        }
        let middle = (lift - g * slope) / (1.0 - g);
        let half = (critical / size * width.sqrt() / (1.0 - g)).abs();
        let interval = Interval { lower: defined(middle - half)?, upper: defined(middle + half)? };
        Ok(if g < 1.0 { Region::Within(interval) } else { Region::Outside(interval) })
    }

    /// The difference less what this lift would make of the baseline: a test of it against 0 is a test of the lift against this one, also
    /// where the baseline may be 0.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`], [`Undefined::TooLarge`].
    ///
    /// Source: the statistic that Fieller (1954), as above, inverts.
    pub fn difference_from_lift(&self, lift: f64) -> Result<Effect, Undefined> {
        let estimate = defined(lift.mul_add(-self.baseline.abs(), self.difference.estimate))?;
        Effect::new(estimate, self.squared_error_at(lift).sqrt(), self.difference.degrees_of_freedom)
    }

    /// Fieller's g: the square of the critical value by the baseline's own statistic. From 1 on the baseline may be 0.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`], [`Undefined::TooLarge`].
    pub fn fieller_g(&self, critical: f64) -> Result<f64, Undefined> {
        let share = critical * self.baseline_variance.sqrt() / self.size()?;
        defined(share * share)
    }

    /// The lift's interval from that of the logarithm of the ratio, which is never below -1.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`]; [`Undefined::OutOfRange`] unless both levels are on the same side of 0; [`Undefined::TooLarge`].
    ///
    /// Source: delta method on `ln(treatment / control)`.
    pub fn log_lift_interval(&self, critical: f64) -> Result<Interval, Undefined> {
        let size = self.size()?;
        let lift = self.difference.estimate / size;
        let ratio = if self.baseline > 0.0 { 1.0 + lift } else { 1.0 - lift };
        if ratio <= 0.0 {
            return Err(Undefined::OutOfRange);
        }
        let half = critical * self.squared_error_at(self.unadjusted_difference / size).sqrt() / size / ratio;
        let middle = if self.baseline > 0.0 { lift.ln_1p() } else { (-lift).ln_1p() };
        let (low, high) = (defined((middle - half).exp_m1())?, defined((middle + half).exp_m1())?);
        Ok(if self.baseline > 0.0 {
            Interval { lower: low, upper: high }
        } else {
            Interval { lower: -high, upper: -low }
        })
    }

    fn size(&self) -> Result<f64, Undefined> {
        if self.baseline == 0.0 { Err(Undefined::ZeroBaseline) } else { Ok(self.baseline.abs()) }
    }

    /// By how much the difference goes with the size of the baseline.
    fn slope(&self) -> f64 {
        if self.baseline_variance > 0.0 {
            self.covariance / self.baseline_variance * self.baseline.signum()
        } else {
            0.0
        }
    }

    /// The variance of the difference less the baseline's size times a lift.
    fn squared_error_at(&self, lift: f64) -> f64 {
        let away = lift - self.slope();
        self.residual_variance + self.baseline_variance * away * away
    }
}
