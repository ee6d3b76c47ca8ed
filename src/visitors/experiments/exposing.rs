//! Exposures that decisions make: known from then on, and journalled without holding an answer.
//!
//! In: an answer that exposes. Out: an entry of the journal for each experiment that the visitor was not in yet. Until it is folded the
//! exposure is pending: beside the person, or among strangers where nothing is known of an id yet. So the very next decision keeps
//! the variant, and nothing waits: a stranger's key is given by a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use jiff::Timestamp;

use crate::decision::{Answer, NewExposure};
use crate::measurement::Exposure;
use crate::profile::{ExperimentKey, ExposedTo, Visitor};
use crate::store::journal::Committer;
use crate::visitors::entry::{Entry, ExposureEntry, Id, encode};
use crate::visitors::id::VisitorHash;
use crate::visitors::living::{Held, Living};
use crate::visitors::submit::Attachment;
use crate::visitors::{Core, Error};

/// More strangers are not exposed before some of them are known: about 40 MB.
const MAX_STRANGERS: usize = 100_000;

/// There are [`MAX_STRANGERS`] already.
struct NoRoom;

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

    /// Whether it was not pending already.
    fn add(&self, hash: VisitorHash, new: PendingExposure) -> Result<bool, NoRoom> {
        if self.ids.load(Ordering::Acquire) >= MAX_STRANGERS {
            return Err(NoRoom);
        }
        let mut pending = self.pending.entry(hash).or_default();
        if pending.iter().any(|known| known.experiment == new.experiment) {
            return Ok(false);
        }
        if pending.is_empty() {
            self.ids.fetch_add(1, Ordering::AcqRel);
        }
        pending.push(new);
        Ok(true)
    }

    /// Forgets one that was folded, or could not be kept. Whether it was there.
    pub(in crate::visitors) fn remove(&self, hash: VisitorHash, nonce: u64) -> bool {
        if self.ids.load(Ordering::Acquire) == 0 {
            return false;
        }
        let mut was_there = false;
        if let Some(mut pending) = self.pending.get_mut(&hash) {
            let known = pending.len();
            pending.retain(|pending| pending.nonce != nonce);
            was_there = pending.len() < known;
        }
        if self.pending.remove_if(&hash, |_, pending| pending.is_empty()).is_some() {
            self.ids.fetch_sub(1, Ordering::AcqRel);
        }
        was_there
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
    /// To forget what was pending, and was not kept.
    Forget { hash: VisitorHash, nonce: u64 },
    /// To end when all before is done.
    End,
}

/// Goes to the journal with what is pending. However it is dropped before [`Unkept::was_kept`], the append was refused: what was pending is
/// forgotten, and the next decision tries again.
#[derive(Debug)]
pub(in crate::visitors) struct Unkept {
    jobs: Sender<Job>,
    hash: VisitorHash,
    nonce: u64,
    is_kept: bool,
}

impl Unkept {
    pub(in crate::visitors) fn was_kept(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if !self.is_kept {
            // By another thread: whoever drops it may hold the visitor. It is over only when the server is.
            drop(self.jobs.send(Job::Forget { hash: self.hash, nonce: self.nonce }));
        }
    }
}

/// The thread that journals exposures of strangers.
#[derive(Debug)]
pub(in crate::visitors) struct Exposing {
    /// No more wait than strangers and submissions, which both are bounded.
    jobs: Sender<Job>,
}

impl Exposing {
    pub(in crate::visitors) fn new() -> (Self, Receiver<Job>) {
        let (jobs, receiver) = channel();
        (Self { jobs }, receiver)
    }

    pub(in crate::visitors) fn end(&self) {
        drop(self.jobs.send(Job::End));
    }

    /// For something that is pending for an id.
    pub(in crate::visitors) fn unkept(&self, hash: VisitorHash, nonce: u64) -> Unkept {
        Unkept { jobs: self.jobs.clone(), hash, nonce, is_kept: false }
    }

