//! `segue power`: how many visitors and days each plan needs, and what each of them costs.

mod baseline;
mod correction;
mod history;
mod plans;
mod report;
mod row;
mod text;

use std::path::PathBuf;

use clap::{ArgGroup, Parser};

use crate::cli::Ending;
use crate::cli::asked::{self, change, error_rate, rate, weight};
use crate::cli::output::{Format, Output};
use crate::cli::units::{MetricColumn, Patience};
use crate::statistics::group_sequential::MAX_LOOKS;

pub(in crate::cli) use self::baseline::Baseline;
pub(in crate::cli) use self::correction::Correction;
pub(in crate::cli) use self::plans::{Asked, Plan};

use self::report::Report;

/// Visitors and days that an experiment needs
///
/// Computes for one metric how many visitors find a minimum effect, or what effect so many visitors or days find, under each plan: fixed (one look,
/// at the end), group-sequential (a few planned looks), and anytime (any look, with and without a planned end). Beside each stands
/// its price: visitors at most and on average, when the result may be read, and what happens to those who look more often.
///
/// The metric is told by its numbers (--baseline; --mean and --deviation), or read from a file of history, one row a visitor or an event,
/// which also tells what a covariate saves and how many visitors come a day.
///
/// Exit code 1: no plan has an answer.
#[derive(Debug, Parser)]
#[command(
    group = ArgGroup::new("metric_known_by").required(true).args(["baseline", "mean", "history"]),
    mut_arg("skip_bad_rows", |argument| argument.requires("history")),
    group = ArgGroup::new("question").required(true).args(["minimum_effect", "visitors", "days"]),
    after_help = "Examples:
  segue power --baseline 5% --minimum-effect 10% --visitors-per-day 2000
  segue power --mean 12.50 --deviation 40 --minimum-effect 3% --variants 3 --guardrails 2
  segue power --history orders.csv --unit customer --metric spend --covariate spend_before --time first_seen --days 28"
)]
pub(super) struct Arguments {
    /// The share of visitors that convert today, such as 5%
    #[arg(long, value_name = "SHARE", value_parser = rate)]
    baseline: Option<f64>,
    /// The mean of the metric today, a visitor
    #[arg(long, value_name = "NUMBER", requires = "deviation", allow_hyphen_values = true)]
    mean: Option<f64>,
    /// The standard deviation of the metric between visitors
    #[arg(long, value_name = "NUMBER", requires = "mean")]
    deviation: Option<f64>,
    /// A file of history: CSV, TSV or NDJSON, also gzipped
    #[arg(long, value_name = "FILE", requires = "metric")]
    history: Option<PathBuf>,
    /// The column of the visitor's id; without it each row is a visitor
    #[arg(long, value_name = "COLUMN", requires = "history")]
    unit: Option<String>,
    /// The column of the metric, and what it is: `order`, `spend:sum`, `clicks:ratio=views`
    #[arg(long, value_name = "COLUMN[:KIND]", requires = "history")]
    metric: Option<MetricColumn>,
    /// A column that was known before: the share of the variance that it explains is saved (CUPED)
    #[arg(long, value_name = "COLUMN", requires = "history")]
    covariate: Option<String>,
    /// The column of times: tells how many visitors come a day
    #[arg(long, value_name = "COLUMN", requires = "history")]
    time: Option<String>,
    #[command(flatten)]
    patience: Patience,
    /// The smallest change worth finding, relative to today, such as 10% or -3%
    #[arg(long, value_name = "CHANGE", value_parser = change, allow_hyphen_values = true)]
    minimum_effect: Option<f64>,
    /// So many visitors of all variants together: what do they find?
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(4..=asked::MAX_VISITORS))]
    visitors: Option<u64>,
    /// So many days: what do they find?
    #[arg(long, value_name = "COUNT", value_parser = asked::positive)]
    days: Option<f64>,
    /// Visitors of all variants together that come into the experiment in a day [default: as --time says]
    #[arg(long, value_name = "COUNT", value_parser = asked::positive)]
    visitors_per_day: Option<f64>,
    /// How many variants, with the control
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(2..=64))]
    variants: Option<u8>,
    /// Their weights, the control's first, such as 2,1,1 [default: all equal]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = weight)]
    weights: Vec<f64>,
    /// The chance to find the effect
    #[arg(long, value_name = "SHARE", default_value = "80%", value_parser = rate)]
    power: f64,
    /// The rate of false alarms, all comparisons together
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = error_rate)]
    alpha: f64,
    /// Looks of the group-sequential plan, the last included
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=i64::from(MAX_LOOKS)))]
    looks: u32,
    /// Success metrics: alpha is shared among them, and among the treatments
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    metrics: u32,
    /// Guardrail metrics: the chance to fail is shared with them
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    guardrails: u32,
    /// json: {metric, minimum_effect, variants, alpha, power, visitors_per_day, plans: [..]}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    asked::check_power(arguments.power, arguments.alpha)?;
    let report = Report::new(arguments)?;
    match arguments.format {
        Format::Json => out.json(&report)?,
        Format::Text => report.write(out)?,
    }
    Ok(Ending::from_findings(report.is_unsolved()))
}
