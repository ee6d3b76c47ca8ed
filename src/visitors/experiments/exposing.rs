//! Exposures that decisions make: known from then on, and journalled without holding an answer.
//!
//! In: an answer that exposes. Out: an entry of the journal for each experiment that the visitor was not in yet. Until it is folded the
//! exposure is pending: beside the person, or among strangers where nothing is known of an id yet. So the very next decision keeps
//! the variant, and nothing waits: a stranger's key is given by a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use jiff::Timestamp;

use crate::decision::{Answer, NewExposure};
use crate::measurement::Exposure;
use crate::profile::{ExperimentKey, ExposedTo, Visitor};
use crate::visitors::entry::{Entry, ExposureEntry, Id, encode};
use crate::visitors::id::VisitorHash;
use crate::visitors::living::Held;
use crate::visitors::submit::Attachment;
use crate::visitors::{Core, Error};

/// More strangers are not exposed before some of them are known: about 40 MB.
const MAX_STRANGERS: usize = 100_000;

/// An exposure that is not folded yet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::visitors) struct PendingExposure {
    pub(in crate::visitors) experiment: ExperimentKey,
    pub(in crate::visitors) exposure: Exposure,
    pub(in crate::visitors) nonce: u64,
}

impl PendingExposure {
    fn new(new: &NewExposure, id: &Arc<str>, now: Timestamp, nonce: u64) -> Self {
        let exposure = Exposure {
            at: now.as_millisecond(),
            id: Arc::clone(id),
            variant: Arc::clone(&new.variant),
            probability: new.probability,
            batch: new.batch,
            dimensions: new.dimensions.clone(),
        };
        Self { experiment: new.experiment.clone(), exposure, nonce }
    }
}

/// Notes in the visitor of a decision what they were shown, unless it is noted already.
pub(in crate::visitors) fn expose_to(visitor: &mut Visitor, experiment: &ExperimentKey, exposure: &Exposure) {
    if !visitor.exposed.iter().any(|known| known.experiment == *experiment) {
        visitor.exposed.push(ExposedTo {
            experiment: experiment.clone(),
            variant: Arc::clone(&exposure.variant),
            probability: Some(exposure.probability),
        });
    }
}

/// Pending exposures of ids of whom nothing is known yet.
#[derive(Debug, Default)]
pub(in crate::visitors) struct Strangers {
    pending: DashMap<VisitorHash, Vec<PendingExposure>, RandomState>,
    /// Of the map, which takes all its locks to tell its length.
    ids: AtomicUsize,
}

impl Strangers {
    /// Notes in the visitor of a decision what is pending.
    pub(in crate::visitors) fn complete(&self, hash: VisitorHash, visitor: &mut Visitor) {
        if self.ids.load(Ordering::Acquire) > 0
            && let Some(pending) = self.pending.get(&hash)
        {
            pending.iter().for_each(|pending| expose_to(visitor, &pending.experiment, &pending.exposure));
        }
    }

    /// Whether there was room, and it was not pending already.
    fn add(&self, hash: VisitorHash, new: PendingExposure) -> bool {
        if self.ids.load(Ordering::Acquire) >= MAX_STRANGERS {
            return false;
        }
        let mut pending = self.pending.entry(hash).or_default();
        if pending.iter().any(|known| known.experiment == new.experiment) {
            return false;
        }
        if pending.is_empty() {
            self.ids.fetch_add(1, Ordering::AcqRel);
        }
        pending.push(new);
        true
    }

