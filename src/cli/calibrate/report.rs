//! What the replays found, for people and for programs.

use serde::Serialize;

use crate::analysis::words::{self, percent};
use crate::cli::power::{Asked, Baseline, Correction, Plan};
use crate::statistics::calibration::{self, rate_interval, uniformity};
use crate::statistics::{Interval, Undefined, Variable, real};

use super::Arguments;
use super::advice::{Advice, CANNOT_BE_TESTED, Shape};
use super::history::History;
use super::judge::{Judge, Judged};
use super::rates::{Claim, Counts, Tally};

/// Rates are judged by intervals of this confidence: with three promises for each metric, a weaker one would alarm without reason.
pub(super) const CONFIDENCE: f64 = 0.999;

/// At or under this p-value the p-values of the fixed test count as not uniform.
pub(super) const NOT_UNIFORM_P_VALUE: f64 = 0.001;

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) files: Vec<String>,
    /// Units that were replayed.
    pub(super) units: u64,
    /// Units that the files hold.
    pub(super) units_read: u64,
    pub(super) bad_rows: u64,
    pub(super) days: Option<f64>,
    pub(super) runs: u64,
    pub(super) looks: u32,
    pub(super) alpha: f64,
    pub(super) power: f64,
    pub(super) seed: u64,
    pub(super) metrics: Vec<Metric>,
    pub(super) verdict: Verdict,
}

/// One metric, plain or adjusted.
#[derive(Serialize)]
pub(super) struct Metric {
    pub(super) metric: String,
    pub(super) kind: &'static str,
    /// Whether what the covariate explains is taken out.
    pub(super) adjusted: bool,
    /// A unit's mean, share or ratio.
    pub(super) level: Option<f64>,
    pub(super) rates: Vec<Rate>,
    pub(super) uniformity: Option<Uniformity>,
    pub(super) start_up: StartUp,
    /// The lifts that so many units would find.
    pub(super) detectable: Vec<Found>,
    pub(super) undefined: Option<&'static str>,
    pub(super) shape: Shape,
    pub(super) findings: Vec<Advice>,
}

/// How often a plan claimed a difference where there is none.
#[derive(Serialize)]
pub(super) struct Rate {
    pub(super) plan: Claim,
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
pub(super) struct Found {
    pub(super) plan: Plan,
    /// `None` = none, however large.
    pub(super) lift: Option<f64>,
}

/// How the p-values of the fixed test are distributed.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Uniformity {
    pub(super) distance: f64,
    pub(super) p_value: f64,
    /// Goes on where `p_value` is 0.
    pub(super) log10_p_value: f64,
}

/// What the start-up rule did.
#[derive(Serialize)]
pub(super) struct StartUp {
    /// The share of all looks at which it said "not yet".
    pub(super) waited_share: f64,
    /// The share of replays in which it said so to the end.
    pub(super) never_opened_share: f64,
}

#[derive(Serialize)]
pub(super) struct Verdict {
    /// `calibrated`, `exceeds` or `untested`.
    pub(super) code: &'static str,
    pub(super) text: String,
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

    /// Whether a plan claims more often than it promises, or could not be held to it.
    pub(super) fn has_findings(&self) -> bool {
        self.metrics.iter().any(|metric| metric.exceeds() || metric.is_untested())
    }
}

impl Metric {
    fn new(arguments: &Arguments, history: &History, judged: Judged, counts: &Counts) -> Result<Self, Undefined> {
        let known = history.metrics.get(judged.metric).ok_or(Undefined::NoUnits)?;
        let runs = arguments.runs;
        // Without looks at which it waited, the start-up rule has nothing to show.
        let wanted = |claim: Claim| {
            (arguments.plans.is_empty() || arguments.plans.contains(&claim.plan()))
                && (claim != Claim::AnytimeWithoutStartUp || counts.waited > 0)
        };
        let rates = Claim::ALL.into_iter().zip(counts.claims).filter(|(claim, _)| wanted(*claim));
        let rates = rates.map(|(claim, claims)| Rate::new(claim, claims, runs, arguments.alpha));
        let rates = rates.collect::<Result<Vec<Rate>, Undefined>>()?;
        let uniformity = uniformity(&counts.p_values).ok();
        let baseline = Baseline::of_sums(known.kind, &known.sums, judged.is_adjusted);
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
        // A level of 0 is named first, and here it is not what is wrong.
        let varies = known.sums.variance(Variable::Outcome) != Ok(0.0);
        let why = baseline.err().filter(|_| varies).unwrap_or(Undefined::ZeroVariance);
        let findings = if counts.p_values.is_empty() || baseline == Err(Undefined::ZeroVariance) {
            vec![Advice::untested(&why.to_string())]
        } else {
            Advice::all(&rates, uniformity.as_ref(), &shape, known.kind)
        };
        Ok(Self {
            metric: known.name.clone(),
            kind: known.kind.code(),
            adjusted: judged.is_adjusted,
            level: baseline.map(|baseline| baseline.value).ok(),
            findings,
            rates,
            uniformity: uniformity.map(|calibration::Uniformity { distance, p_value }| Uniformity {
                distance,
                p_value: p_value.value,
                log10_p_value: p_value.log10,
            }),
            start_up: StartUp {
                waited_share: share(counts.waited, runs * u64::from(arguments.looks)),
                never_opened_share: share(counts.never_opened, runs),
            },
            undefined: baseline.err().map(|reason| reason.code()),
            detectable: Plan::ALL.into_iter().map(found).collect(),
            shape,
        })
    }

    /// Whether there was nothing to test.
    pub(super) fn is_untested(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == CANNOT_BE_TESTED)
    }

    fn exceeds(&self) -> bool {
        self.rates.iter().any(|rate| rate.promised && rate.exceeds)
    }
}

impl Rate {
    fn new(plan: Claim, claims: u64, runs: u64, alpha: f64) -> Result<Self, Undefined> {
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
        let untested: Vec<&str> =
            metrics.iter().filter(|metric| metric.is_untested()).map(|metric| metric.metric.as_str()).collect();
        if named.is_empty() && !untested.is_empty() {
            let text = format!(
                "Nothing can be said of {}: there was nothing to test, and a plan that never could claim has kept no promise.",
                words::list(&untested)
            );
            return Self { code: "untested", text };
        }
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
