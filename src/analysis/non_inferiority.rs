//! Whether a treatment is no worse than the control by more than a margin.

use serde::Serialize;

use super::{Direction, Number};
use crate::statistics::{self, Comparison, Effect, Probability, TwoProportions, Undefined};

/// Whether a treatment is no worse than the control by more than a margin: one-sided, at the plan's alpha and by its stopping rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NonInferiority {
    /// How much worse is taken, relative to the control.
    pub margin: Number,
    /// Of an effect as good as this one or better, where the treatment is worse by just the margin.
    pub p_value: Option<Number>,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Option<Number>,
    /// The worst relative lift that the data leave: where more is better a lower end, else an upper one; `None` where it has none.
    pub bound: Option<Number>,
    /// At or under which p-value it holds: alpha, or what a planned look may spend.
    pub level: Option<Number>,
    /// Whether the whole interval lies on the good side of the margin.
    pub holds: bool,
}

impl NonInferiority {
    /// Nothing can be said.
    pub(super) fn open(margin: f64) -> Result<Self, Undefined> {
        Ok(Self {
            margin: Number::of(margin)?,
            p_value: None,
            log10_p_value: None,
            bound: None,
            level: None,
            holds: false,
        })
    }

    /// By a one-sided test's p-value, held to its level.
    fn tested(margin: f64, p_value: Probability, bound: Option<Number>, level: f64) -> Result<Self, Undefined> {
        Ok(Self {
            margin: Number::of(margin)?,
            p_value: Some(Number::of(p_value.value)?),
            log10_p_value: Some(Number::of(p_value.log10)?),
            bound,
            level: Some(Number::of(level)?),
            holds: p_value.value <= level,
        })
    }

    /// Of conversions, by the score test against the margin; nothing where so few are expected that equality would ask for an exact test.
    pub(super) fn of_counts(
        margin: f64,
        direction: Direction,
        counts: &TwoProportions,
        level: f64,
    ) -> Result<Self, Undefined> {
        if counts.method() != statistics::Method::PooledZ {
            return Self::open(margin);
        }
        // Where less is better, the control must not be too much the smaller one.
        let (counts, ratio) = match direction {
            Direction::Up => (*counts, 1.0 - margin),
            Direction::Down => (counts.swapped(), 1.0 / (1.0 + margin)),
        };
        let p_value = counts.above_ratio(ratio)?;
        let bound = counts.ratio_bound(level.max(f64::MIN_POSITIVE)).and_then(|bound| {
            Number::of(match direction {
                Direction::Up => bound - 1.0,
                Direction::Down => 1.0 / bound - 1.0,
            })
        });
        Self::tested(margin, p_value, bound.ok(), level)
    }

    /// By a one-sided test with this p-value, whose interval of the lift reaches so many standard errors.
    pub(super) fn of(
        margin: f64,
        direction: Direction,
        comparison: &Comparison,
        p_value: Probability,
        critical: f64,
        level: f64,
    ) -> Result<Self, Undefined> {
        let region = comparison.lift_region(critical).and_then(|region| region.interval());
        let bound = region.and_then(|interval| {
            Number::of(match direction {
                Direction::Up => interval.lower,
                Direction::Down => interval.upper,
            })
        });
        Self::tested(margin, p_value, bound.ok(), level)
    }
}

/// How much better the treatment is than one that is worse by just the margin: above 0 where it is not inferior.
pub(super) fn headroom(comparison: &Comparison, margin: f64, direction: Direction) -> Result<Effect, Undefined> {
    match direction {
        Direction::Up => comparison.difference_from_lift(-margin),
        Direction::Down => {
            let effect = comparison.difference_from_lift(margin)?;
            Ok(Effect { estimate: -effect.estimate, ..effect })
        }
    }
}
