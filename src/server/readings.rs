//! What all experiments say, read so seldom that whoever asks often costs little.
//!
//! A listing and a scrape look at every experiment, and each result is a whole scorecard. So both share one reading, which is made
//! anew when it is a second old, or when ten times as long has passed as it took.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::experiment::{Experiment, Status};
use crate::release::{Release, ReleaseId};
use crate::trial::Results;
use crate::visitors::{Error, NoResults, Visitors};

/// For so long at most a listing and a scrape say what was read before, unless reading takes more than a tenth of it.
pub const READING_TIME: Duration = Duration::from_secs(1);

/// No more than this share of one processor's time goes into it: one part of so many.
const REST: u32 = 10;

/// The last reading.
#[derive(Default)]
pub(super) struct Readings(Mutex<Option<Taken>>);

struct Taken {
    until: Instant,
    release: ReleaseId,
    reading: Arc<Reading>,
}

/// Of each experiment its result, where it has one, in the order of their names.
#[derive(Default)]
pub(super) struct Reading(pub Vec<(Arc<str>, Option<Results>)>);

impl Readings {
    /// What is known now, or was a moment ago. One at a time: who asks meanwhile waits and gets the same. May wait for the fold.
    pub(super) fn take(&self, visitors: &Visitors, release: &Arc<Release>) -> Result<Arc<Reading>, Error> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        if let Some(taken) = last.as_ref().filter(|taken| taken.until > began && taken.release == release.id) {
            return Ok(Arc::clone(&taken.reading));
        }
        let now = Timestamp::now();
        let is_measured = |experiment: &&Experiment| experiment.status != Status::Draft;
        let mut all = Vec::new();
        for experiment in release.experiments.experiments.values().filter(is_measured) {
            let results = match visitors.results(release, &experiment.name, now) {
                Ok(results) => Some(results),
                Err(NoResults::Visitors(error)) => return Err(error),
                Err(_) => None,
            };
            all.push((Arc::clone(&experiment.name), results));
        }
        let reading = Arc::new(Reading(all));
        let until = began + READING_TIME.max(began.elapsed() * REST);
        *last = Some(Taken { until, release: release.id.clone(), reading: Arc::clone(&reading) });
        Ok(reading)
    }
}

impl Reading {
    /// The result of an experiment.
    pub(super) fn of(&self, experiment: &str) -> Option<&Results> {
        self.0.iter().find(|(name, _)| **name == *experiment)?.1.as_ref()
    }
}
