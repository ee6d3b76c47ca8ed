//! Who is in which segment, kept up to date: after an event, and at the very instant at which a window ends without one.
//!
//! A thread of its own looks at persons whose events were folded, and at those for whom an instant has come at which some
//! segment may change by itself. What it finds changed goes to the journal as an entry of its own, which the fold counts.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::id::VisitorHash;

/// Who asks for everybody lets no more wait than these.
const MAX_AT_ONCE: usize = 4_096;
/// Between two looks whether there is room.
const PAUSE: Duration = Duration::from_millis(5);
/// A clock that jumps is noticed after this time.
const MAX_NAP: Duration = Duration::from_millis(500);

/// Who must be looked at, now or at an instant.
#[derive(Debug, Default)]
pub(super) struct Looks {
    wanted: Mutex<Wanted>,
    change: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    /// Whether somebody is being looked at.
    is_busy: bool,
    now: HashSet<VisitorHash, RandomState>,
    later: BinaryHeap<Reverse<(Timestamp, VisitorHash)>>,
    is_over: bool,
}

impl Looks {
    /// Has somebody looked at as soon as may be.
    pub(super) fn at(&self, root: VisitorHash) {
        let mut wanted = self.lock();
        wanted.now.insert(root);
        if wanted.now.len() == 1 {
            drop(wanted);
            self.change.notify_one();
        }
    }

    /// Waits until not too many wait already: for those who ask for everybody.
    pub(super) fn wait_for_room(&self) {
        while !self.lock().is_over && self.lock().now.len() >= MAX_AT_ONCE {
            std::thread::sleep(PAUSE);
        }
    }

    /// Has somebody looked at when an instant has come.
    pub(super) fn later(&self, root: VisitorHash, at: Timestamp) {
        self.lock().later.push(Reverse((at, root)));
    }

    /// Ends the thread that takes.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.change.notify_one();
    }

    /// Waits until somebody must be looked at; each with the instant for which that was foreseen. `None` at the end.
    pub(super) fn take(&self) -> Option<Vec<(VisitorHash, Option<Timestamp>)>> {
        let mut wanted = self.lock();
        wanted.is_busy = false;
        loop {
            if wanted.is_over {
                return None;
            }
            let now = Timestamp::now();
            let mut due: Vec<(VisitorHash, Option<Timestamp>)> = wanted.now.drain().map(|root| (root, None)).collect();
            while let Some(Reverse((at, root))) = wanted.later.peek().copied()
                && at <= now
            {
                wanted.later.pop();
                due.push((root, Some(at)));
            }
            if !due.is_empty() {
                wanted.is_busy = true;
                return Some(due);
            }
            let next = wanted.later.peek().map(|Reverse((at, _))| at.duration_since(now).unsigned_abs());
            let nap = next.unwrap_or(MAX_NAP).min(MAX_NAP);
            wanted = self.change.wait_timeout(wanted, nap).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether nobody is being looked at, nor waits for it.
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        let wanted = self.lock();
        !wanted.is_busy && wanted.now.is_empty()
    }

    /// How many instants are foreseen.
    pub(super) fn foreseen(&self) -> usize {
        self.lock().later.len()
    }

    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
