//! How many visitors there are, and how many are in each segment. Crawlers and the operator's own people do not count.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::person::Person;

/// Counts of persons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sizes {
    pub(super) visitors: u64,
    pub(super) bots: u64,
    pub(super) internal: u64,
    /// By segment.
    pub(super) segments: BTreeMap<Arc<str>, u64>,
}

impl Sizes {
    /// Counts somebody as they are now.
    pub(super) fn add(&mut self, person: &Person) {
        self.step(person, true);
    }

    /// Takes somebody out who was counted as they are now.
    pub(super) fn subtract(&mut self, person: &Person) {
        self.step(person, false);
    }

    fn step(&mut self, person: &Person, more: bool) {
        let step = |count: &mut u64| *count = if more { *count + 1 } else { count.saturating_sub(1) };
        match (person.is_bot, person.is_internal) {
            (true, _) => step(&mut self.bots),
            (false, true) => step(&mut self.internal),
            (false, false) => {
                step(&mut self.visitors);
                for name in person.segments.keys() {
                    step(self.segments.entry(Arc::clone(name)).or_default());
                }
            }
        }
    }
}
