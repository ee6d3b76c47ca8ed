//! A scorecard for people: what to do first, then what it rests on.

mod grid;
mod metric;
mod parts;
mod split;

use std::io::{self, Write};

use clap::builder::styling::Style;

use crate::analysis::{Plan, Scorecard, Stop, words};
use crate::cli::output::Output;
use crate::cli::paragraph::{paragraph, width};
use crate::cli::units::Table;

use super::Arguments;

/// Prints everything.
pub(super) fn write(
    arguments: &Arguments,
    table: &Table,
    units: u64,
    plan: &Plan,
    found: &Scorecard,
    out: &mut Output,
) -> io::Result<()> {
    let width = width();
    let (bold, plain) =
        if out.likes_color() { (Style::new().bold().to_string(), "\u{1b}[0m") } else { (String::new(), "") };
    writeln!(out, "{}: {}", arguments.named(), size(table.rows(), units))?;
    paragraph(&stopping(plan), "", width, out)?;
    writeln!(out)?;
    paragraph(&format!("{bold}{}{plain}", found.verdict.text), "", width, out)?;
    for reason in &found.verdict.reasons {
        paragraph(reason, "  ", width, out)?;
    }
    for flag in &found.flags {
        let word = if flag.fails { "data check failed: " } else { "note: " };
        paragraph(&format!("{word}{}", flag.text), "", width, out)?;
    }
    writeln!(out)?;
    split::write(found, plan, width, out)?;
    for name in plan.metrics.iter().map(|metric| &metric.name) {
        let rows: Vec<_> = found.metrics.iter().filter(|row| row.metric == *name).collect();
        writeln!(out)?;
        metric::write(&rows, plan, arguments.strata.is_some(), width, out)?;
    }
    for block in &found.breakdowns {
        writeln!(out)?;
        parts::write(block, plan, width, out)?;
    }
    Ok(())
}

fn size(rows: u64, units: u64) -> String {
    if rows == units {
        format!("{} units", words::count(units))
    } else {
        format!("{} rows, {} units", words::count(rows), words::count(units))
    }
}

/// What the intervals promise.
fn stopping(plan: &Plan) -> String {
    let confidence = words::percent(1.0 - plan.alpha);
    let rule = match plan.stop {
        Stop::Anytime => "the intervals below hold at every look, whenever one stops",
        Stop::GroupSequential { .. } => "the intervals below hold at the planned looks",
        Stop::Fixed => "the intervals below hold if this is the only look; --plan anytime holds at every look",
    };
    format!("plan {}, confidence {confidence}: {rule}", plan.stop.code().replace('_', "-"))
}
