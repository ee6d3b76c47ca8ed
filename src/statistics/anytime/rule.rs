//! What an anytime plan decides about a comparison.
//!
//! In: a comparison and what it goes by. Out: a p-value and an interval that hold at every look together, or what is still needed.
//!
//! Decisions are made on the absolute scale. The delta method's relative lift correlates with its own variance where few units carry a metric, and
//! sequences of it reject too often (7.4 % at a promised 5 % on revenue); the lift's interval is Fieller's set at the critical value here,
//! which inverts the absolute statistic.
//!
//! Where one variant is small the standard error is taken with caution (`caution`); what little data a claim needs is said by `start_up`.
//!
//! With a horizon two boundaries are joined by the union bound: one that is over at the planned units takes [`HORIZON_SHARE`] of alpha,
//! the mixture, which goes on for ever and sees large effects early, takes the rest. Each holds at every look, so both together do.
//!
//! **Accumulating outcomes.** A horizon asks that the outcome of a unit is complete when it is first counted. The mixture alone does not: where units go
//! on gathering, and what they gather later does not go against what they gathered before (increments of a unit are not negatively correlated),
//! z moves less than a Brownian motion in its variance's time, and by Slepian's inequality crosses no more often.

use super::caution::caution;
use super::horizon::{self, Boundary, Horizon};
use super::mixture::{self, Sides};
use super::start_up::{EFFECTIVE_UNITS, Evidence, Waiting};
use super::tuning::Tuning;
use crate::statistics::sums::{defined, real};
use crate::statistics::{Comparison, Effect, Interval, Probability, Undefined};

/// The share of alpha that the boundary with a horizon takes.
///
/// Measured (100 looks, fixed test 74 %): 0.8, 0.9, 0.95 find 68.3, 69.8, 70.6 %, and need 20.4, 22.7, 24.8 % of the sample for an effect three times as
/// large. At 0.9 both are near their best, and a tenth is left for what comes after the horizon.
const HORIZON_SHARE: f64 = 0.9;

/// The mixture beside a horizon is for large effects: narrowest at this share of the planned units.
const EARLY_SHARE: f64 = 0.25;

/// An anytime plan for one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    alpha: f64,
    tuning: Tuning,
    boundary: Option<Boundary>,
    effective_units: f64,
}

/// What may be said now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// Nothing: too few units carry the metric so far.
    Waiting(Waiting),
    /// This.
    Open(Look),
}

/// One look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// At or below alpha exactly where the interval excludes "no effect".
    pub p_value: Probability,
    /// How many standard errors of the comparison the interval reaches, caution included; at this value Fieller's interval of the lift is just as valid.
    pub critical: f64,
    /// Of the effect, in the metric's own unit. One-sided, only its lower end is a bound at `1 - alpha`; the upper end is the mirror image.
    pub interval: Interval,
    /// The natural logarithm of the e-value, for e-BH: the mixture's alone, because the boundary with a horizon has none.
    pub ln_e_value: f64,
    /// The share of what a horizon is for that has come ([`Horizon::information`]); `None` without a horizon or beyond it.
    pub information: Option<f64>,
}

impl Rule {
    /// A rule without a horizon, for a rate `alpha` of false alarms in (0, 1) over all looks together.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`].
    pub fn new(alpha: f64, tuning: Tuning) -> Result<Self, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        Ok(Self { alpha, tuning, boundary: None, effective_units: EFFECTIVE_UNITS })
    }

    /// A rule for so many planned units, whose outcomes are complete when they are counted. It holds beyond them too, but finds most until then.
    /// Like alpha, the number is fixed before the first look.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if alpha is not in (0, 1) or no units are planned.
    pub fn with_horizon(alpha: f64, units: u64) -> Result<Self, Undefined> {
        if units == 0 {
            return Err(Undefined::OutOfRange);
        }
        let rule = Self::new(alpha, Tuning::Units((EARLY_SHARE * real(units)).max(1.0)))?;
        Ok(Self { boundary: Some(Boundary::new(Horizon { units }, HORIZON_SHARE * alpha)?), ..rule })
    }

    /// With another number of effective units that each variant needs first: 0 for a metric that lies about 0 by nature, of which
    /// [`effective_units`](super::effective_units) can tell nothing.
    #[must_use]
    pub fn starting_at(self, effective_units: f64) -> Self {
        Self { effective_units, ..self }
    }

    /// The rate of false alarms.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// What may be said of a comparison: two-sided, about no difference.
    ///
    /// # Errors
    /// As [`Rule::test`].
    ///
    /// Source: Waudby-Smith et al. (2023), arXiv 2103.06476v7, eq. 9; [`Horizon`] for the other boundary.
    pub fn look(&self, comparison: &Comparison, evidence: Evidence) -> Result<Standing, Undefined> {
        let units = real(comparison.control.units) + real(comparison.treatment.units);
        self.answer(comparison, &comparison.difference, units, evidence, Sides::Two)
    }

    /// What may be said of an effect that was found in a comparison, of `units` units of both variants: two-sided about 0, or one-sided whether it
    /// is above 0. For a guardrail the effect has its margin added, so that above 0 is "not worse by the margin".
    ///
    /// # Errors
    /// As [`Rule::test`].
    pub fn answer(
        &self,
        comparison: &Comparison,
        effect: &Effect,
        units: f64,
        evidence: Evidence,
        sides: Sides,
    ) -> Result<Standing, Undefined> {
        if let Some(waiting) = evidence.missing(self.effective_units) {
            return Ok(Standing::Waiting(waiting));
        }
        let caution = caution(comparison);
        let effect = Effect { standard_error: defined(caution * effect.standard_error)?, ..*effect };
        let look = self.test(&effect, units, sides)?;
        Ok(Standing::Open(Look { critical: defined(caution * look.critical)?, ..look }))
    }

    /// The boundaries alone, by the effect's own standard error, however little there is.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] where the standard error is 0, [`Undefined::TooLarge`], and what the tuning refuses.
    pub fn test(&self, effect: &Effect, units: f64, sides: Sides) -> Result<Look, Undefined> {
        if effect.standard_error <= 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        let z = defined(effect.statistic())?;
        let mixed_alpha = self.boundary.map_or(self.alpha, |_| (1.0 - HORIZON_SHARE) * self.alpha);
        let g = self.tuning.g(units, effect.standard_error, mixed_alpha, sides)?;
        let mut p_value = mixture::p_value(z, g, sides).times(self.alpha / mixed_alpha);
        let mut critical = mixture::critical(g, mixed_alpha, sides);
        let bounded = self.boundary.and_then(|boundary| Some((boundary, boundary.horizon.information(units)?)));
        if let Some((boundary, t)) = bounded {
            p_value = p_value.min(horizon::p_value(z, t, sides).times(1.0 / HORIZON_SHARE));
            critical = critical.min(boundary.critical(t, sides));
        }
        Ok(Look {
            p_value,
            critical: defined(critical)?,
            interval: effect.interval(critical)?,
            ln_e_value: mixture::ln_e_value(z, g, sides),
            information: bounded.map(|(_, t)| t),
        })
    }
}
