//! The same comparison with less variance.

use serde::Serialize;

use super::compare::{Compared, real};
use super::lens::{Lens, Readings};
use super::{Answer, Anytime, Cell, Fixed, GroupSequential, Kind, Measured, Method, Metric, Number};
use crate::statistics::{self, Adjustment, Comparison, Level, Sums, Undefined, compare_batches, compare_within};

/// Why an adjusted metric has the test that it has.
const WITHOUT_COVARIATE: &str = "means of units from which is taken what was known of them before";

/// Why a post-stratified one has.
const WITHIN_STRATA: &str = "means within strata, by how many units each has";

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

/// The sums of all variants, of a metric whose sums hold a covariate.
pub(super) fn covariate_sums<'a>(metric: &Metric, by_variant: &'a [Measured]) -> Option<Vec<&'a Sums>> {
    if metric.has_covariate { by_variant.iter().map(Measured::sums).collect() } else { None }
}

/// How a metric is adjusted in all variants; `None` if it has no covariate.
pub(super) fn adjustment(metric: &Metric, by_variant: &[Measured]) -> Option<Result<Adjustment, Undefined>> {
    let sums = covariate_sums(metric, by_variant)?;
    Some(Adjustment::of(metric.kind.measure(), sums))
}

/// One treatment beside the control, and how a plan reads it.
pub(super) struct Setting<'a> {
    pub kind: Kind,
    pub lens: &'a Lens<'a>,
    pub compared: &'a Compared,
    /// Of a bandit.
    pub batches: Option<&'a [statistics::Batch]>,
    /// Control and treatment.
    pub pair: (&'a Measured, &'a Measured),
}

impl Setting<'_> {
    /// Takes out what the covariate explains, and reads what is left.
    pub fn adjust(&self, adjustment: &Adjustment) -> Result<(Adjusted, Compared), Undefined> {
        let comparison = match self.batches {
            Some(batches) => compare_batches(self.kind.measure(), batches, Some(adjustment))?.comparison,
            None => {
                let (control, treatment) = self.sums()?;
                adjustment.compare(control, treatment)?
            }
        };
        self.read(comparison, Some(adjustment.theta()?), WITHOUT_COVARIATE)
    }

    /// Takes out what strata differ in too.
    pub fn stratify(&self, cells: &[statistics::Cell], adjustment: Option<&Adjustment>) -> Result<Adjusted, Undefined> {
        let theta = adjustment.map(Adjustment::theta).transpose()?;
        let comparison = compare_within(cells, adjustment)?.comparison;
        self.read(comparison, theta, WITHIN_STRATA).map(|(adjusted, _)| adjusted)
    }

    fn read(
        &self,
        comparison: Comparison,
        theta: Option<f64>,
        because: &'static str,
    ) -> Result<(Adjusted, Compared), Undefined> {
        let plain = self.compared.comparison?;
        let before = match self.kind {
            // It has the variance p (1 - p), the adjusted one that of a sample.
            Kind::Conversion if self.compared.counts.is_some() => {
                let of_sample = |level: Level| level.variance / (real(level.units) - 1.0);
                (of_sample(plain.control) + of_sample(plain.treatment)).sqrt()
            }
            _ => plain.difference.standard_error,
        };
        let ratio = comparison.difference.standard_error / before;
        let estimate = comparison.difference.estimate;
        let compared = Compared { comparison: Ok(comparison), counts: None, ..*self.compared };
        let Readings { fixed, anytime, group_sequential } = self.lens.read_with(&compared, Method::Welch, because);
        let adjusted = Adjusted {
            theta: theta.map(Number::of).transpose()?,
            variance_reduction: Number::of((1.0 - ratio) * (1.0 + ratio))?,
            estimate: Number::of(estimate)?,
            relative_lift: Number::of(estimate / comparison.baseline.abs()).ok(),
            fixed,
            anytime,
            group_sequential,
        };
        Ok((adjusted, compared))
    }

    fn sums(&self) -> Result<(&Sums, &Sums), Undefined> {
        self.pair.0.sums().zip(self.pair.1.sums()).ok_or(Undefined::OutOfRange)
    }
}

/// The sums of a metric of two variants, stratum by stratum; `None` without strata, or of a metric that is no mean.
pub(super) fn cells(
    metric: usize,
    kind: Kind,
    strata: &[Cell],
    variants: (usize, usize),
) -> Option<Vec<statistics::Cell>> {
    if strata.is_empty() || !matches!(kind, Kind::Conversion | Kind::Sum) {
        return None;
    }
    let sums = |cell: &Cell, variant: usize| cell.metrics.get(metric)?.get(variant)?.sums().cloned();
    let cell = |cell| Some(statistics::Cell { control: sums(cell, variants.0)?, treatment: sums(cell, variants.1)? });
    strata.iter().map(cell).collect()
}
