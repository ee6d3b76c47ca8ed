//! The rows of a scorecard: every metric in every variant.

use super::adjusted::{Setting, adjustment, cells};
use super::bandit::{batches, compare_in_batches};
use super::belief::beliefs;
use super::compare::{compare, difference, level};
use super::decided::Basis;
use super::lens::Lens;
use super::row::Row;
use super::{Answer, Data, Measured, Method, Metric, Number, Plan, Stop};
use crate::statistics::{self, Adjustment, Undefined, Variable};

/// Whose rows they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Everybody's.
    All,
    /// Those of a part, of which neither strata nor batches are known.
    Part,
}

/// By metric, then by variant: all but what takes several rows together.
pub fn rows(lenses: &[Lens<'_>], data: &Data, units: &[u64], measured: &[Vec<Measured>], of: Units) -> Vec<Row> {
    let Some(plan) = lenses.first().map(|lens| lens.plan) else { return Vec::new() };
    let mut rows = Vec::with_capacity(measured.len() * data.variants.len());
    let strata = if of == Units::All && !data.is_bandit() { data.strata.as_slice() } else { &[] };
    for (index, (metric, by_variant)) in plan.metrics.iter().zip(measured).enumerate() {
        let adjustment = adjustment(metric, by_variant);
        let variants = lenses.iter().zip(&data.variants).zip(units.iter().zip(by_variant));
        let control = units.get(data.control).zip(by_variant.get(data.control));
        for (place, ((lens, variant), (units, measured))) in variants.enumerate() {
            let mut row = own(metric, &variant.name, *units, measured);
            row.control = place == data.control;
            if let Some(control) = control.filter(|_| !row.control) {
                let treatment = Treatment {
                    metric,
                    lens,
                    pair: (control.1, measured),
                    units: (*control.0, *units),
                    strata: cells(index, metric.kind, strata, (data.control, place)),
                    batches: match of {
                        Units::All => batches(data, index, (data.control, place)),
                        Units::Part => data.is_bandit().then_some(Err(Undefined::SplitChanged)),
                    },
                };
                treatment.fill(&mut row, adjustment.as_ref());
            }
            rows.push(row);
        }
    }
    rows
}

/// What a variant is by itself.
fn own(metric: &Metric, variant: &str, units: u64, measured: &Measured) -> Row {
    let level = level(metric.kind, measured).and_then(Number::of);
    let (units, sum) = match measured {
        Measured::Sums(sums) => (sums.units(), Number::of(sums.sum(Variable::Outcome)).ok()),
        Measured::Quantile(_) => (units, None),
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
        e_bh_by: None,
        e_bh_waiting: None,
        non_inferiority: None,
        power: None,
        finding: None,
        undefined: level.err(),
    }
}

/// A treatment beside the control.
struct Treatment<'a> {
    metric: &'a Metric,
    lens: &'a Lens<'a>,
    /// Control and treatment.
    pair: (&'a Measured, &'a Measured),
    units: (u64, u64),
    strata: Option<Vec<statistics::Cell>>,
    /// Of a bandit.
    batches: Option<Result<Vec<statistics::Batch>, Undefined>>,
}

impl Treatment<'_> {
    fn fill(&self, row: &mut Row, adjustment: Option<&Result<Adjustment, Undefined>>) {
        let Self { metric, lens, pair, units, .. } = *self;
        let batches = self.batches.as_ref().map(|batches| batches.as_deref().map_err(|reason| *reason));
        let compared = match batches {
            Some(batches) => batches.and_then(|batches| compare_in_batches(metric.kind, batches, None)),
            None => compare(metric.kind, pair, units),
        };
        let batches = batches.and_then(Result::ok);
        let plain = compared.as_ref().map_err(|reason| *reason);
        let read = lens.read(metric.kind, plain);
        (row.fixed, row.anytime, row.group_sequential) = (Some(read.fixed), Some(read.anytime), read.group_sequential);
        (row.estimate, row.relative_lift) = difference(metric.kind, pair, &compared);
        let setting = plain.map(|compared| Setting { kind: metric.kind, lens, compared, batches, pair });
        let setting = setting.as_ref().map_err(|reason| *reason);
        let adjustment = adjustment.map(|adjustment| adjustment.as_ref().map_err(|reason| *reason));
        row.post_stratified = self.strata.as_ref().map(|cells| {
            let useful = adjustment.and_then(Result::ok).filter(|adjustment| !adjustment.is_idle());
            setting.and_then(|setting| setting.stratify(cells, useful)).into()
        });
        let adjusted = adjustment.map(|adjustment| setting?.adjust(adjustment?));
        let (block, adjusted) = match adjusted {
            Some(Ok((block, compared))) => (Some(Answer::Known(block)), Some(compared)),
            Some(Err(reason)) => (Some(Answer::Unknown(reason)), None),
            None => (None, None),
        };
        row.cuped = block;
        decide(row, lens.plan);
        let deciding = if row.decides.is_some_and(Basis::is_adjusted) { adjusted.as_ref() } else { plain.ok() };
        if let Some(compared) = deciding {
            row.non_inferiority = lens.non_inferiority(metric, compared);
            row.power = lens.power(metric, compared).map(Into::into);
        }
        if let Some((chance, loss)) = deciding.and_then(|compared| beliefs(metric, compared).ok()) {
            (row.chance_to_win, row.expected_loss) = (Some(chance), Some(loss));
        }
    }
}

/// Which numbers decide, or why there are none.
///
/// The adjusted ones where there are any; but a covariate that is the same for all adjusts nothing, and where counts are so small that
/// the plain test is an exact one, adjusting would go back to the normal distribution. Neither choice looks at the outcome's effect.
fn decide(row: &mut Row, plan: &Plan) {
    let (plain, adjusted) = (Basis::of(plan.stop, false), Basis::of(plan.stop, true));
    row.decides = Some(adjusted);
    let is_idle = row.cuped.as_ref().and_then(Answer::known).is_none_or(|block| block.theta == Some(Number::ZERO));
    let method = row.fixed.as_ref().and_then(Answer::known).map(|fixed| fixed.method);
    let is_small = plan.stop != Stop::Anytime && matches!(method, Some(Method::Fisher | Method::Barnard));
    if is_idle || is_small || row.decided().is_none() {
        row.decides = Some(plain);
    }
    if row.decided().is_none() {
        row.undefined = row.why_undecided(plan.stop).or(row.undefined);
    }
}
