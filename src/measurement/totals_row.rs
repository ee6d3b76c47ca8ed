//! Totals as rows, so that a change of one sum is a write of a few hundred bytes.
//!
//! A row is a key and a value, both JSON: exact sums are texts there, each of them one text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Totals;
use super::number::Number;
use super::totals_key::{Key, What};
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

/// A number as it came to be: made quickly while totals are held, and written down after it.
#[derive(Debug, Clone)]
pub struct TotalsChange {
    key: Key,
    /// `None`: it is nothing any more.
    number: Option<Number>,
}

/// How a number is written down: what it is follows from its key.
#[derive(Serialize)]
#[serde(untagged)]
enum Written<'n> {
    Count(u64),
    Sums(&'n Sums),
    Values(&'n Histogram),
}

impl Totals {
    /// The numbers that changed since this was last asked, in the order of what they are of.
    pub fn take_changed(&mut self) -> Vec<TotalsChange> {
        let changed = std::mem::take(&mut self.changed);
        let mut changes = Vec::new();
        for (part, whats) in changed {
            let numbers = self.parts.get(&part);
            changes.extend(whats.into_iter().map(|what| TotalsChange {
                number: numbers.and_then(|numbers| numbers.get(&what)).cloned(),
                key: Key(part.clone(), what),
            }));
        }
        changes
    }

    /// All numbers, in the order of what they are of.
    pub fn numbers(&self) -> impl Iterator<Item = TotalsChange> {
        self.parts.iter().flat_map(|(part, numbers)| {
            numbers
                .iter()
                .map(|(what, number)| TotalsChange { key: Key(part.clone(), *what), number: Some(number.clone()) })
        })
    }

    /// All rows, in the order of what they are of.
    pub fn rows(&self) -> Vec<TotalsRow> {
        self.numbers().map(|change| change.row()).collect()
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
            Arc::make_mut(totals.parts.entry(key.0).or_default()).insert(key.1, number);
        }
        Ok(totals)
    }
}

impl TotalsChange {
    /// The row of it.
    pub fn row(&self) -> TotalsRow {
        let bytes = |number: &Number| {
            json(&match number {
                Number::Count(count) => Written::Count(*count),
                Number::Sums(sums) => Written::Sums(sums),
                Number::Values(values) => Written::Values(values),
            })
        };
        TotalsRow { key: json(&self.key), value: self.number.as_ref().map(bytes) }
    }
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
        What::Units(_) | What::UnitsOn(..) | What::Noted(_) | What::NotedOn(..) | What::GivenUp(_) => {
            Number::Count(read(value)?)
        }
        What::Sums(..) | What::Day(..) => Number::Sums(Arc::new(read(value)?)),
        What::Values(..) | What::ValuesOn(..) => Number::Values(Arc::new(read(value)?)),
    };
    (!number.is_nothing()).then_some(number)
}
