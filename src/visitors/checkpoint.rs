//! Everything that sled holds of visitors as one file, so that neither sled nor the journal's beginning is needed any more.
//!
//! A row in it may be newer than the position beside it, never older: each person knows the last entry that is folded in,
//! and a replay passes over it. Rows are sealed as they are in sled, so to destroy a key is to erase its visitor here too:
//! their row is left out when the checkpoint is read.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::PoisonError;

use super::experiments::counts::{Counts, is_count};
use super::experiments::standings::Standings;
use super::experiments::tallies::Tallies;
use super::id::VisitorHash;
use super::open::Watch;
use super::people::{PERSON_ROWS, People};
use super::sizes::Sizes;
use super::state::{STATE_KEY, State};
use super::{Core, Error};
use crate::release::Release;
use crate::store::backup::CHECKPOINT_NAME;
use crate::store::journal::Journal;
use crate::store::{Changes, Checkpoint};

/// Everything that other rooms keep stands elsewhere.
const ALL_ROWS: &[u8] = b"V";
/// Rows that sled is given at a time.
const BATCH_ROWS: usize = 2_000;

impl Core {
    /// Writes a checkpoint, and gives back where sled stood then; `None` when nothing was ever folded.
    ///
    /// # Errors
    /// [`Error::Store`]: the former checkpoint is still there.
    pub(super) fn checkpoint(&self) -> Result<Option<State>, Error> {
        let _turn = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = State::read(&self.people.shelf)? else { return Ok(None) };
        let began = std::time::Instant::now();
        let path = self.data.join(CHECKPOINT_NAME);
        let made = Checkpoint::write(&path, &self.people.shelf, ALL_ROWS, state.journal)?;
        tracing::info!(rows = made.rows(), seconds = began.elapsed().as_secs_f64(), "wrote a checkpoint");
        Ok(Some(state))
    }
}

/// Puts a checkpoint into a sled that knows nobody. Gives back where it stands, and how many visitors there are; `None` when
/// there is no checkpoint, or when it is of another journal and not needed.
///
/// # Errors
/// [`Error::Store`], [`Error::OtherCheckpoint`], [`Error::Unreadable`].
pub(super) fn load(
    people: &People,
    data: &Path,
    journal: &Journal,
    release: &Release,
    watch: &mut Watch<'_>,
) -> Result<Option<(State, u64)>, Error> {
    let Some(checkpoint) = Checkpoint::open(&data.join(CHECKPOINT_NAME))? else { return Ok(None) };
    if checkpoint.journal() != journal.id() {
        if journal.start().sequence > 0 {
            return Err(Error::OtherCheckpoint);
        }
        tracing::warn!("the checkpoint was made from another event journal, so it is not used");
        return Ok(None);
    }
    let mut loading = Loading::new(people, release);
    let (mut done, mut failed) = (0, None);
    checkpoint.each(&mut |key, value| {
        done += 1;
        watch(done, checkpoint.rows());
        match loading.take(key, value) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err)?;
    loading.begin_counting()?;
    let Loading { state, sizes, tallies, changes, visitors, .. } = loading;
    let mut tallies = tallies.unwrap_or_default();
    let state: State = state.ok_or(Error::Unreadable)?;
    // Who was erased since is not in it any more; whoever is there counts as their row says, and what comes behind counts on.
    people.shelf.commit(changes)?;
    let mut last = Changes::default();
    Counts { sizes, sized: state.position.entry, is_wrong: false }.put(&mut last);
    tallies.take_unsaved().put(&mut last);
    // Last of all: until then it was as if nothing had been read.
    state.put(&mut last);
    people.shelf.commit(last)?;
    people.rows_were_written();
    Ok(Some((state, visitors)))
}

/// Rows on their way.
struct Loading<'a> {
    people: &'a People,
    release: &'a Release,
    changes: Changes,
    state: Option<State>,
    sizes: Sizes,
    /// Known once all that happened to experiments is.
    tallies: Option<Tallies>,
    visitors: u64,
}

impl<'a> Loading<'a> {
    fn new(people: &'a People, release: &'a Release) -> Self {
        let (changes, sizes) = (Changes::default(), Sizes::default());
        Self { people, release, changes, state: None, sizes, tallies: None, visitors: 0 }
    }

    /// Counts from here on, by what the journal settles of experiments, caps and splits.
    ///
    /// INVARIANT: rows come in the order of their keys, so what was noted of experiments stands before the first person.
    fn begin_counting(&mut self) -> Result<(), Error> {
        if self.tallies.is_some() {
            return Ok(());
        }
        self.people.shelf.commit(std::mem::take(&mut self.changes))?;
        let standings = Standings::load(&self.people.shelf)?;
        let mut tallies = Tallies::default();
        // Those that lack cells are begun anew, once that is known.
        tallies.follow(&self.release.measured, |key| standings.settled(key), &BTreeSet::new(), true);
        self.tallies = Some(tallies);
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if key == STATE_KEY {
            self.state = Some(State::decode(value).ok_or(Error::Unreadable)?);
            return Ok(());
        }
        // Counted anew: whoever was erased since is in it.
        if is_count(key) {
            return Ok(());
        }
        if let Some(root) = key.strip_prefix(PERSON_ROWS) {
            self.begin_counting()?;
            let root = root.try_into().map(VisitorHash).map_err(|_| Error::Unreadable)?;
            let Some(person) = self.people.open_row(root, value, &self.release.schema)? else { return Ok(()) };
            if person.messages > 0 {
                self.sizes.add(&person);
            }
            self.tallies.iter_mut().for_each(|tallies| tallies.add(&person));
            self.visitors += 1;
        }
        self.changes.put(key.to_vec(), value.to_vec());
        if self.changes.len() >= BATCH_ROWS {
            self.people.shelf.commit(std::mem::take(&mut self.changes))?;
        }
        Ok(())
    }
}
