//! A normal prior on the effect, and what the data make of it.
//!
//! In: a [`Comparison`] and a prior on the difference or on the lift. Out: the posterior, the chance that the treatment is better,
//! and what either choice costs if it is the wrong one. Costs come from a form without cancellation, so that they are right where
//! they are tiny.

use crate::statistics::distribution::normal;
use crate::statistics::sums::defined;
use crate::statistics::{Comparison, Interval, Probability, Undefined};

/// In what an effect is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As a difference, in the metric's own unit.
    Absolute,
    /// As a lift, the difference by the size of the control's level.
    Relative,
}

/// What is believed of an effect beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EffectPrior {
    /// Nothing: every effect is as probable as any other.
    Flat,
    /// A normal distribution.
    Normal {
        /// The expected effect, on `scale`.
        mean: f64,
        /// Above 0, on `scale` squared.
        variance: f64,
        /// Of mean and variance; where the effect is asked for on the other scale, the size of the control's level converts them.
        scale: Scale,
    },
}

/// What is believed of an effect after the data: a normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// The expected effect: treatment less control, or that by the size of the control's level.
    pub mean: f64,
    /// Of the belief; above 0.
    pub standard_deviation: f64,
    /// Whether a lower level is better.
    lower_is_better: bool,
}

impl Comparison {
    /// What is believed of the effect on `scale`, with the data's own variance taken as known.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] if nothing varies in one of the variants: its variance is then unknown, not 0.
    /// [`Undefined::ZeroBaseline`] where the control's level is 0 and a lift, or a prior on the other scale, is asked for.
    /// [`Undefined::OutOfRange`] if the prior's variance is not above 0; [`Undefined::TooLarge`].
    ///
    /// Source: conjugate normal prior; Gelman et al. (2013), Bayesian Data Analysis, 2.11 and 2.12. The same as gbstats' effect
    /// prior, whose tables are the reference.
    pub fn belief(&self, prior: EffectPrior, scale: Scale, lower_is_better: bool) -> Result<Belief, Undefined> {
        if self.control.variance <= 0.0 || self.treatment.variance <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let effect = match scale {
            Scale::Absolute => self.difference,
            Scale::Relative => self.lift()?,
        };
        let (mean, standard_deviation) = match prior {
            EffectPrior::Flat => (effect.estimate, effect.standard_error),
            EffectPrior::Normal { mean, variance, scale: of_prior } => {
                if !mean.is_finite() || !variance.is_finite() || variance <= 0.0 {
                    return Err(Undefined::OutOfRange);
                }
                let factor = self.conversion(of_prior, scale)?;
                combined((mean * factor, variance.sqrt() * factor), (effect.estimate, effect.standard_error))
            }
        };
        let standard_deviation = defined(standard_deviation)?;
        if standard_deviation <= 0.0 {
            return Err(Undefined::TooLarge);
        }
        Belief::new(defined(mean)?, standard_deviation, lower_is_better)
    }

    /// What turns a number on one scale into one on the other.
    fn conversion(&self, from: Scale, to: Scale) -> Result<f64, Undefined> {
        let size = self.baseline.abs();
        match (from, to) {
            _ if from == to => Ok(1.0),
            _ if size == 0.0 => Err(Undefined::ZeroBaseline),
            (Scale::Relative, _) => Ok(size),
            (Scale::Absolute, _) => Ok(1.0 / size),
        }
    }
}

/// Mean and deviation of the product of two normal densities, in shares, so that no square leaves the range of `f64`.
fn combined((mean, deviation): (f64, f64), (estimate, error): (f64, f64)) -> (f64, f64) {
    let both = deviation.hypot(error);
    let (of_prior, of_data) = (error / both, deviation / both);
    (mean * of_prior * of_prior + estimate * of_data * of_data, deviation * of_prior)
}

impl Belief {
    /// A belief from anywhere: `mean` and `standard_deviation` of a normal distribution of an effect.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] if the deviation is 0, [`Undefined::OutOfRange`] if a number is not finite or it is negative,
    /// [`Undefined::TooLarge`] if the mean by the deviation is beyond `f64`.
    pub fn new(mean: f64, standard_deviation: f64, lower_is_better: bool) -> Result<Self, Undefined> {
        if standard_deviation == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        if !mean.is_finite() || !standard_deviation.is_finite() || standard_deviation < 0.0 {
            return Err(Undefined::OutOfRange);
        }
        // So many deviations from 0 that `f64` cannot count them.
        defined(mean / standard_deviation)?;
        Ok(Self { mean, standard_deviation, lower_is_better })
    }

    /// That the treatment is better than the control.
    pub fn chance_to_win(&self) -> Probability {
        normal::upper_tail(-self.gain())
    }

    /// That the treatment is worse than the control.
    pub fn chance_to_lose(&self) -> Probability {
        normal::upper_tail(self.gain())
    }

    /// What the effect lies in with probability `1 - alpha`, as much left out below as above.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless alpha lies in (0, 1).
    pub fn credible_interval(&self, alpha: f64) -> Result<Interval, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let half = normal::upper_quantile(alpha / 2.0) * self.standard_deviation;
        Ok(Interval { lower: defined(self.mean - half)?, upper: defined(self.mean + half)? })
    }

    /// What shipping the treatment costs in expectation where it is the worse one: the size of the effect times the chance of it.
    pub fn loss_of_shipping(&self) -> f64 {
        self.standard_deviation * excess(self.gain())
    }

    /// What keeping the control costs in expectation where the treatment is the better one.
    pub fn loss_of_keeping(&self) -> f64 {
        self.standard_deviation * excess(-self.gain())
    }

    /// The expected improvement in deviations of the belief.
    fn gain(&self) -> f64 {
        let z = self.mean / self.standard_deviation;
        if self.lower_is_better { -z } else { z }
    }
}

/// By how much a standard normal value exceeds `z` in expectation, where being below counts as 0.
///
/// Source: `density(z) - z tail(z)`; far out, where that cancels, Laplace's continued fraction of the tail (Abramowitz, Stegun 1964,
/// 26.2.14): with `tail = density / (z + r)`, it is `r tail`.
fn excess(z: f64) -> f64 {
    if z < 3.0 {
        return normal::density(z) - z * normal::upper_tail(z).value;
    }
    // From 3 on this many terms of the fraction are more than enough for the last digit.
    let rest = (1..=80_u32).rev().fold(0.0, |rest, k| f64::from(k) / (z + rest));
    rest * normal::upper_tail(z).value
}
