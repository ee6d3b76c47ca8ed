//! One metric, as far as it says what of a visitor's events counts.
//!
//! In: what is remembered of the events, and an interval of time. Out: what the visitor brought in it. Instants are milliseconds since 1970.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::behaviour::{CellId, Memory};
use crate::experiment::{Cap, Metric, MetricKind};
use crate::language::checked::EventQuery;
use crate::profile::Value;
use crate::rules::{Measurement, Source, is_full, measurements};
use crate::statistics::{Observation, Sum};

/// What percentile caps came to, by metric: fixed once from what came before the experiment; `None` = nothing came, so nothing is capped.
pub type Caps = BTreeMap<String, Option<f64>>;

/// Of a metric without a window, so much of the past is looked at where the past is asked for: 28 days.
const HISTORY_MS: i64 = 28 * DAY_MS;

pub(super) const DAY_MS: i64 = 24 * 3_600_000;

/// The events that a metric counts.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Of a ratio, those above the line.
    pub events: Source,
    /// Of a ratio, those below the line.
    pub below: Option<Source>,
}

/// One metric of an experiment.
#[derive(Debug, Clone)]
pub struct MeasuredMetric {
    /// As it is defined.
    pub definition: Metric,
    /// What remembers its events.
    pub cell: CellId,
    /// Of a ratio: what remembers the events below the line.
    pub below: Option<CellId>,
    /// The most that counts, where it is known: a percentile is known once it was fixed.
    pub cap: Option<f64>,
}

/// From the first instant on, until before the second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    pub from: i64,
    pub until: i64,
}

impl Counted {
    /// Of a metric; `filtered` are its events where it has a filter.
    pub fn of(metric: &Metric, filtered: Option<EventQuery>) -> Self {
        let property = metric.property.clone();
        let events = match filtered {
            Some(query) => Source { query, property },
            None => Source::of_event(&metric.event, property),
        };
        let below = match &metric.kind {
            MetricKind::Ratio { event, property } => Some(Source::of_event(event, property.clone())),
            _ => None,
        };
        Self { events, below }
    }
}

impl MeasuredMetric {
    /// A metric whose percentile was not fixed yet.
    pub(super) fn new(definition: &Metric, cell: CellId, below: Option<CellId>) -> Self {
        let cap = match definition.cap {
            Some(Cap::Value(cap)) => Some(number(&cap)),
            Some(Cap::Percentile(_)) | None => None,
        };
        Self { definition: definition.clone(), cell, below, cap }
    }

    /// The share of values at or below its cap, where that is a percentile: 0.99 for `99%`.
    pub fn percentile(&self) -> Option<f64> {
        match &self.definition.cap {
            Some(Cap::Percentile(share)) => Some(number(share)),
            Some(Cap::Value(_)) | None => None,
        }
    }

    /// Whether its cap is a percentile that was not fixed yet, or of which nothing came.
    pub fn lacks_cap(&self) -> bool {
        self.percentile().is_some() && self.cap.is_none()
    }

    /// What a visitor brought in the time before an instant that is as long as the metric's window (28 days without one): of these numbers of
    /// all visitors a percentile is taken. Of a mean every value, else one number of each visitor who brought anything.
    pub fn history(&self, memory: &Memory, until: i64) -> Vec<f64> {
        let length = self.definition.within.map_or(HISTORY_MS, |within| milliseconds(within.as_millis()));
        let interval = Interval { from: until.saturating_sub(length), until };
        let numbers = interval.numbers(memory, self.cell);
        match self.definition.kind {
            MetricKind::Mean => numbers.values,
            _ if numbers.count == 0 => Vec::new(),
            _ => vec![self.amount(&numbers)],
        }
    }

