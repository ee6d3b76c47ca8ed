//! What all experiments say, read so seldom that whoever asks often costs little.
//!
//! A listing and a scrape look at every experiment, and each result is a whole scorecard. So all who ask share a reading: whoever asked
//! before it began, as nothing that they know of is missing in it, and whoever asks within [`READING_TIME`] of its beginning. However long
//! a reading takes, an event that was acknowledged so long before somebody asked is in what they get, and nobody waits for more than two.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::experiment::{Experiment, Status};
use crate::release::{Release, ReleaseId};
use crate::trial::Results;
use crate::visitors::{Error, NoResults, Visitors};

/// For so long at most a listing and a scrape say what was read before: half of the second within which results follow events.
pub const READING_TIME: Duration = Duration::from_millis(500);

/// The last reading.
#[derive(Default)]
pub(super) struct Readings(Mutex<Option<Taken>>);

struct Taken {
    began: Instant,
    release: ReleaseId,
    reading: Arc<Reading>,
}

/// Of each experiment its result, where it has one, in the order of their names.
#[derive(Default)]
pub(super) struct Reading(pub Vec<(Arc<str>, Option<Results>)>);

impl Readings {
    /// What is known now, or was a moment ago. One at a time: who asks meanwhile waits. May wait for the fold.
    pub(super) fn take(&self, visitors: &Visitors, release: &Arc<Release>) -> Result<Arc<Reading>, Error> {
        self.share(&release.id, Instant::now(), Instant::now, || Reading::of(visitors, release))
    }

    /// A reading that is fresh for whoever asked then: the last one, or a new one.
    fn share(
        &self,
        release: &ReleaseId,
        asked: Instant,
        clock: impl FnOnce() -> Instant,
        read: impl FnOnce() -> Result<Reading, Error>,
    ) -> Result<Arc<Reading>, Error> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |taken: &&Taken| asked < taken.began + READING_TIME && taken.release == *release;
        if let Some(taken) = last.as_ref().filter(is_fresh) {
            return Ok(Arc::clone(&taken.reading));
        }
        let began = clock();
        let reading = Arc::new(read()?);
        *last = Some(Taken { began, release: release.clone(), reading: Arc::clone(&reading) });
        Ok(reading)
    }
}

impl Reading {
    fn of(visitors: &Visitors, release: &Arc<Release>) -> Result<Self, Error> {
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
        Ok(Self(all))
    }

    /// The result of an experiment.
    pub(super) fn of_experiment(&self, experiment: &str) -> Option<&Results> {
        self.0.iter().find(|(name, _)| **name == *experiment)?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever asks so many milliseconds after the first, of a reading that could begin then: whether it is a new one.
    #[test]
    fn a_reading_is_shared_while_it_is_fresh_however_long_it_took() {
        let readings = Readings::default();
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let ids: [ReleaseId; 2] = ["0123456789abcdef", "fedcba9876543210"].map(|id| id.parse().unwrap());
        for (asked, began, release, is_new) in [
            (0, 0, 0, true),
            (499, 499, 0, false),
            // It waited for a reading that began later.
            (500, 3_000, 0, true),
            (600, 6_000, 0, false),
            (3_499, 6_000, 0, false),
            // A reading that began half a second before it was asked for is too old, though it ended but now.
            (3_500, 6_000, 0, true),
            (6_100, 6_100, 1, true),
        ] {
            let mut read = false;
            let found = readings.share(
                &ids[release],
                at(asked),
                || at(began),
                || {
                    read = true;
                    Ok(Reading::default())
                },
            );
            assert!(found.is_ok());
            assert_eq!(read, is_new, "asked at {asked}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_read_again() {
        let readings = Readings::default();
        let (id, now) = ("0123456789abcdef".parse().unwrap(), Instant::now());
        assert!(readings.share(&id, now, || now, || Err(Error::Stopped)).is_err());
        assert!(readings.share(&id, now, || now, || Ok(Reading::default())).is_ok());
    }
}
