//! `releases.log`: the append-only truth that everything else in the data folder is made from.
//!
//! Layout, all numbers little-endian: a header `"SEGUELOG" | format u32 | crc32c u32`, then records as in `record.rs`.
//! Sequences count from 1 without a gap.
//!
//! One change is one record and one `fdatasync`, so a crash leaves at most one bad record, and it is the last: it is cut
//! off. A bad record that a good later one follows is damage, and damage is refused, because cutting there would
//! throw acknowledged releases away.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::record::{self, MAX_RECORD_BYTES, RECORD_HEAD_BYTES};

/// The format that this program writes, in the header.
pub const LOG_FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"SEGUELOG";
const HEADER_BYTES: usize = 16;

/// What the log asks of a file; the tests' implementor fails on purpose.
pub(super) trait Medium: Read + Write + Seek + Send {
    /// Returns once the written bytes survive a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

impl Medium for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}

/// A place between two records: how far the log reaches, or how far it has been folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Position {
    /// Of the record before this place; 0 before the first.
    pub(super) sequence: u64,
    /// The byte offset of this place.
    pub(super) end: u64,
    /// The checksum of the record before this place: tells one log from another.
    pub(super) crc: u32,
}

impl Position {
    /// Before the first record.
    pub(super) fn start() -> Self {
        Self { sequence: 0, end: HEADER_BYTES as u64, crc: 0 }
    }
}

/// Takes the position behind a record, and its body.
pub(super) type Visit<'a> = dyn FnMut(Position, &[u8]) -> Result<(), Error> + 'a;

/// The open log, at whose end changes are appended.
pub(super) struct Log {
    medium: Box<dyn Medium>,
    path: PathBuf,
    end: Position,
    broken: bool,
}

impl Log {
    /// Opens the log, makes it if there is none, verifies every record and cuts a torn tail off.
    ///
    /// Also tells whether `folded` is a place in this very log.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Newer`], [`Error::Io`].
    pub(super) fn open(
        path: &Path,
        folded: Position,
        wrap: impl FnOnce(File) -> Box<dyn Medium>,
    ) -> Result<(Self, bool), Error> {
        if !path.exists() {
            create(path)?;
        }
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(Error::io("open", path))?;
        let mut log = Self { medium: wrap(file), path: path.to_path_buf(), end: Position::start(), broken: false };
        log.check_header()?;
        let mut known = folded == Position::start();
        let (end, bad) = log.walk(Position::start(), &mut |at, _| {
            known |= at == folded;
            Ok(())
        })?;
        log.end = end;
        if bad {
            log.cut_torn_tail()?;
        }
        // A process killed between write and sync leaves a record that only the page cache holds: nothing may be built on it yet.
        log.medium.sync().map_err(Error::io("sync", path))?;
        Ok((log, known))
    }

    /// The end of the last record.
    pub(super) fn end(&self) -> Position {
        self.end
    }

    /// Appends one record and returns once it is durable.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Io`] when nothing was kept; [`Error::Broken`] from the first failed `fdatasync` on:
    /// the system may have dropped the unwritten pages, so to try again would claim what is not there.
    pub(super) fn append(&mut self, body: &[u8]) -> Result<Position, Error> {
        if self.broken {
            return Err(Error::Broken);
        }
        if body.len() > MAX_RECORD_BYTES {
            return Err(Error::TooLarge { bytes: body.len(), limit: MAX_RECORD_BYTES });
        }
        let sequence = self.end.sequence + 1;
        let (record, crc) = record::encode(sequence, body);
        // Until the end of this function nothing is certain about the tail.
        self.broken = true;
        if let Err(cause) = self.medium.seek(SeekFrom::Start(self.end.end)).and_then(|_| self.medium.write_all(&record))
        {
            self.take_back()?;
            return Err(Error::io("write", &self.path)(cause));
        }
        if let Err(cause) = self.medium.sync() {
            tracing::error!(path = %self.path.display(), %cause, "fdatasync failed; the store accepts nothing more");
            return Err(Error::Broken);
        }
        self.broken = false;
        self.end = Position { sequence, end: self.end.end + record.len() as u64, crc };
        Ok(self.end)
    }

    /// Refuses whatever comes after a change whose outcome is open.
    pub(super) fn stop(&mut self) {
        self.broken = true;
    }

