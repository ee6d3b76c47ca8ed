//! Totals as rows, so that a change of one sum is a write of a few hundred bytes.

use super::Totals;

/// No row is longer, key and value together.
pub const MAX_ROW_BYTES: usize = 4_096;

/// One row of an experiment's totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsRow {
    /// Unlike that of any other row of the same totals.
    pub key: Vec<u8>,
    /// `None`: the row is to be removed.
    pub value: Option<Vec<u8>>,
}

/// A row that no totals wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of an experiment's totals is damaged")]
pub struct BadRow;

impl Totals {
    /// The rows that changed since this was last asked; in the order of their keys.
    pub fn take_changed(&mut self) -> Vec<TotalsRow> {
        Vec::new()
    }

    /// All rows, in the order of their keys.
    pub fn rows(&self) -> Vec<TotalsRow> {
        Vec::new()
    }

    /// The totals of rows, keys and values, in any order; nothing of them counts as changed.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn read<'r>(_rows: impl IntoIterator<Item = (&'r [u8], &'r [u8])>) -> Result<Self, BadRow> {
        Ok(Self::default())
    }
}
