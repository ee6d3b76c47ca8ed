//! What an event says that a visitor saw, in the words in which it was sent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::experiment::{Experiment, Experiments, Status, Variant};
use crate::profile::ExperimentKey;

/// What an event says that a visitor saw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// Of which experiment.
    pub of: Meant,
    /// The variant's name as it was sent, else its id.
    pub variant: Arc<str>,
    /// The variant's id, where there was a name too.
    pub variant_id: Option<Arc<str>>,
    /// The id under which it was sent.
    pub id: Arc<str>,
}

/// Which experiment an event means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Meant {
    /// The one that the release knew by that name when the event was taken: the journal says so.
    Known(ExperimentKey),
    /// None was known then by these.
    Unknown {
        /// Its name as it was sent, else its id.
        name: Arc<str>,
        /// Its id, where there was a name too.
        id: Option<Arc<str>>,
    },
}

impl Sighting {
    /// Whether an experiment counts it. Testers who are forced into a variant are no traffic.
    pub fn is_of(&self, experiment: &Experiment) -> bool {
        let is_of_salt = match &self.of {
            Meant::Known(key) => key.salt == experiment.salt,
            Meant::Unknown { .. } => true,
        };
        let is_named = self.names().any(|name| *name == experiment.name);
        is_of_salt && is_named && !experiment.forced.contains_key(&self.id)
    }

    /// The experiment that counts it; `None` = none, or a draft, in which nobody is counted.
    pub fn experiment<'e>(&self, experiments: &'e Experiments) -> Option<&'e Experiment> {
        let mut found = self.names().filter_map(|name| experiments.get(name));
        found.find(|experiment| experiment.status != Status::Draft && self.is_of(experiment))
    }

    /// The names that may be the experiment's, in the order in which they are tried.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        let (name, id) = match &self.of {
            Meant::Known(key) => (&key.name, None),
            Meant::Unknown { name, id } => (name, id.as_ref()),
        };
        std::iter::once(name).chain(id)
    }

    /// The variant that is meant; `None` where the experiment has none of the name or id that was sent.
    pub fn variant<'e>(&self, experiment: &'e Experiment) -> Option<&'e Variant> {
        let by_id = || experiment.variant(self.variant_id.as_deref()?);
        experiment.variant(&self.variant).or_else(by_id)
    }

    /// The variant by the name that the experiment gives it, else as it was sent.
    pub fn variant_name<'s>(&'s self, experiment: &'s Experiment) -> &'s Arc<str> {
        self.variant(experiment).map_or(&self.variant, |variant| &variant.name)
    }
}