    /// What a visitor brought.
    pub(super) fn brought(&self, memory: &Memory, interval: Interval) -> (f64, f64) {
        let numbers = interval.numbers(memory, self.cell);
        match &self.definition.kind {
            MetricKind::Conversion | MetricKind::Retention(_) => (f64::from(u8::from(numbers.count > 0)), 0.0),
            MetricKind::Count | MetricKind::Sum | MetricKind::Quantile(_) => (self.capped(self.amount(&numbers)), 0.0),
            MetricKind::Mean => {
                let values: Vec<f64> = numbers.values.iter().map(|value| self.capped(*value)).collect();
                (sum(&values), real(values.len()))
            }
            MetricKind::Ratio { property, .. } => {
                let below = self.below.map(|cell| interval.numbers(memory, cell)).unwrap_or_default();
                let below = if property.is_some() { sum(&below.values) } else { real(below.count) };
                (self.capped(self.amount(&numbers)), below)
            }
        }
    }

    /// The same, with what was known before the exposure.
    pub(super) fn observation(&self, memory: &Memory, interval: Interval, exposed: i64) -> Observation {
        let (outcome, denominator) = self.brought(memory, interval);
        let before = self.definition.before.map(|before| {
            let from = exposed.saturating_sub(milliseconds(before.as_millis()));
            self.brought(memory, Interval { from, until: exposed })
        });
        let is_of_two = matches!(self.definition.kind, MetricKind::Mean | MetricKind::Ratio { .. });
        let covariate = match before {
            Some((_, below)) if is_of_two && below == 0.0 => 0.0,
            Some((above, below)) if is_of_two => finite(above / below),
            Some((brought, _)) => brought,
            None => 0.0,
        };
        Observation { outcome, denominator, covariate }
    }

    /// Every value, for a quantile.
    pub(super) fn values(&self, memory: &Memory, interval: Interval) -> Vec<f64> {
        interval.numbers(memory, self.cell).values
    }

    /// Whether there may have been more events than are remembered.
    pub(super) fn is_truncated(&self, memory: &Memory) -> bool {
        self.cells().any(|cell| is_full(memory, cell))
    }

    /// Whether anything that counts came after an instant.
    pub(super) fn goes_on(&self, memory: &Memory, interval: Interval, after: i64) -> bool {
        let later = |known: &Measurement<'_>| interval.holds(known.at) && known.at > after;
        self.cells().any(|cell| measurements(memory, cell).iter().any(later))
    }

    fn cells(&self) -> impl Iterator<Item = CellId> {
        std::iter::once(self.cell).chain(self.below)
    }

    /// The sum of the property, or without one the count.
    fn amount(&self, numbers: &Numbers) -> f64 {
        if self.definition.property.is_some() { sum(&numbers.values) } else { real(numbers.count) }
    }

    fn capped(&self, amount: f64) -> f64 {
        self.cap.map_or(amount, |cap| amount.min(cap))
    }
}

/// How many events there were, and the numbers of those that have one.
#[derive(Debug, Default)]
struct Numbers {
    count: usize,
    values: Vec<f64>,
}

impl Interval {
    fn holds(self, at: i64) -> bool {
        self.from <= at && at < self.until
    }

    fn numbers(self, memory: &Memory, cell: CellId) -> Numbers {
        let mut numbers = Numbers::default();
        for known in measurements(memory, cell).into_iter().filter(|known| self.holds(known.at)) {
            numbers.count += 1;
            if let Some(Value::Number(value)) = known.value {
                numbers.values.push(number(value));
            }
        }
        numbers
    }
}

/// The nearest `f64` of a decimal: that of its text, as every program reads it.
pub fn number(decimal: &Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or_default()
}

pub(super) fn milliseconds(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(i64::MAX)
}

/// The exact sum, rounded once.
fn sum(values: &[f64]) -> f64 {
    let mut sum = Sum::default();
    values.iter().for_each(|value| sum.add(*value));
    sum.value()
}

/// Two decimals of any size may have a quotient beyond `f64`, which nobody means.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
fn real(count: usize) -> f64 {
    count as f64
}