    /// The thread's work, until [`Exposing::end`].
    pub(in crate::visitors) fn run(core: &Core, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Expose { hash, nonce } => {
                    let Some(pending) = core.people.strangers.get(hash, nonce) else { continue };
                    let schema = &core.course.load().release.schema;
                    let unkept = core.exposing.unkept(hash, nonce);
                    let id = core.id(&pending.exposure.id, schema);
                    core.tell_if_lost(id.and_then(|id| core.submit_exposure(id, &pending, unkept)));
                }
                Job::Forget { hash, nonce } => core.forget_pending(hash, nonce),
                Job::End => return,
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
            let Some(known) = held.person.ids.get(&hash).map(|known| known.id) else { continue };
            if self.refuses() {
                self.numbers.exposure_lost();
                continue;
            }
            let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
            let pending = PendingExposure::new(new, id, now, nonce);
            // A crash may lose it; then a later decision exposes.
            let submitted = self.submit_exposure(known, &pending, self.exposing.unkept(hash, nonce));
            if submitted.is_ok() {
                held.pending_exposures.push(pending);
            }
            self.tell_if_lost(submitted);
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
            if self.refuses() {
                self.numbers.exposure_lost();
                continue;
            }
            let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
            match self.people.strangers.add(hash, PendingExposure::new(new, id, now, nonce)) {
                // The thread ends with the server.
                Ok(true) => drop(self.exposing.jobs.send(Job::Expose { hash, nonce })),
                Ok(false) => {}
                Err(NoRoom) => self.numbers.exposure_lost(),
            }
        }
    }

    /// Nobody is exposed while the journal takes nothing: what was shown could not be told from what was not.
    fn refuses(&self) -> bool {
        self.failed.load(Ordering::Acquire)
            || self.is_full.load(Ordering::Acquire)
            || self.committer().is_ok_and(Committer::is_broken)
    }

    /// Forgets what was pending and could not be kept: the next decision tries again.
    fn forget_pending(&self, hash: VisitorHash, nonce: u64) {
        let mut was_exposure = self.people.strangers.remove(hash, nonce);
        let mut gone: Option<Arc<Living>> = None;
        while let Some(living) = self.people.at_hand(hash).flatten() {
            let mut held = living.lock();
            // Joined with another meanwhile: what was pending went with them. Or erased, and then with nobody.
            if held.is_gone && gone.as_ref().is_none_or(|gone| !Arc::ptr_eq(gone, &living)) {
                drop(held);
                gone = Some(living);
                continue;
            }
            let exposures = held.pending_exposures.len();
            held.pending_exposures.retain(|pending| pending.nonce != nonce);
            held.pending.retain(|pending| pending.nonce != nonce);
            was_exposure |= held.pending_exposures.len() < exposures;
            break;
        }
        if was_exposure {
            self.numbers.exposure_lost();
        }
    }

    fn tell_if_lost(&self, submitted: Result<(), Error>) {
        if let Err(error) = submitted
            && !error.is_passing()
        {
            tracing::error!(cause = %error, "an exposure could not be kept; a later decision exposes");
        }
    }

    fn submit_exposure(&self, visitor: Id, pending: &PendingExposure, unkept: Unkept) -> Result<(), Error> {
        let PendingExposure { experiment, exposure, nonce } = pending;
        let sealed = self.seal_under(&visitor, &encode(&(experiment, exposure)))?;
        let entry = ExposureEntry { visitor, nonce: *nonce, sealed: &sealed };
        let entry = Entry::Exposure(entry).encode();
        Ok(self.committer()?.submit_without_waiting(vec![entry], Attachment::of_pending(unkept))?)
    }

    /// What of a visitor is pending counts as known.
    pub(in crate::visitors) fn complete_pending(&self, held: Option<&Held>, hash: VisitorHash, visitor: &mut Visitor) {
        for pending in held.into_iter().flat_map(|held| &held.pending_exposures) {
            expose_to(visitor, &pending.experiment, &pending.exposure);
        }
        self.people.strangers.complete(hash, visitor);
    }
}
