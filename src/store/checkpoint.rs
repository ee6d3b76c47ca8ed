//! Rows of the tree as one file: what a journal whose beginning is gone was folded into.
//!
//! In: all rows under a prefix. Out: the same, whole or not at all, and refused when a bit of the file changed.
//!
//! Layout, little-endian: `"SEGUECHK" | format u32 | crc32c u32 of these | journal u64`, then rows `key length u32 |
//! value length u32 | key | value`, then `how many u64 | crc32c u32 of everything before`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Error;
use super::log::sync_folder;
use super::shelf::{Shelf, VisitValue};

/// The format that this program writes.
pub const CHECKPOINT_FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"SEGUECHK";
const HEAD_BYTES: u64 = 24;
const TAIL_BYTES: u64 = 12;
/// No row comes near it: a longer one is damage, and is not read into memory.
const MAX_ROW_BYTES: u32 = 64 << 20;
const BUFFER_BYTES: usize = 256 << 10;

/// A checkpoint that was read once to its end and is whole.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    journal: u64,
    rows: u64,
}

impl Checkpoint {
    /// Copies all rows under a prefix, to be used with one journal. The former file stays until the new one is durable.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Table`].
    pub fn write(path: &Path, shelf: &Shelf, prefix: &[u8], journal: u64) -> Result<Self, Error> {
        let new = path.with_extension("new");
        let failed = || Error::io("write", &new);
        let mut out = Summed::new(BufWriter::with_capacity(BUFFER_BYTES, File::create(&new).map_err(failed())?));
        out.head(journal).map_err(failed())?;
        let (mut rows, mut refused) = (0, None);
        shelf.each(prefix, &mut |key, value| match out.row(key, value) {
            Ok(()) => {
                rows += 1;
                ControlFlow::Continue(())
            }
            Err(cause) => {
                refused = Some(cause);
                ControlFlow::Break(())
            }
        })?;
        let written = refused.map_or(Ok(()), Err).and_then(|()| out.tail(rows)).and_then(|()| {
            let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            std::fs::rename(&new, path)?;
            path.parent().map_or(Ok(()), sync_folder)
        });
        if let Err(cause) = written {
            // What a full disk left of it helps nobody.
            drop(std::fs::remove_file(&new));
            return Err(Error::io("write", &new)(cause));
        }
        Ok(Self { path: path.to_path_buf(), journal, rows })
    }

    /// Reads a checkpoint to its end; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::CheckpointDamaged`], [`Error::Newer`], [`Error::Io`].
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        let mut checkpoint = Self { path: path.to_path_buf(), journal: 0, rows: 0 };
        let (journal, rows) = checkpoint.walk(&mut |_, _| ControlFlow::Continue(()))?;
        (checkpoint.journal, checkpoint.rows) = (journal, rows);
        Ok(Some(checkpoint))
    }

    /// The journal from which its rows were folded.
    pub fn journal(&self) -> u64 {
        self.journal
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Hands out all rows in key order, until `visit` says stop.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]: the file may have changed since.
    pub fn each(&self, visit: &mut VisitValue<'_>) -> Result<(), Error> {
        self.walk(visit).map(drop)
    }

    fn walk(&self, visit: &mut VisitValue<'_>) -> Result<(u64, u64), Error> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends early"),
            _ => Error::io("read", &self.path)(cause),
        };
        let file = File::open(&self.path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let mut file = Summed::new(BufReader::with_capacity(BUFFER_BYTES, file));
        let journal = self.head(&mut file, failed)?;
        let end = size.checked_sub(TAIL_BYTES).filter(|end| *end >= HEAD_BYTES);
        let end = end.ok_or_else(|| self.damaged("it ends early"))?;
        let (mut rows, mut row) = (0_u64, (Vec::new(), Vec::new()));
        while file.bytes < end {
            let (key, value) = (file.number(failed)?, file.number(failed)?);
            if key.max(value) > MAX_ROW_BYTES || file.bytes + u64::from(key) + u64::from(value) > end {
                return Err(self.damaged("a row in it is longer than the file"));
            }
            row.0.resize(key as usize, 0);
            row.1.resize(value as usize, 0);
            file.fill(&mut row.0).and_then(|()| file.fill(&mut row.1)).map_err(failed)?;
            rows += 1;
            if visit(&row.0, &row.1).is_break() {
                return Ok((journal, rows));
            }
        }
        let told = u64::from(file.number(failed)?) | (u64::from(file.number(failed)?) << 32);
        let sum = file.sum;
        if told != rows || file.number(failed)? != sum {
            return Err(self.damaged("its checksum is wrong"));
        }
        Ok((journal, rows))
    }

    fn head(&self, file: &mut Summed<impl Read>, failed: impl Fn(io::Error) -> Error + Copy) -> Result<u64, Error> {
        let mut magic = [0; 8];
        file.fill(&mut magic).map_err(failed)?;
        let format = file.number(failed)?;
        let sum = file.sum;
        if magic != *MAGIC || file.number(failed)? != sum {
            return Err(self.damaged("its head is not that of a checkpoint"));
        }
        if format != CHECKPOINT_FORMAT {
            return Err(Error::Newer { path: self.path.clone(), found: format, known: CHECKPOINT_FORMAT });
        }
        Ok(u64::from(file.number(failed)?) | (u64::from(file.number(failed)?) << 32))
    }

    fn damaged(&self, what: &'static str) -> Error {
        Error::CheckpointDamaged { path: self.path.clone(), what }
    }
}

/// Counts and sums what passes.
struct Summed<T> {
    inner: T,
    sum: u32,
    bytes: u64,
}

impl<T> Summed<T> {
    fn new(inner: T) -> Self {
        Self { inner, sum: 0, bytes: 0 }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.sum = crc32c::crc32c_append(self.sum, bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Summed<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes);
        self.inner.write_all(bytes)
    }

    fn head(&mut self, journal: u64) -> io::Result<()> {
        self.put(MAGIC)?;
        self.put(&CHECKPOINT_FORMAT.to_le_bytes())?;
        self.put(&self.sum.to_le_bytes())?;
        self.put(&journal.to_le_bytes())
    }

    fn row(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        // INVARIANT: the tree holds no value of 4 GiB.
        self.put(&(key.len() as u32).to_le_bytes())?;
        self.put(&(value.len() as u32).to_le_bytes())?;
        self.put(key)?;
        self.put(value)
    }

    fn tail(&mut self, rows: u64) -> io::Result<()> {
        self.put(&rows.to_le_bytes())?;
        self.put(&self.sum.to_le_bytes())
    }
}

impl<R: Read> Summed<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.add(bytes);
        Ok(())
    }

    fn number(&mut self, failed: impl Fn(io::Error) -> Error) -> Result<u32, Error> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes).map_err(failed)?;
        Ok(u32::from_le_bytes(bytes))
    }
}
