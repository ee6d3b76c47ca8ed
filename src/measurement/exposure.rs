//! The exposures of one visitor: facts, whatever a release says of the experiments.
//!
//! In: what decisions showed, and what events say that the visitor saw, in the words in which it was sent. Out: the same, of each only the
//! first time. What a fact means (whose variant it is, whether it counts) is said by those who ask, under the release that they know: so
//! another release asks for no more than counting again.
//!
//! INVARIANT: a function of the set of facts that were recorded. They may come in any order, twice, and in several lists that are
//! merged later.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Sighting;
use crate::profile::ExperimentKey;

/// More facts of one visitor are not kept of either kind: of decisions those of the first experiments by name are, and of events those of the
/// first names.
pub const MAX_EXPOSURES: usize = 1_000;

/// A decision showed a visitor a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The id under which it happened: breaks ties of equal times.
    pub id: Arc<str>,
    /// The variant's name.
    pub variant: Arc<str>,
    /// With which probability an enrolled unit was assigned it then, in (0, 1].
    pub probability: f64,
    /// Of a bandit, the batch in which it was assigned; else 0.
    pub batch: u32,
    /// What was known of the visitor then, by the names of breakdowns.
    pub dimensions: BTreeMap<Arc<str>, Arc<str>>,
}

/// All exposures of one visitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposures {
    /// Of decisions: of each variant the first, in the order of time.
    decided: BTreeMap<ExperimentKey, Vec<Exposure>>,
    /// Of events, by what they name: of each the first.
    told: BTreeMap<Sighting, ToldAt>,
}

/// The first time at which an event told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToldAt {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The number of the event's entry in the journal.
    pub order: u64,
    /// What was known of the visitor when it was taken up, and what the event said itself, by name.
    pub dimensions: BTreeMap<Arc<str>, Arc<str>>,
}

impl Exposures {
    /// Takes up what a decision showed.
    pub fn record(&mut self, experiment: ExperimentKey, exposure: Exposure) {
        let known = self.decided.entry(experiment).or_default();
        match known.iter_mut().find(|known| known.variant == exposure.variant) {
            Some(known) if known.rank() <= exposure.rank() => return,
            Some(known) => *known = exposure,
            None => known.push(exposure),
        }
        known.sort_by(|one, other| one.rank().cmp(&other.rank()));
        if self.decided.len() > MAX_EXPOSURES {
            self.decided.pop_last();
        }
    }

    /// Takes up what an event tells.
    pub fn tell(&mut self, sighting: Sighting, told: ToldAt) {
        match self.told.get_mut(&sighting) {
            Some(known) if known.rank() <= told.rank() => {}
            Some(known) => *known = told,
            None => {
                self.told.insert(sighting, told);
                if self.told.len() > MAX_EXPOSURES {
                    self.told.pop_last();
                }
            }
        }
    }

    /// Takes up all of another visitor who turned out to be the same.
    pub fn merge(&mut self, other: Self) {
        for (experiment, exposures) in other.decided {
            exposures.into_iter().for_each(|exposure| self.record(experiment.clone(), exposure));
        }
        other.told.into_iter().for_each(|(sighting, told)| self.tell(sighting, told));
    }

    /// What decisions showed of an experiment, of each variant the first time, in the order of time.
    pub fn decided(&self, experiment: &ExperimentKey) -> &[Exposure] {
        self.decided.get(experiment).map_or(&[], Vec::as_slice)
    }

    /// The experiments of decisions, with what they showed.
    pub fn all_decided(&self) -> impl Iterator<Item = (&ExperimentKey, &[Exposure])> {
        self.decided.iter().map(|(experiment, exposures)| (experiment, &exposures[..]))
    }

    /// What events told.
    pub fn all_told(&self) -> impl Iterator<Item = (&Sighting, &ToldAt)> {
        self.told.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.decided.is_empty() && self.told.is_empty()
    }

    /// Whether one more may take the place of another.
    pub fn is_full(&self) -> bool {
        self.decided.len() >= MAX_EXPOSURES || self.told.len() >= MAX_EXPOSURES
    }
}

impl Exposure {
    /// The first counts; of equal ones any, but always the same.
    fn rank(&self) -> impl Ord {
        (self.at, &self.id, &self.variant, self.batch, self.probability.to_bits(), &self.dimensions)
    }
}

impl ToldAt {
    fn rank(&self) -> impl Ord {
        (self.at, self.order, &self.dimensions)
    }
}
