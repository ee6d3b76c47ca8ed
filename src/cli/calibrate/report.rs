//! What the replays found, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::words::{count, percent, plain, probability};
use crate::cli::output::Output;
use crate::cli::paragraph::{paragraph, width};
use crate::cli::power::{Asked, Baseline, Correction, Plan};
use crate::statistics::calibration::{rate_interval, uniformity};
use crate::statistics::{Interval, Undefined};

use super::Arguments;
use super::advice::{Finding, Shape};
use super::history::History;
use super::judge::{Judge, Judged};
use super::rates::{Counts, Tally, Way};

/// Rates are judged by intervals of this confidence: with three promises for each metric, a weaker one would alarm without reason.
pub(super) const CONFIDENCE: f64 = 0.999;

/// At or under this p-value the p-values of the fixed test count as not uniform.
pub(super) const NOT_UNIFORM_P_VALUE: f64 = 0.001;

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    files: Vec<String>,
    /// Units that were replayed.
    units: u64,
    /// Units that the files hold.
    units_read: u64,
    bad_rows: u64,
    days: Option<f64>,
    runs: u64,
    looks: u32,
    alpha: f64,
    power: f64,
    seed: u64,
    metrics: Vec<Metric>,
    verdict: Verdict,
}

/// One metric, plain or adjusted.
#[derive(Serialize)]
struct Metric {
    metric: String,
    kind: &'static str,
    /// Whether what the covariate explains is taken out.
    adjusted: bool,
    /// A unit's mean, share or ratio.
    level: Option<f64>,
    rates: Vec<Rate>,
    uniformity: Option<Uniformity>,
    start_up: StartUp,
    /// The lifts that so many units would find.
    detectable: Vec<Found>,
    undefined: Option<&'static str>,
    shape: Shape,
    findings: Vec<Finding>,
}

/// How often a plan claimed a difference where there is none.
#[derive(Serialize)]
pub(super) struct Rate {
    pub(super) plan: Way,
    pub(super) claims: u64,
    pub(super) rate: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Whether the plan promises to keep alpha.
    pub(super) promised: bool,
    /// Whether it claims more often than alpha, beyond chance.
    pub(super) exceeds: bool,
}

/// The relative lift that so many units find.
#[derive(Serialize)]
struct Found {
    plan: Plan,
    /// `None` = none, however large.
    lift: Option<f64>,
}

/// How the p-values of the fixed test are distributed.
#[derive(Serialize)]
struct Uniformity {
    distance: f64,
    p_value: f64,
}

/// What the start-up rule did.
#[derive(Serialize)]
struct StartUp {
    /// The share of all looks at which it said "not yet".
    waited_share: f64,
    /// The share of replays in which it said so to the end.
    never_opened_share: f64,
}

#[derive(Serialize)]
struct Verdict {
    /// `calibrated` or `exceeds`.
    code: &'static str,
    text: String,
}

impl Report {
    pub(super) fn new(arguments: &Arguments, history: &History, judge: &Judge, tally: &Tally) -> anyhow::Result<Self> {
        let metrics = judge.judged.iter().zip(&tally.metrics);
        let metrics = metrics.map(|(judged, counts)| Metric::new(arguments, history, *judged, counts));
        let metrics = metrics.collect::<Result<Vec<Metric>, Undefined>>()?;
        Ok(Self {
            files: arguments.input.files.iter().map(|file| file.display().to_string()).collect(),
            units: history.units() as u64,
            units_read: history.units_read,
            bad_rows: history.bad_rows,
            days: history.days,
            runs: arguments.runs,
            looks: arguments.looks,
            alpha: arguments.alpha,
            power: arguments.power,
            seed: arguments.seed,
            verdict: Verdict::new(&metrics, arguments.alpha),
            metrics,
        })
    }

    /// Whether a plan claims more often than it promises.
    pub(super) fn has_findings(&self) -> bool {
        self.metrics.iter().any(Metric::exceeds)
    }

    pub(super) fn write(&self, out: &mut Output) -> io::Result<()> {
        let of = if self.units < self.units_read {
            format!("{} of {} units (drawn by their ids)", count(self.units), count(self.units_read))
        } else {
            format!("{} units", count(self.units))
        };
        let days = self.days.map(|days| format!(" of {days:.1} days")).unwrap_or_default();
        writeln!(out, "{}: {of}{days}", self.files.join(", "))?;
        if self.bad_rows > 0 {
            writeln!(out, "{} rows were left out", count(self.bad_rows))?;
        }
        writeln!(
            out,
            "{} replays in which nothing is different, {} looks each; alpha {}, seed {}",
            count(self.runs),
            self.looks,
            percent(self.alpha),
            self.seed
        )?;
        for metric in &self.metrics {
            writeln!(out)?;
            metric.write(out, self)?;
        }
        writeln!(out)?;
        paragraph(&self.verdict.text, "", width(), out)
    }
}

