//! A unit with its rows.

use crate::statistics::Sum;

use super::Table;
use super::layout::Layout;

/// A unit: at least one row, in the order of their times, or of the input where there are none.
pub(in crate::cli) struct Unit<'a> {
    pub(super) table: &'a Table,
    pub(super) bytes: &'a [u8],
    pub(super) rows: &'a [Entry],
}

/// Where a row of a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub hash: u64,
    pub at: usize,
}

/// Up to here the integers of `f64` have no gaps.
const WHOLE: f64 = 9_007_199_254_740_992.0;

impl<'a> Unit<'a> {
    /// Its id; empty where each row is a unit.
    pub fn id(&self) -> &'a [u8] {
        self.table.layout().id(self.row(0))
    }

    /// A number that depends on the id alone, or where each row is a unit on its place in the input, and looks random. Equal for equal ids in one
    /// version of the program; different for different rows.
    pub fn hash(&self) -> u64 {
        self.rows.first().map_or(0, |entry| entry.hash)
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// When a row came: its time in microseconds since 1970, or without times its number in the input, from 0.
    pub fn moment(&self, row: usize) -> i64 {
        self.table.moment(Layout::order(self.row(row)))
    }

    /// The text of a column in the first row, by its place in [`Table::words`].
    pub fn word(&self, column: usize) -> usize {
        self.table.place_of_word(column, Layout::word(self.row(0), column))
    }

    /// Whether the rows have different texts in this column.
    pub fn differs(&self, column: usize) -> bool {
        let first = Layout::word(self.row(0), column);
        (1..self.rows.len()).any(|row| Layout::word(self.row(row), column) != first)
    }

    /// Whether the rows have different numbers in this column; a missing one is no number.
    pub fn varies(&self, column: usize) -> bool {
        let mut known = self.values(column);
        let first = known.next();
        known.any(|number| Some(number) != first)
    }

    /// The numbers of a column that are not missing.
    pub fn values(&self, column: usize) -> impl Iterator<Item = f64> {
        (0..self.rows.len()).filter_map(move |row| self.number(row, column))
    }

    /// A number; `None` where it is missing.
    pub fn number(&self, row: usize, column: usize) -> Option<f64> {
        let number = self.table.layout().number(self.row(row), column);
        (!number.is_nan()).then_some(number)
    }

    /// The sum of a column over the first rows, exact and rounded once, so that their order does not matter.
    pub fn sum(&self, column: usize, rows: usize) -> f64 {
        let number = |row| self.number(row, column).unwrap_or(0.0);
        match rows.min(self.rows.len()) {
            0 => 0.0,
            1 => number(0),
            rows => (0..rows).map(number).try_fold(0.0, whole).unwrap_or_else(|| {
                let mut sum = Sum::default();
                (0..rows).for_each(|row| sum.add(number(row)));
                sum.value()
            }),
        }
    }

    /// Whether one of the first rows has something else than 0.
    pub fn any(&self, column: usize, rows: usize) -> bool {
        (0..rows.min(self.rows.len())).any(|row| self.number(row, column).is_some_and(|number| number != 0.0))
    }

    /// The number of the first row that has one; 0 where none has.
    pub fn first(&self, column: usize) -> f64 {
        self.values(column).next().unwrap_or(0.0)
    }

    /// Whether no row has a number in this column.
    pub fn lacks(&self, column: usize) -> bool {
        self.values(column).next().is_none()
    }

    /// Whether rows came after the first one: at another time, or where there are no times, at all.
    pub fn accumulates(&self) -> bool {
        self.moment(0) != self.moment(self.rows.len().saturating_sub(1))
    }

    fn row(&self, row: usize) -> &'a [u8] {
        self.rows.get(row).and_then(|entry| self.bytes.get(entry.at..)).unwrap_or_default()
    }
}

/// Adds integers while their sum is exact; `None` = it may not be.
fn whole(sum: f64, number: f64) -> Option<f64> {
    let next = sum + number;
    (number.fract() == 0.0 && next.abs() < WHOLE).then_some(next)
}
