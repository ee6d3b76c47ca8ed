//! Writing: one record a commit, and the next segment when this one is full.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::disk::{Disk, DiskFile};
use super::error::no_room;
use super::header::Header;
use super::spare::{self, SPARE_NAME, Spare};
use super::view::Segment;
use super::{Error, Journal, Position, open};

impl Journal {
    /// Writes the draft.
    pub(super) fn commit(&mut self) -> Result<Position, Error> {
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
    pub(super) fn prepare(&mut self) {
        let is_time = self.end.offset.saturating_mul(4) >= self.size;
        if self.spare.is_some() || !is_time || self.is_pausing() {
            return;
        }
        let size = self.options.size_after(Some(self.size), self.bytes());
        if self.check_cap(size).is_ok() {
            let disk = &self.view.shared.disk;
            let spare =
                if self.options.in_background { Spare::in_background(disk, size) } else { Spare::now(&**disk, size) };
            self.view.change(|extent| extent.spare_bytes = spare.size);
            self.spare = Some(spare);
        }
    }

    /// Goes on in the next segment.
    fn roll(&mut self) -> Result<(), Error> {
        let (mut file, size) = self.take_spare()?;
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
    fn take_spare(&mut self) -> Result<(Box<dyn DiskFile>, u64), Error> {
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
        let size = self.options.size_after(Some(self.size), self.bytes());
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

    pub(super) fn refuse_if_broken(&self) -> Result<(), Error> {
        if self.is_broken() { Err(Error::Broken) } else { Ok(()) }
    }

    pub(super) fn give_up(&self, act: &str, cause: &io::Error) -> Error {
        tracing::error!(act, %cause, "a write to the journal failed for good; it accepts nothing more");
        self.view.shared.broken.store(true, Ordering::Release);
        Error::Broken
    }
}

/// Writes the header of the prepared file, durably, and only then gives it the name of a segment, durably.
///
/// # Errors
/// [`Error::Broken`] when a sync failed; otherwise nothing happened.
pub(super) fn name_segment(disk: &dyn Disk, file: &mut dyn DiskFile, header: &Header) -> Result<Segment, Error> {
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
