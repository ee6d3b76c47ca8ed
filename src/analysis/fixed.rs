//! The numbers that are honest if the experiment is looked at once, at its end.

use serde::Serialize;

use super::bandit::WITHIN_BATCHES;
use super::bounds::{Bounds, Tested};
use super::compare::Compared;
use super::{Kind, Number};
use crate::statistics::{self, Comparison, Effect, Interval, Probability, TwoProportions, Undefined};

/// A test and an interval of fixed horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fixed {
    /// The estimate by its standard error; of conversions by the pooled one, whichever test was chosen.
    pub statistic: Number,
    /// Its p-value and intervals.
    #[serde(flatten)]
    pub tested: Tested,
    /// The symmetric interval of the relative lift, which other engines show.
    pub delta: Option<Delta>,
    /// By which the statistic divides.
    pub standard_error: Number,
    /// Of the standard error, where it is estimated.
    pub degrees_of_freedom: Option<Number>,
    /// Which test.
    pub method: Method,
    /// Why this one, in words.
    pub because: &'static str,
}

/// An interval of the relative lift by the delta method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Delta {
    /// The lower end.
    pub lower: Number,
    /// The upper end.
    pub upper: Number,
    /// Of the lift.
    pub standard_error: Number,
}

/// Which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Two proportions, pooled z; Newcombe's interval, and the ratio's by the same limits.
    PooledZ,
    /// Fisher's exact test; Newcombe's interval, and the ratio's by the same limits.
    Fisher,
    /// Barnard's exact test; Newcombe's interval, and the ratio's by the same limits.
    Barnard,
    /// Welch's t.
    Welch,
    /// Welch's t on ratios, their variances by the delta method.
    Ratio,
    /// Welch's t on quantiles, their variances by order statistics and clusters.
    Quantile,
}

impl Fixed {
    /// The test that suits what is compared, at `alpha` in (0, 1).
    pub(super) fn of(kind: Kind, compared: &Compared, alpha: f64) -> Result<Self, Undefined> {
        if let Some(counts) = &compared.counts {
            return Self::of_counts(counts, compared.comparison.as_ref(), alpha);
        }
        let (method, because) = match kind {
            _ if compared.is_within_batches => (Method::Welch, WITHIN_BATCHES),
            Kind::Conversion | Kind::Sum => (Method::Welch, "means of two variants that may vary differently"),
            Kind::Ratio => {
                (Method::Ratio, "ratios of two sums over the same units, so their variances by the delta method")
            }
            Kind::Quantile(_) => {
                (Method::Quantile, "quantiles of events, so their variances by order statistics and by unit")
            }
        };
        Self::of_comparison(compared.comparison.as_ref().map_err(|reason| *reason)?, alpha, method, because)
    }

    /// The test of a comparison by its own standard error.
    pub(super) fn of_comparison(
        comparison: &Comparison,
        alpha: f64,
        method: Method,
        because: &'static str,
    ) -> Result<Self, Undefined> {
        let difference = &comparison.difference;
        let critical = difference.critical(alpha)?;
        let bounds = Bounds::of(comparison, critical)?;
        Self::new(difference, difference.p_value(), bounds, Delta::of(comparison, alpha).ok(), method, because)
    }

    fn of_counts(
        counts: &TwoProportions,
        comparison: Result<&Comparison, &Undefined>,
        alpha: f64,
    ) -> Result<Self, Undefined> {
        let (pooled, tested) = (counts.pooled()?, counts.test()?);
        let lift = |ratio: Interval| Interval { lower: ratio.lower - 1.0, upper: ratio.upper - 1.0 };
        let bounds = Bounds::of_interval(counts.newcombe(alpha)?, counts.ratio_interval(alpha).map(lift))?;
        let delta = comparison.ok().and_then(|comparison| Delta::of(comparison, alpha).ok());
        let method = match tested.method {
            statistics::Method::PooledZ => Method::PooledZ,
            statistics::Method::Barnard => Method::Barnard,
            statistics::Method::Fisher => Method::Fisher,
        };
        Self::new(&pooled, tested.p_value, bounds, delta, method, tested.method.because())
    }

    fn new(
        effect: &Effect,
        p_value: Probability,
        bounds: Bounds,
        delta: Option<Delta>,
        method: Method,
        because: &'static str,
    ) -> Result<Self, Undefined> {
        Ok(Self {
            statistic: Number::of(effect.statistic())?,
            tested: Tested::new(p_value, bounds)?,
            delta,
            standard_error: Number::of(effect.standard_error)?,
            degrees_of_freedom: effect.degrees_of_freedom.map(Number::of).transpose()?,
            method,
            because,
        })
    }
}

impl Delta {
    fn of(comparison: &Comparison, alpha: f64) -> Result<Self, Undefined> {
        let lift = comparison.lift()?;
        let interval = lift.interval(lift.critical(alpha)?)?;
        Ok(Self {
            lower: Number::of(interval.lower)?,
            upper: Number::of(interval.upper)?,
            standard_error: Number::of(lift.standard_error)?,
        })
    }
}
