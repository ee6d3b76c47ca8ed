//! What each plan needs or finds, for people and for programs.

use anyhow::bail;
use serde::Serialize;

use crate::analysis::words::percent;
use crate::statistics::real;

use super::Arguments;
use super::baseline::Baseline;
use super::correction::Correction;
use super::history::History;
use super::plans::{Asked, Plan};
use super::row::{Price, Row, up};

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) metric: Metric,
    /// What was asked for; `None` = what is found.
    pub(super) minimum_effect: Option<Change>,
    pub(super) variants: Vec<f64>,
    pub(super) metrics: u32,
    pub(super) guardrails: u32,
    pub(super) alpha: f64,
    pub(super) power: f64,
    /// Of each comparison, so that all together keep alpha.
    pub(super) alpha_each: f64,
    /// Of each comparison, so that all that must hold do so together.
    pub(super) power_each: f64,
    pub(super) looks: u32,
    pub(super) visitors_per_day: Option<f64>,
    /// Of the fixed test, if one stops at the first of the looks that is significant.
    false_alarms_when_peeking: f64,
    pub(super) plans: Vec<Row>,
}

/// The metric as it is today.
#[derive(Serialize)]
pub(super) struct Metric {
    pub(super) name: Option<String>,
    pub(super) kind: &'static str,
    pub(super) value: f64,
    pub(super) deviation: f64,
    /// What the covariate explains: so many visitors fewer are needed.
    pub(super) explained_share: Option<f64>,
    pub(super) history: Option<Source>,
}

#[derive(Serialize)]
pub(super) struct Source {
    pub(super) file: String,
    pub(super) units: u64,
    pub(super) bad_rows: u64,
    pub(super) days: Option<f64>,
}

/// From the level today to another.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Change {
    pub(super) relative: f64,
    pub(super) absolute: f64,
    pub(super) level: f64,
}

impl Report {
    pub(super) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let (metric, baseline, per_day_before) = Metric::read(arguments)?;
        let weights = arguments.all_weights()?;
        let total: f64 = weights.iter().sum();
        let Some((control, treatments)) = weights.split_first() else { bail!("there is no variant") };
        let treatment_count = u32::try_from(treatments.len())?;
        let Arguments { alpha, power, looks, metrics, guardrails, .. } = *arguments;
        let asked = Asked {
            each: Correction::new(alpha, power, metrics, treatment_count, guardrails),
            control_share: control / total,
            treatment_share: treatments.iter().copied().fold(f64::INFINITY, f64::min) / total,
            looks,
        };
        let per_day = arguments.visitors_per_day.or(per_day_before);
        let visitors = match (arguments.visitors, arguments.days, per_day) {
            (Some(visitors), _, _) => Some(visitors),
            (None, Some(days), Some(per_day)) => Some(up(days * per_day).max(4)),
            (None, Some(_), None) => {
                bail!(
                    "--days needs to know how many visitors come a day\nhelp: add --visitors-per-day, or --time with a history of more than an hour"
                )
            }
            (None, None, _) => None,
        };
        let change = |relative: f64| Change {
            relative,
            // As the scorecard has it: by the size of the baseline, so that a rise is one of a negative mean too.
            absolute: relative * baseline.value.abs(),
            level: baseline.value + relative * baseline.value.abs(),
        };
        let minimum_effect = arguments.minimum_effect.map(change);
        if let Some(effect) = minimum_effect.filter(|effect| baseline.is_share && effect.level >= 1.0) {
            bail!(
                "{} more than {} is {}, and no share of visitors is\nhelp: a minimum effect is relative to the baseline: 10% of 5% is a rise to 5.5%",
                percent(effect.relative),
                percent(baseline.value),
                percent(effect.level),
            );
        }
        let alarms = asked.alarms_when_peeking()?;
        let price = Price { asked: &asked, alarms, per_day, weights: &weights };
        let row = |plan: Plan| {
            let answer = match (minimum_effect, visitors) {
                (Some(effect), _) => plan.needed(&baseline, effect.relative, &asked).map(|needed| (effect, needed)),
                (None, visitors) => {
                    let visitors = real(visitors.unwrap_or_default());
                    let found = plan.found(&baseline, visitors, &asked).map(change);
                    found.and_then(|effect| Ok((effect, plan.ends(visitors, &asked)?)))
                }
            };
            price.row(plan, answer, minimum_effect.is_some())
        };
        Ok(Self {
            metric,
            minimum_effect,
            metrics,
            guardrails,
            alpha,
            power,
            alpha_each: asked.each.alpha,
            power_each: asked.each.power,
            looks,
            visitors_per_day: per_day,
            false_alarms_when_peeking: alarms,
            plans: Plan::ALL.into_iter().map(row).collect(),
            variants: weights,
        })
    }
}

impl Report {
    /// Whether no plan has an answer.
    pub(super) fn is_unsolved(&self) -> bool {
        self.plans.iter().all(|row| row.undefined.is_some())
    }
}

impl Metric {
    /// The metric as the arguments or the history say, and how many visitors came a day.
    fn read(arguments: &Arguments) -> anyhow::Result<(Self, Baseline, Option<f64>)> {
        let (name, kind, baseline, history) =
            match (arguments.baseline, arguments.mean, &arguments.history, &arguments.metric) {
                (Some(rate), ..) => (None, "conversion", Baseline::of_share(rate), None),
                (_, Some(mean), ..) => {
                    (None, "sum", Baseline::of_mean(mean, arguments.deviation.unwrap_or_default())?, None)
                }
                (_, _, Some(file), Some(metric)) => {
                    let history = History::read(arguments, file, metric)?;
                    (Some(history.name.clone()), history.kind, history.baseline, Some(history))
                }
                _ => bail!("--history needs --metric\nhelp: name the column of the metric"),
            };
        let per_day = history.as_ref().and_then(History::visitors_per_day);
        let metric = Self {
            name,
            kind,
            value: baseline.value,
            deviation: baseline.deviation(),
            explained_share: arguments.covariate.is_some().then_some(baseline.explained_share),
            history: history.map(|history| Source {
                file: history.file.display().to_string(),
                units: history.units,
                bad_rows: history.bad_rows,
                days: history.days,
            }),
        };
        Ok((metric, baseline, per_day))
    }
}

impl Arguments {
    /// The weights of all variants, the control's first.
    fn all_weights(&self) -> anyhow::Result<Vec<f64>> {
        match (self.weights.as_slice(), self.variants) {
            ([], count) => Ok(vec![1.0; usize::from(count.unwrap_or(2))]),
            ([_], _) => bail!(
                "one weight is no experiment\nhelp: name the control's and each treatment's, such as --weights 2,1,1"
            ),
            (weights, Some(count)) if weights.len() != usize::from(count) => {
                bail!(
                    "{} weights do not fit {count} variants\nhelp: name one for each, or leave --variants out",
                    weights.len()
                )
            }
            (weights, _) => Ok(weights.to_vec()),
        }
    }
}
