//! A place between two records of the journal.

use serde::{Deserialize, Serialize};

use super::header::HEADER_BYTES;

/// A place between two records: how far the journal reaches, or how far it has been folded.
///
/// The end of a full segment and the start of the next one are the same place with two names: compare `sequence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Of the record before this place; 0 before the first.
    pub sequence: u64,
    /// Number of the entry before this place; 0 before the first.
    pub entry: u64,
    /// The segment's first sequence, which is its name.
    pub segment: u64,
    /// Byte offset in the segment.
    pub offset: u64,
}

impl Position {
    /// Before the first record that ever was.
    pub const ORIGIN: Self = Self { sequence: 0, entry: 0, segment: 1, offset: HEADER_BYTES as u64 };

    /// The place behind a record of this many bytes and entries that is written here.
    pub(super) fn behind(self, bytes: u64, entries: u64) -> Self {
        Self { sequence: self.sequence + 1, entry: self.entry + entries, offset: self.offset + bytes, ..self }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::ORIGIN
    }
}
