//! What to report after a group-sequential test has stopped.
//!
//! A test that stops on a high value reports too high a value. The remedy orders all outcomes by the look at which the test stopped
//! (earlier above = higher), and inverts the probability of an outcome at least as high.

use super::bounds::Bounds;
use crate::statistics::anytime::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::{Effect, Interval, Probability, Undefined, root};

/// The honest answer after stopping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AfterStopping {
    /// Of an outcome as extreme in the stagewise ordering, without effect; at or below alpha where a bound was reached.
    pub p_value: Probability,
    /// As often too high as too low, in the effect's unit.
    pub median: f64,
    /// At confidence `1 - alpha` (one-sided: `1 - 2 alpha`); excludes 0 where a bound was reached.
    pub interval: Interval,
}

impl Bounds {
    /// After stopping at the look with this index (from 0) with this effect, as measured there: at a bound, or at full information.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if there is no such look, or no reason to stop there: then only the interval of so many standard errors as the bound holds.
    /// [`Undefined::ZeroVariance`] without a standard error, [`Undefined::NoSolution`] where the
    /// numbers leave the range of `f64`.
    ///
    /// Source: Tsiatis, Rosner, Mehta (1984), Biometrics 40, 797-803; Jennison, Turnbull (2000), sections 8.2 to 8.5.
    pub fn after_stopping(&self, look: usize, effect: &Effect) -> Result<AfterStopping, Undefined> {
        let bound = self.looks().get(look).ok_or(Undefined::OutOfRange)?;
        let fraction = bound.fraction;
        if effect.standard_error <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let z = effect.statistic();
        if !z.is_finite() {
            return Err(Undefined::TooLarge);
        }
        let (extreme, tail) = match self.sides {
            Sides::Two => (z.abs(), self.alpha / 2.0),
            Sides::One => (z, self.alpha),
        };
        if extreme < bound.z && fraction < 1.0 {
            return Err(Undefined::OutOfRange);
        }
        let higher = match look {
            0 => normal::upper_tail(extreme),
            _ => Probability::of_value(self.as_high(look, extreme, 0.0)),
        };
        let p_value = if self.sides == Sides::Two { higher.doubled() } else { higher };
        // From drift to the effect's unit: the standard error at full information.
        let unit = effect.standard_error * fraction.sqrt();
        Ok(AfterStopping {
            p_value,
            median: unit * self.drift_of(look, z, 0.5)?,
            interval: Interval {
                lower: unit * self.drift_of(look, z, tail)?,
                upper: unit * self.drift_of(look, z, 1.0 - tail)?,
            },
        })
    }

    /// The probability, under a drift, of stopping above at an earlier look, or of reaching this one with a value as high as `z`.
    fn as_high(&self, look: usize, z: f64, drift: f64) -> f64 {
        let earlier = self
            .looks()
            .iter()
            .enumerate()
            .take(look)
            .map(|(index, bound)| self.walk.above(index, bound.fraction, bound.z * bound.fraction.sqrt(), drift));
        let here = self
            .looks()
            .get(look)
            .map_or(0.0, |bound| self.walk.above(look, bound.fraction, z * bound.fraction.sqrt(), drift));
        earlier.sum::<f64>() + here
    }

    /// The drift at which that probability is this.
    fn drift_of(&self, look: usize, z: f64, probability: f64) -> Result<f64, Undefined> {
        let fraction = self.looks().get(look).ok_or(Undefined::OutOfRange)?.fraction;
        let naive = z / fraction.sqrt();
        let missing = |drift: f64| self.as_high(look, z, drift) - probability;
        let mut reach = 4.0 / fraction.sqrt();
        for _ in 0..6 {
            if missing(naive - reach) < 0.0 && missing(naive + reach) > 0.0 {
                return root::find(naive - reach, naive + reach, 1e-11, missing);
            }
            reach *= 2.0;
        }
        Err(Undefined::NoSolution)
    }
}
