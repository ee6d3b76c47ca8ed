//! Fixes percentile caps: once, when an experiment starts, from the values that came before it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::tallies::is_counted;
use super::watch::Note;
use crate::measurement::MeasuredMetric;
use crate::profile::ExperimentKey;
use crate::trial::Happening;
use crate::visitors::id::VisitorHash;
use crate::visitors::{Core, Error};

/// More values of a metric are not kept: of more every second one counts, or every fourth, ...
const MAX_VALUES: usize = 2_000_000;

/// After a scan that failed.
const RETRY_TIME: Duration = Duration::from_secs(30);

/// Experiments whose caps are being fixed.
pub(in crate::visitors) type Busy = Arc<Mutex<BTreeSet<ExperimentKey>>>;

impl Core {
    /// Fixes caps in a thread of its own, which reads every visitor; `started` is when the experiment did. Nothing where that is under way.
    pub(in crate::visitors) fn fix_caps(
        self: &Arc<Self>,
        experiment: &ExperimentKey,
        started: i64,
        caps: Vec<(MeasuredMetric, f64)>,
        busy: &Busy,
    ) -> Result<(), Error> {
        if !busy.lock().unwrap_or_else(PoisonError::into_inner).insert(experiment.clone()) {
            return Ok(());
        }
        let (core, key, busy) = (Arc::clone(self), experiment.clone(), Arc::clone(busy));
        let fix = move || {
            let found = core.found_caps(started, caps).and_then(|found| core.keep_caps(&key, found));
            if let Err(error) = found
                && !matches!(error, Error::Stopped)
            {
                // Who fills the disk is told so elsewhere; to read everybody again at once would not help either.
                if !error.is_passing() {
                    tracing::error!(experiment = %key.name, cause = %error, "caps could not be fixed; they are tried again");
                }
                core.ending.wait_at_most(RETRY_TIME);
            }
            busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        };
        let builder = std::thread::Builder::new().name("segue-caps".to_owned());
        let fix = builder.spawn(fix).map_err(Error::NoThread)?;
        let mut fills = self.fills.lock().unwrap_or_else(PoisonError::into_inner);
        fills.retain(|fill| !fill.is_finished());
        fills.push(fix);
        Ok(())
    }

    fn keep_caps(&self, experiment: &ExperimentKey, caps: Vec<Happening>) -> Result<(), Error> {
        let notes: Vec<Note> = caps.into_iter().map(|what| Note { experiment: experiment.clone(), what }).collect();
        self.keep(&notes, Timestamp::now())
    }

    /// Every visitor is read once, as sled knows them. They come in the order of keyed hashes, which has nothing to do with what they did.
    fn found_caps(&self, started: i64, caps: Vec<(MeasuredMetric, f64)>) -> Result<Vec<Happening>, Error> {
        // What was acknowledged is in sled then.
        self.save()?;
        let release = Arc::clone(&self.course.load().release);
        let mut caps: Vec<(MeasuredMetric, f64, Values)> =
            caps.into_iter().map(|(metric, share)| (metric, share, Values::default())).collect();
        let mut is_cut_short = false;
        self.people.each_person(VisitorHash::FIRST, &release.schema, &mut |_, person| {
            is_cut_short = self.ending.is_over();
            if is_cut_short {
                return ControlFlow::Break(());
            }
            for (metric, _, values) in caps.iter_mut().filter(|_| is_counted(&person)) {
                metric.history(&person.memory, started).into_iter().for_each(|value| values.push(value));
            }
            ControlFlow::Continue(())
        })?;
        if is_cut_short {
            return Err(Error::Stopped);
        }
        let cap = |(metric, share, values): (MeasuredMetric, f64, Values)| {
            let (name, source) = (metric.definition.name.to_string(), metric.cap_source()?);
            Some(Happening::Cap { metric: name, source, value: values.percentile(share) })
        };
        Ok(caps.into_iter().filter_map(cap).collect())
    }
}

/// Values of which a percentile is to be taken.
#[derive(Debug)]
struct Values {
    kept: Vec<f64>,
    /// Every so manieth counts.
    stride: usize,
    seen: usize,
}

impl Default for Values {
    fn default() -> Self {
        Self { kept: Vec::new(), stride: 1, seen: 0 }
    }
}

impl Values {
    fn push(&mut self, value: f64) {
        if self.seen.is_multiple_of(self.stride) {
            self.kept.push(value);
        }
        self.seen += 1;
        if self.kept.len() > MAX_VALUES {
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// The smallest value at or below which this share of all lies; `None` without values.
    fn percentile(mut self, share: f64) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "of at most two million values, a place among them"
        )]
        let rank = (share * self.kept.len() as f64).ceil() as usize;
        let place = rank.clamp(1, self.kept.len().max(1)) - 1;
        if place >= self.kept.len() {
            return None;
        }
        let (_, value, _) = self.kept.select_nth_unstable_by(place, f64::total_cmp);
        Some(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: impl IntoIterator<Item = f64>) -> Values {
        let mut all = Values::default();
        values.into_iter().for_each(|value| all.push(value));
        all
    }

    #[test]
    fn so_much_of_the_values_lies_at_or_below_the_cap() {
        let hundred = || (1..=100).rev().map(f64::from);
        for (share, expected) in [(0.99, 99.0), (0.5, 50.0), (0.995, 100.0), (1.0, 100.0), (0.001, 1.0)] {
            assert_eq!(values(hundred()).percentile(share), Some(expected), "{share}");
        }
        assert_eq!(values([]).percentile(0.99), None);
        assert_eq!(values([7.0]).percentile(0.99), Some(7.0));
    }

    #[test]
    fn of_too_many_values_some_are_kept_evenly() {
        let count = 3 * MAX_VALUES as u32;
        let all = values((0..count).map(f64::from));
        assert!(all.kept.len() <= MAX_VALUES);
        let median = all.percentile(0.5).unwrap();
        assert!((median / f64::from(count) - 0.5).abs() < 1e-3, "{median}");
    }
}
