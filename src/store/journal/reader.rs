//! Hands out the records of the journal in order, across segments, while it is written.

use std::io;

use super::record::{Record, seed};
use super::scan::Scan;
use super::view::{Extent, View};
use super::{Error, Position};

/// Reads a journal from a place on. It sees what is durable, and what becomes durable while it reads.
pub struct Reader {
    view: View,
    /// Behind the last record that was handed out.
    at: Position,
    /// The last record of the segment at hand, as far as is known.
    until: u64,
    scan: Option<Scan>,
    /// Nothing was read yet, so nothing says that `at` lies between two records.
    is_new: bool,
}

/// Where to go on.
struct Leg {
    at: Position,
    until: u64,
    end_offset: u64,
    name: String,
}

impl Reader {
    pub(super) fn new(view: View, from: Position) -> Result<Self, Error> {
        // The start of a segment is a place between two records, whatever stands there.
        let is_new = from.offset != Position::ORIGIN.offset;
        let mut reader = Self { view, at: from, until: from.sequence, scan: None, is_new };
        reader.go_on()?;
        Ok(reader)
    }

    /// Behind the last record that was handed out.
    pub fn position(&self) -> Position {
        self.at
    }

    /// The next record; `None` at the durable end as it is now. Asked again later, it goes on from there.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Dropped`] when retention overtook the reader, [`Error::Elsewhere`] when the place that
    /// the reader began at does not lie between two records, [`Error::Io`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        if self.at.sequence >= self.until && !self.go_on()? {
            return Ok(None);
        }
        let path = |view: &View, at: Position| view.shared.disk.path(&super::Segment::name_of(at.segment));
        let Some(scan) = &mut self.scan else { return Ok(None) };
        let asked = self.at;
        match scan.next() {
            Err(cause) => Err(Error::io("read", &path(&self.view, asked))(cause)),
            Ok(Some(record)) if record.sequence == asked.sequence + 1 && record.first_entry == asked.entry + 1 => {
                let bytes = record.encoded_bytes();
                self.at = asked.behind(bytes, record.count());
                self.is_new = false;
                Ok(Some(record))
            }
            Ok(_) if self.is_new => Err(Error::Elsewhere { asked, end: self.view.end() }),
            Ok(_) => {
                let what = "the record that should stand here does not";
                Err(Error::Damaged { path: path(&self.view, asked), offset: asked.offset, what })
            }
        }
    }

    /// Finds the segment that holds the next record; `false` at the end.
    fn go_on(&mut self) -> Result<bool, Error> {
        let at = self.at;
        let Some(leg) = self.view.look(|extent| leg(extent, at))? else { return Ok(false) };
        self.until = leg.until;
        match &mut self.scan {
            Some(scan) if leg.at.segment == at.segment && scan.at() == leg.at.offset => scan.extend(leg.end_offset),
            _ => {
                let shared = &self.view.shared;
                let file = shared.disk.open(&leg.name).map_err(|cause| match cause.kind() {
                    io::ErrorKind::NotFound => Error::Dropped { asked: at, first: self.view.start() },
                    _ => Error::io("open", &shared.disk.path(&leg.name))(cause),
                })?;
                self.scan = Some(Scan::new(file, seed(shared.id), leg.at.offset, leg.end_offset));
            }
        }
        self.at = leg.at;
        Ok(true)
    }
}

fn leg(extent: &Extent, at: Position) -> Result<Option<Leg>, Error> {
    let end = extent.end;
    let elsewhere = Error::Elsewhere { asked: at, end };
    if at.sequence >= end.sequence {
        return if (at.sequence, at.entry) == (end.sequence, end.entry) { Ok(None) } else { Err(elsewhere) };
    }
    let behind = extent.segments.partition_point(|segment| segment.first_sequence <= at.sequence + 1);
    let found = behind.checked_sub(1).and_then(|index| extent.segments.get(index));
    let Some(segment) = found else {
        let first = extent.segments.first().map_or(end, super::Segment::start);
        return Err(Error::Dropped { asked: at, first });
    };
    let start = segment.start();
    let at = match (at.segment == start.segment, at.sequence == start.sequence) {
        (true, _) => at,
        (false, true) if at.entry == start.entry => start,
        (false, _) => return Err(elsewhere),
    };
    let name = segment.name.clone();
    Ok(Some(match extent.segments.get(behind) {
        Some(next) => Leg { at, until: next.first_sequence - 1, end_offset: segment.bytes, name },
        None => Leg { at, until: end.sequence, end_offset: end.offset, name },
    }))
}
