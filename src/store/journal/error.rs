//! What can go wrong with the journal, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::Position;

/// Why the journal could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something; nothing was kept of it.
    #[error("cannot {act} `{path}`: {cause}")]
    Io {
        /// `read`, `write`, ..
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A damaged place that no crash explains.
    #[error(
        "`{path}` is damaged at byte {offset}: {what}; restore the file from a backup, or give up what follows: cut it \
         there (`truncate --size {offset}`), remove the later segments beside it, and rebuild what was folded from them"
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// A segment was written by a later program.
    #[error("`{path}` has format {found}; this program reads format {known}: use the newer program")]
    Newer {
        /// The segment.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// [`SEGMENT_FORMAT`](super::SEGMENT_FORMAT).
        known: u32,
    },
    /// The next segment would not fit under the cap.
    #[error("the journal holds {bytes} bytes, and another segment of {next} would pass its cap of {cap}")]
    AtCap {
        /// All segments, as long as they are on the disk.
        bytes: u64,
        /// The segment that is wanted.
        next: u64,
        /// [`JournalOptions::cap_bytes`](super::JournalOptions::cap_bytes).
        cap: u64,
    },
    /// The disk has no room for the next segment.
    #[error("the disk has no room for `{path}`: {cause}")]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A sync failed, so nothing more is written: the system may have dropped the pages.
    #[error(
        "a write to the journal failed for good, so nothing more is accepted; mend the disk and restart the server"
    )]
    Broken,
    /// More than one record may hold.
    #[error("{bytes} bytes are too much for one record of the journal; at most {limit} are allowed")]
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// [`Journal::max_record_bytes`](super::Journal::max_record_bytes).
        limit: usize,
    },
    /// What stood there was dropped by retention.
    #[error("the journal begins behind record {}: what followed record {} was dropped", first.sequence, asked.sequence)]
    Dropped {
        /// Where reading should begin.
        asked: Position,
        /// Where the journal begins.
        first: Position,
    },
    /// The position is of another journal, or of one that reached farther.
    #[error("record {} ends nowhere in this journal, which ends at record {}", asked.sequence, end.sequence)]
    Elsewhere {
        /// Where reading should begin.
        asked: Position,
        /// Where the journal ends.
        end: Position,
    },
}

impl Error {
    pub(super) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { act, path: path.to_path_buf(), cause }
    }

    /// Whether there is no room: nothing is wrong, and it passes once there is some.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::AtCap { .. } | Self::DiskFull { .. })
    }
}

/// Whether the system says that there is no room.
pub(super) fn no_room(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
