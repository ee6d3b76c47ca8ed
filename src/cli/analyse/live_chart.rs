//! The history of a live experiment as panels of a chart.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::analysis::{Number, Point};
use crate::trial::{History, PointRow};

use super::plot::Panel;

/// As much of a result as a chart needs.
#[derive(Deserialize)]
pub(super) struct Outline {
    pub alpha: f64,
    variants: Vec<OutlinedVariant>,
    metrics: Vec<OutlinedRow>,
}

#[derive(Deserialize)]
struct OutlinedVariant {
    variant: String,
    control: bool,
}

#[derive(Deserialize)]
struct OutlinedRow {
    metric: String,
    kind: String,
}

/// One for each metric and treatment, in the order of the result.
pub(super) fn panels(outline: &Outline, history: &History) -> Vec<Panel> {
    let control = outline.variants.iter().find(|variant| variant.control).map_or("", |variant| &variant.variant);
    let shares: BTreeSet<&str> =
        outline.metrics.iter().filter(|row| row.kind == "conversion").map(|row| &*row.metric).collect();
    let mut metrics: Vec<&str> = outline.metrics.iter().map(|row| &*row.metric).collect();
    metrics.dedup();
    let treatments = || outline.variants.iter().filter(|variant| !variant.control);
    let pairs = metrics.iter().flat_map(|metric| treatments().map(move |variant| (*metric, &*variant.variant)));
    let panel = |(metric, treatment): (&str, &str)| {
        let rows = history.points.iter().flat_map(|at| at.point.rows.iter().map(move |row| (&*at.at, row)));
        let own = rows.filter(|(_, row)| row.metric == metric && row.variant == treatment);
        Panel {
            metric: metric.to_owned(),
            treatment: treatment.to_owned(),
            control: control.to_owned(),
            is_share: shares.contains(metric),
            points: own.map(|(at, row)| point(at, row)).collect(),
        }
    };
    pairs.map(panel).filter(|panel| !panel.points.is_empty()).collect()
}

fn point(at: &str, row: &PointRow) -> Point {
    let number = |number: Option<f64>| number.and_then(|number| Number::of(number).ok());
    Point {
        label: at.to_owned(),
        n: row.units,
        estimate: number(row.estimate),
        lower: number(row.lower),
        upper: number(row.upper),
        fixed_lower: None,
        fixed_upper: None,
        relative_lift: number(row.relative_lift),
        relative_lower: number(row.relative_lower),
        relative_upper: number(row.relative_upper),
        p_value: number(row.p_value),
    }
}
