//! Opens what is kept of visitors: sled, then what the journal has more than sled, then the threads.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::checkpoint;
use super::course::Course;
use super::entry::Entry;
use super::experiments::counts::Counts;
use super::experiments::exposing::{Exposing, Unkept};
use super::experiments::standings::Standings;
use super::experiments::tallies::Tallies;
use super::fold::Folding;
use super::id::Hashes;
use super::keeper::{Keeper, MAX_BATCH_PERSONS, MAX_UNFLUSHED_ENTRIES};
use super::numbers::Numbers;
use super::people::People;
use super::person::moment;
use super::refused::{NOBODY, RefusedMessages};
use super::signal::Signal;
use super::state::State;
use super::submit::Attachment;
use super::window::Window;
use super::{Core, Error, Limits, Visitors};
use crate::behaviour::CellId;
use crate::release::Release;
use crate::rules::CellPlan;
use crate::store::backup::{JOURNAL_FOLDER, KEYS_FOLDER};
use crate::store::journal::{Committed, Committer, Folder, Journal, JournalOptions, Submission};
use crate::store::{Secret, Shelf, VisitorKeys};

/// A replay tells sled after so many entries, so that memory stays bounded.
const REPLAY_ROUND: usize = 100_000;

/// Told how many of how many rows and entries are done.
pub type Watch<'a> = dyn FnMut(u64, u64) + 'a;

/// What it is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Serving,
    Reading,
}

/// From what sled was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Visitors that came out of the checkpoint; `None` when it was not used.
    pub from_checkpoint: Option<u64>,
    /// Entries of the journal that were folded.
    pub entries: u64,
}

impl Visitors {
    /// Opens, or begins, what is kept of visitors in a data folder whose store is open, and folds what the journal has more
    /// than sled. When sled knows nobody, the checkpoint is read first. `release` says what is remembered.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Journal`], [`Error::Unreadable`], [`Error::OtherJournal`], [`Error::NoCheckpoint`],
    /// [`Error::NoThread`].
    pub fn open(shelf: Shelf, data: &Path, release: &Arc<Release>, limits: &Limits) -> Result<Self, Error> {
        Self::open_for(Use::Serving, shelf, data, release, limits)
    }

    /// The same for whoever only asks how things stand: nothing happens to experiments or segments meanwhile, and nothing is journalled.
    /// What is missing in sled is folded and counted.
    ///
    /// # Errors
    /// As [`Visitors::open`].
    pub fn open_to_read(shelf: Shelf, data: &Path, release: &Arc<Release>, limits: &Limits) -> Result<Self, Error> {
        Self::open_for(Use::Reading, shelf, data, release, limits)
    }

    fn open_for(to: Use, shelf: Shelf, data: &Path, release: &Arc<Release>, limits: &Limits) -> Result<Self, Error> {
        let began = std::time::Instant::now();
        let (folding, journal, made) = prepare(shelf, data, release, limits, &mut |_, _| {})?;
        let seconds = began.elapsed().as_secs_f64();
        if let Some(visitors) = made.from_checkpoint {
            tracing::warn!(visitors, entries = made.entries, seconds, "made sled anew from checkpoint and journal");
        } else if made.entries > 0 {
            tracing::info!(entries = made.entries, seconds, "folded what the journal had more than sled");
        }
        start(to, folding, journal, data, limits)
    }
}

