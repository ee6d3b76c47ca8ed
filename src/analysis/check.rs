//! Refuses a plan and data that contradict themselves.

use std::collections::BTreeSet;

use super::stage::information;
use super::{Data, Error, Kind, Measured, Plan, Stop};

/// Whether the two fit together.
///
/// # Errors
/// [`Error`], the first that is found.
pub fn check(plan: &Plan, data: &Data) -> Result<(), Error> {
    settings(plan)?;
    if data.control >= data.variants.len() {
        return Err(Error::NoControl);
    }
    if data.variants.len() < 2 {
        return Err(Error::TooFewVariants);
    }
    if !data.looks.iter().all(|fraction| inside(*fraction) || *fraction == 1.0)
        || !data.looks.is_sorted_by(|a, b| a < b)
    {
        return Err(Error::OutOfRange("earlier looks"));
    }
    if let (Stop::GroupSequential { .. }, Some(look)) = (plan.stop, data.looks.last()) {
        let present = information(plan, data);
        if *look >= present && present < 1.0 {
            return Err(Error::LookAhead);
        }
    }
    let weights: f64 = data.variants.iter().map(|variant| variant.weight).sum();
    if data.variants.iter().any(|variant| variant.weight.is_nan() || variant.weight < 0.0)
        || !(weights > 0.0 && weights.is_finite())
    {
        return Err(Error::OutOfRange("weight"));
    }
    once(data.variants.iter().map(|variant| &variant.name))?;
    once(plan.metrics.iter().map(|metric| &metric.name))?;
    measured(plan, data, "metrics", &data.metrics)?;
    split(plan, data)?;
    let parts = data.breakdowns.iter().flat_map(|breakdown| &breakdown.values).chain(&data.strata);
    for cell in parts {
        if cell.units.len() != data.variants.len() {
            return Err(Error::Ragged(cell.value.clone()));
        }
        measured(plan, data, &cell.value, &cell.metrics)?;
    }
    Ok(())
}

/// Whether batches part the units of all variants, but those of whom no batch is known.
fn split(plan: &Plan, data: &Data) -> Result<(), Error> {
    if data.batches.is_empty() {
        return Ok(());
    }
    let mut units = vec![0_u64; data.variants.len()];
    for batch in &data.batches {
        let weights: f64 = batch.weights.iter().sum();
        if batch.weights.iter().any(|weight| weight.is_nan() || *weight < 0.0)
            || !(weights > 0.0 && weights.is_finite())
        {
            return Err(Error::OutOfRange("weight"));
        }
        let lengths = [batch.units.len(), batch.dealt.len(), batch.weights.len()];
        if lengths != [data.variants.len(); 3] {
            return Err(Error::Ragged("batches".to_owned()));
        }
        measured(plan, data, "batches", &batch.metrics)?;
        units.iter_mut().zip(&batch.units).for_each(|(sum, units)| *sum = sum.saturating_add(*units));
    }
    let lacking = data.variants.iter().zip(&units).map(|(variant, units)| variant.units.checked_sub(*units));
    let lacking = lacking.map(|units| units.map(u128::from)).sum::<Option<u128>>();
    let is_whole = lacking == Some(data.quality.units_without_batch.into());
    if is_whole { Ok(()) } else { Err(Error::OutOfRange("batches")) }
}

fn settings(plan: &Plan) -> Result<(), Error> {
    for (name, share) in [("alpha", plan.alpha), ("power", plan.power), ("sample_ratio_alpha", plan.sample_ratio_alpha)]
    {
        if !inside(share) {
            return Err(Error::OutOfRange(name));
        }
    }
    if plan.visitors == Some(0) {
        return Err(Error::OutOfRange("visitors"));
    }
    if matches!(plan.stop, Stop::GroupSequential { .. }) && plan.visitors.is_none() {
        return Err(Error::NoHorizon);
    }
    let positive = |size: Option<f64>| size.is_none_or(|size| size > 0.0 && size.is_finite());
    for metric in &plan.metrics {
        if !positive(metric.margin) {
            return Err(Error::OutOfRange("margin"));
        }
        if !positive(metric.minimum_effect) {
            return Err(Error::OutOfRange("minimum_effect"));
        }
        if matches!(metric.kind, Kind::Quantile(share) if !inside(share)) {
            return Err(Error::OutOfRange("quantile"));
        }
    }
    Ok(())
}

fn inside(share: f64) -> bool {
    share > 0.0 && share < 1.0
}

fn once<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name)).map_or(Ok(()), |name| Err(Error::NamedTwice(name.clone())))
}

/// One measurement of the metric's kind for each metric and variant.
fn measured(plan: &Plan, data: &Data, place: &str, metrics: &[Vec<Measured>]) -> Result<(), Error> {
    let fits = |kind: Kind, one: &Measured| matches!(one, Measured::Quantile(_)) == matches!(kind, Kind::Quantile(_));
    let whole = metrics.len() == plan.metrics.len()
        && metrics.iter().zip(&plan.metrics).all(|(by_variant, metric)| {
            by_variant.len() == data.variants.len() && by_variant.iter().all(|one| fits(metric.kind, one))
        });
    if whole { Ok(()) } else { Err(Error::Ragged(place.to_owned())) }
}
