//! The ratio of two rates: an interval of it, and a test against a ratio that is not 1.

use super::{TwoProportions, critical};
use crate::statistics::distribution::normal;
use crate::statistics::sums::{defined, real};
use crate::statistics::{Interval, Probability, Undefined, root};

/// How far from 1 a ratio is looked for, as a natural logarithm: `1e±130`.
const FARTHEST: f64 = 300.0;

impl TwoProportions {
    /// The interval of the treatment's rate by the control's, from Wilson's intervals of the two (MOVER-R). Lies in `[0, ∞)`.
    ///
    /// # Errors
    /// [`Undefined::Unbounded`] above where the control's rate may be 0: nobody of it converted. [`Undefined::OutOfRange`] unless `alpha` lies
    /// in (0, 1).
    ///
    /// Source: Donner, Zou (2012), Statistical Methods in Medical Research 21, 347-359, equations 9 and 10.
    pub fn ratio_interval(&self, alpha: f64) -> Result<Interval, Undefined> {
        let z = critical(alpha)?;
        let (control_below, control_above) = self.control.wilson_reach(z);
        let (treatment_below, treatment_above) = self.treatment.wilson_reach(z);
        let (control, treatment) = (self.control.rate(), self.treatment.rate());
        if self.control.conversions() == 0 {
            return Err(Undefined::Unbounded);
        }
        let product = treatment * control;
        // `l (2 p - l)` for a limit l that lies so far from p: the square of p less that of the reach.
        let (low, high) = (within(treatment, treatment_below), within(treatment, treatment_above));
        let (most, least) = (within(control, control_above), within(control, control_below));
        let root = |limit: f64, of_control: f64| (product * product - limit * of_control).max(0.0).sqrt();
        let lower = if low > 0.0 { low / (product + root(low, most)) } else { 0.0 };
        Ok(Interval { lower, upper: defined((product + root(high, least)) / least)? })
    }

    /// The score test of the treatment's rate being above `ratio` times the control's: its p-value is small where it is.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `ratio` is above 0 and finite, [`Undefined::ZeroVariance`] where nothing can vary under it.
    ///
    /// Source: Farrington, Manning (1990), Statistics in Medicine 9, 1447-1454, section 3; the rates: Miettinen, Nurminen (1985), Statistics in
    /// Medicine 4, 213-226, equation 10.
    pub fn above_ratio(&self, ratio: f64) -> Result<Probability, Undefined> {
        Ok(normal::upper_tail(self.score_of_ratio(ratio)?))
    }

    /// The least ratio that the one-sided score test at `alpha` does not reject: the ratio is above it at confidence `1 - alpha`.
    ///
    /// # Errors
    /// As [`TwoProportions::above_ratio`]; [`Undefined::NoSolution`] where it has no lower end above 0 (nobody of the treatment converted), or the
    /// control has none.
    pub fn ratio_bound(&self, alpha: f64) -> Result<f64, Undefined> {
        let wanted = critical(2.0 * alpha)?;
        let missing = |ln: f64| self.score_of_ratio(ln.exp()).map_or(f64::NAN, |score| wanted - score);
        // The score falls as the ratio that it tests rises.
        let ends = (missing(-FARTHEST), missing(FARTHEST));
        if !(ends.0 < 0.0 && ends.1 > 0.0) {
            return Err(Undefined::NoSolution);
        }
        Ok(root::find(-FARTHEST, FARTHEST, 1e-13, missing)?.exp())
    }

    fn score_of_ratio(&self, ratio: f64) -> Result<f64, Undefined> {
        if !(ratio > 0.0 && ratio.is_finite()) {
            return Err(Undefined::OutOfRange);
        }
        let (n_control, n_treatment) = (real(self.control.units()), real(self.treatment.units()));
        let (x_control, x_treatment) = (real(self.control.conversions()), real(self.treatment.conversions()));
        // The rates that fit best where the one is so many times the other: the smaller root of a p² - b p + c.
        let a = (n_control + n_treatment) * ratio;
        let b = (n_treatment + x_control) * ratio + n_control + x_treatment;
        let c = x_control + x_treatment;
        let control = 2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
        let treatment = (ratio * control).min(1.0);
        let variance = treatment * (1.0 - treatment) / n_treatment
            + ratio * ratio * control * (1.0 - control).max(0.0) / n_control;
        if variance <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        defined((self.treatment.rate() - ratio * self.control.rate()) / variance.sqrt())
    }
}

/// The square of a rate less that of its reach.
fn within(rate: f64, reach: f64) -> f64 {
    (rate - reach) * (rate + reach)
}