    /// Forgets one that was folded, or could not be kept.
    pub(in crate::visitors) fn remove(&self, hash: VisitorHash, nonce: u64) {
        if self.ids.load(Ordering::Acquire) == 0 {
            return;
        }
        if let Some(mut pending) = self.pending.get_mut(&hash) {
            pending.retain(|pending| pending.nonce != nonce);
        }
        if self.pending.remove_if(&hash, |_, pending| pending.is_empty()).is_some() {
            self.ids.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Whether nothing is pending.
    #[cfg(test)]
    pub(in crate::visitors) fn is_empty(&self) -> bool {
        self.ids.load(Ordering::Acquire) == 0
    }

    fn get(&self, hash: VisitorHash, nonce: u64) -> Option<PendingExposure> {
        self.pending.get(&hash)?.iter().find(|pending| pending.nonce == nonce).cloned()
    }
}

/// What the thread that journals exposures of strangers is asked for.
#[derive(Debug)]
pub(in crate::visitors) enum Job {
    /// To journal a pending exposure.
    Expose { hash: VisitorHash, nonce: u64 },
    /// To end when all before is done.
    End,
}

/// The thread that journals exposures of strangers.
#[derive(Debug)]
pub(in crate::visitors) struct Exposing {
    jobs: SyncSender<Job>,
}

impl Exposing {
    pub(in crate::visitors) fn new() -> (Self, Receiver<Job>) {
        let (jobs, receiver) = sync_channel(MAX_STRANGERS);
        (Self { jobs }, receiver)
    }

    pub(in crate::visitors) fn end(&self) {
        drop(self.jobs.send(Job::End));
    }

    /// The thread's work, until [`Exposing::end`].
    pub(in crate::visitors) fn run(core: &Core, jobs: &Receiver<Job>) {
        while let Ok(Job::Expose { hash, nonce }) = jobs.recv() {
            let Some(pending) = core.people.strangers.get(hash, nonce) else { continue };
            let schema = &core.course.load().release.schema;
            let kept = core.id(&pending.exposure.id, schema).and_then(|id| core.submit_exposure(id, &pending));
            if let Err(error) = kept {
                core.exposure_was_lost(&error);
                core.people.strangers.remove(hash, nonce);
            }
        }
    }
}

impl Core {
    /// Exposes somebody who is known to what an answer shows for the first time.
    pub(in crate::visitors) fn expose(
        &self,
        held: &mut Held,
        hash: VisitorHash,
        id: &Arc<str>,
        answer: &Answer,
        now: Timestamp,
    ) {
        for new in answer.exposures() {
            // Two slots may show one experiment, and another request may have been faster.
            if held.pending_exposures.iter().any(|pending| pending.experiment == new.experiment) {
                continue;
            }
            let pending = PendingExposure::new(new, id, now, self.nonce.fetch_add(1, Ordering::Relaxed));
            let Some(known) = held.person.ids.get(&hash).map(|known| known.id) else { continue };
            // A crash, or a journal without room, may lose it; then a later decision exposes.
            match self.submit_exposure(known, &pending) {
                Ok(()) => held.pending_exposures.push(pending),
                Err(error) => self.exposure_was_lost(&error),
            }
        }
    }

    /// The same of an id of whom nothing is known.
    pub(in crate::visitors) fn expose_stranger(
        &self,
        hash: VisitorHash,
        id: &Arc<str>,
        answer: &Answer,
        now: Timestamp,
    ) {
        for new in answer.exposures() {
            let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
            let is_new = self.people.strangers.add(hash, PendingExposure::new(new, id, now, nonce));
            if is_new && self.exposing.jobs.try_send(Job::Expose { hash, nonce }).is_err() {
                self.people.strangers.remove(hash, nonce);
                self.numbers.exposure_lost();
            }
        }
    }

    fn exposure_was_lost(&self, error: &Error) {
        self.numbers.exposure_lost();
        if !error.is_passing() {
            tracing::error!(cause = %error, "an exposure could not be kept; a later decision exposes");
        }
    }

    fn submit_exposure(&self, visitor: Id, pending: &PendingExposure) -> Result<(), Error> {
        let PendingExposure { experiment, exposure, nonce } = pending;
        let sealed = self.seal_under(&visitor, &encode(&(experiment, exposure)))?;
        let entry = ExposureEntry { visitor, nonce: *nonce, sealed: &sealed };
        let entry = Entry::Exposure(entry).encode();
        Ok(self.committer()?.submit_without_waiting(vec![entry], Attachment::default())?)
    }

    /// What of a visitor is pending counts as known.
    pub(in crate::visitors) fn complete_pending(&self, held: Option<&Held>, hash: VisitorHash, visitor: &mut Visitor) {
        for pending in held.into_iter().flat_map(|held| &held.pending_exposures) {
            expose_to(visitor, &pending.experiment, &pending.exposure);
        }
        self.people.strangers.complete(hash, visitor);
    }
}
