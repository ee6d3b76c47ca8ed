//! Tells sled what changed, every 250 ms or 4096 entries, as one batch of absolute values with the journal position.
//!
//! Each row knows the last entry that is folded into it, so rows may be newer than the position that stands beside them:
//! a replay from that position passes over what they hold. So the fold goes on while rows are written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::fold::Folding;
use super::living::Living;
use super::people::People;
use super::ranking::RANK_TIME;
use super::retention::RETENTION_TIME;
use super::state::State;
use super::{Core, Error};
use crate::store::Changes;

/// So often sled is told what changed.
pub const MAX_FLUSH_TIME: Duration = Duration::from_millis(250);
/// Or after so many entries.
pub const MAX_UNFLUSHED_ENTRIES: usize = 4096;
/// One batch of sled holds no more persons.
pub(super) const MAX_BATCH_PERSONS: usize = 4096;

/// What changed since sled was told last.
pub(super) struct Unsaved {
    persons: Vec<Arc<Living>>,
    changes: Changes,
    state: State,
}

impl Folding {
    /// Takes what sled must be told; `None` when it knows all.
    pub(super) fn take_unsaved(&mut self, journal: u64) -> Option<Unsaved> {
        let mut changes = std::mem::take(&mut self.removals);
        changes.extend(self.refused.take_changes());
        if self.dirty.is_empty() && changes.is_empty() && self.entries == 0 {
            return None;
        }
        self.entries = 0;
        let persons = std::mem::take(&mut self.dirty).into_values().collect();
        let mut state = State {
            journal,
            position: self.position,
            window: self.window.since(),
            next_key: self.people.next_key(),
            epoch: self.course.epoch,
            ..State::default()
        };
        let filled = self.course.release.cells.ids().filter(|id| !self.course.unfilled.contains(id));
        state.set_filled(filled);
        let partial = self.course.partial.iter().map(|(id, since)| (id.0, since.as_millisecond()));
        state.partial = partial.collect();
        Some(Unsaved { persons, changes, state })
    }
}

impl Unsaved {
    /// Writes all of it, at most `batch_persons` at a time. `count` adds to each batch what is counted after its rows were made: so no
    /// crash leaves a row that knows more than what is counted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn save(
        self,
        people: &People,
        batch_persons: usize,
        mut count: impl FnMut(&mut Changes) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let Self { persons, mut changes, state } = self;
        let mut saved = Vec::with_capacity(persons.len());
        let mut is_whole = true;
        // The last batch alone moves the position: until it is written, a replay does all of it again.
        let batches = persons.len().div_ceil(batch_persons).max(1);
        for number in 0..batches {
            for living in persons.iter().skip(number * batch_persons).take(batch_persons) {
                match people.put(living, &mut changes)? {
                    Some(version) => saved.push((Arc::clone(living), version)),
                    None => is_whole = false,
                }
            }
            // What somebody knew who was joined meanwhile stands in a row of the next round: the position waits for it.
            if number + 1 == batches && is_whole {
                state.put(&mut changes);
            }
            count(&mut changes)?;
            people.shelf.commit(std::mem::take(&mut changes))?;
        }
        people.rows_were_written();
        for (living, version) in &saved {
            let mut held = living.lock();
            held.saved = held.saved.max(*version);
        }
        Ok(saved.len())
    }
}

/// What the keeper is asked to do beside its rounds.
type Job = Box<dyn FnOnce(&Core) + Send>;

/// The thread that tells sled.
pub(super) struct Keeper {
    jobs: Mutex<Option<SyncSender<Job>>>,
    is_due: Arc<AtomicBool>,
}

impl Keeper {
    pub(super) fn new() -> (Self, Receiver<Job>) {
        let (jobs, receiver) = sync_channel(16);
        (Self { jobs: Mutex::new(Some(jobs)), is_due: Arc::default() }, receiver)
    }

    /// Runs something between two rounds, on the keeper's thread.
    pub(super) fn ask(&self, job: Job) -> Result<(), Error> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(Error::Stopped)
    }

    /// Has a round begin at once.
    pub(super) fn hurry(&self) {
        if !self.is_due.swap(true, Ordering::AcqRel) {
            // When it has much to do it comes anyway.
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            drop(jobs.as_ref().map(|jobs| jobs.try_send(Box::new(|_| {}))));
        }
    }

    pub(super) fn end(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The thread's work, until [`Keeper::end`].
    pub(super) fn run(core: &Arc<Core>, jobs: &Receiver<Job>) {
        let mut ranked: Option<(Instant, u64)> = None;
        let mut tidied = Instant::now();
        loop {
            let job = jobs.recv_timeout(MAX_FLUSH_TIME);
            core.keeper.is_due.store(false, Ordering::Release);
            if let Err(error) = core.save() {
                core.fail("sled could not be told what changed", &error);
            }
            let epoch = core.course.load().epoch;
            if ranked.is_none_or(|(at, of)| of != epoch || at.elapsed() >= RANK_TIME) {
                ranked = Some((Instant::now(), epoch));
                if let Err(error) = core.rank() {
                    tracing::error!(cause = %error, "ranks among all visitors could not be computed");
                }
            }
            if tidied.elapsed() >= RETENTION_TIME {
                tidied = Instant::now();
                if let Err(error) = core.forget_gone(Timestamp::now()) {
                    core.fail("sled could not be told which experiments are gone", &error);
                }
                if let Err(error) = core.drop_old(Timestamp::now()) {
                    tracing::error!(cause = %error, "old events could not be dropped; trying again in a while");
                }
            }
            match job {
                Ok(job) => job(core),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            core.people.make_room();
        }
    }
}
