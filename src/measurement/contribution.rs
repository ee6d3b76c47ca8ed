//! What one visitor brings to one experiment.
//!
//! In: how they met it, and what is remembered of what they did. Out: their variant and what they bring to each metric. Pure and total, so that
//! who was counted can be taken out again exactly, and counting everybody anew comes to the same.

use std::sync::Arc;

use super::metric::{DAY_MS, Interval, milliseconds};
use super::{Exposures, MeasuredExperiment, MeasuredMetric};
use crate::behaviour::Memory;
use crate::experiment::MetricKind;
use crate::statistics::Observation;

/// The value of a breakdown where nothing is known, as an empty field of a table is shown.
const EMPTY: &str = "(empty)";

/// What one visitor brings to one experiment: a function of how they met it and of what is remembered of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The place of their variant; `None` = the experiment has none of that name (any more), and they count nowhere else.
    pub variant: Option<usize>,
    /// The day of the first exposure in UTC, in days since 1970.
    pub day: i64,
    /// Whether looks are planned, so that it matters on which day.
    pub has_looks: bool,
    /// Of a bandit, the batch in which they were assigned; `None` where none is known that would have dealt it.
    pub batch: Option<u32>,
    /// Whether an event told of it, maybe in a later batch than the one that dealt it.
    pub is_told: bool,
    /// Of a bandit, whether no batch is known.
    pub is_undealt: bool,
    /// What was known of them at the exposure: one text for each breakdown, in their order.
    pub values: Vec<Arc<str>>,
    /// By metric.
    pub outcomes: Vec<Outcome>,
    /// Whether they were seen in several variants; the first counts.
    pub is_mixed: bool,
    /// Whether they were seen in a variant that the assignment function would not have given.
    pub is_unexpected: bool,
    /// The places of metrics of which so many events came that some which would count may not be remembered.
    pub truncated: Vec<usize>,
    /// Whether anything that counts came after the instant of the exposure.
    pub accumulates: bool,
}

/// What one visitor brings to one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To sums.
    Observed(Observation),
    /// To sums that count once the day of the metric is over for all who were exposed on the same day (UTC).
    Later(Observation),
    /// To a quantile: every value, in order of time.
    Values(Vec<f64>),
    /// What it brought before, whatever that was: what happened is nothing that the metric counts.
    Untouched,
}

impl MeasuredExperiment {
    /// What a visitor brings; `None` = they did not meet it, or nothing is counted of anybody, as what was assigned is no visitor.
    pub fn contribution(&self, exposures: &Exposures, memory: &Memory) -> Option<Contribution> {
        self.bring(exposures, memory, |_| true)
    }

    /// The same before or after an event of this name, without what it cannot change: for [`super::Totals::exchange`].
    pub fn touched(&self, exposures: &Exposures, memory: &Memory, event: &str) -> Option<Contribution> {
        self.bring(exposures, memory, |metric| metric.is_touched_by(event))
    }

    fn bring(
        &self,
        exposures: &Exposures,
        memory: &Memory,
        is_asked: impl Fn(&MeasuredMetric) -> bool,
    ) -> Option<Contribution> {
        if !self.is_of_visitors() {
            return None;
        }
        let first = self.met(exposures)?;
        let known = |name: &Arc<str>| first.dimensions.get(name).map_or(EMPTY, |value| value);
        let value = |names: &Vec<Arc<str>>| crossed(&names.iter().map(known).collect::<Vec<_>>());
        let is_truncated =
            |metric: &MeasuredMetric| metric.is_truncated(memory, self.window(metric, first.at), first.at);
        let truncated = self.metrics.iter().enumerate().filter(|(_, metric)| is_truncated(metric));
        let outcome = |metric: &MeasuredMetric| match is_asked(metric) {
            true => self.outcome(metric, memory, first.at),
            false => Outcome::Untouched,
        };
        let goes_on = |metric: &MeasuredMetric| metric.goes_on(memory, self.window(metric, first.at), first.at);
        Some(Contribution {
            variant: self.variants.iter().position(|name| *name == *first.variant),
            day: first.at.div_euclid(DAY_MS),
            has_looks: self.has_looks,
            batch: first.batch,
            is_told: first.is_told,
            is_undealt: self.is_bandit && first.batch.is_none(),
            values: self.breakdowns.iter().map(value).collect(),
            outcomes: self.metrics.iter().map(outcome).collect(),
            is_mixed: first.is_mixed,
            is_unexpected: first.is_unexpected,
            truncated: truncated.map(|(place, _)| place).collect(),
            accumulates: self.metrics.iter().any(goes_on),
        })
    }

    fn outcome(&self, metric: &MeasuredMetric, memory: &Memory, exposed: i64) -> Outcome {
        let window = self.window(metric, exposed);
        match metric.definition.kind {
            MetricKind::Quantile(_) => Outcome::Values(metric.values(memory, window)),
            MetricKind::Retention(_) => Outcome::Later(metric.observation(memory, window, exposed)),
            _ => Outcome::Observed(metric.observation(memory, window, exposed)),
        }
    }

    /// The time in which events of a visitor count.
    fn window(&self, metric: &MeasuredMetric, exposed: i64) -> Interval {
        if let MetricKind::Retention(day) = metric.definition.kind {
            let day = i64::try_from(day).unwrap_or(i64::MAX).saturating_mul(DAY_MS);
            let from = exposed.saturating_add(day);
            return Interval { from, until: from.saturating_add(DAY_MS) };
        }
        let until = match (metric.definition.within, self.until) {
            (Some(within), _) => exposed.saturating_add(milliseconds(within.as_millis())),
            (None, Some(until)) => until.as_millisecond(),
            (None, None) => i64::MAX,
        };
        Interval { from: exposed, until }
    }
}

/// The value of a breakdown: of a pair both, apart by a comma. Where one of them has a comma or a quotation mark it stands in marks as in a CSV file, so
/// that no two pairs look the same.
fn crossed(values: &[&str]) -> Arc<str> {
    let [value] = values else {
        let quoted = |value: &&str| match value.contains([',', '"']) {
            true => format!("\"{}\"", value.replace('"', "\"\"")),
            false => (*value).to_owned(),
        };
        return values.iter().map(quoted).collect::<Vec<_>>().join(", ").into();
    };
    Arc::from(*value)
}
