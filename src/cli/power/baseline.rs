//! What is known of a metric before an experiment.

use anyhow::bail;

use crate::analysis::Kind;
use crate::statistics::{Adjustment, Level, Sums, Undefined, Variable};

/// What is known of a metric before an experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Baseline {
    /// Whether each visitor either converts or does not: then the level says the variance too.
    pub(in crate::cli) is_share: bool,
    /// A visitor's mean, share or ratio; not 0.
    pub(in crate::cli) value: f64,
    /// Of one visitor, above 0.
    pub(in crate::cli) variance: f64,
    /// The share of the variance that a covariate explains, in [0, 1): so many visitors fewer are needed.
    pub(in crate::cli) explained_share: f64,
}

impl Baseline {
    /// A share of visitors that convert.
    pub(in crate::cli) fn of_share(rate: f64) -> Self {
        Self { is_share: true, value: rate, variance: rate * (1.0 - rate), explained_share: 0.0 }
    }

    /// A mean with its standard deviation.
    pub(super) fn of_mean(mean: f64, deviation: f64) -> anyhow::Result<Self> {
        if mean == 0.0 || !mean.is_finite() {
            bail!(
                "a mean of {mean} leaves nothing for an effect to be relative to\nhelp: add a constant to the metric, or take another one"
            );
        }
        if !(deviation > 0.0 && (deviation / mean).is_finite() && (deviation * deviation).is_finite()) {
            bail!(
                "a standard deviation of {deviation} is not above 0\nhelp: give the deviation between visitors, as a spreadsheet's STDEV does"
            );
        }
        Ok(Self { is_share: false, value: mean, variance: deviation * deviation, explained_share: 0.0 })
    }

    /// What sums of history say. Of a ratio, a visitor is what the delta method makes of it.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`] with a level of 0, [`Undefined::ZeroVariance`] where nothing varies, and what the sums say.
    pub(in crate::cli) fn of_sums(kind: Kind, sums: &Sums, has_covariate: bool) -> Result<Self, Undefined> {
        let measure = kind.measure();
        let Level { value, variance, .. } = measure.level(sums)?;
        if value == 0.0 {
            return Err(Undefined::ZeroBaseline);
        }
        // What rounding leaves of nothing is nothing, as where the one is a tenth of the other in every unit.
        let below = if kind == Kind::Ratio { sums.mean(Variable::Denominator)? } else { 1.0 };
        if variance <= 1e-14 * sums.variance(Variable::Outcome)? / below / below {
            return Err(Undefined::ZeroVariance);
        }
        let left = if has_covariate { Adjustment::of(measure, [sums])?.level(sums)?.variance } else { variance };
        let explained_share = (1.0 - left / variance).clamp(0.0, MOST_EXPLAINED_SHARE);
        Ok(Self { is_share: kind == Kind::Conversion, value, variance, explained_share })
    }

    /// The standard deviation of a visitor.
    pub(in crate::cli) fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The variance that is left, by the variance.
    pub(super) fn left_share(&self) -> f64 {
        1.0 - self.explained_share
    }
}

/// A covariate that explains more is the metric itself.
const MOST_EXPLAINED_SHARE: f64 = 0.9999;
