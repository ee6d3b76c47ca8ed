//! One metric, as far as it says what of a visitor's events counts.
//!
//! In: what is remembered of the events, and an interval of time. Out: what the visitor brought in it. Instants are milliseconds since 1970.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::behaviour::{CellId, Memory, fingerprint};
use crate::experiment::{Cap, Metric, MetricKind};
use crate::language::checked::EventQuery;
use crate::profile::Value;
use crate::profile::name::VISIT_START;
use crate::rules::{Measurement, Source, may_lack, measurements};
use crate::statistics::{Observation, Sum};

/// What percentile caps came to, by what they were taken of: fixed once from what came before the experiment; `None` = nothing came, so nothing
/// is capped.
pub type Caps = BTreeMap<CapSource, Option<f64>>;

/// Of what a percentile is taken: a hash of which events, which number of them, over which time, and which share. The same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CapSource(pub u64);

/// Of a metric without a window, so much of the past is looked at where the past is asked for: 28 days.
const HISTORY_MS: i64 = 28 * DAY_MS;

pub(super) const DAY_MS: i64 = 24 * 3_600_000;

/// The powers of ten that are exact in `f64`.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

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

    /// Of what its percentile is taken; `None` of any other cap.
    pub fn cap_source(&self) -> Option<CapSource> {
        let Some(Cap::Percentile(share)) = &self.definition.cap else { return None };
        let Metric { kind, property, within, .. } = &self.definition;
        let (is_each, is_sum) = (matches!(kind, MetricKind::Mean), property.is_some());
        let within = within.map(|within| within.as_millis());
        let text = format!("1 {} {is_each} {is_sum} {within:?} {}", self.cell, share.normalize());
        Some(CapSource(fingerprint(text.as_bytes())))
    }

    /// What a visitor brought in the time before an instant that is as long as the metric's window (28 days without one): of these numbers of
    /// all visitors a percentile is taken. Of a mean every value, else one number of each visitor who brought anything.
    pub fn history(&self, memory: &Memory, until: i64) -> Vec<f64> {
        let length = self.definition.within.map_or(HISTORY_MS, |within| milliseconds(within.as_millis()));
        let interval = Interval { from: until.saturating_sub(length), until };
        match self.definition.kind {
            MetricKind::Mean => self.values(memory, interval),
            _ if interval.events(memory, self.cell).next().is_none() => Vec::new(),
            _ => vec![self.amount(memory, interval)],
        }
    }

    /// What a visitor brought, above the line and below it.
    fn brought(&self, memory: &Memory, interval: Interval) -> (f64, f64) {
        match &self.definition.kind {
            MetricKind::Conversion | MetricKind::Retention(_) => (self.any(memory, interval), 0.0),
            MetricKind::Count | MetricKind::Sum | MetricKind::Quantile(_) => {
                (self.capped(self.amount(memory, interval)), 0.0)
            }
            MetricKind::Mean => {
                let values = interval.values(memory, self.cell).map(|value| self.capped(value));
                (sum(values.clone()), real(values.count()))
            }
            MetricKind::Ratio { property, .. } => {
                let below = match (self.below, property) {
                    (Some(cell), Some(_)) => sum(interval.values(memory, cell)),
                    (Some(cell), None) => real(interval.events(memory, cell).count()),
                    (None, _) => 0.0,
                };
                (self.capped(self.amount(memory, interval)), below)
            }
        }
    }

    /// The same, with what was known before the exposure.
    pub(super) fn observation(&self, memory: &Memory, interval: Interval, exposed: i64) -> Observation {
        let (outcome, denominator) = self.brought(memory, interval);
        let before = self.before(exposed).map(|before| self.brought(memory, before));
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
        interval.values(memory, self.cell).collect()
    }

    /// Whether there may have been events that would count and are not remembered, in the interval or before the exposure.
    pub(super) fn is_truncated(&self, memory: &Memory, interval: Interval, exposed: i64) -> bool {
        let is_any = matches!(self.definition.kind, MetricKind::Conversion | MetricKind::Retention(_));
        // One is as good as many.
        let is_settled = is_any && self.any(memory, interval) > 0.0;
        let asked = [Some(interval).filter(|_| !is_settled), self.before(exposed)];
        let may_lack = |cell| asked.iter().flatten().any(|asked| may_lack(memory, cell, asked.from, asked.until));
        self.cells().any(may_lack)
    }

    /// The time before an exposure in which the same is measured.
    fn before(&self, exposed: i64) -> Option<Interval> {
        let length = milliseconds(self.definition.before?.as_millis());
        Some(Interval { from: exposed.saturating_sub(length), until: exposed })
    }

    /// Whether anything that counts came after an instant.
    pub(super) fn goes_on(&self, memory: &Memory, interval: Interval, after: i64) -> bool {
        let later = Interval { from: interval.from.max(after.saturating_add(1)), ..interval };
        self.cells().any(|cell| later.events(memory, cell).next().is_some())
    }

    /// The names of the events that it counts.
    pub fn events(&self) -> impl Iterator<Item = &Arc<str>> {
        let below = match &self.definition.kind {
            MetricKind::Ratio { event, .. } => Some(event),
            _ => None,
        };
        std::iter::once(&self.definition.event).chain(below)
    }

    /// Whether an event of this name may change what a visitor brings.
    pub(super) fn is_touched_by(&self, event: &str) -> bool {
        self.is_touched_by_any_event() || self.events().any(|name| **name == *event)
    }

    /// Whether an event of any name may, as it counts visits: any event may be the first of a visit, or join two.
    pub fn is_touched_by_any_event(&self) -> bool {
        self.events().any(|name| **name == *VISIT_START)
    }

    fn cells(&self) -> impl Iterator<Item = CellId> {
        std::iter::once(self.cell).chain(self.below)
    }

    /// 1 with an event, else 0.
    fn any(&self, memory: &Memory, interval: Interval) -> f64 {
        f64::from(u8::from(interval.events(memory, self.cell).next().is_some()))
    }

    /// The sum of the property, or without one the count.
    fn amount(&self, memory: &Memory, interval: Interval) -> f64 {
        if self.definition.property.is_some() {
            sum(interval.values(memory, self.cell))
        } else {
            real(interval.events(memory, self.cell).count())
        }
    }

    fn capped(&self, amount: f64) -> f64 {
        self.cap.map_or(amount, |cap| amount.min(cap))
    }
}

