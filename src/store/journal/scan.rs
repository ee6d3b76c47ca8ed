//! Reads the records of one segment, one after the other, with few and large reads.

use std::io;

use super::disk::DiskFile;
use super::record::{self, Record};

/// Asked of the disk at a time.
const READ_AHEAD_BYTES: usize = 256 << 10;

/// The records of one file from an offset on.
pub(super) struct Scan {
    file: Box<dyn DiskFile>,
    seed: u32,
    /// File offset of the next record.
    at: u64,
    /// Nothing is read from here on.
    end: u64,
    /// Holds the file from `start` on.
    buffer: Vec<u8>,
    start: u64,
}

impl Scan {
    pub(super) fn new(file: Box<dyn DiskFile>, seed: u32, at: u64, end: u64) -> Self {
        Self { file, seed, at, end, buffer: Vec::new(), start: at }
    }

    /// Lets the scan go on to a later end.
    pub(super) fn extend(&mut self, end: u64) {
        self.end = self.end.max(end);
    }

    /// Where the next record begins.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next record; `None` where no good one stands. Asked again, it looks there again.
    pub(super) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        let Some(total) = self.look()? else { return Ok(None) };
        let from = (self.at - self.start) as usize;
        self.at += total as u64;
        Ok(self.buffer.get(from..from + total).and_then(Record::of_good))
    }

    /// How long the next record is, if a good one stands there.
    fn look(&mut self) -> io::Result<Option<usize>> {
        if self.hold(16)? {
            let head = self.buffer.get((self.at - self.start) as usize..);
            if let Some(total) = head.and_then(record::length)
                && self.hold(total)?
            {
                let from = (self.at - self.start) as usize;
                let is_good = self.buffer.get(from..from + total).is_some_and(|it| record::is_good(it, self.seed));
                return Ok(is_good.then_some(total));
            }
        }
        Ok(None)
    }

    /// Reads until the buffer holds so many bytes from `at` on; `false` if the file or the scan ends before.
    fn hold(&mut self, bytes: usize) -> io::Result<bool> {
        if self.at + bytes as u64 > self.end {
            return Ok(false);
        }
        let consumed = (self.at - self.start) as usize;
        if consumed + bytes <= self.buffer.len() {
            return Ok(true);
        }
        self.buffer.drain(..consumed.min(self.buffer.len()));
        self.start = self.at;
        while self.buffer.len() < bytes {
            let from = self.start + self.buffer.len() as u64;
            let left = usize::try_from(self.end - from).unwrap_or(usize::MAX);
            let filled = self.buffer.len();
            self.buffer.resize(filled + left.min(READ_AHEAD_BYTES.max(bytes - filled)), 0);
            let read = self.file.read_at(self.buffer.get_mut(filled..).unwrap_or_default(), from);
            self.buffer.truncate(filled + read.as_ref().map_or(0, |read| *read));
            if read? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
