//! What a reader should know about the table itself.

use crate::analysis::Quality;
use crate::cli::units::Table;

use super::Arguments;
use super::plan::Metrics;
use super::tally::Tally;

/// What went wrong before there were sums.
pub(super) fn quality(arguments: &Arguments, metrics: &Metrics, table: &Table, tally: &Tally) -> Quality {
    let place = |column: &str| metrics.measures.columns().iter().position(|known| known == column);
    let missing = |column: &str| place(column).map_or(0, |place| table.missing(place));
    let mut values: Vec<(String, u64)> = Vec::new();
    let below = metrics.columns().filter_map(|(_, metric)| metric.denominator.as_deref());
    let above = metrics.columns().map(|(_, metric)| metric.column.as_str());
    for column in above.chain(below).chain(arguments.covariate.as_deref()) {
        if missing(column) > 0 && !values.iter().any(|(known, _)| known == column) {
            values.push((column.to_owned(), missing(column)));
        }
    }
    // A column that stands for several metrics is noted once.
    let mut units: Vec<(&str, (String, Vec<u64>))> = Vec::new();
    for ((name, metric), counts) in metrics.columns().zip(&tally.missing) {
        let is_known = units.iter().any(|(column, (_, known))| *column == metric.column && known == counts);
        if counts.iter().any(|count| *count > 0) && !is_known {
            units.push((&metric.column, (name.to_owned(), counts.clone())));
        }
    }
    Quality {
        units_in_several_variants: tally.several,
        refused_rows: table.bad_rows(),
        missing_values: values,
        varying_values: varying(arguments, tally),
        missing_units: units.into_iter().map(|(_, noted)| noted).collect(),
        ..Quality::default()
    }
}

/// What is taken from a unit's first row should stand in all of them.
fn varying(arguments: &Arguments, tally: &Tally) -> Vec<(String, u64)> {
    let parted = arguments.strata.iter().chain(&arguments.breakdowns).zip(tally.parting_varies.iter().copied());
    let covariate = arguments.covariate.iter().map(|column| (column, tally.covariate_varies));
    parted.chain(covariate).filter(|(_, units)| *units > 0).map(|(column, units)| (column.clone(), units)).collect()
}
