//! Where sled stands: how far the journal is folded in, and what a restart needs beside the persons.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Error;
use super::entry::{decode_as, encode_as};
use super::experiments::counts::Counts;
use super::sizes::Sizes;
use crate::behaviour::CellId;
use crate::store::journal::Position;
use crate::store::{Changes, Shelf};

/// The row.
pub(super) const STATE_KEY: &[u8] = b"Vs";

/// The version that this program writes.
const VERSION: u8 = 2;
/// What is counted stood here too.
const WITH_COUNTS: u8 = 1;

/// Where sled stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Of the journal that this was folded from.
    pub(super) journal: u64,
    /// Everything before is in the rows; of what comes behind, a person may know some.
    pub(super) position: Position,
    /// From here on the journal tells which messages came before.
    pub(super) window: Option<Position>,
    /// The first key number that was never given.
    pub(super) next_key: u64,
    pub(super) epoch: u64,
    /// Cells that hold all there was, as numbers.
    pub(super) filled: BTreeSet<u64>,
    /// Filled cells that know only what came from a moment on, in milliseconds since 1970: retention had dropped the rest.
    pub(super) partial: BTreeMap<u64, i64>,
    /// What is counted, where a former version wrote it here.
    #[serde(skip)]
    pub(super) counts: Option<Counts>,
}

/// As version 1 wrote it.
#[derive(Serialize, Deserialize)]
struct FormerState {
    journal: u64,
    position: Position,
    window: Option<Position>,
    next_key: u64,
    epoch: u64,
    filled: BTreeSet<u64>,
    sizes: Sizes,
    sized: u64,
    partial: BTreeMap<u64, i64>,
}

impl State {
    /// What sled says; `None` before anything was folded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn read(shelf: &Shelf) -> Result<Option<Self>, Error> {
        let read = |row: Vec<u8>| {
            Self::decode(&row).ok_or_else(|| shelf.give_up("the row that says where sled stands").into())
        };
        shelf.get(STATE_KEY)?.map(read).transpose()
    }

    /// Of a row.
    pub(super) fn decode(row: &[u8]) -> Option<Self> {
        if row.first() != Some(&WITH_COUNTS) {
            let (state, rest) = decode_as(VERSION, row)?;
            return rest.is_empty().then_some(state);
        }
        let (former, rest): (FormerState, _) = decode_as(WITH_COUNTS, row)?;
        let FormerState { journal, position, window, next_key, epoch, filled, sizes, sized, partial } = former;
        let counts = Some(Counts { sizes, sized, is_wrong: false });
        rest.is_empty().then_some(Self { journal, position, window, next_key, epoch, filled, partial, counts })
    }

    pub(super) fn put(&self, changes: &mut Changes) {
        changes.put(STATE_KEY.to_vec(), encode_as(VERSION, self));
    }

    pub(super) fn filled(&self) -> BTreeSet<CellId> {
        self.filled.iter().copied().map(CellId).collect()
    }

    pub(super) fn set_filled(&mut self, cells: impl IntoIterator<Item = CellId>) {
        self.filled = cells.into_iter().map(|cell| cell.0).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::encode_as;
    use super::*;

    #[test]
    fn rows_of_version_1_are_read() {
        let former = FormerState {
            journal: 1,
            position: Position::default(),
            window: None,
            next_key: 2,
            epoch: 3,
            filled: BTreeSet::from([4]),
            sizes: Sizes { visitors: 5, ..Sizes::default() },
            sized: 6,
            partial: BTreeMap::from([(7, 8)]),
        };
        let state = State::decode(&encode_as(WITH_COUNTS, &former)).unwrap();
        assert_eq!((state.next_key, state.epoch, &state.partial), (2, 3, &former.partial));
        let counts = state.counts.unwrap();
        assert_eq!((counts.sizes.visitors, counts.sized), (5, 6));
    }
}
