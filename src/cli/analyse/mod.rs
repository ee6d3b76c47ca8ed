//! `segue analyse`: a table of units -> a scorecard.
//!
//! In: files of one row a unit or one row an event. Out: the whole scorecard of room `analysis`, as a report for people or as JSON.
//! Two goes over the table: the first parts the rows by unit ([`Table`]), the second makes each unit's numbers and adds them to the
//! exact sums of its variant ([`Tally`]). What a metric comes to does not depend on the order of rows.

mod aim;
mod history;
mod live;
mod live_chart;
mod noted;
mod opened;
mod plan;
mod plot;
mod quantile;
mod tally;
mod weights;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::analysis::{Data, Report, Scorecard, scorecard, words};

use self::aim::{Aim, Guardrail};
use self::history::Told;
use self::live::Live;
use self::plan::{Metrics, Settings};
use self::tally::{Groups, Tally};
use self::weights::Weights;
use super::Ending;
use super::output::{Format, Output};
use super::progress::while_running;
use super::units::{Input, MetricColumn, Table, Wanted, Word, check_covariate};
use super::width::width;

/// Compare variants: a table of units, or of their events, to a scorecard
///
/// Reads CSV, TSV or NDJSON, also gzipped, of any size: one row a unit, or one row an event (the rows of a unit are added up).
/// Prints for each metric and variant what it comes to, how sure one can be of the difference, and what to do. Numbers are exact to
/// the ninth digit, whatever the order of rows.
///
/// Kinds of metric, after a colon: `conversion` (share of units with a value other than 0; the default for columns of 0 and 1),
/// `sum` (mean per unit; the default otherwise), `ratio=COLUMN` (sum by sum), `quantile=0.9` (of all rows). Behind it, or instead of it, `up` or `down`: where better lies.
///
/// With --experiment the result of a live experiment is shown: by a running server (--server), or of a data folder that no server has open.
///
/// Exit code 1: a check of the data fails, such as the split of the traffic. Exit code 2: no result.
#[derive(Debug, Parser)]
#[command(mut_arg("files", |files| files.required(false).required_unless_present("experiment")))]
#[command(after_help = "Examples:
  segue analyse visitors.csv --unit id --variant arm --control a --metric bought --metric spend --covariate spend_before
  segue analyse events.ndjson.gz --unit visitor --variant arm --control a --metric clicks:ratio=views --time at --plot lift.svg
  segue analyse day-*.csv.gz --unit id --variant arm --control a --metric bought --guardrail errors:down:1% --format json
  segue analyse --experiment cart_hero_test --server http://127.0.0.1:8080")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    live: Live,
    /// Column of the unit's id, what was assigned to a variant [default: each row is a unit]
    #[arg(long, value_name = "COLUMN")]
    unit: Option<String>,
    /// Column of the variant
    #[arg(long, value_name = "COLUMN", required_unless_present = "experiment", default_value = "")]
    variant: String,
    /// The variant that the others are compared with
    #[arg(long, value_name = "VALUE", required_unless_present = "experiment", default_value = "")]
    control: String,
    /// A success metric; the first is the primary one. Kinds: conversion, sum, ratio=COLUMN, quantile=0.9. More is better, unless `:down` is said
    #[arg(long = "metric", value_name = "COLUMN[:KIND][:up|down]", required_unless_present = "experiment")]
    metrics: Vec<Aim>,
    /// What must not get worse, and which way is better: `errors:down`; with a margin, by no more than that relative to the control:
    /// `refunds:sum:down:2%`
    #[arg(long = "guardrail", value_name = "COLUMN[:KIND]:up|down[:MARGIN]")]
    guardrails: Vec<Guardrail>,
    /// A success metric of which less is better, as `:down` behind it says too; may be repeated
    #[arg(long = "lower-is-better", value_name = "METRIC")]
    lower_is_better: Vec<String>,
    /// A number known of each unit before the experiment; what it explains is taken out of the noise (CUPED)
    #[arg(long, value_name = "COLUMN")]
    covariate: Option<String>,
    /// Part the units by a text known before the experiment, and take differences between the parts out of the noise
    #[arg(long, value_name = "COLUMN")]
    strata: Option<String>,
    /// Show the results for each value of this column too; may be repeated
    #[arg(long = "breakdown", value_name = "COLUMN")]
    breakdowns: Vec<String>,
    #[command(flatten)]
    settings: Settings,
    /// Planned shares of the traffic [default: equal]; all variants must be named
    #[arg(long, value_name = "VARIANT=WEIGHT,..")]
    weights: Option<Weights>,
    /// When each row happened: RFC 3339, a date, or seconds since 1970. Gives the history of the results
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// Draw how the anytime-valid intervals narrowed, over the times or else over the rows
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// json: {rows, units, sample_ratio, variants, metrics, breakdowns, flags, verdict, history}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What programs read.
#[derive(Serialize)]
struct Answer<'a> {
    rows: u64,
    units: u64,
    #[serde(flatten)]
    scorecard: &'a Scorecard,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a [Told]>,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    if let Some(name) = &arguments.live.experiment {
        return live::run(&arguments.live, name, arguments.plot.as_deref(), arguments.format, out);
    }
    let metrics = Metrics::new(arguments)?;
    let table = Table::read(&arguments.input, &arguments.wanted(&metrics))?;
    let measures = metrics.measures.of(&table);
    let plan = metrics.plan(arguments, &measures)?;
    let groups = Groups::new(arguments, &table)?;
    let tally = while_running("adding up", || Tally::of(&table, &groups, &measures, metrics.measures.covariate()))?;
    let levels = while_running("putting in order", || quantile::levels(&table, &groups, &measures))?;
    let units = tally.units();
    Metrics::check_looks(&arguments.settings, units)?;
    let quality = noted::quality(arguments, &metrics, &table, &tally);
    let data = Data { looks: arguments.settings.earlier_looks.clone(), quality, ..tally.data(&groups, &levels) };
    let found = scorecard(&plan, &data).with_context(|| format!("no scorecard of {}", arguments.named()))?;
    let is_told = arguments.time.is_some() || arguments.plot.is_some();
    let history = match is_told {
        true => while_running("looking back", || history::told(&table, &groups, &measures, &plan, data.accumulates))?,
        false => Vec::new(),
    };
    if let Some(file) = &arguments.plot {
        history::draw(&history, &groups, plan.alpha, file)?;
    }
    match arguments.format {
        Format::Json => out.json(&Answer {
            rows: table.rows(),
            units,
            scorecard: &found,
            history: arguments.time.as_ref().map(|_| &*history),
        })?,
        Format::Text => {
            let report = Report {
                title: &format!("{}: {}", arguments.named(), size(table.rows(), units)),
                plan: &plan,
                found: &found,
                notes: &[],
                plan_option: "--plan anytime",
                has_strata: arguments.strata.is_some(),
                width: width(),
                is_styled: out.likes_color(),
            };
            report.write(out)?;
        }
    }
    Ok(Ending::from_findings(found.sample_ratio.alarm.is_some() || found.flags.iter().any(|flag| flag.fails)))
}

