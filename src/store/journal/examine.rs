//! What there is of a journal, and whether it holds together. Nothing is changed.

use std::io;

use super::super::record::holds_later;
use super::disk::{Disk, DiskFile};
use super::header::{HEADER_BYTES, Header, NoHeader, SEGMENT_FORMAT};
use super::record::{MAX_COMMIT_BYTES, seed};
use super::scan::Scan;
use super::{Error, Position, Segment};

/// A journal that holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// See [`View::id`](super::View::id).
    pub id: u64,
    /// All files, oldest first.
    pub segments: Vec<Segment>,
    /// Behind the last good record.
    pub end: Position,
    /// What a commit that nobody was told of left behind the end; the next start erases it.
    pub unfinished_bytes: u64,
    /// How long the last file should be.
    pub(super) size: u64,
}

/// Reads a journal that no process has open, every record of it, and changes nothing. `None` when there is none.
///
/// # Errors
/// [`Error::Damaged`], [`Error::Newer`], [`Error::Io`].
pub fn check(disk: &dyn Disk) -> Result<Option<Checked>, Error> {
    examine(disk, 0)
}

/// The same, reading only the headers of segments before a sequence.
pub(super) fn examine(disk: &dyn Disk, verify_from: u64) -> Result<Option<Checked>, Error> {
    let mut found: Vec<Found> = Vec::new();
    for name in list(disk)? {
        found.push(read_header(disk, name, found.first().map(|(_, header)| header))?);
    }
    let Some((last, header)) = found.last() else { return Ok(None) };
    let (id, seed) = (header.id, seed(header.id));
    let end = verify(disk, &found, seed, verify_from)?;
    let unfinished_bytes = unfinished(disk, last, end, seed)?;
    let size = header.size.max(last.bytes);
    let segments = found.into_iter().map(|(segment, _)| segment).collect();
    Ok(Some(Checked { id, segments, end, unfinished_bytes, size }))
}

/// The names of the segments in order.
fn list(disk: &dyn Disk) -> Result<Vec<String>, Error> {
    let names = disk.list().map_err(Error::io("list", &disk.path("")))?;
    let mut names: Vec<_> = names.into_iter().filter(|name| sequence_of(name).is_some()).collect();
    names.sort_unstable();
    Ok(names)
}

fn sequence_of(name: &str) -> Option<u64> {
    let sequence = name.strip_suffix(".segment").and_then(|digits| u64::from_str_radix(digits, 16).ok())?;
    (Segment::name_of(sequence) == name && sequence > 0).then_some(sequence)
}

/// A segment and its header.
type Found = (Segment, Header);

fn read_header(disk: &dyn Disk, name: String, first: Option<&Header>) -> Result<Found, Error> {
    let path = disk.path(&name);
    let mut file = disk.open(&name).map_err(Error::io("open", &path))?;
    let bytes = file.size().map_err(Error::io("read", &path))?;
    let mut header = [0; HEADER_BYTES];
    fill(&mut *file, &mut header, 0).map_err(Error::io("read", &path))?;
    let damaged = |what| Error::Damaged { path: path.clone(), offset: 0, what };
    let header = match Header::decode(&header) {
        Ok(header) => header,
        Err(NoHeader::Newer(found)) => return Err(Error::Newer { path, found, known: SEGMENT_FORMAT }),
        Err(NoHeader::Damaged) => return Err(damaged("its header is not that of a segment")),
    };
    if Segment::name_of(header.first_sequence) != name {
        return Err(damaged("its header is that of a segment with another name"));
    }
    if first.is_some_and(|first| first.id != header.id) {
        return Err(damaged("it belongs to another journal than the first segment"));
    }
    let Header { first_sequence, first_entry, begun_ms, .. } = header;
    let segment = Segment { first_sequence, first_entry, begun_ms, bytes, durable_bytes: bytes, path, name };
    Ok((segment, header))
}

/// Reads what shall be verified, and finds the end.
fn verify(disk: &dyn Disk, found: &[Found], seed: u32, verify_from: u64) -> Result<Position, Error> {
    let mut end = Position::ORIGIN;
    for (index, (segment, _)) in found.iter().enumerate() {
        let next = found.get(index + 1).map(|(next, _)| next);
        if next.is_some_and(|next| next.first_sequence <= verify_from) {
            continue;
        }
        end = scan(disk, segment, seed)?;
        if let Some(next) = next
            && (next.first_sequence, next.first_entry) != (end.sequence + 1, end.entry + 1)
        {
            let what = "no good record stands here, and the next segment begins with a later one";
            return Err(Error::Damaged { path: segment.path.clone(), offset: end.offset, what });
        }
    }
    Ok(end)
}

/// Where the good records of a segment end.
fn scan(disk: &dyn Disk, segment: &Segment, seed: u32) -> Result<Position, Error> {
    let file = disk.open(&segment.name).map_err(Error::io("open", &segment.path))?;
    let mut end = segment.start();
    let mut scan = Scan::new(file, seed, end.offset, segment.bytes);
    while let Some(record) = scan.next().map_err(Error::io("read", &segment.path))? {
        if (record.sequence, record.first_entry) != (end.sequence + 1, end.entry + 1) {
            let what = "a record is missing or stands twice before this place";
            return Err(Error::Damaged { path: segment.path.clone(), offset: end.offset, what });
        }
        end = end.behind(record.encoded_bytes(), record.count());
    }
    Ok(end)
}

/// How many bytes a torn record left behind the end, unless what is there says that more was lost.
fn unfinished(disk: &dyn Disk, segment: &Segment, end: Position, seed: u32) -> Result<u64, Error> {
    let mut file = disk.open(&segment.name).map_err(Error::io("open", &segment.path))?;
    let torn = torn_bytes(&mut *file, end.offset, segment.bytes).map_err(Error::io("read", &segment.path))?;
    let damaged = |what| Error::Damaged { path: segment.path.clone(), offset: end.offset, what };
    if torn > MAX_COMMIT_BYTES as u64 {
        return Err(damaged("a bad record with more behind it than one write can leave"));
    }
    let mut tail = vec![0; torn as usize];
    fill(&mut *file, &mut tail, end.offset).map_err(Error::io("read", &segment.path))?;
    if holds_later(seed, &tail, end.sequence) {
        return Err(damaged("a bad record with good later ones behind it"));
    }
    Ok(torn)
}

/// How far from an offset on bytes stand that are not zero.
fn torn_bytes(file: &mut dyn DiskFile, from: u64, size: u64) -> io::Result<u64> {
    let mut buffer = vec![0; 256 << 10];
    let (mut at, mut last) = (from, 0);
    while at < size {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            break;
        }
        let piece = buffer.get(..read).unwrap_or_default();
        if let Some(found) = piece.iter().rposition(|byte| *byte != 0) {
            last = at + found as u64 + 1 - from;
        }
        at += read as u64;
    }
    Ok(last)
}

/// Reads until the bytes are full; what lies behind the end of the file stays as it is.
fn fill(file: &mut dyn DiskFile, bytes: &mut [u8], from: u64) -> io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(())
}
