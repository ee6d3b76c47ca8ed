//! Living visitors: who they are, what they said, what is remembered of what they did, and in which segments they are.
//!
//! In: checked messages, and requests for decisions. Out: messages that survive a crash, decisions that know every message
//! that was acknowledged before, and whatever people may ask about a visitor.
//!
//! ```text
//! messages -> submit (seal) -> store::journal (one fdatasync for many) -> fold (this process's memory) -> acknowledge
//!                                  every 250 ms or 4096 entries: keeper -> one batch of sled, with the journal position
//! ```
//!
//! One thread folds: the committer's. A person is changed under a lock of their own: by the fold, and by a fill, which puts past
//! events into new cells; others look, and drop at most what a release does not remember any more. What sled holds is a fold of the
//! journal, so it may be thrown away and made again.

mod backfill;
mod backup;
mod checkpoint;
mod course;
mod deciding;
mod entry;
mod erase;
mod error;
mod experiments;
mod export;
mod fold;
mod id;
mod keeper;
mod living;
mod look;
mod looks;
mod noticed;
mod numbers;
mod open;
mod overview;
mod people;
mod person;
mod profile;
mod ranking;
mod refused;
mod retention;
mod signal;
mod sizes;
mod state;
mod submit;
mod told;
mod window;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use jiff::SignedDuration;

use crate::behaviour::Ranks;
use crate::experiment::Steering;
use crate::release::Release;
use crate::store::has_room;
use crate::store::journal::{Committer, JournalOptions, QueueLimits};
use crate::trial::LOOK_QUIET_TIME;
use course::Course;
use experiments::exposing::Exposing;
use fold::Folding;
use keeper::{Keeper, MAX_BATCH_PERSONS};
use looks::Looks;
use people::People;
use signal::Signal;
use sizes::Sizes;
use submit::Attachment;

pub use backup::Backup;
pub use deciding::{Afterwards, Known, Presence};
pub use error::Error;
pub use experiments::results::NoResults;
pub use experiments::standings::{MAX_GONE_TIME, MAX_SHOWN_POINTS};
pub use experiments::tally::Stage;
pub use experiments::watch::WATCH_TIME;
pub use export::{Export, ExportedExposure, ExportedMembership, ExportedMessage, ExportedShow};
pub use id::VisitorHash;
pub use keeper::{MAX_FLUSH_TIME, MAX_UNFLUSHED_ENTRIES};
pub use numbers::Numbers;
pub use open::{Rebuilt, Watch, rebuild};
pub use overview::{FEW_VISITORS, Overview, SMALL_SHARE, SegmentSize, Usage};
pub use person::MAX_IDS;
pub use profile::{AttributeView, ExposureView, Profile, SegmentView};
pub use ranking::RANK_TIME;
pub use refused::{DeadLetter, MAX_DEAD_LETTER_BYTES, MAX_DEAD_LETTERS};
pub use retention::RETENTION_TIME;
pub use submit::Acceptance;
pub use window::WindowLimits;

/// How much is kept.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of persons in memory, about; the rest is read from sled when needed.
    pub memory_bytes: usize,
    /// Within which a message that comes again counts once.
    pub window: WindowLimits,
    /// What may wait for the journal.
    pub queue: QueueLimits,
    /// Of the journal.
    pub journal: JournalOptions,
    /// Older events are dropped, once a checkpoint holds what came of them; `None`: never.
    pub retention: Option<SignedDuration>,
    /// For so long nothing may come that a planned look would read before it is taken.
    pub look_quiet: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            window: WindowLimits::default(),
            queue: QueueLimits::default(),
            journal: JournalOptions::default(),
            retention: None,
            look_quiet: LOOK_QUIET_TIME,
        }
    }
}

