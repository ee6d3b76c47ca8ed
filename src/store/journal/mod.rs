//! The journal: what was acknowledged, in order, as the disk keeps it.
//!
//! In: entries, which the journal does not understand. Out: the same, each exactly once and with its number, after any crash.
//! One commit is one record and one `fdatasync`, in segments that were written full of zeroes before; so a crash leaves at
//! most one bad record, and it is the last: it is overwritten. A bad record that a good later one follows is damage, and
//! damage is refused, because going on there would throw acknowledged entries away. `docs/storage.md` has every byte.
//!
//! [`Journal`] writes and belongs to one thread; [`Committer`] is that thread, for many who wait; [`View`] and [`Reader`]
//! look on from anywhere.

mod append;
mod committer;
mod disk;
mod error;
mod examine;
mod header;
#[cfg(test)]
pub(crate) mod memory_disk;
mod open;
mod options;
mod position;
mod queue;
mod reader;
mod record;
mod scan;
mod spare;
#[cfg(test)]
mod tests;
mod ticket;
mod view;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use record::{Draft, RECORD_HEAD_BYTES};
use spare::Spare;

pub use committer::{Committed, Committer};
pub use disk::{Disk, DiskFile, Folder};
pub use error::Error;
pub use examine::{Checked, check};
pub use header::{HEADER_BYTES, SEGMENT_FORMAT};
pub use options::{CAP_BYTES, JournalOptions, SEGMENT_BYTES};
pub use position::Position;
pub use queue::{MAX_COMMIT_SUBMISSIONS, QueueLimits, Submission};
pub use reader::Reader;
pub use record::{MAX_COMMIT_BYTES, Record};
pub use ticket::{Pending, Refused, Ticket};
pub use view::{Segment, View};

/// An open journal. Every call may wait for the disk: none belongs on an async thread.
pub struct Journal {
    options: JournalOptions,
    view: View,
    seed: u32,
    /// The open segment and its length.
    file: Box<dyn DiskFile>,
    size: u64,
    /// INVARIANT: everything before is durable, and everything behind in the open segment is zero, unless the journal is broken.
    end: Position,
    draft: Draft,
    spare: Option<Spare>,
    full_since: Option<Instant>,
}

impl Journal {
    /// Opens the journal in a folder, begins it if there is none, and verifies it.
    ///
    /// What a crash left behind the last good record was never acknowledged: it is overwritten with zeroes, durably. The
    /// folder must belong to this process alone.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Newer`] when it cannot be trusted; [`Error::AtCap`] and [`Error::DiskFull`] when there is
    /// no room to begin; [`Error::Io`], [`Error::Broken`].
    pub fn open(disk: Arc<dyn Disk>, options: JournalOptions) -> Result<Self, Error> {
        open::open(disk, options)
    }

    /// Appends entries as one record, and returns the place behind it once it is durable. No entries, no record.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::AtCap`] and [`Error::DiskFull`] while there is no room; [`Error::Io`] when nothing was kept;
    /// [`Error::Broken`] from the first failed `fdatasync` on: the system may have dropped the unwritten pages, so to try
    /// again would claim what is not there.
    pub fn append(&mut self, entries: &[impl AsRef<[u8]>]) -> Result<Position, Error> {
        self.append_all(entries)
    }

    /// [`Journal::append`] for entries that lie in several places.
    pub(super) fn append_all<E: AsRef<[u8]>>(
        &mut self,
        entries: impl IntoIterator<Item = E>,
    ) -> Result<Position, Error> {
        self.draft.clear();
        entries.into_iter().for_each(|entry| self.draft.push(entry.as_ref()));
        if self.draft.entries() == 0 { Ok(self.end) } else { self.commit() }
    }

    /// Deletes the segments that lie wholly before a place, oldest first; never the open one. Says how many.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Broken`] when it is not known which files survive a power cut.
    pub fn drop_before(&mut self, position: Position) -> Result<usize, Error> {
        let mut dropped = 0;
        while let Some(name) = self.view.look(|extent| match extent.segments.as_slice() {
            [first, second, ..] if second.first_sequence <= position.sequence + 1 => Some(first.name.clone()),
            _ => None,
        }) {
            self.refuse_if_broken()?;
            let disk = Arc::clone(&self.view.shared.disk);
            disk.remove(&name).map_err(Error::io("remove", &disk.path(&name)))?;
            self.view.change(|extent| drop(extent.segments.remove(0)));
            // One by one: a power cut may keep any of the removals that were not synced, and a gap would be damage.
            disk.sync_folder().map_err(|cause| self.give_up("removing a segment", &cause))?;
            dropped += 1;
            self.full_since = None;
        }
        Ok(dropped)
    }

    /// What one record may take: [`MAX_COMMIT_BYTES`], or what a small segment holds.
    pub fn max_record_bytes(&self) -> usize {
        let segment = self.options.shortest().saturating_sub(HEADER_BYTES as u64);
        usize::try_from(segment).map_or(MAX_COMMIT_BYTES, |segment| segment.min(MAX_COMMIT_BYTES))
    }

    /// What entries take as one record.
    pub fn encoded_bytes(entries: &[impl AsRef<[u8]>]) -> usize {
        RECORD_HEAD_BYTES + entries.iter().map(|entry| record::ENTRY_HEAD_BYTES + entry.as_ref().len()).sum::<usize>()
    }

    /// Looks at the journal from elsewhere.
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// See [`View::id`].
    pub fn id(&self) -> u64 {
        self.view.id()
    }

    /// See [`View::start`].
    pub fn start(&self) -> Position {
        self.view.start()
    }

    /// Behind the last record.
    pub fn end(&self) -> Position {
        self.end
    }

    /// See [`View::bytes`].
    pub fn bytes(&self) -> u64 {
        self.view.bytes()
    }

    /// See [`View::segments`].
    pub fn segments(&self) -> Vec<Segment> {
        self.view.segments()
    }

    /// See [`View::is_broken`].
    pub fn is_broken(&self) -> bool {
        self.view.is_broken()
    }

    /// See [`View::read`].
    ///
    /// # Errors
    /// As there.
    pub fn read(&self, from: Position) -> Result<Reader, Error> {
        self.view.read(from)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            spare.discard(&*self.view.shared.disk);
        }
    }
}