fn size(rows: u64, units: u64) -> String {
    if rows == units { words::units(units) } else { format!("{} rows, {}", words::count(rows), words::units(units)) }
}

impl Arguments {
    fn wanted(&self, metrics: &Metrics) -> Wanted {
        let word = |column: &String, is_required| Word { column: column.clone(), is_required };
        let variant = std::iter::once(word(&self.variant, true));
        let parted = self.strata.iter().chain(&self.breakdowns).map(|column| word(column, false));
        Wanted {
            unit: self.unit.clone(),
            words: variant.chain(parted).collect(),
            numbers: metrics.measures.columns().to_vec(),
            time: self.time.clone(),
        }
    }

    /// Refuses columns that cannot be what they are named for.
    fn check_columns(&self, metrics: &[MetricColumn]) -> anyhow::Result<()> {
        check_covariate(metrics, self.covariate.as_deref())?;
        let metric = |column: &String| metrics.iter().any(|metric| metric.has(column));
        let parted = self.breakdowns.iter().map(|column| ("--breakdown", column));
        for (option, column) in parted.chain(self.strata.iter().map(|column| ("--strata", column))) {
            if *column == self.variant {
                bail!(
                    "{option} names `{column}`, which is the column of the variant\nhelp: each part would hold one variant alone; name what is known of a unit \
                     whatever its variant"
                );
            }
            if metric(column) {
                bail!(
                    "{option} names `{column}`, which is a metric\nhelp: what a variant changes makes parts that cannot be compared; name what was known before"
                );
            }
        }
        Ok(())
    }

    /// The files, for a message.
    fn named(&self) -> String {
        let name = |path: &PathBuf| {
            if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
        };
        self.input.files.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// When the experiment may be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StopAt {
    /// Once, when the planned visitors have come
    Fixed,
    /// At planned looks
    GroupSequential,
    /// At any time, on seeing anything
    Anytime,
}
