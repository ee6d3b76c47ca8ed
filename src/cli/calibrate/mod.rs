//! `segue calibrate`: whether the promised rate of false alarms is kept on the user's own history, where nothing is different.

mod advice;
mod halves;
mod history;
mod judge;
mod rates;
mod report;
mod text;

use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cli::Ending;
use crate::cli::asked::{check_power, error_rate, rate};
use crate::cli::output::{Format, Output};
use crate::cli::progress::Progress;
use crate::cli::units::{Input, MetricColumn};
use crate::statistics::group_sequential::MAX_LOOKS;

use self::history::History;
use self::judge::{Judge, Run};
use self::rates::Tally;
use self::report::Report;

/// So few looks leave nothing to look at in between, so many are what bounds are computed for.
const LOOKS: std::ops::RangeInclusive<i64> = 2..=MAX_LOOKS as i64;

/// Replay your history as experiments in which nothing is different
///
/// Splits the units of a file in two again and again (A/A), looks at each split as often as an experiment would be looked at, and counts how often each
/// plan claims a difference that is none: fixed (one look), group-sequential, and anytime with and without a planned end. Beside them stands what
/// the fixed test does if one looks at it each time and stops at the first p-value below alpha. With --covariate all of it is also measured for
/// the adjusted metric (CUPED). Says what effect the same number of units would find.
///
/// A unit's half in a replay depends on its id, the replay and --seed alone: the same file gives the same numbers on any machine.
///
/// Exit code 1: a plan claims more often than alpha, beyond what chance explains (99.9 %), or a metric has nothing to test.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue calibrate visitors.csv --unit visitor --metric order --metric spend --time first_seen
  segue calibrate events.ndjson.gz --unit user --metric clicks:ratio=views --runs 5000 --looks 28
  segue calibrate orders.csv --unit customer --metric spend --covariate spend_before --plan anytime")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// The column of the unit's id; without it each row is a unit
    #[arg(long, value_name = "COLUMN")]
    unit: Option<String>,
    /// A column and what it is: `order`, `spend:sum`, `clicks:ratio=views`; may be repeated
    #[arg(long = "metric", value_name = "COLUMN[:KIND]", required = true)]
    metrics: Vec<MetricColumn>,
    /// A column that was known before: also replays the metrics adjusted by it (CUPED)
    #[arg(long, value_name = "COLUMN")]
    covariate: Option<String>,
    /// The column of times, in whose order units come [default: the order of the rows]
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// How many replays
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    runs: u64,
    /// How many looks at each, the last included
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(LOOKS))]
    looks: u32,
    /// Measure this plan only; may be repeated [default: all]
    #[arg(long = "plan", value_enum, value_name = "PLAN")]
    plans: Vec<rates::Plan>,
    /// The rate of false alarms that is promised
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = error_rate)]
    alpha: f64,
    /// The chance to find an effect, for the effect that is found
    #[arg(long, value_name = "SHARE", default_value = "80%", value_parser = rate)]
    power: f64,
    /// Another number splits otherwise
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// json: {units, runs, looks, alpha, seed, metrics: [{metric, rates, uniformity, detectable, findings}], verdict}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    check_power(arguments.power, arguments.alpha)?;
    let history = History::read(arguments)?;
    let judge = Judge::new(&history, arguments)?;
    let progress = Progress::new("replays", Some(arguments.runs));
    let done = AtomicU64::new(0);
    // Collected in the order of the runs, so that no sum depends on who came first.
    let runs: Vec<Run> = (0..arguments.runs)
        .into_par_iter()
        .map(|run| {
            let found = judge.run(&history, run);
            progress.advance(1, done.fetch_add(1, Ordering::Relaxed) + 1);
            found
        })
        .collect();
    progress.finish();
    let tally = Tally::of(&runs);
    let report = Report::new(arguments, &history, &judge, &tally)?;
    match arguments.format {
        Format::Json => out.json(&report)?,
        Format::Text => report.write(out)?,
    }
    Ok(Ending::from_findings(report.has_findings()))
}
