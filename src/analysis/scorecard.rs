//! The whole scorecard.

use serde::Serialize;

use super::belief::mark_best;
use super::breakdown::{Block, blocks};
use super::check::check;
use super::flag::{Flag, flags};
use super::lens::Lens;
use super::multiplicity::correct;
use super::omnibus::{Omnibus, omnibus};
use super::sample_ratio::{self, SampleRatio, VariantCount, counts};
use super::table::{Units, rows};
use super::verdict::{Evidence, Verdict};
use super::{Data, Error, Number, Plan, Row};
use crate::statistics::Undefined;

/// What an experiment says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scorecard {
    /// The plan's stopping rule, [`Stop::code`](super::Stop::code).
    pub plan: &'static str,
    /// The two-sided rate of false alarms.
    pub alpha: Number,
    /// Whether the traffic was split as planned.
    pub sample_ratio: SampleRatio,
    /// How many units each variant had.
    pub variants: Vec<VariantCount>,
    /// By metric, then by variant.
    pub metrics: Vec<Row>,
    /// Of each conversion with more than two variants: whether they differ at all.
    pub omnibus: Vec<Omnibus>,
    /// The same for parts of the units.
    pub breakdowns: Vec<Block>,
    /// What a reader should know about the data.
    pub flags: Vec<Flag>,
    /// What to do, and why.
    pub verdict: Verdict,
}

impl Scorecard {
    /// Units of all variants.
    pub fn units(&self) -> u64 {
        sample_ratio::units(&self.variants)
    }
}

/// Everything that a plan makes of what was counted.
///
/// # Errors
/// [`Error`] if the two contradict themselves or one another. What has no honest number is no error: it says so in its place.
pub fn scorecard(plan: &Plan, data: &Data) -> Result<Scorecard, Error> {
    check(plan, data)?;
    let units: Vec<u64> = data.variants.iter().map(|variant| variant.units).collect();
    let sample_ratio = SampleRatio::of(&units, data, plan);
    let variants = counts(&units, data).map_err(too_large)?;
    let flags = flags(plan, data);
    let present = data.without_idle();
    let data: &Data = &present;
    let units: Vec<u64> = data.variants.iter().map(|variant| variant.units).collect();
    let lenses = Lens::of_variants(plan, data);
    let mut metrics = rows(&lenses, data, &units, &data.metrics, Units::All);
    correct(&mut metrics, plan.alpha).map_err(too_large)?;
    mark_best(&mut metrics, &plan.metrics, data);
    for row in &mut metrics {
        row.finding = super::Finding::of(row, plan.alpha);
    }
    let evidence = Evidence {
        plan,
        control: data.variants.get(data.control).map_or("", |control| &control.name),
        variants: &variants,
        rows: &metrics,
        sample_ratio: &sample_ratio,
        flags: &flags,
        tripped: data.tripped.as_ref(),
        is_recounting: data.quality.is_recounting,
        lacks_cap: !data.quality.without_cap.is_empty(),
        seen: data.seen,
        accumulates: data.accumulates,
    };
    let verdict = evidence.verdict();
    Ok(Scorecard {
        plan: plan.stop.code(),
        alpha: Number::of(plan.alpha).map_err(too_large)?,
        sample_ratio,
        variants,
        metrics,
        omnibus: omnibus(plan, data),
        breakdowns: blocks(plan, data).map_err(too_large)?,
        flags,
        verdict,
    })
}

/// Only weights and probabilities get here; [`check`] has looked at them.
fn too_large(_: Undefined) -> Error {
    Error::OutOfRange("weight")
}
