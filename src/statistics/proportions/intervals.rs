//! Intervals of a difference of two rates that have a formula.

use super::{TwoProportions, critical};
use crate::statistics::{Interval, Undefined};

impl TwoProportions {
    /// Newcombe's interval of the difference of the rates: Wilson's intervals of the two, put together. Lies in `[-1, 1]`.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `alpha` lies in (0, 1).
    ///
    /// Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    pub fn newcombe(&self, alpha: f64) -> Result<Interval, Undefined> {
        let z = critical(alpha)?;
        let (control_below, control_above) = self.control.wilson_reach(z);
        let (treatment_below, treatment_above) = self.treatment.wilson_reach(z);
        let difference = self.difference();
        Ok(Interval {
            lower: difference - treatment_below.hypot(control_above),
            upper: difference + treatment_above.hypot(control_below),
        })
    }

    /// Agresti's and Caffo's interval of the difference of the rates: Wald's, with one conversion and one other unit added to
    /// each variant. May reach beyond `[-1, 1]` a little.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `alpha` lies in (0, 1); [`Undefined::TooLarge`].
    ///
    /// Source: Agresti, Caffo (2000), The American Statistician 54, 280-288.
    pub fn agresti_caffo(&self, alpha: f64) -> Result<Interval, Undefined> {
        let z = critical(alpha)?;
        let more = |count: u64, by: u64| count.checked_add(by).ok_or(Undefined::TooLarge);
        let (control, treatment) = (self.control, self.treatment);
        let padded = Self::new(
            (more(control.units(), 2)?, more(control.conversions(), 1)?),
            (more(treatment.units(), 2)?, more(treatment.conversions(), 1)?),
        )?;
        padded.unpooled()?.interval(z)
    }
}