impl Metric {
    fn new(arguments: &Arguments, history: &History, judged: Judged, counts: &Counts) -> Result<Self, Undefined> {
        let known = history.metrics.get(judged.metric).ok_or(Undefined::NoUnits)?;
        let runs = arguments.runs;
        // Without looks at which it waited, the start-up rule has nothing to show.
        let wanted = |way: Way| {
            (arguments.plans.is_empty() || arguments.plans.contains(&way.plan()))
                && (way != Way::AnytimeWithoutStartUp || counts.waited > 0)
        };
        let rates = Way::ALL.into_iter().zip(counts.claims).filter(|(way, _)| wanted(*way));
        let rates = rates.map(|(way, claims)| Rate::new(way, claims, runs, arguments.alpha));
        let rates = rates.collect::<Result<Vec<Rate>, Undefined>>()?;
        let uniformity = uniformity(&counts.p_values).ok();
        let baseline = Baseline::of_sums(&known.way, &known.sums, judged.is_adjusted);
        let asked = Asked {
            each: Correction { alpha: arguments.alpha, power: arguments.power },
            control_share: 0.5,
            treatment_share: 0.5,
            looks: arguments.looks,
        };
        let found = |plan: Plan| {
            let lift = baseline.and_then(|baseline| plan.found(&baseline, real(history.units() as u64), &asked));
            Found { plan, lift: lift.ok() }
        };
        let shape = Shape::of(history.outcomes(judged.metric));
        Ok(Self {
            metric: known.name.clone(),
            kind: known.way.code(),
            adjusted: judged.is_adjusted,
            level: baseline.map(|baseline| baseline.value).ok(),
            findings: Finding::all(&rates, uniformity.as_ref(), &shape, &known.way),
            rates,
            uniformity: uniformity.map(|found| Uniformity { distance: found.distance, p_value: found.p_value }),
            start_up: StartUp {
                waited_share: share(counts.waited, runs * u64::from(arguments.looks)),
                never_opened_share: share(counts.never_opened, runs),
            },
            undefined: baseline.err().map(|reason| reason.code()),
            detectable: Plan::ALL.into_iter().map(found).collect(),
            shape,
        })
    }

    fn exceeds(&self) -> bool {
        self.rates.iter().any(|rate| rate.promised && rate.exceeds)
    }

    fn write(&self, out: &mut Output, report: &Report) -> io::Result<()> {
        let adjusted = if self.adjusted { ", adjusted by the covariate" } else { "" };
        let level = self.level.map(|level| match self.kind {
            "conversion" => format!(", {} convert", percent(level)),
            "ratio" => format!(", ratio {}", plain(level)),
            _ => format!(", mean {}", plain(level)),
        });
        writeln!(out, "{} ({}{}{adjusted})", self.metric, self.kind, level.unwrap_or_default())?;
        let names: Vec<String> = self.rates.iter().map(|rate| rate.plan.name(report.looks)).collect();
        let widest = names.iter().map(String::len).max().unwrap_or_default();
        writeln!(out, "  {:widest$}  {:>12}  {:>17}", "", "false alarms", "99.9 % interval")?;
        for (name, rate) in names.iter().zip(&self.rates) {
            let Rate { promised, exceeds, .. } = *rate;
            let interval = format!("{} to {}", percent(rate.lower), percent(rate.upper));
            let mark = match (promised, exceeds) {
                (true, true) => "  MORE THAN PROMISED",
                (false, true) => "  promises nothing",
                _ => "",
            };
            writeln!(out, "  {name:widest$}  {:>12}  {interval:>17}{mark}", percent(rate.rate))?;
        }
        if let Some(Uniformity { p_value, .. }) = &self.uniformity {
            let is = if *p_value <= NOT_UNIFORM_P_VALUE { "are NOT uniform" } else { "are uniform, as they should be" };
            writeln!(
                out,
                "  the p-values of the fixed test {is} (Kolmogorov-Smirnov p = {})",
                probability(p_value.log10())
            )?;
        }
        if self.start_up.waited_share > 0.0 {
            let StartUp { waited_share, never_opened_share } = self.start_up;
            let never = if never_opened_share > 0.0 {
                format!(", and to the end of {} of the replays", percent(never_opened_share))
            } else {
                String::new()
            };
            writeln!(out, "  the start-up rule waited at {} of the looks{never}", percent(waited_share))?;
        }
        let found =
            self.detectable.iter().filter_map(|found| Some(format!("{} {}", found.plan.word(), percent(found.lift?))));
        let found = found.collect::<Vec<_>>();
        if !found.is_empty() {
            let (units, power) = (count(report.units), percent(report.power));
            let found = format!("{units} units find, with a chance of {power}, a lift of: {}", found.join("; "));
            paragraph(&found, "  ", width(), out)?;
        }
        self.findings.iter().try_for_each(|finding| paragraph(&format!("! {}", finding.text), "  ", width(), out))
    }
}

impl Rate {
    fn new(plan: Way, claims: u64, runs: u64, alpha: f64) -> Result<Self, Undefined> {
        let Interval { lower, upper } = rate_interval(claims, runs, 1.0 - CONFIDENCE)?;
        let promised = plan.is_promise();
        Ok(Self { plan, claims, rate: share(claims, runs), lower, upper, promised, exceeds: lower > alpha })
    }
}

impl Verdict {
    fn new(metrics: &[Metric], alpha: f64) -> Self {
        let exceeding = metrics.iter().flat_map(|metric| {
            let over = metric.rates.iter().filter(|rate| rate.promised && rate.exceeds);
            over.map(move |rate| (metric, rate))
        });
        let named: Vec<String> = exceeding
            .map(|(metric, rate)| {
                let adjusted = if metric.adjusted { " adjusted" } else { "" };
                format!("{}{adjusted} ({} in {})", metric.metric, rate.plan.word(), percent(rate.rate))
            })
            .collect();
        if named.is_empty() {
            let text = format!(
                "Every plan keeps its promise on this history: none claims a difference that is none in more than {} of the experiments, \
                 as far as these replays tell.",
                percent(alpha)
            );
            return Self { code: "calibrated", text };
        }
        let text = format!(
            "Promised: false alarms in at most {} of the experiments. More than that, beyond chance: {}. Mend the metric as said above \
             before an experiment is judged by it.",
            percent(alpha),
            named.join("; ")
        );
        Self { code: "exceeds", text }
    }
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { real(count) / real(of) }
}

#[expect(clippy::cast_precision_loss, reason = "shares are shown with a few digits")]
fn real(count: u64) -> f64 {
    count as f64
}
