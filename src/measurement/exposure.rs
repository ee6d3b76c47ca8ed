//! The exposures of one visitor: facts, whatever a release says of the experiments.
//!
//! INVARIANT: a function of the set of exposures that were recorded. They may come in any order, twice, and in several lists that are
//! merged later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::profile::ExperimentKey;

/// More experiments of one visitor are not kept: the earliest by name are.
pub const MAX_EXPOSURES: usize = 1_000;

/// A visitor was shown a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The id under which it happened: breaks ties of equal times.
    pub id: Arc<str>,
    /// The variant's name.
    pub variant: Arc<str>,
    /// With which probability an enrolled unit was assigned it then, in (0, 1]; `None` where the split is made elsewhere.
    pub probability: Option<f64>,
    /// Of a bandit, the batch in which it was assigned; else 0.
    pub batch: u32,
    /// Whether an event told of it, rather than a decision.
    pub was_told: bool,
    /// Whether the assignment function would have given another variant.
    pub is_unexpected: bool,
    /// What was known of the visitor then, by the names of breakdowns.
    pub traits: BTreeMap<Arc<str>, Arc<str>>,
}

/// How a visitor met one experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposed {
    /// It fixes variant and time.
    pub first: Exposure,
    /// Every variant that was seen, the first too.
    pub variants: BTreeSet<Arc<str>>,
    /// Whether any exposure was to a variant that the assignment function would not have given.
    pub is_unexpected: bool,
}

/// All exposures of one visitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposures(BTreeMap<ExperimentKey, Exposed>);

impl Exposures {
    /// Takes one up.
    pub fn record(&mut self, experiment: ExperimentKey, exposure: Exposure) {
        let exposed = Exposed {
            variants: BTreeSet::from([Arc::clone(&exposure.variant)]),
            is_unexpected: exposure.is_unexpected,
            first: exposure,
        };
        self.take(experiment, exposed);
    }

    /// Takes up all of another visitor who turned out to be the same.
    pub fn merge(&mut self, other: Self) {
        for (experiment, exposed) in other.0 {
            self.take(experiment, exposed);
        }
    }

    fn take(&mut self, experiment: ExperimentKey, other: Exposed) {
        match self.0.get_mut(&experiment) {
            Some(known) => {
                known.variants.extend(other.variants);
                known.is_unexpected |= other.is_unexpected;
                if other.first.instant() < known.first.instant() {
                    known.first = other.first;
                }
            }
            None => {
                self.0.insert(experiment, other);
                if self.0.len() > MAX_EXPOSURES {
                    self.0.pop_last();
                }
            }
        }
    }

    /// How the visitor met an experiment.
    pub fn get(&self, experiment: &ExperimentKey) -> Option<&Exposed> {
        self.0.get(experiment)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&ExperimentKey, &Exposed)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Exposure {
    fn instant(&self) -> (i64, &str, &str) {
        (self.at, &self.id, &self.variant)
    }
}
