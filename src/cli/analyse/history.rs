//! What was known at each of a bounded number of looks, had somebody looked then.
//!
//! The span of the times (or of the rows) is cut into equal parts. A unit counts from its first row on; when more of its rows come, what
//! it was before is taken out of the exact sums again. So the last look is the scorecard itself, to the last bit.

use std::path::Path;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::{Counts, Kind, Look, Measured, Plan, Point, history};
use crate::cli::units::{Measure, Table, Unit};
use crate::statistics::Observation;

use super::plot::{self, Panel};
use super::tally::{Groups, is_of_sums};

/// More points would not be seen in a chart.
pub const MAX_POINTS: usize = 100;

/// What was known of a metric and a treatment.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub metric: String,
    pub variant: String,
    #[serde(skip)]
    is_share: bool,
    pub points: Vec<Point>,
}

/// What a part of the span brought.
#[derive(Debug, Clone)]
struct Change {
    added: Counts,
    /// What units were before they changed.
    replaced: Counts,
}

/// The history of each metric that is no quantile, for each treatment.
pub(super) fn told(
    table: &Table,
    groups: &Groups,
    measures: &[Measure],
    plan: &Plan,
    accumulates: bool,
) -> anyhow::Result<Vec<Told>> {
    let Some(span) = Span::of(table) else { return Ok(Vec::new()) };
    let empty = || Counts::new(measures.len(), groups.variants.len());
    let add = |changes: &mut Vec<Option<Change>>, unit: &Unit<'_>| {
        let Some(variant) = groups.variant(unit) else { return Ok(()) };
        let mut before: Option<Vec<Observation>> = None;
        let parts: Vec<usize> = (0..unit.rows()).map(|row| span.part(unit.moment(row))).collect();
        let mut rows = 0;
        for same in parts.chunk_by(|a, b| a == b) {
            rows += same.len();
            let now: Vec<Observation> = measures.iter().map(|measure| measure.observe(unit, rows)).collect();
            let change = same.first().and_then(|part| changes.get_mut(*part));
            if let Some(change) = change.filter(|_| before.as_ref() != Some(&now)) {
                let change = change.get_or_insert_with(|| Change { added: empty(), replaced: empty() });
                change.added.add(variant, &now)?;
                if let Some(before) = &before {
                    change.replaced.add(variant, before)?;
                }
            }
            before = Some(now);
        }
        Ok(())
    };
    let changes = table.fold(|| vec![None; MAX_POINTS], add, merged)?;
    let mut known = empty();
    let mut looks: Vec<Vec<Vec<Look>>> = vec![vec![Vec::new(); groups.variants.len()]; measures.len()];
    for (part, change) in changes.into_iter().enumerate() {
        let Some(change) = change else { continue };
        known.merge(&change.added)?;
        known.subtract(&change.replaced)?;
        for (looks, sums) in looks.iter_mut().zip(&known.sums) {
            let Some(control) = sums.first() else { continue };
            for (looks, treatment) in looks.iter_mut().zip(sums) {
                looks.push(Look {
                    label: span.label(part),
                    units: known.units.iter().fold(0, |sum, units| u64::saturating_add(sum, *units)),
                    control: Measured::from(control.clone()),
                    treatment: Measured::from(treatment.clone()),
                });
            }
        }
    }
    let mut told = Vec::new();
    for (place, (measure, looks)) in
        measures.iter().zip(looks).enumerate().filter(|(_, (measure, _))| is_of_sums(measure))
    {
        let Some(metric) = plan.metrics.get(place) else { continue };
        let shown = groups.variants.iter().zip(looks).zip(&known.units).skip(1);
        // Where nobody should be and nobody is there is nothing to draw.
        for (((variant, _), looks), _) in shown.filter(|(((_, weight), _), units)| *weight > 0.0 || **units > 0) {
            told.push(Told {
                metric: metric.name.clone(),
                variant: variant.clone(),
                is_share: measure.kind == Kind::Conversion,
                points: history(plan, metric, accumulates, &looks),
            });
        }
    }
    Ok(told)
}

fn merged(mut changes: Vec<Option<Change>>, others: Vec<Option<Change>>) -> anyhow::Result<Vec<Option<Change>>> {
    for (change, other) in changes.iter_mut().zip(others) {
        match (change.as_mut(), other) {
            (Some(change), Some(other)) => {
                change.added.merge(&other.added)?;
                change.replaced.merge(&other.replaced)?;
            }
            (None, other) => *change = other,
            (Some(_), None) => {}
        }
    }
    Ok(changes)
}

/// The times of a table, or the numbers of its rows, cut into equal parts.
struct Span {
    first: i64,
    last: i64,
    is_of_times: bool,
}

impl Span {
    fn of(table: &Table) -> Option<Self> {
        let (first, last) = table.moments()?;
        Some(Self { first, last, is_of_times: table.has_times() })
    }

    fn part(&self, moment: i64) -> usize {
        let (length, passed) =
            (i128::from(self.last) - i128::from(self.first) + 1, i128::from(moment) - i128::from(self.first));
        usize::try_from(passed * MAX_POINTS as i128 / length).unwrap_or(0).min(MAX_POINTS - 1)
    }

    /// The last moment of a part.
    fn label(&self, part: usize) -> String {
        let length = i128::from(self.last) - i128::from(self.first) + 1;
        // Rounded up, less one: the next moment belongs to the next part.
        let passed = (length * (part as i128 + 1) - 1) / MAX_POINTS as i128;
        let moment = i64::try_from(i128::from(self.first) + passed).unwrap_or(self.last);
        if !self.is_of_times {
            return (moment + 1).to_string();
        }
        Timestamp::from_microsecond(moment).map_or_else(|_| moment.to_string(), |moment| moment.to_string())
    }
}

/// Writes the chart.
pub(super) fn draw(told: &[Told], groups: &Groups, alpha: f64, file: &Path) -> anyhow::Result<()> {
    let control = groups.variants.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let panels: Vec<Panel> = told
        .iter()
        .map(|told| Panel {
            metric: told.metric.clone(),
            treatment: told.variant.clone(),
            control: control.clone(),
            is_share: told.is_share,
            points: told.points.clone(),
        })
        .collect();
    write_chart(&panels, alpha, file)
}

/// Draws the panels into a file.
pub(super) fn write_chart(panels: &[Panel], alpha: f64, file: &Path) -> anyhow::Result<()> {
    let svg = plot::draw(panels, alpha).context("cannot draw the chart")?;
    std::fs::write(file, svg).map_err(|error| {
        anyhow!(
            "cannot write `{}`: {error}\nhelp: --plot names a file in a folder that is there and may be written to",
            file.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_is_in_the_part_that_its_label_ends() {
        for (first, last) in [(0, 0), (0, 6), (0, 99), (0, 12_345), (i64::MIN / 2, i64::MAX / 2), (-5, 1_000)] {
            let span = Span { first, last, is_of_times: false };
            assert_eq!(span.part(first), 0);
            for moment in [first, last, first / 2 + last / 2] {
                let end: i64 = span.label(span.part(moment)).parse::<i64>().unwrap() - 1;
                assert!(end >= moment && span.part(end) == span.part(moment), "{first} {last} {moment} {end}");
            }
        }
    }
}
