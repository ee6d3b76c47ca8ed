//! Under which release events are folded, and which of its cells are still being filled from the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::person::Person;
use crate::behaviour::{CellId, Memory};
use crate::release::Release;

/// What holds from one swap of releases to the next.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) release: Arc<Release>,
    /// Larger at each change: what a person was told to remember under a former course may be put in order.
    pub(super) epoch: u64,
    /// Cells that lack what happened before `since`, in part or whole.
    pub(super) unfilled: Arc<BTreeSet<CellId>>,
    pub(super) since: Timestamp,
    /// Cells that were filled when retention had dropped the beginning already: what they know came from a moment on.
    pub(super) partial: Arc<BTreeMap<CellId, Timestamp>>,
}

impl Course {
    /// An epoch after this one, and after every one that another process may have written: the time in milliseconds.
    pub(super) fn next_epoch(former: u64) -> u64 {
        u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default().max(former + 1)
    }

    /// Whether some cell lacks what happened before a moment.
    pub(super) fn has_gaps(&self) -> bool {
        !self.unfilled.is_empty() || !self.partial.is_empty()
    }

    /// Notes in a memory since when its cells count, for an explanation to say.
    pub(super) fn tell_gaps(&self, memory: &mut Memory) {
        memory.count_since(&self.unfilled, self.since);
        for (id, since) in &*self.partial {
            memory.count_since(&BTreeSet::from([*id]), *since);
        }
    }

    /// Drops what this course does not remember, and what a cell that is being filled held before.
    pub(super) fn put_in_order(&self, person: &mut Person) {
        if person.epoch >= self.epoch {
            return;
        }
        self.release.cells.retain(&mut person.memory);
        if !self.unfilled.is_empty() {
            person.memory.retain(|id| !self.unfilled.contains(&id));
        }
        person.epoch = self.epoch;
    }
}
