//! One record of a segment as bytes: what one commit wrote.
//!
//! `length u32 | crc32c u32 | sequence u64 | first entry u64 | entries u32 | entries`, little-endian; an entry is its length
//! as u32 and its bytes. `length` counts what follows the sequence. The checksum begins with the journal's id, so neither
//! a record of another journal nor one that somebody smuggled into an entry passes for one of this journal.

use super::super::record::{checksum, number};

/// One commit: 1,024 events of 300 bytes take a tenth of it; whatever is unfinished after a crash is no longer than this.
pub const MAX_COMMIT_BYTES: usize = 4 << 20;

/// Before the entries of each record.
pub(super) const RECORD_HEAD_BYTES: usize = 28;
/// Of these, what `length` does not count.
const FRAME_BYTES: usize = 16;
/// Before the bytes of each entry.
pub(super) const ENTRY_HEAD_BYTES: usize = 4;

/// Where the checksums of a journal begin.
pub(super) fn seed(journal: u64) -> u32 {
    crc32c::crc32c(&journal.to_le_bytes())
}

/// A record under construction; the buffer is used again and again.
#[derive(Debug, Default)]
pub(super) struct Draft {
    bytes: Vec<u8>,
    entries: u32,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        self.entries = 0;
        self.bytes.clear();
        self.bytes.resize(RECORD_HEAD_BYTES, 0);
    }

    pub(super) fn push(&mut self, entry: &[u8]) {
        self.entries += 1;
        // INVARIANT: a draft over MAX_COMMIT_BYTES is never written, and below it every length fits.
        self.bytes.extend_from_slice(&(entry.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(entry);
    }

    pub(super) fn entries(&self) -> u32 {
        self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Fills in the head and gives the record's bytes.
    pub(super) fn finish(&mut self, seed: u32, sequence: u64, first_entry: u64) -> &[u8] {
        let length = ((self.bytes.len() - FRAME_BYTES) as u32).to_le_bytes();
        let sequence = sequence.to_le_bytes();
        if let Some((frame, body)) = self.bytes.split_first_chunk_mut::<FRAME_BYTES>() {
            if let Some((head, _)) = body.split_first_chunk_mut::<12>() {
                head[..8].copy_from_slice(&first_entry.to_le_bytes());
                head[8..].copy_from_slice(&self.entries.to_le_bytes());
            }
            let crc = checksum(seed, length, sequence, body).to_le_bytes();
            frame[..4].copy_from_slice(&length);
            frame[4..8].copy_from_slice(&crc);
            frame[8..].copy_from_slice(&sequence);
        }
        &self.bytes
    }

    /// Turns the record to zeroes of the same length.
    pub(super) fn erase(&mut self) -> &[u8] {
        self.bytes.fill(0);
        &self.bytes
    }
}

/// How long the record is of which these are the first 16 bytes, if it can be one at all.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(..FRAME_BYTES).map(|frame| number(frame, 0) as usize)?;
    let total = FRAME_BYTES + length;
    (RECORD_HEAD_BYTES..=MAX_COMMIT_BYTES).contains(&total).then_some(total)
}

/// One commit as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Counts from 1 without a gap.
    pub sequence: u64,
    /// The number of its first entry; entries count from 1 without a gap, across records and segments.
    pub first_entry: u64,
    count: u32,
    entries: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record with which these bytes begin, and how many bytes it takes; `None` when they begin with no whole, unchanged
    /// record of this journal.
    pub fn decode(bytes: &'a [u8], journal: u64) -> Option<(Self, usize)> {
        let total = length(bytes)?;
        let record = bytes.get(..total)?;
        is_good(record, seed(journal)).then_some(())?;
        Some((Self::of_good(record)?, total))
    }

    /// Reads bytes that [`is_good`] found good.
    pub(super) fn of_good(bytes: &'a [u8]) -> Option<Self> {
        let (sequence, first_entry) = (long(bytes, 8)?, long(bytes, 16)?);
        Some(Self { sequence, first_entry, count: number(bytes, 24), entries: bytes.get(RECORD_HEAD_BYTES..)? })
    }

    /// How many bytes it takes in its segment.
    pub(super) fn encoded_bytes(&self) -> u64 {
        (RECORD_HEAD_BYTES + self.entries.len()) as u64
    }

    /// How many entries it holds.
    pub fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// Its entries, each with its number.
    pub fn entries(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        let mut rest = self.entries;
        (self.first_entry..).map_while(move |number| {
            let (entry, behind) = split_entry(rest)?;
            rest = behind;
            Some((number, entry))
        })
    }
}

/// Whether these are exactly one record: checksum, and entries that fill it.
pub(super) fn is_good(record: &[u8], seed: u32) -> bool {
    let Some((frame, body)) = record.split_first_chunk::<FRAME_BYTES>() else { return false };
    let (Some(length), Some(sequence)) = (frame.first_chunk::<4>(), frame.last_chunk::<8>()) else { return false };
    if u32::from_le_bytes(*length) as usize != body.len()
        || checksum(seed, *length, *sequence, body) != number(frame, 4)
    {
        return false;
    }
    let (Some(first_entry), Some(mut rest)) = (long(body, 0), body.get(12..)) else { return false };
    let count = number(body, 8);
    for _ in 0..count {
        let Some((_, behind)) = split_entry(rest) else { return false };
        rest = behind;
    }
    rest.is_empty() && count > 0 && first_entry > 0 && first_entry.checked_add(u64::from(count)).is_some()
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<ENTRY_HEAD_BYTES>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
