//! Opening a journal: it is examined, begun if there is none, and what a crash left at the end is erased.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};

use super::append::name_segment;
use super::disk::{Disk, DiskFile};
use super::examine::{Checked, examine};
use super::header::Header;
use super::record::{Draft, seed};
use super::spare::{self, SPARE_NAME, Spare};
use super::view::{Extent, Shared, View};
use super::{Error, Journal, JournalOptions, Segment};

/// See [`Journal::open`].
pub(super) fn open(disk: Arc<dyn Disk>, options: JournalOptions) -> Result<Journal, Error> {
    let names = disk.list().map_err(Error::io("list", &disk.path("")))?;
    if names.iter().any(|name| name == SPARE_NAME) {
        spare::remove(&*disk);
    }
    let found = match examine(&*disk, options.verify_from)? {
        Some(found) => Some(found),
        None => {
            begin(&*disk, &options)?;
            examine(&*disk, 0)?
        }
    };
    let Some(Checked { id, mut segments, end, unfinished_bytes, size }) = found else { return Err(Error::Broken) };
    let Some(last) = segments.last_mut() else { return Err(Error::Broken) };
    // A process killed after it named a segment leaves a name that only the system knows: no record may stand there yet.
    disk.sync_folder().map_err(Error::io("sync", &disk.path("")))?;
    let mut file = disk.open(&last.name).map_err(Error::io("open", &last.path))?;
    settle(&mut *file, last, end.offset, unfinished_bytes, size)?;
    (last.bytes, last.durable_bytes) = (size, size);
    let extent = RwLock::new(Extent { segments, end, spare_bytes: 0 });
    let view = View { shared: Arc::new(Shared { disk, id, broken: AtomicBool::new(false), extent }) };
    let (draft, spare, full_since) = (Draft::default(), None, None);
    let mut journal = Journal { options, view, seed: seed(id), file, size, end, draft, spare, full_since };
    journal.prepare();
    Ok(journal)
}

/// Begins a journal with its first segment.
fn begin(disk: &dyn Disk, options: &JournalOptions) -> Result<(), Error> {
    let size = options.size_after(None, 0);
    if size > options.cap_bytes {
        return Err(Error::AtCap { bytes: 0, next: size, cap: options.cap_bytes });
    }
    let mut file = Spare::now(disk, size).take()?;
    // Random enough to tell journals apart: std seeds its hash maps from the system.
    let id = RandomState::new().build_hasher().finish();
    let header = Header { id, size, first_sequence: 1, first_entry: 1, begun_ms: now_ms() };
    name_segment(disk, &mut *file, &header).map(drop)
}

pub(super) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// Makes sure that all before the end is durable and all behind it is zero.
fn settle(file: &mut dyn DiskFile, segment: &Segment, end: u64, unfinished: u64, size: u64) -> Result<(), Error> {
    if unfinished > 0 {
        let zeroes = vec![0; unfinished as usize];
        file.write_at(&zeroes, end).map_err(Error::io("write", &segment.path))?;
        tracing::warn!(
            path = %segment.path.display(), offset = end, bytes = unfinished,
            "erased an unfinished record of the journal: it was never acknowledged"
        );
    }
    if segment.bytes < size {
        // A copy that ends at the last record, as backups are.
        spare::extend(file, &segment.path, segment.bytes, size, &AtomicBool::new(false))?;
    }
    // A process killed between write and sync leaves a record that only the page cache holds: nothing may be built on it yet.
    file.sync().map_err(Error::io("sync", &segment.path))
}
