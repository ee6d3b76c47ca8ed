//! The rows of a scorecard: every metric in every variant.

use super::compare::{Compared, compare, level};
use super::decided::Basis;
use super::lens::Lens;
use super::row::Row;
use super::{Data, Kind, Measured, Metric, Number, Plan};
use crate::statistics::{Undefined, Variable};

/// By metric, then by variant: all but what takes several rows together.
pub fn rows(lenses: &[Lens<'_>], metrics: &[Metric], data: &Data, measured: &[Vec<Measured>]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(metrics.len() * data.variants.len());
    for (metric, by_variant) in metrics.iter().zip(measured) {
        let Some(control) = by_variant.get(data.control) else { continue };
        for (place, ((variant, lens), treatment)) in data.variants.iter().zip(lenses).zip(by_variant).enumerate() {
            let mut row = own(metric, &variant.name, treatment);
            row.control = place == data.control;
            if !row.control {
                beside(&mut row, metric, lens, control, treatment);
            }
            rows.push(row);
        }
    }
    rows
}

/// What a variant is by itself.
fn own(metric: &Metric, variant: &str, measured: &Measured) -> Row {
    let level = level(metric.kind, measured).and_then(Number::of);
    let (units, sum) = match measured {
        Measured::Sums(sums) => (sums.units(), Number::of(sums.sum(Variable::Outcome)).ok()),
        Measured::Quantile(level) => (level.map_or(0, |level| level.units), None),
    };
    Row {
        metric: metric.name.clone(),
        kind: metric.kind.code(),
        role: metric.role,
        direction: metric.direction,
        variant: variant.to_owned(),
        control: false,
        n: units,
        sum,
        level: level.ok(),
        estimate: None,
        relative_lift: None,
        fixed: None,
        anytime: None,
        group_sequential: None,
        cuped: None,
        post_stratified: None,
        chance_to_win: None,
        expected_loss: None,
        chance_best: None,
        decides: None,
        adjusted_p_value: None,
        adjusted_log10_p_value: None,
        e_bh: None,
        non_inferiority: None,
        power: None,
        finding: None,
        undefined: level.err(),
    }
}

/// What a treatment is beside the control.
fn beside(row: &mut Row, metric: &Metric, lens: &Lens<'_>, control: &Measured, treatment: &Measured) {
    let compared = compare(metric.kind, control, treatment);
    let read = lens.read(metric.kind, compared.as_ref().map_err(|reason| *reason));
    (row.fixed, row.anytime, row.group_sequential) = (Some(read.fixed), Some(read.anytime), read.group_sequential);
    (row.estimate, row.relative_lift) = difference(metric.kind, control, treatment, &compared);
    decide(row, lens.plan);
    if let Ok(compared) = &compared {
        row.non_inferiority = lens.non_inferiority(metric, compared);
    }
}

/// Treatment less control, and relative to it; both are there where a variance is not.
fn difference(
    kind: Kind,
    control: &Measured,
    treatment: &Measured,
    compared: &Result<Compared, Undefined>,
) -> (Option<Number>, Option<Number>) {
    let baseline = level(kind, control);
    let known = compared.as_ref().ok().and_then(Compared::estimate);
    let estimate = known.map_or_else(|| Ok(level(kind, treatment)? - baseline?), Ok);
    let relative = estimate.and_then(|estimate| match baseline? {
        0.0 => Err(Undefined::ZeroBaseline),
        baseline => Number::of(estimate / baseline.abs()),
    });
    (estimate.and_then(Number::of).ok(), relative.ok())
}

/// Which numbers decide, or why there are none.
fn decide(row: &mut Row, plan: &Plan) {
    let adjusted = Basis::of(&plan.stop, true);
    row.decides = Some(adjusted);
    if row.decided().is_none() {
        // A covariate that tells nothing (it is the same for all) leaves the plain numbers.
        row.decides = Some(Basis::of(&plan.stop, false));
    }
    if row.decided().is_none() {
        row.undefined = row.why_undecided(&plan.stop).or(row.undefined);
    }
}
