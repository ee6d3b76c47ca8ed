//! Opening a journal: which segments there are, whether they hold together, and what a crash left at the end.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::record::holds_later;
use super::append::name_segment;
use super::disk::{Disk, DiskFile};
use super::header::{HEADER_BYTES, Header, NoHeader, SEGMENT_FORMAT};
use super::record::{Draft, MAX_COMMIT_BYTES, seed};
use super::scan::Scan;
use super::spare::{self, SPARE_NAME, Spare};
use super::view::{Extent, Segment, Shared, View};
use super::{Error, Journal, JournalOptions, Position};

/// See [`Journal::open`].
pub(super) fn open(disk: Arc<dyn Disk>, options: JournalOptions) -> Result<Journal, Error> {
    let mut names = list(&*disk)?;
    if names.is_empty() {
        names.push(begin(&*disk, &options)?);
    }
    let mut headers = Vec::with_capacity(names.len());
    for name in names {
        headers.push(read_header(&*disk, name, headers.first().map(|(_, header, _)| header))?);
    }
    let id = headers.first().map_or(0, |(_, header, _)| header.id);
    let end = verify(&*disk, &headers, seed(id), options.verify_from)?;
    // A process killed after it named a segment leaves a name that only the system knows: no record may stand there yet.
    disk.sync_folder().map_err(Error::io("sync", &disk.path("")))?;
    let Some((last, header, bytes)) = headers.last() else { return Err(Error::Broken) };
    let mut file = disk.open(&last.name).map_err(Error::io("open", &last.path))?;
    settle(&mut *file, last, *bytes, header.size, end, seed(id))?;
    let size = header.size.max(*bytes);
    let mut segments: Vec<_> = headers.into_iter().map(|(segment, ..)| segment).collect();
    segments.iter_mut().last().into_iter().for_each(|last| last.bytes = size);
    let extent = std::sync::RwLock::new(Extent { segments, end, spare_bytes: 0 });
    let view = View { shared: Arc::new(Shared { disk, id, broken: AtomicBool::new(false), extent }) };
    let (draft, spare, full_since) = (Draft::default(), None, None);
    let mut journal = Journal { options, view, seed: seed(id), file, size, end, draft, spare, full_since };
    journal.prepare();
    Ok(journal)
}

/// The names of the segments in order. What a crash left unfinished is removed.
fn list(disk: &dyn Disk) -> Result<Vec<String>, Error> {
    let names = disk.list().map_err(Error::io("list", &disk.path("")))?;
    if names.iter().any(|name| name == SPARE_NAME) {
        spare::remove(disk);
    }
    let mut names: Vec<_> = names.into_iter().filter(|name| sequence_of(name).is_some()).collect();
    names.sort_unstable();
    Ok(names)
}

fn sequence_of(name: &str) -> Option<u64> {
    let sequence = name.strip_suffix(".segment").and_then(|digits| u64::from_str_radix(digits, 16).ok())?;
    (Segment::name_of(sequence) == name && sequence > 0).then_some(sequence)
}

/// Begins a journal with its first segment; gives back its name.
fn begin(disk: &dyn Disk, options: &JournalOptions) -> Result<String, Error> {
    let size = options.size_after(None);
    if size > options.cap_bytes {
        return Err(Error::AtCap { bytes: 0, next: size, cap: options.cap_bytes });
    }
    let mut file = Spare::now(disk, size).take()?;
    // Random enough to tell journals apart: std seeds its hash maps from the system.
    let id = RandomState::new().build_hasher().finish();
    let header = Header { id, size, first_sequence: 1, first_entry: 1, begun_ms: now_ms() };
    Ok(name_segment(disk, &mut *file, &header)?.name)
}

pub(super) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// A segment, its header, and how long its file is now.
type Found = (Segment, Header, u64);

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
    Ok((segment, header, bytes))
}

/// Reads what shall be verified, and finds the end.
fn verify(disk: &dyn Disk, found: &[Found], seed: u32, verify_from: u64) -> Result<Position, Error> {
    let mut end = Position::ORIGIN;
    for (index, (segment, _, bytes)) in found.iter().enumerate() {
        let next = found.get(index + 1).map(|(next, ..)| next);
        if next.is_some_and(|next| next.first_sequence <= verify_from) {
            continue;
        }
        end = scan(disk, segment, *bytes, seed)?;
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
fn scan(disk: &dyn Disk, segment: &Segment, bytes: u64, seed: u32) -> Result<Position, Error> {
    let file = disk.open(&segment.name).map_err(Error::io("open", &segment.path))?;
    let mut end = segment.start();
    let mut scan = Scan::new(file, seed, end.offset, bytes);
    while let Some(record) = scan.next().map_err(Error::io("read", &segment.path))? {
        if (record.sequence, record.first_entry) != (end.sequence + 1, end.entry + 1) {
            let what = "a record is missing or stands twice before this place";
            return Err(Error::Damaged { path: segment.path.clone(), offset: end.offset, what });
        }
        end = end.behind(record.encoded_bytes(), record.count());
    }
    Ok(end)
}

/// Makes sure that all before the end is durable and all behind it is zero, unless a good record follows the bad one.
fn settle(
    file: &mut dyn DiskFile,
    segment: &Segment,
    bytes: u64,
    size: u64,
    end: Position,
    seed: u32,
) -> Result<(), Error> {
    let damaged = |what| Error::Damaged { path: segment.path.clone(), offset: end.offset, what };
    if let Some(torn) = torn_bytes(file, end.offset, bytes).map_err(Error::io("read", &segment.path))? {
        if torn > MAX_COMMIT_BYTES as u64 {
            return Err(damaged("a bad record with more behind it than one write can leave"));
        }
        let mut tail = vec![0; torn as usize];
        fill(file, &mut tail, end.offset).map_err(Error::io("read", &segment.path))?;
        if holds_later(seed, &tail, end.sequence) {
            return Err(damaged("a bad record with good later ones behind it"));
        }
        tail.fill(0);
        file.write_at(&tail, end.offset).map_err(Error::io("write", &segment.path))?;
        tracing::warn!(
            path = %segment.path.display(), offset = end.offset, bytes = torn,
            "erased an unfinished record of the journal: it was never acknowledged"
        );
    }
    if bytes < size {
        // A copy that ends at the last record, as backups are.
        spare::extend(file, &segment.path, bytes.max(end.offset), size, &AtomicBool::new(false))?;
    }
    // A process killed between write and sync leaves a record that only the page cache holds: nothing may be built on it yet.
    file.sync().map_err(Error::io("sync", &segment.path))
}

/// How far from an offset on bytes stand that are not zero.
fn torn_bytes(file: &mut dyn DiskFile, from: u64, size: u64) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; 256 << 10];
    let (mut at, mut last) = (from, None);
    while at < size {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            break;
        }
        let piece = buffer.get(..read).unwrap_or_default();
        if let Some(found) = piece.iter().rposition(|byte| *byte != 0) {
            last = Some(at + found as u64 + 1 - from);
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
