//! A breakdown: the deciding numbers of each part of the units.

use std::io::{self, Write};

use crate::analysis::report::paragraph;
use crate::analysis::{Block, Metric, Plan, Row, Stop, Value, words};

use super::grid::Grid;
use super::metric::{Shown, TOO_FEW, lift};

/// The block of one breakdown.
pub(super) fn write(block: &Block, plan: &Plan, width: usize, out: &mut impl Write) -> io::Result<()> {
    let about = match plan.stop {
        Stop::Anytime => {
            "parts of the units tell where to look, not what to do; `marked` is beyond chance, all parts taken together"
        }
        _ => {
            "parts of the units tell where to look, not what to do; `marked` is beyond chance, all parts taken together, by `p always`, that of every \
             look; a smaller p beside it is that of one look at one part"
        }
    };
    paragraph(&format!("by {}: {about}", block.name), "", width, out)?;
    let broken: Vec<&str> =
        block.values.iter().filter(|part| part.sample_ratio.alarm.is_some()).map(|part| &*part.value).collect();
    if !broken.is_empty() {
        paragraph(
            &format!("ALARM: the traffic of {} was not split as planned", words::list(&broken)),
            "  ",
            width,
            out,
        )?;
    }
    for metric in &plan.metrics {
        write_metric(block, metric, plan, width, out)?;
    }
    // Of a plan that waits itself there is no other p.
    let mut rows = block.values.iter().flat_map(|part| &part.metrics).filter(|_| plan.stop != Stop::Anytime);
    if let Some(waiting) = rows.find_map(|row| row.e_bh_waiting.as_ref()) {
        let note =
            format!("`{TOO_FEW}` is never marked, however small its p: the start-up rule waits, as for {waiting}");
        paragraph(&note, "  ", width, out)?;
    }
    Ok(())
}

fn write_metric(block: &Block, metric: &Metric, plan: &Plan, width: usize, out: &mut impl Write) -> io::Result<()> {
    let shown = Shown::of(metric.kind);
    let confidence = format!("{} interval", words::percent(1.0 - plan.alpha));
    let numbers = ["units", "value", "lift", &confidence, "p", "p always", ""];
    let mut grid = Grid::new(&[&metric.name, "variant"], &numbers);
    for part in &block.values {
        let treatments = part.metrics.iter().filter(|row| row.metric == metric.name && !row.control);
        for (place, row) in treatments.enumerate() {
            grid.row(cells(part, row, shown, (place == 0, plan.stop != Stop::Anytime)));
        }
    }
    grid.write(width, out)
}

/// `has_always` = what e-BH judges by is not what decides.
fn cells(part: &Value, row: &Row, shown: Shown, (is_first, has_always): (bool, bool)) -> Vec<String> {
    let decided = row.decided();
    let interval = decided.and_then(|decided| {
        let relative = decided.relative.map(|(lower, upper)| format!("{} .. {}", lift(lower), lift(upper)));
        let ends = |(lower, upper)| format!("{} .. {}", shown.difference(lower), shown.difference(upper));
        relative.or_else(|| decided.absolute.map(ends))
    });
    let p_value = decided.and_then(|decided| decided.log10_p_value).map(|log10| words::probability(log10.get()));
    vec![
        if is_first { part.value.clone() } else { String::new() },
        row.variant.clone(),
        words::count(row.n),
        row.level.map(|level| shown.level(level)).unwrap_or_default(),
        decided.and_then(|decided| decided.relative_lift).map(lift).unwrap_or_default(),
        interval.unwrap_or_else(|| row.undefined.map_or_else(|| TOO_FEW.to_owned(), |why| why.to_string())),
        p_value.unwrap_or_default(),
        if has_always { always(row) } else { String::new() },
        if row.e_bh == Some(true) { "marked".to_owned() } else { String::new() },
    ]
}

/// The p-value of every look, or that there is none yet.
fn always(row: &Row) -> String {
    let Some(block) = row.always() else { return String::new() };
    block.tested.map_or_else(|| TOO_FEW.to_owned(), |tested| words::probability(tested.log10_p_value.get()))
}
