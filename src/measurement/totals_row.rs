//! Totals as rows, so that a change of one sum is a write of a few hundred bytes.
//!
//! A row is a key and a value, both JSON: exact sums are texts there, each of them one text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Totals;
use super::totals::Number;
use super::totals_key::{Key, Part, What};
use crate::statistics::{Histogram, Sums};

/// No row is longer, key and value together.
pub const MAX_TOTALS_ROW_BYTES: usize = 4_096;

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

/// How a number is written down: what it is follows from its key.
#[derive(Serialize)]
#[serde(untagged)]
enum Written<'n> {
    Count(u64),
    Sums(&'n Sums),
    Values(&'n Histogram),
}

impl Totals {
    /// The rows that changed since this was last asked, in the order of what they are of.
    pub fn take_changed(&mut self) -> Vec<TotalsRow> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().map(|key| row(key, self.numbers.get(key))).collect()
    }

    /// Whether any row changed since [`Totals::take_changed`].
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// All rows, in the order of what they are of.
    pub fn rows(&self) -> Vec<TotalsRow> {
        self.numbers.iter().map(|(key, number)| row(key, Some(number))).collect()
    }

    /// The totals of rows, keys and values, in any order; nothing of them counts as changed.
    ///
    /// # Errors
    /// [`BadRow`].
    pub fn read<'r>(rows: impl IntoIterator<Item = (&'r [u8], &'r [u8])>) -> Result<Self, BadRow> {
        let mut totals = Self::default();
        for (key, value) in rows {
            let key: Key = serde_json::from_slice(key).map_err(|_| BadRow)?;
            let number = number(&key, value).ok_or(BadRow)?;
            if let (Part::Value(breakdown, value), What::Units(_), Number::Count(units)) = (&key.0, key.1, &number) {
                let known = totals.values.entry(*breakdown).or_default().entry(Arc::clone(value)).or_default();
                *known = known.checked_add(*units).ok_or(BadRow)?;
            }
            totals.numbers.insert(key, number);
        }
        Ok(totals)
    }
}

fn row(key: &Key, number: Option<&Number>) -> TotalsRow {
    let bytes = |number: &Number| {
        json(&match number {
            Number::Count(count) => Written::Count(*count),
            Number::Sums(sums) => Written::Sums(sums),
            Number::Values(values) => Written::Values(values),
        })
    };
    TotalsRow { key: json(key), value: number.map(bytes) }
}

/// Texts and numbers: nothing in them that JSON cannot say.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn number(key: &Key, value: &[u8]) -> Option<Number> {
    fn read<'v, T: Deserialize<'v>>(value: &'v [u8]) -> Option<T> {
        serde_json::from_slice(value).ok()
    }
    let number = match key.1 {
        What::Units(_) | What::Noted(_) | What::GivenUp(_) => Number::Count(read(value)?),
        What::Sums(..) | What::Day(..) => Number::Sums(read(value)?),
        What::Values(..) => Number::Values(read(value)?),
    };
    (!number.is_nothing()).then_some(number)
}
