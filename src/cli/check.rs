//! `segue check`: everything that is wrong in the two folders, at once.

use std::io::{self, Write};

use clap::Parser;
use serde_json::json;

use crate::diagnostic;
use crate::release::{Release, ReleaseCost};
use crate::rules::compiled::{Cost, SlotCost};
use crate::rules::{MemoryCost, MetricMemory, RuleMemory};

use super::Ending;
use super::folders::Folders;
use super::output::{Format, Output, counted};

/// Check rules, schema, content and cases
///
/// Prints every error and warning with its place and what to write instead. Exit code 0: the files may be published;
/// 1: they may not; 2: they could not be read.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue check
  segue check --cost
  segue check --strict --format json | jq -r '.[].message'")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Warnings count as errors for the exit code
    #[arg(long)]
    strict: bool,
    /// Show what deciding costs at most, slot by slot, and what is remembered of each visitor at most, rule by rule
    #[arg(long)]
    cost: bool,
    /// json: a list of {code, severity, file, line, column, message, help}; with --cost, {diagnostics, cost}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let (release, report) = arguments.folders.compile()?;
    let (errors, warnings) = report.counts();
    let cost = release.as_ref().filter(|_| arguments.cost).map(Release::cost);
    match arguments.format {
        Format::Json if arguments.cost => out.json(&json!({ "diagnostics": report.findings(), "cost": cost }))?,
        Format::Json => out.json(&report.findings())?,
        Format::Text => {
            let color = out.likes_color();
            let drawn = diagnostic::draw(&report, color);
            if !drawn.is_empty() {
                writeln!(out, "{drawn}")?;
            }
            let mut summary = release.iter().map(|release| size(release) + ": ").collect::<String>();
            summary += &verdict(errors, warnings);
            writeln!(out, "{summary}")?;
            if let Some(cost) = &cost {
                write_cost(cost, out)?;
            }
        }
    }
    Ok(Ending::from_findings(errors > 0 || (arguments.strict && warnings > 0)))
}

/// A line a slot, and the whole.
fn write_cost(cost: &ReleaseCost, out: &mut Output) -> io::Result<()> {
    let ReleaseCost { deciding: cost, memory } = cost;
    let widest = cost.slots.iter().map(|slot| slot.slot.chars().count()).max().unwrap_or(0).max("slot".len());
    writeln!(out, "\n{:<widest$}  rules  tests  steps  tries  evaluated   bytes", "slot")?;
    for SlotCost { slot, rules, predicates, depth, tries, evaluations, bytes } in &cost.slots {
        writeln!(
            out,
            "{slot:<widest$}  {rules:>5}  {predicates:>5}  {depth:>5}  {tries:>5}  {evaluations:>9}  {bytes:>6}"
        )?;
    }
    let Cost { predicates, bytes, .. } = cost;
    writeln!(out, "{} in {bytes} bytes", counted(*predicates, "different test"))?;
    write_memory(memory, out)
}

/// A line a segment or rule that has anything remembered, and the whole.
fn write_memory(memory: &MemoryCost, out: &mut Output) -> io::Result<()> {
    let widest = memory.rules.iter().map(|rule| rule.rule.chars().count()).max().unwrap_or(0).max("rule".len());
    writeln!(out, "\n{:<widest$}  cells  bytes per visitor", "rule")?;
    for RuleMemory { rule, cells, bytes } in &memory.rules {
        writeln!(out, "{rule:<widest$}  {cells:>5}  {bytes:>17}")?;
    }
    let MemoryCost { cells, bytes, limit, .. } = memory;
    writeln!(
        out,
        "{} of each visitor, {bytes} bytes at most; the limit is {limit}",
        counted(*cells, "different cell")
    )?;
    write_metrics(&memory.metrics, out)
}

/// A line a metric that a running experiment measures; what it takes does not count against the limit.
fn write_metrics(metrics: &[MetricMemory], out: &mut Output) -> io::Result<()> {
    if metrics.is_empty() {
        return Ok(());
    }
    let widest = metrics.iter().map(|metric| metric.metric.chars().count()).max().unwrap_or(0).max("metric".len());
    writeln!(out, "\n{:<widest$}  cells  bytes per visitor", "metric")?;
    for MetricMemory { metric, cells, bytes } in metrics {
        writeln!(out, "{metric:<widest$}  {cells:>5}  {bytes:>17}")?;
    }
    writeln!(out, "of a visitor with as many events as are remembered; the limit is for rules alone")
}

/// `12 segments, 6 slots, 40 rules, 2 experiments`
fn size(release: &Release) -> String {
    let program = &release.program;
    let rules = program.slots.iter().flat_map(|slot| &slot.blocks).map(|block| block.rules.len()).sum();
    let experiments = release.experiments.experiments.len();
    let mut counts = vec![(program.segments.len(), "segment"), (program.slots.len(), "slot"), (rules, "rule")];
    counts.extend((experiments > 0).then_some((experiments, "experiment")));
    counts.into_iter().map(|(count, noun)| counted(count, noun)).collect::<Vec<_>>().join(", ")
}

/// `fine`, `1 warning`, `3 errors, 1 warning`
fn verdict(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "fine".to_owned(),
        (errors, 0) => counted(errors, "error"),
        (0, warnings) => counted(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}