/// Folds everything that checkpoint and journal hold into a sled that knows nobody yet, and serves nothing.
///
/// # Errors
/// As [`Visitors::open`].
pub fn rebuild(
    shelf: Shelf,
    data: &Path,
    release: &Arc<Release>,
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt, Error> {
    prepare(shelf, data, release, limits, watch).map(|(.., made)| made)
}

fn prepare(
    shelf: Shelf,
    data: &Path,
    release: &Arc<Release>,
    limits: &Limits,
    watch: &mut Watch<'_>,
) -> Result<(Folding, Journal, Rebuilt), Error> {
    let state = State::read(&shelf)?;
    let verify_from = state.as_ref().map_or(0, |state| state.position.sequence);
    let options = JournalOptions { verify_from, ..limits.journal.clone() };
    let events = data.join(JOURNAL_FOLDER);
    let folder = Folder::open(&events).map_err(|cause| Error::folder(&events, cause))?;
    let journal = Journal::open(Arc::new(folder), options)?;
    let keys = VisitorKeys::open(&data.join(KEYS_FOLDER))?;
    // Where something is sealed already, a key that is missing must not be made anew.
    let is_fresh = state.is_none() && journal.end().entry == 0;
    let secret = Secret::open(&data.join(KEYS_FOLDER), is_fresh)?;
    if is_fresh {
        keys.new_key(NOBODY.key)?;
    } else {
        keys.key(NOBODY.key)?;
    }
    let people = Arc::new(People::new(Hashes::new(&secret), keys, shelf, limits.memory_bytes)?);
    let mut made = Rebuilt::default();
    let state = match state {
        Some(state) if state.journal != journal.id() => return Err(Error::OtherJournal),
        Some(state) => state,
        None => match checkpoint::load(&people, data, &journal, release, watch)? {
            Some((state, visitors)) => {
                made.from_checkpoint = Some(visitors);
                state
            }
            None if journal.start().sequence > 0 => {
                return Err(Error::NoCheckpoint { first: journal.start().entry });
            }
            None => State { journal: journal.id(), position: journal.start(), ..State::default() },
        },
    };
    let mut folding = begin(&people, &state, &journal, release, limits)?;
    let from = folding.position;
    replay(&mut folding, &journal, watch)?;
    if folding.must_recount {
        tracing::warn!("visitors were being erased when the process ended; counting everybody anew");
        folding.recount()?;
        folding.must_recount = false;
        save(&mut folding, journal.id())?;
    }
    made.entries = folding.position.entry - from.entry;
    Ok((folding, journal, made))
}

/// The fold as sled left it.
fn begin(
    people: &Arc<People>,
    state: &State,
    journal: &Journal,
    release: &Arc<Release>,
    limits: &Limits,
) -> Result<Folding, Error> {
    people.key_was_given(NOBODY.key);
    people.key_was_given(state.next_key.saturating_sub(1));
    let filled = state.filled();
    let mut unfilled = release.cells.missing_since(&CellPlan::default());
    unfilled.retain(|id| !filled.contains(id));
    if state.position.entry == 0 {
        unfilled.clear();
    }
    let partial = state.partial.iter().map(|(id, since)| (CellId(*id), moment(*since)));
    let partial = partial.filter(|(id, _)| release.cells.ids().any(|planned| planned == *id) && !unfilled.contains(id));
    let course = Course {
        release: Arc::clone(release),
        epoch: Course::next_epoch(state.epoch),
        since: Timestamp::now(),
        partial: Arc::new(partial.collect()),
        unfilled: Arc::new(unfilled),
    };
    let standings = Standings::load(&people.shelf)?;
    // What stands there before the state does is of batches that came before it.
    let counts = Counts::read(&people.shelf)?.or_else(|| state.counts.clone()).unwrap_or_default();
    let tallies = Tallies::read(&people.shelf, &release.measured, |key| standings.settled(key))?;
    let mut folding = Folding {
        people: Arc::clone(people),
        course,
        window: window(state, journal, limits)?,
        sizes: counts.sizes,
        tallies,
        sized: counts.sized,
        must_recount: counts.is_wrong,
        is_replaying: true,
        refused: RefusedMessages::load(people)?,
        steering: Arc::new(ArcSwap::from_pointee(standings.steering())),
        standings,
        dirty: Default::default(),
        removals: Default::default(),
        position: state.position,
        entries: 0,
        looks: Arc::default(),
        numbers: Arc::new(Numbers::default()),
    };
    folding.count_by_release();
    Ok(folding)
}

/// Which messages came before, made again from the journal.
fn window(state: &State, journal: &Journal, limits: &Limits) -> Result<Window, Error> {
    let mut window = Window::new(limits.window);
    let Some(from) = state.window.filter(|from| from.sequence < state.position.sequence) else { return Ok(window) };
    // What retention dropped is older than any window should be.
    let mut before = if from.sequence < journal.start().sequence { journal.start() } else { from };
    let mut reader = journal.read(before)?;
    while before.sequence < state.position.sequence {
        let Some(record) = reader.next_record()? else { break };
        for (_, bytes) in record.entries() {
            if let Some(Entry::Message(entry)) = Entry::decode(bytes)
                && let Some(message) = entry.message
            {
                window.remember(u128::from_le_bytes(message), moment(entry.received), before);
            }
        }
        before = reader.position();
    }
    Ok(window)
}

/// Folds what sled does not know.
fn replay(folding: &mut Folding, journal: &Journal, watch: &mut Watch<'_>) -> Result<(), Error> {
    let from = folding.position.entry;
    let total = journal.end().entry.saturating_sub(from);
    let mut reader = journal.read(folding.position)?;
    while let Some(record) = reader.next_record()? {
        for (order, bytes) in record.entries() {
            folding.fold(order, bytes, None)?;
        }
        folding.position = reader.position();
        watch(folding.position.entry - from, total);
        if folding.entries >= REPLAY_ROUND {
            save(folding, journal.id())?;
        }
    }
    folding.people.nobody_was_looked_at();
    save(folding, journal.id())
}

fn save(folding: &mut Folding, journal: u64) -> Result<(), Error> {
    if let Some(unsaved) = folding.take_unsaved(journal) {
        let people = Arc::clone(&folding.people);
        unsaved.save(&people, MAX_BATCH_PERSONS, |changes| {
            folding.counted().put(changes);
            Ok(())
        })?;
        people.make_room();
    }
    Ok(())
}

/// Starts the threads.
fn start(to: Use, mut folding: Folding, journal: Journal, data: &Path, limits: &Limits) -> Result<Visitors, Error> {
    let (keeper, jobs) = Keeper::new();
    let (exposing, exposures) = Exposing::new();
    folding.is_replaying = false;
    let course = folding.course.clone();
    let core = Arc::new(Core {
        people: Arc::clone(&folding.people),
        committer: std::sync::OnceLock::new(),
        keeper,
        exposing,
        counting: Arc::clone(&folding.tallies.counting),
        ending: Signal::default(),
        saving: std::sync::Mutex::default(),
        looks: Arc::clone(&folding.looks),
        course: ArcSwap::from_pointee(course.clone()),
        ranks: ArcSwap::default(),
        steering: Arc::clone(&folding.steering),
        sizes: ArcSwap::from_pointee(folding.sizes.clone()),
        numbers: Arc::clone(&folding.numbers),
        failed: Arc::new(AtomicBool::new(false)),
        fills: std::sync::Mutex::default(),
        is_full: AtomicBool::new(false),
        window: limits.window,
        // Nonces of one process do not meet those that a former one left in the journal.
        nonce: AtomicU64::new(rand::random()),
        data: data.to_path_buf(),
        retention: limits.retention,
        look_quiet: limits.look_quiet,
        copying: Arc::default(),
    });
    let until = folding.position;
    let (fold_core, failed) = (Arc::downgrade(&core), Arc::clone(&core.failed));
    let mut is_torn = false;
    let fold = move |folding: &mut Folding, committed: Committed<'_>, attachment: Attachment| {
        // Where sled alone failed, memory goes on: what is acknowledged is known.
        if !is_torn && let Err(error) = fold_all(folding, committed, attachment) {
            tracing::error!(cause = %error, "an entry could not be folded; nothing more is accepted until a restart");
            is_torn = true;
            failed.store(true, Ordering::Release);
        }
        if folding.entries >= MAX_UNFLUSHED_ENTRIES
            && let Some(core) = fold_core.upgrade()
        {
            core.keeper.hurry();
        }
        Vec::<Submission<Attachment>>::new()
    };
    let committer = Committer::start(journal, folding, limits.queue, fold).map_err(Error::NoThread)?;
    drop(core.committer.set(committer));
    let thread = |name: &str, work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(Error::NoThread)
    };
    let (keeping, looking, exposing) = (Arc::clone(&core), Arc::clone(&core), Arc::clone(&core));
    let (counter, watcher) = (Arc::clone(&core), Arc::clone(&core));
    let exposing = thread("segue-exposing", Box::new(move || Exposing::run(&exposing, &exposures)))?;
    let mut threads = vec![
        thread("segue-keeper", Box::new(move || Keeper::run(&keeping, &jobs)))?,
        thread("segue-counting", Box::new(move || counter.count_on()))?,
    ];
    // These two journal what happens by itself.
    if to == Use::Serving {
        threads.push(thread("segue-segments", Box::new(move || looking.look_on()))?);
        threads.push(thread("segue-experiments", Box::new(move || watcher.watch_on()))?);
    }
    core.begin_fill(course, until)?;
    Ok(Visitors { core, exposing: Some(exposing), threads })
}

fn fold_all(folding: &mut Folding, committed: Committed<'_>, attachment: Attachment) -> Result<(), Error> {
    let is_current = attachment.release.as_ref().is_some_and(|of| Arc::ptr_eq(of, &folding.course.release));
    let mut told = attachment.told.into_iter();
    for (order, bytes) in (committed.first_entry..).zip(committed.entries) {
        // What was read in the words of another release is read again.
        let told = told.next().flatten().filter(|_| is_current);
        folding.fold(order, bytes, told)?;
    }
    attachment.pending.into_iter().for_each(Unkept::was_kept);
    // A record may hold more submissions: it is folded with the last of them.
    if committed.first_entry + committed.entries.len() as u64 > committed.position.entry {
        folding.position = committed.position;
    }
    Ok(())
}

impl Error {
    pub(super) fn folder(path: &Path, cause: std::io::Error) -> Self {
        Self::Journal(crate::store::journal::Error::Io { act: "open", path: path.to_path_buf(), cause })
    }
}
