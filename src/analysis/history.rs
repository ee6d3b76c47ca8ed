//! The estimate over time: what a chart of the anytime interval draws.

use serde::Serialize;

use super::compare::{compare, difference, real};
use super::lens::Lens;
use super::{Measured, Metric, Number, Plan};
use crate::statistics::Interval;
use crate::statistics::anytime::Running;

/// What had been counted at one instant, since the experiment began.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Such as `2026-11-20`.
    pub label: String,
    /// Of all variants.
    pub units: u64,
    /// Of the control.
    pub control: Measured,
    /// Of the treatment.
    pub treatment: Measured,
}

/// One treatment beside the control at one instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Of the look.
    pub label: String,
    /// Units of control and treatment.
    pub n: u64,
    /// Treatment less control; `None` where there is none yet.
    pub estimate: Option<Number>,
    /// The lower end of the anytime interval of this look, in the metric's own unit; `None` while it waits.
    pub lower: Option<Number>,
    /// The upper end.
    pub upper: Option<Number>,
    /// The lower end of the interval that would be honest if this had been the only look.
    pub fixed_lower: Option<Number>,
    /// The upper end.
    pub fixed_upper: Option<Number>,
    /// The lift relative to the control.
    pub relative_lift: Option<Number>,
    /// The lower end of its anytime interval.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// The smallest anytime p-value so far, in `[0, 1]`.
    pub p_value: Option<Number>,
}

/// How one metric of one treatment stood at each look, in order.
///
/// The anytime rule is the scorecard's: with the plan's horizon, unless outcomes of a unit accumulate after it was first counted.
pub fn history(plan: &Plan, metric: &Metric, accumulates: bool, looks: &[Look]) -> Vec<Point> {
    let mut running = Running::default();
    let point = |look: &Look| {
        let (control, treatment) = (&look.control, &look.treatment);
        let compared = compare(metric.kind, (control, treatment), (units(control), units(treatment)));
        let read = Lens::at(plan, real(look.units), accumulates)
            .read(metric.kind, compared.as_ref().map_err(|reason| *reason));
        let (estimate, relative_lift) = difference(metric.kind, (control, treatment), &compared);
        let fixed = read.fixed.known().map(|fixed| fixed.tested.bounds);
        let tested = read.anytime.known().and_then(|anytime| anytime.tested);
        let anytime = tested.map(|tested| tested.bounds);
        if let Some(tested) = &tested {
            let bounds = tested.bounds;
            let interval = Interval { lower: bounds.lower.get(), upper: bounds.upper.get() };
            running = running.then(tested.probability(), interval);
        }
        Point {
            label: look.label.clone(),
            n: units(control).saturating_add(units(treatment)),
            estimate,
            lower: anytime.map(|anytime| anytime.lower),
            upper: anytime.map(|anytime| anytime.upper),
            fixed_lower: fixed.map(|fixed| fixed.lower),
            fixed_upper: fixed.map(|fixed| fixed.upper),
            relative_lift,
            relative_lower: anytime.and_then(|anytime| anytime.relative_lower),
            relative_upper: anytime.and_then(|anytime| anytime.relative_upper),
            p_value: running.interval.and_then(|_| Number::of(running.p_value.value).ok()),
        }
    };
    looks.iter().map(point).collect()
}

fn units(measured: &Measured) -> u64 {
    match measured {
        Measured::Sums(sums) => sums.units(),
        Measured::Quantile(level) => level.map_or(0, |level| level.units),
    }
}
