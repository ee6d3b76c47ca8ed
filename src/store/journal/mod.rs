//! The journal: what was acknowledged, in order, as the disk keeps it.
//!
//! In: entries, which the journal does not understand. Out: the same, each exactly once and with its number, after any crash.
//! One commit is one record and one `fdatasync`, in segments that were written full of zeroes before; so a crash leaves at
//! most one bad record, and it is the last: it is overwritten. A bad record that a good later one follows is damage, and
//! damage is refused, because going on there would throw acknowledged entries away. `docs/storage.md` has every byte.
//!
//! [`Journal`] writes and belongs to one thread; [`Committer`] is that thread, for many who wait; [`View`] and [`Reader`]
//! look on from anywhere.

mod committer;
mod disk;
mod error;
mod header;
#[cfg(test)]
pub(crate) mod memory_disk;
mod open;
mod position;
mod queue;
mod reader;
mod record;
mod scan;
mod spare;
#[cfg(test)]
mod tests;
mod view;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use error::no_room;
use header::Header;
use record::{Draft, RECORD_HEAD_BYTES};
use spare::{SPARE_NAME, Spare};

pub use committer::{Committed, Committer, Pending, Refused, Submission, Ticket};
pub use disk::{Disk, DiskFile, Folder};
pub use error::Error;
pub use header::{HEADER_BYTES, SEGMENT_FORMAT};
pub use position::Position;
pub use queue::{MAX_COMMIT_SUBMISSIONS, QueueLimits};
pub use reader::Reader;
pub use record::{MAX_COMMIT_BYTES, Record};
pub use view::{Segment, View};

/// How long a segment is, unless set otherwise.
pub const SEGMENT_BYTES: u64 = 64 << 20;
/// The first segment is no longer than this, and each later one at most twice as long as the one before: a small site takes
/// little room, and the first start does not wait for 64 MiB of zeroes.
const FIRST_SEGMENT_BYTES: u64 = 8 << 20;
/// What the journal may take on the disk, unless set otherwise.
pub const CAP_BYTES: u64 = 100 << 30;
/// After the disk had no room, this long passes until the next attempt to make a segment: each one writes until it is full.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// The settings of a journal.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// How long a segment is once the journal has grown; what one commit may take follows from it when it is small.
    pub segment_bytes: u64,
    /// What all segments together may take, the prepared one among them. It is never passed.
    pub cap_bytes: u64,
    /// Of segments that hold only records before this sequence, the headers alone are read at the start; 0 reads everything.
    /// What is read later is verified then.
    pub verify_from: u64,
    /// Prepares the next segment in a thread. Tests that replay a seed do without.
    pub(crate) in_background: bool,
    /// See [`FULL_PAUSE`].
    pub(crate) full_pause: Duration,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            segment_bytes: SEGMENT_BYTES,
            cap_bytes: CAP_BYTES,
            verify_from: 0,
            in_background: true,
            full_pause: FULL_PAUSE,
        }
    }
}

