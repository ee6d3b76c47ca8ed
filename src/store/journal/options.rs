//! The settings of a journal.

use std::time::Duration;

/// How long a segment is, unless set otherwise.
pub const SEGMENT_BYTES: u64 = 64 << 20;
/// The first segment is no longer than this, and each later one at most twice as long as the one before: a small site takes
/// little room, and the first start does not wait for 64 MiB of zeroes.
pub(super) const FIRST_SEGMENT_BYTES: u64 = 8 << 20;
/// A header and a small record.
const MIN_SEGMENT_BYTES: u64 = 512;
/// What the journal may take on the disk, unless set otherwise.
pub const CAP_BYTES: u64 = 100 << 30;
/// After the disk had no room, this long passes until the next attempt to make a segment: each one writes until it is full.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// The settings of a journal.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// How long a segment is once the journal has grown, if that is not over half of the cap; what one commit may take
    /// follows from it when it is small.
    pub segment_bytes: u64,
    /// What all segments together may take, the prepared one among them. It is never passed.
    pub cap_bytes: u64,
    /// Of segments that hold only records before this sequence, the headers alone are read at the start; 0 reads everything.
    /// What is read later is verified then.
    pub verify_from: u64,
    /// Prepares the next segment in a thread, so that no commit waits for it. Tests that replay a seed do without.
    pub in_background: bool,
    /// After the disk had no room, this long passes until the next attempt to make a segment: each writes until it is full.
    pub full_pause: Duration,
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
    /// How long a segment may be. Half of the cap at most: beside a full open segment, which is never dropped, the next one
    /// must have room, or no retention could end a full journal.
    pub(super) fn longest(&self) -> u64 {
        self.segment_bytes.min(self.cap_bytes / 2).max(MIN_SEGMENT_BYTES)
    }

    /// How long a segment is at least; what one record may take follows from it.
    pub(super) fn shortest(&self) -> u64 {
        self.longest().min(FIRST_SEGMENT_BYTES)
    }

    /// How long the segment after one of this length is, if all others take so many bytes. It may pass the cap all the same.
    pub(super) fn size_after(&self, former: Option<u64>, others: u64) -> u64 {
        let grown = former.map_or(FIRST_SEGMENT_BYTES, |former| former.max(FIRST_SEGMENT_BYTES / 2) * 2);
        let (wanted, room) = (grown.min(self.longest()), self.cap_bytes.saturating_sub(others));
        if room < wanted && room >= self.shortest() { room } else { wanted }
    }
}
