//! The same comparison with less variance.

use serde::Serialize;

use super::compare::{Compared, measure};
use super::lens::{Lens, Readings};
use super::{Answer, Anytime, Fixed, GroupSequential, Kind, Measured, Method, Metric, Number};
use crate::statistics::{Adjustment, Measure, Sums, Undefined};

/// Why an adjusted metric has the test that it has.
const BECAUSE: &str = "means of units from which is taken what was known of them before";

/// The same comparison with less variance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjusted {
    /// By how much of the covariate the outcome is corrected; `None` where there is no covariate.
    pub theta: Option<Number>,
    /// The share of the variance that is gone, at most 1; below 0 where the adjustment made it worse.
    pub variance_reduction: Number,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Number,
    /// The estimate by the size of the control's unadjusted level.
    pub relative_lift: Option<Number>,
    /// Honest if looked at once.
    pub fixed: Answer<Fixed>,
    /// Honest at every look.
    pub anytime: Answer<Anytime>,
    /// Honest at the planned looks; only where the plan says so.
    pub group_sequential: Option<Answer<GroupSequential>>,
}

/// How a metric is adjusted in all variants; `None` if it has no covariate.
pub(super) fn adjustment(metric: &Metric, by_variant: &[Measured]) -> Option<Result<Adjustment, Undefined>> {
    let sums: Vec<&Sums> = by_variant
        .iter()
        .filter_map(|measured| match measured {
            Measured::Sums(sums) => Some(&**sums),
            Measured::Quantile(_) => None,
        })
        .collect();
    (metric.has_covariate && sums.len() == by_variant.len()).then(|| Adjustment::of(measure(metric.kind), sums))
}

/// Adjusts the metric in one treatment, and what the plan reads in it.
pub(super) fn adjust(
    adjustment: &Adjustment,
    kind: Kind,
    lens: &Lens<'_>,
    compared: &Compared,
    pair: (&Measured, &Measured),
) -> Result<(Adjusted, Compared), Undefined> {
    let (Measured::Sums(control), Measured::Sums(treatment)) = pair else { return Err(Undefined::OutOfRange) };
    let comparison = adjustment.compare(control, treatment)?;
    let estimate = comparison.difference.estimate;
    // The comparison of conversions has the variance p (1 - p), the adjusted one that of a sample.
    let plain =
        if kind == Kind::Conversion { Measure::Mean.compare(control, treatment)? } else { compared.comparison? };
    let ratio = comparison.difference.standard_error / plain.difference.standard_error;
    let compared = Compared { comparison: Ok(comparison), counts: None, ..*compared };
    let Readings { fixed, anytime, group_sequential } = lens.read_with(&compared, Method::Welch, BECAUSE);
    let adjusted = Adjusted {
        theta: Some(Number::of(adjustment.theta()?)?),
        variance_reduction: Number::of((1.0 - ratio) * (1.0 + ratio))?,
        estimate: Number::of(estimate)?,
        relative_lift: Number::of(estimate / comparison.baseline.abs()).ok(),
        fixed,
        anytime,
        group_sequential,
    };
    Ok((adjusted, compared))
}
