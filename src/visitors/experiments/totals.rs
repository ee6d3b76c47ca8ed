//! What is counted in experiments, for whoever reads results.

use std::sync::Arc;

use super::tally::{Stage, Tally};
use crate::measurement::{MeasuredExperiment, Totals};
use crate::profile::ExperimentKey;
use crate::visitors::fold::Folding;
use crate::visitors::{Core, Error};

/// What is counted in one experiment, all of one moment. The fold goes on meanwhile: it shares the numbers, and copies those that it changes.
#[derive(Debug, Clone)]
pub(in crate::visitors) struct LiveTotals {
    /// By what is counted.
    pub experiment: Arc<MeasuredExperiment>,
    /// Of whom.
    pub stage: Stage,
    /// As of everything that was acknowledged before they were asked for.
    pub totals: Totals,
}

/// What changed since somebody looked.
#[derive(Debug, Clone, Default)]
pub(in crate::visitors) struct ChangedTotals {
    /// For the next look.
    pub clock: u64,
    /// In the order of their keys.
    pub totals: Vec<LiveTotals>,
}

impl From<&Tally> for LiveTotals {
    fn from(tally: &Tally) -> Self {
        Self { experiment: Arc::clone(&tally.experiment), stage: tally.stage(), totals: tally.totals.reading() }
    }
}

impl LiveTotals {
    /// Whether anybody is counted.
    pub(super) fn has_units(&self) -> bool {
        self.totals.units().iter().any(|units| *units > 0)
    }
}

impl Core {
    /// What is counted in an experiment; `None` where the release that is followed measures none of this name and salt. Waits for what was
    /// submitted before, and holds the fold for no longer than a list of the values of breakdowns takes.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Refused`].
    pub(in crate::visitors) fn totals(&self, key: &ExperimentKey) -> Result<Option<LiveTotals>, Error> {
        let key = key.clone();
        Ok(self
            .committer()?
            .between(move |_, folding| folding.tallies.by_key.get(&key).map(LiveTotals::from))
            .wait()?)
    }
}

impl Folding {
    /// What changed in experiments, or how far it is counted, since the clock of a former look; 0 = everything.
    pub(in crate::visitors) fn changed_totals(&self, since: u64) -> ChangedTotals {
        let changed = self.tallies.by_key.values().filter(|tally| tally.changed > since);
        ChangedTotals { clock: self.tallies.clock, totals: changed.map(LiveTotals::from).collect() }
    }
}
