//! The next segment, written full of zeroes before it is needed.
//!
//! Written zeroes, not merely reserved space: an append then changes no metadata of the file, and `fdatasync` has nothing
//! but the record to write. A thread does it while the current segment fills up, so that no commit waits for it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::Error;
use super::disk::{Disk, DiskFile};
use super::error::no_room;

/// The file that becomes the next segment. One that a crash left is removed at the next start.
pub(super) const SPARE_NAME: &str = "next";

/// Zeroes written at a time, and between two looks at whether anybody still wants them.
const CHUNK_BYTES: usize = 1 << 20;
/// Synced in pieces, so that the commits in between wait for little at a time.
const SYNC_BYTES: u64 = 8 << 20;

/// A segment under way.
pub(super) struct Spare {
    /// How long it is, or will be.
    pub(super) size: u64,
    unwanted: Arc<AtomicBool>,
    made: Made,
}

enum Made {
    Here(Result<Box<dyn DiskFile>, Error>),
    Underway(JoinHandle<Result<Box<dyn DiskFile>, Error>>),
}

impl Spare {
    /// Begins to make one in a thread of its own.
    pub(super) fn in_background(disk: &Arc<dyn Disk>, size: u64) -> Self {
        let unwanted = Arc::new(AtomicBool::new(false));
        let (shared, flag) = (Arc::clone(disk), Arc::clone(&unwanted));
        let thread = std::thread::Builder::new().name("segue-journal-next".to_owned());
        let made = match thread.spawn(move || make(&*shared, size, &flag)) {
            Ok(thread) => Made::Underway(thread),
            Err(cause) => Made::Here(Err(Error::io("start a thread for", &disk.path(SPARE_NAME))(cause))),
        };
        Self { size, unwanted, made }
    }

    /// Makes one now.
    pub(super) fn now(disk: &dyn Disk, size: u64) -> Self {
        let unwanted = Arc::new(AtomicBool::new(false));
        let made = Made::Here(make(disk, size, &unwanted));
        Self { size, unwanted, made }
    }

    /// The file, after waiting for it if need be.
    pub(super) fn take(self) -> Result<Box<dyn DiskFile>, Error> {
        match self.made {
            Made::Here(made) => made,
            Made::Underway(thread) => thread.join().unwrap_or(Err(Error::Broken)),
        }
    }

    /// Gives up what nobody needs any more.
    pub(super) fn discard(self, disk: &dyn Disk) {
        self.unwanted.store(true, Ordering::Relaxed);
        if self.take().is_ok() {
            remove(disk);
        }
    }
}

/// Writes and syncs a file of zeroes; on failure there is none.
fn make(disk: &dyn Disk, size: u64, unwanted: &AtomicBool) -> Result<Box<dyn DiskFile>, Error> {
    let made = write_zeroes(disk, size, unwanted);
    if made.is_err() {
        remove(disk);
    }
    made
}

fn write_zeroes(disk: &dyn Disk, size: u64, unwanted: &AtomicBool) -> Result<Box<dyn DiskFile>, Error> {
    let path = disk.path(SPARE_NAME);
    let mut file = disk.create(SPARE_NAME).map_err(failed("create", &path))?;
    extend(&mut *file, &path, 0, size, unwanted)?;
    Ok(file)
}

/// Fills a file with zeroes up to a size, durably.
pub(super) fn extend(
    file: &mut dyn DiskFile,
    path: &Path,
    from: u64,
    size: u64,
    unwanted: &AtomicBool,
) -> Result<(), Error> {
    let zeroes = vec![0; CHUNK_BYTES.min(usize::try_from(size).unwrap_or(CHUNK_BYTES))];
    let mut at = from;
    while at < size {
        if unwanted.load(Ordering::Relaxed) {
            return Err(Error::Broken);
        }
        let piece = (size - at).min(zeroes.len() as u64);
        file.write_at(zeroes.get(..piece as usize).unwrap_or(&zeroes), at).map_err(failed("fill", path))?;
        at += piece;
        if at.is_multiple_of(SYNC_BYTES) || at == size {
            file.sync().map_err(sync_failed(path))?;
        }
    }
    Ok(())
}

fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |cause| {
        if no_room(&cause) { Error::DiskFull { path: path.to_path_buf(), cause } } else { Error::io(act, path)(cause) }
    }
}

/// Some file systems learn only here that there is no room; anything else is a disk that lost what it was given.
fn sync_failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |cause| {
        if no_room(&cause) {
            return Error::DiskFull { path: path.to_path_buf(), cause };
        }
        tracing::error!(path = %path.display(), %cause, "fdatasync of the next segment failed");
        Error::Broken
    }
}

/// What stays is removed at the next start.
pub(super) fn remove(disk: &dyn Disk) {
    if let Err(cause) = disk.remove(SPARE_NAME)
        && cause.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %disk.path(SPARE_NAME).display(), %cause, "cannot remove a segment that was not finished");
    }
}
