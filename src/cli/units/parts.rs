//! All rows, parted by the hash of their unit: in memory, and beyond a limit in temporary files.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};

use super::layout::{Layout, Row};

/// The first bits of a hash say to which part a row belongs.
const PART_BITS: u32 = 7;
pub(super) const PARTS: usize = 1 << PART_BITS;

/// A part that is too large for memory is parted again by so many bits.
const SPLIT_BITS: u32 = 4;

/// A part has at most this share of the memory while it is gone through: two hands, and room for the order of its rows.
const PART_SHARE: usize = 4;

/// The rows of one block, part by part.
#[derive(Debug, Default)]
pub(super) struct Parted {
    bytes: Vec<u8>,
    /// Where each part ends.
    ends: Vec<usize>,
}

impl Parted {
    fn part(&self, part: usize) -> &[u8] {
        let start = part.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(part).and_then(|end| self.bytes.get(start..*end)).unwrap_or_default()
    }
}

/// Parts the rows of one block.
pub(super) struct Sorter {
    layout: Layout,
    parts: Vec<Vec<u8>>,
}

impl Sorter {
    pub fn new(layout: Layout) -> Self {
        Self { layout, parts: vec![Vec::new(); PARTS] }
    }

    pub fn add(&mut self, row: &Row<'_>) {
        let part = usize::try_from(row.hash >> (64 - PART_BITS)).unwrap_or_default();
        if let Some(bytes) = self.parts.get_mut(part) {
            self.layout.write(row, bytes);
        }
    }

    pub fn finish(self) -> Parted {
        let mut parted = Parted {
            bytes: Vec::with_capacity(self.parts.iter().map(Vec::len).sum()),
            ends: Vec::with_capacity(PARTS),
        };
        for part in self.parts {
            parted.bytes.extend_from_slice(&part);
            parted.ends.push(parted.bytes.len());
        }
        parted
    }
}

/// All rows. Within a part they keep the order in which they came.
pub(super) struct Parts {
    layout: Layout,
    blocks: Vec<Parted>,
    held_bytes: usize,
    limit_bytes: usize,
    /// One a part, once there are too many rows.
    files: Vec<Mutex<File>>,
}

impl Parts {
    pub fn new(layout: Layout, limit_bytes: usize) -> Self {
        Self { layout, blocks: Vec::new(), held_bytes: 0, limit_bytes, files: Vec::new() }
    }

    /// Takes the rows of the next block.
    pub fn push(&mut self, block: Parted) -> anyhow::Result<()> {
        self.held_bytes += block.bytes.len();
        self.blocks.push(block);
        if self.held_bytes > self.limit_bytes {
            self.spill().with_context(cannot_spill)?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.files.is_empty() {
            self.files = (0..PARTS).map(|_| temporary().map(Mutex::new)).collect::<io::Result<_>>()?;
        }
        for (part, file) in self.files.iter_mut().enumerate() {
            let mut file = BufWriter::with_capacity(1 << 16, file.get_mut().unwrap_or_else(PoisonError::into_inner));
            self.blocks.iter().try_for_each(|block| file.write_all(block.part(part)))?;
            file.flush()?;
        }
        self.blocks.clear();
        self.held_bytes = 0;
        Ok(())
    }

    /// Gives all rows of a part, in pieces that no unit is spread over, in the order of their hashes' first bits.
    pub fn visit(&self, part: usize, with: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let held: usize = self.blocks.iter().map(|block| block.part(part).len()).sum();
        let room = self.limit_bytes / PART_SHARE;
        let mut file = self.files.get(part).map(|file| file.lock().unwrap_or_else(PoisonError::into_inner));
        let spilled = match &mut file {
            Some(file) => file.seek(SeekFrom::End(0)).with_context(cannot_spill)?,
            None => 0,
        };
        if let Some(file) = &mut file {
            file.rewind().with_context(cannot_spill)?;
        }
        let in_memory = self.blocks.iter().map(|block| block.part(part));
        let all = usize::try_from(spilled)?.saturating_add(held);
        if spilled == 0 || all <= room {
            let mut bytes = Vec::with_capacity(all);
            if let Some(file) = &mut file {
                file.read_to_end(&mut bytes).with_context(cannot_spill)?;
            }
            in_memory.for_each(|rows| bytes.extend_from_slice(rows));
            return with(&bytes);
        }
        let mut split = Split::new(self.layout, PART_BITS).with_context(cannot_spill)?;
        if let Some(file) = &mut file {
            split.take(&mut **file)?;
        }
        for mut rows in in_memory {
            split.take(&mut rows)?;
        }
        split.visit(room, with)
    }
}

/// A file without a name: whatever happens to the program, nothing is left of it.
fn temporary() -> io::Result<File> {
    tempfile::tempfile()
}

fn cannot_spill() -> String {
    format!("cannot use temporary files in `{}`; TMPDIR names another folder", std::env::temp_dir().display())
}

/// A part that is parted again, in files.
struct Split {
    layout: Layout,
    /// How many bits of the hash all rows share.
    bits: u32,
    files: Vec<BufWriter<File>>,
    /// The smallest and the largest hash.
    hashes: (u64, u64),
    /// Of one of the units.
    id: Vec<u8>,
}

impl Split {
    fn new(layout: Layout, bits: u32) -> io::Result<Self> {
        let files = (0..1 << SPLIT_BITS).map(|_| temporary().map(BufWriter::new)).collect::<io::Result<_>>()?;
        Ok(Self { layout, bits, files, hashes: (u64::MAX, 0), id: Vec::new() })
    }

    /// Takes rows, one after the other.
    fn take(&mut self, rows: &mut dyn Read) -> anyhow::Result<()> {
        let mut rows = BufReader::with_capacity(1 << 16, rows);
        let mut row = Vec::new();
        loop {
            row.clear();
            let head = self.layout.head_bytes();
            (&mut rows).take(head as u64).read_to_end(&mut row).with_context(cannot_spill)?;
            if row.is_empty() {
                return Ok(());
            }
            let rest = self.layout.length(&row).saturating_sub(head);
            (&mut rows).take(rest as u64).read_to_end(&mut row).with_context(cannot_spill)?;
            let hash = Layout::hash(&row);
            if self.id.is_empty() {
                self.id = self.layout.id(&row).to_vec();
            }
            self.hashes = (self.hashes.0.min(hash), self.hashes.1.max(hash));
            let place = usize::try_from((hash << self.bits) >> (64 - SPLIT_BITS)).unwrap_or_default();
            if let Some(file) = self.files.get_mut(place) {
                file.write_all(&row).with_context(cannot_spill)?;
            }
        }
    }

    fn visit(self, room: usize, with: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        if self.hashes.0 == self.hashes.1 {
            bail!(
                "the rows of unit `{}` alone do not fit into {} MiB\nhelp: is this the right column for the unit? If so, give more with --memory",
                String::from_utf8_lossy(&self.id),
                room >> 20
            );
        }
        let bits = self.bits + SPLIT_BITS;
        for file in self.files {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot_spill)?;
            let length = file.stream_position().with_context(cannot_spill)?;
            file.rewind().with_context(cannot_spill)?;
            if usize::try_from(length)? <= room {
                let mut bytes = Vec::with_capacity(usize::try_from(length)?);
                file.read_to_end(&mut bytes).with_context(cannot_spill)?;
                with(&bytes)?;
            } else {
                let mut split = Self::new(self.layout, bits).with_context(cannot_spill)?;
                split.take(&mut file)?;
                split.visit(room, with)?;
            }
        }
        Ok(())
    }
}
