//! Where sled stands: how far the journal is folded in, and what a restart needs beside the persons.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Error;
use super::entry::{decode, encode};
use super::sizes::Sizes;
use crate::behaviour::CellId;
use crate::store::journal::Position;
use crate::store::{Changes, Shelf};

/// The row.
pub(super) const STATE_KEY: &[u8] = b"Vs";

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
    pub(super) sizes: Sizes,
    /// The journal entry up to which sizes count.
    pub(super) sized: u64,
    /// Filled cells that know only what came from a moment on, in milliseconds since 1970: retention had dropped the rest.
    pub(super) partial: BTreeMap<u64, i64>,
}

impl State {
    /// What sled says; `None` before anything was folded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn read(shelf: &Shelf) -> Result<Option<Self>, Error> {
        let read =
            |row: Vec<u8>| decode(&row).ok_or_else(|| shelf.give_up("the row that says where sled stands").into());
        shelf.get(STATE_KEY)?.map(read).transpose()
    }

    pub(super) fn put(&self, changes: &mut Changes) {
        changes.put(STATE_KEY.to_vec(), encode(self));
    }

    pub(super) fn filled(&self) -> BTreeSet<CellId> {
        self.filled.iter().copied().map(CellId).collect()
    }

    pub(super) fn set_filled(&mut self, cells: impl IntoIterator<Item = CellId>) {
        self.filled = cells.into_iter().map(|cell| cell.0).collect();
    }
}
