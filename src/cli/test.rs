//! `segue test`: the examples of `rules/cases/`, run as tests.

use std::io::{self, Write};

use anyhow::ensure;
use clap::Parser;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::decision::{self, CaseOutcome, Mismatch};
use crate::release::Case;

use super::folders::Folders;
use super::output::{self, Format, Output};
use super::{Ending, explain, progress};

/// Run the cases of the rules folder
///
/// A case is a visitor with events at a moment, and what it expects: content, value, rule, reason. A case that fails
/// says what was expected, what came instead and why.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue test
  segue test 'big spender'
  segue test --format json | jq '.cases[] | select(.passed | not)'")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Only cases with this text in their name or file
    #[arg(value_name = "TEXT")]
    name: Option<String>,
    /// json: {"passed", "failed", "cases": [{name, file, line, passed, mismatches}]}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A case and how it ended.
#[derive(Serialize)]
struct Ran<'a> {
    name: &'a str,
    file: &'a str,
    line: usize,
    passed: bool,
    mismatches: Vec<Mismatch>,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let Some(release) = arguments.folders.release(arguments.format, out, output::NOT_COMPILED)? else {
        return Ok(Ending::Findings);
    };
    let cases: Vec<&Case> = release.cases.iter().filter(|case| arguments.wants(case)).collect();
    if let Some(name) = &arguments.name {
        ensure!(!cases.is_empty(), "no case has `{name}` in its name or file");
    }
    let ran: Vec<Ran<'_>> = progress::while_running("running the cases", || {
        cases.par_iter().map(|case| Ran::new(case, decision::run_case(&release, case))).collect()
    });
    let failed = ran.iter().filter(|case| !case.passed).count();
    let passed = ran.len() - failed;
    match arguments.format {
        Format::Json => out.json(&json!({"passed": passed, "failed": failed, "cases": ran}))?,
        Format::Text => {
            ran.iter().try_for_each(|case| case.write(out))?;
            writeln!(out, "{passed} passed, {failed} failed")?;
        }
    }
    Ok(Ending::from_findings(failed > 0))
}

impl Arguments {
    fn wants(&self, case: &Case) -> bool {
        self.name.as_ref().is_none_or(|text| case.name.contains(text) || case.file.contains(text))
    }
}

impl<'a> Ran<'a> {
    fn new(case: &'a Case, outcome: CaseOutcome) -> Self {
        let mismatches = match outcome {
            CaseOutcome::Passed => Vec::new(),
            CaseOutcome::Failed(mismatches) => mismatches,
        };
        Self { name: &case.name, file: &case.file, line: case.line, passed: mismatches.is_empty(), mismatches }
    }

    fn write(&self, out: &mut Output) -> io::Result<()> {
        let Self { name, file, line, passed, mismatches } = self;
        writeln!(out, "{}  {file}:{line}  {name}", if *passed { "ok    " } else { "FAILED" })?;
        for (index, mismatch) in mismatches.iter().enumerate() {
            let Mismatch { slot, what, expected, got, decision } = mismatch;
            // Where a literal is shown there is no content, and `nothing` would be half the truth.
            let shown = decision.as_ref().filter(|_| *what == "content" && got.is_null()).map(explain::shown);
            let got = shown.unwrap_or_else(|| plain(got));
            writeln!(out, "  {slot}: expected {what} {}, got {got}", plain(expected))?;
            // Each slot is explained once, behind its last mismatch.
            let is_last = mismatches.get(index + 1).is_none_or(|next| next.slot != *slot);
            if is_last {
                for line in decision.iter().flat_map(explain::reasons) {
                    writeln!(out, "    {line}")?;
                }
            }
        }
        Ok(())
    }
}

/// A name or text without quotes, anything else as JSON; `null` is nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