/// Everybody. Dropping it ends its threads after what was submitted is kept.
pub struct Visitors {
    core: Arc<Core>,
    /// Journals exposures of strangers.
    exposing: Option<JoinHandle<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads share.
struct Core {
    people: Arc<People>,
    committer: OnceLock<Committer<Folding, Attachment>>,
    keeper: Keeper,
    exposing: Exposing,
    /// Wakes the thread that counts.
    counting: Arc<Signal>,
    /// Ends the watch over experiments, and early whatever reads all of the journal or of sled.
    ending: Signal,
    saving: Mutex<()>,
    looks: Arc<Looks>,
    course: ArcSwap<Course>,
    ranks: ArcSwap<Ranks>,
    /// What happened to experiments, for decisions.
    steering: Arc<ArcSwap<Steering>>,
    /// As of the keeper's last round.
    sizes: ArcSwap<Sizes>,
    numbers: Arc<Numbers>,
    failed: Arc<AtomicBool>,
    fills: Mutex<Vec<JoinHandle<()>>>,
    /// The disk has too little room for sled: events wait until there is more.
    is_full: AtomicBool,
    window: WindowLimits,
    nonce: AtomicU64,
    data: PathBuf,
    retention: Option<SignedDuration>,
    look_quiet: SignedDuration,
    /// Whether a backup is being made: until then nothing is dropped.
    copying: Arc<AtomicBool>,
}

impl Visitors {
    /// Lets events be folded, and decisions be made, under another release from now on. Its new cells are filled from the
    /// journal in the background. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Refused`].
    pub fn follow(&self, release: &Arc<Release>) -> Result<(), Error> {
        self.core.follow(release)
    }

    /// The latest refused messages, newest first; those of erased visitors are left out. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        let latest = self.core.committer()?.between(move |_, folding| folding.refused.latest(limit)).wait()?;
        refused::read(&self.core.people, &latest)
    }

    /// What was counted since the start.
    pub fn numbers(&self) -> &Numbers {
        &self.core.numbers
    }

    /// Whether nothing more is accepted until a restart.
    pub fn is_broken(&self) -> bool {
        self.core.failed.load(Ordering::Acquire) || self.core.committer().is_ok_and(Committer::is_broken)
    }
}

impl Core {
    fn committer(&self) -> Result<&Committer<Folding, Attachment>, Error> {
        self.committer.get().ok_or(Error::Stopped)
    }

    /// Tells sled what changed. One at a time: an older row must not come after a newer one.
    fn save(&self) -> Result<(), Error> {
        let _turn = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::Failed);
        }
        self.make_sure_of_room()?;
        let committer = self.committer()?;
        let journal = committer.view().id();
        let Some(unsaved) = committer.between(move |_, folding| folding.take_unsaved(journal)).wait()? else {
            return Ok(());
        };
        let saved = unsaved.save(&self.people, MAX_BATCH_PERSONS, |changes| {
            let counted = committer.between(|_, folding| folding.counted()).wait()?;
            counted.put(changes);
            self.sizes.store(Arc::new(counted.counts.sizes));
            Ok(())
        });
        saved.map(drop)
    }

    /// sled does not survive a write that finds no room, so it is not asked for one.
    fn make_sure_of_room(&self) -> Result<(), Error> {
        let has_room = has_room(&self.data).map_err(|cause| Error::folder(&self.data, cause))?;
        let was_full = self.is_full.swap(!has_room, Ordering::AcqRel);
        match (was_full, has_room) {
            (false, false) => tracing::error!("the disk is almost full; events are refused until there is room"),
            (true, true) => tracing::info!("the disk has room again; events are taken"),
            _ => {}
        }
        if has_room { Ok(()) } else { Err(Error::NoRoom) }
    }

    /// Nothing more is accepted: what memory holds and what the disk holds may part.
    fn fail(&self, what: &'static str, error: &Error) {
        if matches!(
            error,
            Error::Failed | Error::NoRoom | Error::Stopped | Error::Refused(crate::store::journal::Refused::Stopped)
        ) {
            return;
        }
        tracing::error!(cause = %error, what, "nothing more is accepted until a restart");
        self.failed.store(true, Ordering::Release);
    }
}

impl Visitors {
    fn join_fills(&self) {
        let fills = std::mem::take(&mut *self.core.fills.lock().unwrap_or_else(PoisonError::into_inner));
        fills.into_iter().for_each(|fill| drop(fill.join()));
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.core.ending.end();
        self.core.exposing.end();
        self.exposing.take().into_iter().for_each(|exposing| drop(exposing.join()));
        // Whatever was submitted is folded before the last round.
        if let Ok(committer) = self.core.committer() {
            drop(committer.between(|_, _| ()).wait());
        }
        self.core.keeper.end();
        self.core.looks.end();
        self.core.counting.end();
        self.join_fills();
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
        // The watch may have begun one meanwhile.
        self.join_fills();
    }
}

#[cfg(test)]
mod tests;
