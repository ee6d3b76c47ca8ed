//! When what somebody brings to an experiment is complete.
//!
//! By the day of their exposure (UTC): it is complete once the window of each metric is over for everybody who was exposed on that day. A
//! planned look counts those days alone; so what it counts depends on when people came and not on what they did.

use jiff::Timestamp;

use super::metric::{DAY_MS, milliseconds};
use super::number::Number;
use super::totals_key::{Note, Part, What};
use super::{MeasuredExperiment, MeasuredMetric, Totals};
use crate::experiment::MetricKind;

/// Which of the numbers by day count.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counts {
    /// All that are known at an instant: of retention those whose day is over.
    At(Timestamp),
    /// Those of a day, since 1970, and of the days before.
    Until(i64),
}

impl Counts {
    /// Whether what is not kept by day counts, too.
    pub(super) fn are_of_all(self) -> bool {
        matches!(self, Self::At(_))
    }

    /// Whether who was exposed on a day counts as one of the days up to another.
    pub(super) fn are_until(self, day: i64) -> bool {
        matches!(self, Self::Until(last) if day <= last)
    }

    /// Whether the numbers of a metric count of those who were exposed on a day.
    pub(super) fn hold(self, experiment: &MeasuredExperiment, metric: u16, day: i64) -> bool {
        let metric = experiment.metrics.get(usize::from(metric));
        match (self, metric.map(|metric| &metric.definition.kind)) {
            (Self::Until(last), _) => day <= last,
            (Self::At(now), Some(MetricKind::Retention(_))) => {
                metric.and_then(MeasuredMetric::length).is_some_and(|length| end(day, length) <= now.as_millisecond())
            }
            (Self::At(_), _) => true,
        }
    }
}

impl MeasuredMetric {
    /// How long after the exposure anything counts, in milliseconds; `None` = as long as the experiment runs.
    pub(super) fn length(&self) -> Option<i64> {
        match self.definition.kind {
            MetricKind::Retention(day) => {
                Some(i64::try_from(day).unwrap_or(i64::MAX).saturating_add(1).saturating_mul(DAY_MS))
            }
            _ => self.definition.within.map(|within| milliseconds(within.as_millis())),
        }
    }
}

impl MeasuredExperiment {
    /// Of a plan with looks, the last day of which everything is known, in days since 1970; `None` of another, and where a metric has no end.
    pub fn ripe_day(&self, now: Timestamp) -> Option<i64> {
        let lengths =
            self.has_looks.then(|| self.metrics.iter().map(MeasuredMetric::length).collect::<Option<Vec<_>>>());
        let longest = lengths.flatten()?.into_iter().max()?;
        Some(now.as_millisecond().saturating_sub(longest).div_euclid(DAY_MS).saturating_sub(1))
    }

    /// From which instant on everything is known of those who were exposed on a day; `None` where a metric has no end.
    pub fn ripe_from(&self, day: i64) -> Option<Timestamp> {
        let until = self.until.map(Timestamp::as_millisecond);
        let ends = self.metrics.iter().map(|metric| metric.length().map(|length| end(day, length)).or(until));
        let last = ends.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        Some(Timestamp::from_millisecond(last).unwrap_or(Timestamp::MAX))
    }

    /// Whether nothing that counts of those who were exposed on a day may still happen.
    pub(super) fn is_complete(&self, day: i64, now: Timestamp) -> bool {
        self.ripe_from(day).is_some_and(|from| from <= now)
    }
}

impl Totals {
    /// Whether anything that counts of anybody may still come: of somebody something came after the exposure, and more of it may.
    pub(super) fn accumulates(&self, experiment: &MeasuredExperiment, now: Timestamp) -> bool {
        let is_open = |what: &What| matches!(what, What::Noted(Note::Later(day)) if !experiment.is_complete(*day, now));
        self.of_part(&Part::All).any(|(what, _)| is_open(what))
    }

    /// Units by the day of their exposure, where looks are planned: pairs of a day and how many they are, in no order.
    fn units_by_day(&self) -> impl Iterator<Item = (i64, u64)> {
        self.of_part(&Part::All).filter_map(|(what, number)| match (what, number) {
            (What::UnitsOn(_, day), Number::Count(count)) => Some((*day, *count)),
            _ => None,
        })
    }

    /// Where looks are planned: how many were exposed on a day or before it, in days since 1970.
    pub fn units_until(&self, day: i64) -> u64 {
        let counts = self.units_by_day().filter(|(on, _)| *on <= day);
        counts.fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// Where looks are planned: the day on which so many had been exposed; `None` while they are fewer.
    pub fn day_of_units(&self, units: u64) -> Option<i64> {
        let mut days: Vec<(i64, u64)> = self.units_by_day().collect();
        days.sort_unstable();
        let mut sum = 0_u64;
        days.into_iter().find_map(|(day, count)| {
            sum = sum.saturating_add(count);
            (sum >= units).then_some(day)
        })
    }
}

/// When so long a time is over for everybody who was exposed on a day.
fn end(day: i64, length: i64) -> i64 {
    day.saturating_add(1).saturating_mul(DAY_MS).saturating_add(length)
}
