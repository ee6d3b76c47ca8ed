//! What a group-sequential test does where there is an effect.
//!
//! The drift is the expectation of z at full information: effect by its standard error then.

use super::bounds::{Bound, Bounds};
use super::walk::Walk;
use crate::statistics::anytime::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::{Undefined, root};

/// The probabilities to stop at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// At or above the upper bound.
    pub upper: f64,
    /// At or below the lower bound; 0 one-sided.
    pub lower: f64,
}

impl Bounds {
    /// The probability to stop at each look, under a drift.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if the drift is not finite.
    ///
    /// Source: Jennison, Turnbull (2000), Group Sequential Methods, section 19.3.
    pub fn exits(&self, drift: f64) -> Result<Vec<Exit>, Undefined> {
        if !drift.is_finite() {
            return Err(Undefined::OutOfRange);
        }
        Ok(exits(&self.walk, self.looks(), self.sides, drift))
    }

    /// The probability to stop at any look with a claim (two-sided in either direction), under a drift.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if the drift is not finite.
    pub fn power(&self, drift: f64) -> Result<f64, Undefined> {
        Ok(total(&self.exits(drift)?))
    }

    /// The information fraction that is needed on average, under a drift: of the last look where no bound is reached.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if the drift is not finite.
    pub fn expected_fraction(&self, drift: f64) -> Result<f64, Undefined> {
        let exits = self.exits(drift)?;
        let last = self.looks().last().map_or(1.0, |bound| bound.fraction);
        let saved = |(exit, bound): (&Exit, &Bound)| (exit.upper + exit.lower) * (last - bound.fraction);
        Ok(last - exits.iter().zip(self.looks()).map(saved).sum::<f64>())
    }

    /// The drift at which the power is this.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if `power` is not in (alpha, 1).
    pub fn drift(&self, power: f64) -> Result<f64, Undefined> {
        if !(power > self.alpha && power < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let missing = |drift: f64| total(&exits(&self.walk, self.looks(), self.sides, drift)) - power;
        // At the first look alone this drift would do.
        let most =
            self.looks().iter().map(|bound| (bound.z + 9.0) / bound.fraction.sqrt()).fold(f64::INFINITY, f64::min);
        root::find(0.0, most, 1e-12, missing).map_err(|_| Undefined::OutOfRange)
    }

    /// How many times the sample of a fixed test is needed at most for the same power at the same effect; the price of looking.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if `power` is not in (alpha, 1).
    ///
    /// Source: Jennison, Turnbull (2000), section 2.3 (R_P, R_B).
    pub fn inflation(&self, power: f64) -> Result<f64, Undefined> {
        let alpha = match self.sides {
            Sides::Two => self.alpha / 2.0,
            Sides::One => self.alpha,
        };
        let fixed = normal::upper_quantile(alpha) + normal::upper_quantile(1.0 - power);
        Ok((self.drift(power)? / fixed).powi(2))
    }
}

fn exits(walk: &Walk, looks: &[Bound], sides: Sides, drift: f64) -> Vec<Exit> {
    let exit = |(index, bound): (usize, &Bound)| {
        let level = bound.z * bound.fraction.sqrt();
        Exit {
            upper: walk.above(index, bound.fraction, level, drift),
            lower: if sides == Sides::Two { walk.below(index, bound.fraction, -level, drift) } else { 0.0 },
        }
    };
    looks.iter().enumerate().map(exit).collect()
}

fn total(exits: &[Exit]) -> f64 {
    exits.iter().map(|exit| exit.upper + exit.lower).sum::<f64>().min(1.0)
}
