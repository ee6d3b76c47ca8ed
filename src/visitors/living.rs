//! One person in memory: what is known of them, what is on its way to be known, and what sled has of it.

use std::sync::atomic::{AtomicU32, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::experiments::exposing::PendingExposure;
use super::person::Person;

/// Of a person whose row was not written yet, about.
const NEW_ROW_BYTES: usize = 200;
/// A person takes about so many times the bytes of their row: vectors with room to grow, maps, words of the allocator.
const ROW_TO_MEMORY: usize = 3;

/// A rule with a limit that was shown, and is not journalled yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PendingShow {
    pub(super) show: u64,
    pub(super) at: Timestamp,
    pub(super) nonce: u64,
}

/// One person in memory.
#[derive(Debug)]
pub(super) struct Living {
    held: Mutex<Held>,
    /// The clock of [`super::people::People`] when they were last asked for.
    pub(super) used: AtomicU32,
    /// About how many they take in memory.
    pub(super) bytes: AtomicUsize,
}

/// What a lock on a person gives.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) person: Person,
    pub(super) pending: Vec<PendingShow>,
    pub(super) pending_exposures: Vec<PendingExposure>,
    /// Counts changes, and the changes that sled has.
    pub(super) version: u64,
    pub(super) saved: u64,
    /// The person was joined with another, or erased: look again.
    pub(super) is_gone: bool,
    /// Segments that were entered or left, where that is on its way through the journal.
    pub(super) moving: Vec<(Arc<str>, bool)>,
    /// Whether their segments were looked at since they came into memory.
    pub(super) was_looked_at: bool,
    /// When their segments must be looked at again.
    pub(super) next_look: Option<Timestamp>,
}

impl Living {
    pub(super) fn new(person: Person, version: u64, saved: u64) -> Self {
        let bytes = AtomicUsize::new(Self::memory_bytes(NEW_ROW_BYTES));
        let held = Held {
            person,
            pending: Vec::new(),
            pending_exposures: Vec::new(),
            version,
            saved,
            is_gone: false,
            moving: Vec::new(),
            was_looked_at: saved != version,
            next_look: None,
        };
        Self { held: Mutex::new(held), used: AtomicU32::new(0), bytes }
    }

    /// About how many bytes somebody takes in memory whose row is so long.
    pub(super) fn memory_bytes(row_bytes: usize) -> usize {
        size_of::<Self>() + ROW_TO_MEMORY * row_bytes
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        // A panic while it was held came from an evaluation, which changes nothing.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether sled has all, and nothing is on its way.
    pub(super) fn is_settled(&self) -> bool {
        let nothing_comes = self.pending.is_empty() && self.pending_exposures.is_empty() && self.moving.is_empty();
        self.version == self.saved && nothing_comes
    }

    /// The segments that they are in, once what is on its way has come.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Arc<str>> {
        let moving =
            |name: &str| self.moving.iter().rev().find(|(segment, _)| **segment == *name).map(|(_, entered)| *entered);
        let kept = self.person.segments.keys().filter(move |name| moving(name).unwrap_or(true));
        kept.chain(self.moving.iter().map(|(name, _)| name).filter(move |name| moving(name) == Some(true)))
    }
}