impl Interval {
    fn events(self, memory: &Memory, cell: CellId) -> impl Iterator<Item = Measurement<'_>> + Clone {
        measurements(memory, cell, self.from, self.until)
    }

    /// The numbers of those events that have one.
    fn values(self, memory: &Memory, cell: CellId) -> impl Iterator<Item = f64> + Clone {
        self.events(memory, cell).filter_map(|known| match known.value {
            Some(Value::Number(value)) => Some(number(value)),
            _ => None,
        })
    }
}

/// The nearest `f64` of a decimal: that of its text, as every program reads it.
pub fn number(decimal: &Decimal) -> f64 {
    quotient(decimal).unwrap_or_else(|| decimal.to_string().parse().unwrap_or_default())
}

/// Where both parts of a decimal are exact in `f64`, their quotient is the nearest: so it is of whatever people measure.
///
/// Source: Clinger (1990), How to read floating point numbers accurately, the fast path.
fn quotient(decimal: &Decimal) -> Option<f64> {
    let is_exact = |mantissa: &i64| mantissa.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS;
    let mantissa = i64::try_from(decimal.mantissa()).ok().filter(is_exact)?;
    let power = POWERS_OF_TEN.get(usize::try_from(decimal.scale()).ok()?)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let quotient = mantissa as f64 / power;
    // A decimal knows a zero below zero too, which an integer does not.
    (mantissa != 0 || decimal.is_sign_positive()).then_some(quotient)
}

pub(super) fn milliseconds(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(i64::MAX)
}

/// The exact sum, rounded once.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    values.for_each(|value| sum.add(value));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whether by a quotient or by its text.
        #[test]
        fn a_number_is_that_of_its_text(
            mantissa in prop_oneof![
                -100_000_i128..100_000, -(1_i128 << 54)..(1 << 54), (1_i128 << 53) - 2..(1 << 53) + 3, -(1_i128 << 95)..(1 << 95),
            ],
            scale in 0..29_u32,
            below_zero in any::<bool>(),
        ) {
            let mut decimal = Decimal::from_i128_with_scale(mantissa, scale);
            decimal.set_sign_negative(below_zero);
            let of_text: f64 = decimal.to_string().parse().unwrap();
            prop_assert_eq!(number(&decimal).to_bits(), of_text.to_bits(), "{}", decimal);
        }
    }
}