    /// Hands out the records after a position, oldest first, each with the position behind it.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the file changed under us, [`Error::Io`], and what `visit` fails with.
    pub(super) fn replay(&mut self, from: Position, visit: &mut Visit<'_>) -> Result<(), Error> {
        let (end, _) = self.walk(from, visit)?;
        if end == self.end { Ok(()) } else { Err(self.damaged(end.end, "the file changed while it was open")) }
    }

    /// After a failed write, for lack of space say: the half-written record goes and the log stays usable.
    fn take_back(&mut self) -> Result<(), Error> {
        let taken_back = self.medium.cut(self.end.end).and_then(|()| self.medium.sync());
        self.broken = taken_back.is_err();
        taken_back.map_err(|_| Error::Broken)
    }

    fn check_header(&mut self) -> Result<(), Error> {
        let mut header = [0; HEADER_BYTES];
        let read = self.medium.rewind().and_then(|()| self.medium.read_exact(&mut header));
        match read {
            Ok(()) => {}
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged(0, "it is too short to be a log of releases"));
            }
            Err(cause) => return Err(Error::io("read", &self.path)(cause)),
        }
        let (head, format) = (header.get(..8), record::number(&header, 8));
        if head != Some(MAGIC.as_slice())
            || record::number(&header, 12) != crc32c::crc32c(header.get(..12).unwrap_or_default())
        {
            return Err(self.damaged(0, "its header is not that of a log of releases"));
        }
        if format != LOG_FORMAT {
            return Err(Error::Newer { path: self.path.clone(), found: format, known: LOG_FORMAT });
        }
        Ok(())
    }

    /// Reads good records from a position on; says where they end and whether anything stands behind.
    fn walk(&mut self, from: Position, visit: &mut Visit<'_>) -> Result<(Position, bool), Error> {
        let failed = Error::io("read", &self.path);
        let size = match self.medium.seek(SeekFrom::End(0)).and_then(|size| {
            self.medium.seek(SeekFrom::Start(from.end))?;
            Ok(size)
        }) {
            Ok(size) => size,
            Err(cause) => return Err(failed(cause)),
        };
        let mut reader = BufReader::with_capacity(1 << 16, &mut self.medium);
        let mut at = from;
        let mut body = Vec::new();
        while at.end < size {
            match record::read(&mut reader, size - at.end, &mut body) {
                Err(cause) => return Err(failed(cause)),
                Ok(None) => return Ok((at, true)),
                Ok(Some((sequence, _))) if sequence != at.sequence + 1 => {
                    let what = "a record is missing or stands twice before this place";
                    return Err(Error::Damaged { path: self.path.clone(), offset: at.end, what });
                }
                Ok(Some((sequence, crc))) => {
                    at = Position { sequence, end: at.end + (RECORD_HEAD_BYTES + body.len()) as u64, crc };
                    visit(at, &body)?;
                }
            }
        }
        Ok((at, false))
    }

    /// Cuts off what a crash left behind the last good record, unless a later good record follows.
    fn cut_torn_tail(&mut self) -> Result<(), Error> {
        let failed = |path: &Path, cause| Error::io("read", path)(cause);
        let start = self.end.end;
        let size = self.medium.seek(SeekFrom::End(0)).map_err(|cause| failed(&self.path, cause))?;
        let longest = (RECORD_HEAD_BYTES + MAX_RECORD_BYTES) as u64;
        if size - start > longest {
            return Err(self.damaged(start, "a bad record with more behind it than one write can leave"));
        }
        self.medium.seek(SeekFrom::Start(start)).map_err(|cause| failed(&self.path, cause))?;
        let mut tail = Vec::new();
        (&mut self.medium).take(longest).read_to_end(&mut tail).map_err(|cause| failed(&self.path, cause))?;
        if record::holds_later(0, &tail, self.end.sequence) {
            return Err(self.damaged(start, "a bad record with good later ones behind it"));
        }
        self.medium.cut(start).and_then(|()| self.medium.sync()).map_err(Error::io("cut", &self.path))?;
        tracing::warn!(
            path = %self.path.display(), offset = start, bytes = tail.len(),
            "cut an unfinished record off the log: its release was never acknowledged"
        );
        Ok(())
    }

    fn damaged(&self, offset: u64, what: &'static str) -> Error {
        Error::Damaged { path: self.path.clone(), offset, what }
    }
}

/// Makes a log that holds only its header: whole or not at all.
fn create(path: &Path) -> Result<(), Error> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&LOG_FORMAT.to_le_bytes());
    header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
    let new = path.with_extension("log.new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(&header)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    };
    write().map_err(Error::io("create", path))
}

/// Makes a folder's list of names durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}
