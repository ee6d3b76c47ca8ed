//! The same for parts of the units.

use serde::Serialize;

use super::lens::Lens;
use super::multiplicity::mark;
use super::sample_ratio::{Alarm, SampleRatio, VariantCount, counts};
use super::table::{Units, rows};
use super::{Data, Plan, Row};
use crate::statistics::Undefined;
use crate::statistics::multiple::e_benjamini_hochberg;

/// A breakdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// Such as `device`.
    pub name: String,
    /// In the order of the data.
    pub values: Vec<Value>,
}

/// The units that have one thing in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// What they have in common.
    pub value: String,
    /// Whether the traffic was split as planned among them. Its alarm is e-BH's over all values of all breakdowns.
    pub sample_ratio: SampleRatio,
    /// How many units each variant had.
    pub variants: Vec<VariantCount>,
    /// By metric, then by variant; no adjusted p-value, but a mark of e-BH over all values of all breakdowns.
    pub metrics: Vec<Row>,
}

/// Every breakdown of the data.
///
/// Nobody planned these many looks at parts, so nothing here decides: e-BH marks, over all values of all breakdowns together, what is
/// more than chance does in so many.
pub(super) fn blocks(plan: &Plan, data: &Data) -> Result<Vec<Block>, Undefined> {
    let lenses = Lens::of_parts(plan, data);
    let mut blocks = Vec::with_capacity(data.breakdowns.len());
    for breakdown in &data.breakdowns {
        let values = breakdown.values.iter().map(|cell| {
            Ok(Value {
                value: cell.value.clone(),
                sample_ratio: SampleRatio::of_part(&cell.units, data, plan),
                variants: counts(&cell.units, data)?,
                metrics: rows(&lenses, data, &cell.units, &cell.metrics, Units::Part),
            })
        });
        blocks.push(Block { name: breakdown.name.clone(), values: values.collect::<Result<_, _>>()? });
    }
    let treatments = all(&mut blocks).flat_map(|value| &mut value.metrics).filter(|row| !row.control);
    mark(treatments.collect(), plan.alpha)?;
    mark_splits(&mut blocks, plan.sample_ratio_alpha)?;
    Ok(blocks)
}

/// Broken splits: e-BH's, so that among many values one does not fall out by chance.
fn mark_splits(blocks: &mut [Block], alpha: f64) -> Result<(), Undefined> {
    let ln_e_values: Vec<f64> = all(blocks)
        .map(|value| value.sample_ratio.log10_e_value.map_or(0.0, |log10| log10.get() * std::f64::consts::LN_10))
        .collect();
    let marks = e_benjamini_hochberg(&ln_e_values)?.rejections(alpha);
    for (value, marked) in all(blocks).zip(marks) {
        if value.sample_ratio.alarm != Some(Alarm::Impossible) {
            value.sample_ratio.alarm = marked.then_some(Alarm::Sequential);
        }
    }
    Ok(())
}

fn all(blocks: &mut [Block]) -> impl Iterator<Item = &mut Value> {
    blocks.iter_mut().flat_map(|block| &mut block.values)
}