impl JournalOptions {
    /// How long the segment after one of this length is.
    fn size_after(&self, former: Option<u64>) -> u64 {
        former.map_or(FIRST_SEGMENT_BYTES, |former| former.max(FIRST_SEGMENT_BYTES / 2) * 2).min(self.segment_bytes)
    }
}

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
        let segment = self.options.segment_bytes.min(FIRST_SEGMENT_BYTES).saturating_sub(HEADER_BYTES as u64);
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

    /// Writes the draft.
    fn commit(&mut self) -> Result<Position, Error> {
        self.refuse_if_broken()?;
        let (bytes, limit) = (self.draft.len(), self.max_record_bytes());
        if bytes > limit {
            return Err(Error::TooLarge { bytes, limit });
        }
        if self.end.offset + bytes as u64 > self.size {
            self.roll()?;
        }
        let record = self.draft.finish(self.seed, self.end.sequence + 1, self.end.entry + 1);
        if let Err(cause) = self.file.write_at(record, self.end.offset) {
            return Err(self.take_back(cause));
        }
        self.file.sync().map_err(|cause| self.give_up("fdatasync", &cause))?;
        self.end = self.end.behind(bytes as u64, u64::from(self.draft.entries()));
        self.view.change(|extent| extent.end = self.end);
        self.prepare();
        Ok(self.end)
    }

    /// After a failed write: the half-written record goes, and the journal stays usable.
    fn take_back(&mut self, cause: io::Error) -> Error {
        let taken_back = self.file.write_at(self.draft.erase(), self.end.offset).and_then(|()| self.file.sync());
        if let Err(cause) = taken_back {
            return self.give_up("taking a failed write back", &cause);
        }
        let path = self.view.shared.disk.path(&Segment::name_of(self.end.segment));
        if no_room(&cause) { Error::DiskFull { path, cause } } else { Error::io("write", &path)(cause) }
    }

    /// Has the next segment made when a quarter of this one is full: the other three take longer to fill.
    fn prepare(&mut self) {
        let size = self.options.size_after(Some(self.size));
        let is_time = self.end.offset.saturating_mul(4) >= self.size;
        if self.spare.is_none() && is_time && !self.is_pausing() && self.check_cap(size).is_ok() {
            let disk = &self.view.shared.disk;
            let spare =
                if self.options.in_background { Spare::in_background(disk, size) } else { Spare::now(&**disk, size) };
            self.view.change(|extent| extent.spare_bytes = spare.size);
            self.spare = Some(spare);
        }
    }

    /// Goes on in the next segment.
    fn roll(&mut self) -> Result<(), Error> {
        let size = self.options.size_after(Some(self.size));
        let (mut file, size) = self.take_spare(size)?;
        let header = self.next_header(size);
        let segment = match name_segment(&*self.view.shared.disk, &mut *file, &header) {
            Ok(segment) => segment,
            Err(Error::Broken) => return Err(self.give_up("beginning a segment", &io::ErrorKind::Other.into())),
            Err(error) => {
                spare::remove(&*self.view.shared.disk);
                return Err(error);
            }
        };
        (self.file, self.size) = (file, size);
        self.end = segment.start();
        self.view.change(|extent| {
            extent.segments.push(segment);
            extent.end = self.end;
        });
        Ok(())
    }

    /// The prepared segment; if there is none, or if making it failed, one is made now.
    fn take_spare(&mut self, size: u64) -> Result<(Box<dyn DiskFile>, u64), Error> {
        if let Some(spare) = self.spare.take() {
            let size = spare.size;
            let made = spare.take();
            self.view.change(|extent| extent.spare_bytes = 0);
            match made {
                Ok(file) => return Ok((file, size)),
                Err(Error::Broken) => return Err(self.give_up("preparing a segment", &io::ErrorKind::Other.into())),
                Err(error) => tracing::warn!(%error, "the next segment could not be prepared; trying again"),
            }
        }
        self.check_cap(size)?;
        let disk = Arc::clone(&self.view.shared.disk);
        if self.is_pausing() {
            let cause = io::Error::from(io::ErrorKind::StorageFull);
            return Err(Error::DiskFull { path: disk.path(SPARE_NAME), cause });
        }
        match Spare::now(&*disk, size).take() {
            Ok(file) => {
                self.full_since = None;
                Ok((file, size))
            }
            Err(Error::Broken) => Err(self.give_up("preparing a segment", &io::ErrorKind::Other.into())),
            Err(error) => {
                self.full_since = error.is_full().then(Instant::now);
                Err(error)
            }
        }
    }

    fn next_header(&self, size: u64) -> Header {
        let (first_sequence, first_entry) = (self.end.sequence + 1, self.end.entry + 1);
        Header { id: self.id(), size, first_sequence, first_entry, begun_ms: open::now_ms() }
    }

    fn check_cap(&self, next: u64) -> Result<(), Error> {
        let (bytes, cap) = (self.bytes(), self.options.cap_bytes);
        if bytes + next > cap { Err(Error::AtCap { bytes, next, cap }) } else { Ok(()) }
    }

    fn is_pausing(&self) -> bool {
        self.full_since.is_some_and(|since| since.elapsed() < self.options.full_pause)
    }

    fn refuse_if_broken(&self) -> Result<(), Error> {
        if self.is_broken() { Err(Error::Broken) } else { Ok(()) }
    }

    fn give_up(&self, act: &str, cause: &io::Error) -> Error {
        tracing::error!(act, %cause, "the journal failed for good; it accepts nothing more");
        self.view.shared.broken.store(true, Ordering::Release);
        Error::Broken
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            spare.discard(&*self.view.shared.disk);
        }
    }
}

/// Writes the header of the prepared file, durably, and only then gives it the name of a segment, durably.
///
/// # Errors
/// [`Error::Broken`] when a sync failed; otherwise nothing happened.
fn name_segment(disk: &dyn Disk, file: &mut dyn DiskFile, header: &Header) -> Result<Segment, Error> {
    let name = Segment::name_of(header.first_sequence);
    let path = disk.path(&name);
    file.write_at(&header.encode(), 0).map_err(Error::io("write", &path))?;
    file.sync().map_err(|_| Error::Broken)?;
    disk.rename(SPARE_NAME, &name).map_err(Error::io("create", &path))?;
    disk.sync_folder().map_err(|_| Error::Broken)?;
    Ok(Segment {
        first_sequence: header.first_sequence,
        first_entry: header.first_entry,
        begun_ms: header.begun_ms,
        bytes: header.size,
        durable_bytes: header.size,
        path,
        name,
    })
}
