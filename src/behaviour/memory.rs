//! All that is remembered of one visitor.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Cell;
use super::bytes::{Damaged, Reader, Writer};

/// More cells are no memory that was ever written.
pub const MAX_REMEMBERED_CELLS: usize = 65_536;

/// The version of the encoding.
const FORMAT: u8 = 1;

/// Which cell: a fingerprint of what it remembers, the same in every release that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub u64);

impl std::fmt::Display for CellId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// The cells of one visitor. A cell that nothing was put into is not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Memory {
    /// By id.
    cells: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    id: CellId,
    /// Earlier events are not in it yet, in milliseconds.
    since: Option<i64>,
    /// `None`: nothing but `since` is known.
    cell: Option<Cell>,
}

impl Memory {
    /// A cell, if anything was put into it.
    pub fn cell(&self, id: CellId) -> Option<&Cell> {
        self.entry(id)?.cell.as_ref()
    }

    /// The ids of all cells that are there, in order.
    pub fn ids(&self) -> impl Iterator<Item = CellId> {
        self.cells.iter().map(|entry| entry.id)
    }

    /// The ids of the cells that something was put into, in order.
    pub fn filled_ids(&self) -> impl Iterator<Item = CellId> {
        self.cells.iter().filter(|entry| entry.cell.is_some()).map(|entry| entry.id)
    }

    /// The instant before which a cell knows nothing, while it is not filled from the journal.
    pub fn counted_since(&self, id: CellId) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.entry(id)?.since?).ok()
    }

    /// Notes that these cells know only what came from an instant on.
    pub fn count_since(&mut self, ids: &BTreeSet<CellId>, since: Timestamp) {
        for id in ids {
            self.entry_mut(*id).since = Some(since.as_millisecond());
        }
    }

    /// Notes that these cells know all there was.
    pub fn is_filled(&mut self, ids: &BTreeSet<CellId>) {
        self.cells.iter_mut().filter(|entry| ids.contains(&entry.id)).for_each(|entry| entry.since = None);
        self.cells.retain(|entry| entry.since.is_some() || entry.cell.is_some());
    }

    /// The cell to put something into.
    pub fn cell_mut(&mut self, id: CellId, new: impl FnOnce() -> Cell) -> &mut Cell {
        self.entry_mut(id).cell.get_or_insert_with(new)
    }

    /// Keeps only cells of which something is so.
    pub fn retain(&mut self, mut keep: impl FnMut(CellId) -> bool) {
        self.cells.retain(|entry| keep(entry.id));
    }

    /// Takes up what is remembered of other events of the same visitor.
    pub fn merge(&mut self, other: &Self) {
        for entry in &other.cells {
            let own = self.entry_mut(entry.id);
            own.since = own.since.max(entry.since);
            match (&mut own.cell, &entry.cell) {
                (Some(own), Some(other)) => own.merge(other),
                (own @ None, other) => own.clone_from(other),
                (Some(_), None) => {}
            }
        }
    }

    /// About how many bytes it takes when it is stored.
    pub fn bytes(&self) -> usize {
        self.encode().len()
    }

    /// The bytes of it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.size(self.cells.len());
        for entry in &self.cells {
            out.0.extend_from_slice(&entry.id.0.to_le_bytes());
            out.maybe(entry.since);
            match &entry.cell {
                Some(cell) => cell.write(&mut out),
                None => out.byte(0),
            }
        }
        out.0
    }

    /// The memory of these bytes.
    ///
    /// # Errors
    /// [`Damaged`] for anything that [`Memory::encode`] did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut input = Reader(bytes);
        if input.byte()? != FORMAT {
            return Err(Damaged);
        }
        let mut memory = Self::default();
        for _ in 0..input.size(MAX_REMEMBERED_CELLS)? {
            let (id, rest) = input.0.split_first_chunk::<8>().ok_or(Damaged)?;
            input.0 = rest;
            let (id, since) = (CellId(u64::from_le_bytes(*id)), input.maybe()?);
            let cell = match input.0.first() {
                Some(0) => input.byte().map(|_| None)?,
                _ => Some(Cell::read(&mut input)?),
            };
            memory.cells.push(Entry { id, since, cell });
        }
        let is_whole = input.0.is_empty() && memory.cells.is_sorted_by(|a, b| a.id < b.id);
        if is_whole { Ok(memory) } else { Err(Damaged) }
    }

    fn entry(&self, id: CellId) -> Option<&Entry> {
        let place = self.cells.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.cells.get(place)
    }

    #[expect(clippy::indexing_slicing, reason = "the place was found or made just before")]
    fn entry_mut(&mut self, id: CellId) -> &mut Entry {
        let place = match self.cells.binary_search_by_key(&id, |entry| entry.id) {
            Ok(place) => place,
            Err(place) => {
                self.cells.insert(place, Entry { id, since: None, cell: None });
                place
            }
        };
        &mut self.cells[place]
    }
}
