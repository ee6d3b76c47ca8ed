//! What is known of the journal outside the thread that writes it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::disk::Disk;
use super::header::HEADER_BYTES;
use super::reader::Reader;
use super::{Error, Position};

/// One file of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Sequence of its first record.
    pub first_sequence: u64,
    /// Number of its first entry.
    pub first_entry: u64,
    /// When it was begun, in milliseconds since 1970: all that earlier segments hold is older.
    pub begun_ms: u64,
    /// How long the file is.
    pub bytes: u64,
    /// So much of it is durable and does not change any more. Of a sealed segment the whole; a copy of the open one is cut here.
    pub durable_bytes: u64,
    /// Where it is.
    pub path: PathBuf,
    pub(super) name: String,
}

impl Segment {
    /// The file's name, from the sequence of its first record.
    pub(super) fn name_of(first_sequence: u64) -> String {
        format!("{first_sequence:016x}.segment")
    }

    /// Before its first record.
    pub(super) fn start(&self) -> Position {
        Position {
            sequence: self.first_sequence - 1,
            entry: self.first_entry - 1,
            segment: self.first_sequence,
            offset: HEADER_BYTES as u64,
        }
    }
}

/// Looks at a journal, also from other threads and while it is written. Clones look at the same journal.
#[derive(Clone)]
pub struct View {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) id: u64,
    pub(super) broken: AtomicBool,
    pub(super) extent: RwLock<Extent>,
}

/// INVARIANT: segments are in order, at least one, and `end` lies in the last.
pub(super) struct Extent {
    pub(super) segments: Vec<Segment>,
    pub(super) end: Position,
    /// The next segment, as far as it takes room already.
    pub(super) spare_bytes: u64,
}

impl View {
    /// Tells one journal from another: made at random when the journal was begun.
    pub fn id(&self) -> u64 {
        self.shared.id
    }

    /// Before the first record that is kept.
    pub fn start(&self) -> Position {
        self.look(|extent| extent.segments.first().map_or(extent.end, Segment::start))
    }

    /// Behind the last durable record.
    pub fn end(&self) -> Position {
        self.look(|extent| extent.end)
    }

    /// What the journal takes on the disk, with what is prepared.
    pub fn bytes(&self) -> u64 {
        self.look(|extent| extent.segments.iter().map(|segment| segment.bytes).sum::<u64>() + extent.spare_bytes)
    }

    /// All files, oldest first; the last one is open.
    pub fn segments(&self) -> Vec<Segment> {
        self.look(|extent| {
            let mut segments = extent.segments.clone();
            if let Some(open) = segments.last_mut() {
                open.durable_bytes = extent.end.offset;
            }
            segments
        })
    }

    /// The last place before which every record was written before a moment, in milliseconds since 1970, and that is the start of
    /// a segment: what retention may give to [`Journal::drop_before`](super::Journal::drop_before).
    pub fn sealed_before(&self, moment_ms: u64) -> Option<Position> {
        self.look(|extent| {
            let begun = extent.segments.iter().skip(1).take_while(|segment| segment.begun_ms <= moment_ms);
            begun.last().map(Segment::start)
        })
    }

    /// Whether a write failed for good: nothing is accepted until a restart.
    pub fn is_broken(&self) -> bool {
        self.shared.broken.load(Ordering::Acquire)
    }

    /// Reads on from a place.
    ///
    /// # Errors
    /// [`Error::Dropped`] when retention took what follows, [`Error::Elsewhere`] when the place is behind the end.
    pub fn read(&self, from: Position) -> Result<Reader, Error> {
        Reader::new(self.clone(), from)
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Extent) -> T) -> T {
        look(&self.shared.extent.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Extent)) {
        change(&mut self.shared.extent.write().unwrap_or_else(PoisonError::into_inner));
    }
}
