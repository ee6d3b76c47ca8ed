//! A block of text -> rows of fixed width, parted by unit.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::cli::mixed::mixed;

use super::blocks::Block;
use super::cell;
use super::cells::{Cells, for_each_row};
use super::fault::Fault;
use super::heading::Form;
use super::layout::{Layout, Row};
use super::parts::{Parted, Sorter};
use super::words::{MAX_WORDS, Words};
use super::{Wanted, Word};

/// What is the same for all blocks.
pub(super) struct Parser {
    wanted: Wanted,
    pub layout: Layout,
    pub words: Vec<Words>,
    hasher: FixedState,
}

/// What a block held.
pub(super) struct Parsed {
    pub rows: Parted,
    pub count: u64,
    /// The first of those that are bad.
    pub faults: Vec<Fault>,
    pub bad: u64,
    /// Why the table cannot be read at all.
    pub failure: Option<String>,
    /// Of each wanted column, whether an object had it.
    pub seen: Vec<bool>,
    pub numbers: Vec<NumberFacts>,
    /// The earliest and the latest.
    pub times: Option<(i64, i64)>,
}

/// What is known of a column of numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NumberFacts {
    /// Rows without one.
    pub missing: u64,
    /// Whether one of them is neither 0 nor 1.
    pub is_wide: bool,
}

/// A message shows so many bad rows.
pub(super) const SHOWN_FAULTS: usize = 10;

/// A row in block `b` at place `r` has order `b << ROW_BITS | r`: a block holds fewer rows than it has bytes.
pub(super) const ROW_BITS: u32 = 21;

/// So that ids that were made up by the same hash elsewhere are no pattern here.
const HASH_SEED: u64 = 0x5e60_e0a7_a175_0001;

impl Parser {
    pub fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            layout: Layout { words: wanted.words.len(), numbers: wanted.numbers.len() },
            words: wanted.words.iter().map(|_| Words::default()).collect(),
            hasher: FixedState::with_seed(HASH_SEED),
        }
    }

    /// In the order of the cells that [`Parser::parse`] reads: words, numbers, the unit, the time.
    pub fn columns(&self) -> Vec<&str> {
        let words = self.wanted.words.iter().map(|word| &*word.column);
        let single = self.wanted.unit.iter().chain(&self.wanted.time).map(String::as_str);
        words.chain(self.wanted.numbers.iter().map(String::as_str)).chain(single).collect()
    }

    pub fn parse(&self, block: &Block, form: &Form, places: &[usize]) -> Parsed {
        let columns = self.columns();
        let mut parsed = Parsed {
            rows: Parted::default(),
            count: 0,
            faults: Vec::new(),
            bad: 0,
            failure: None,
            seen: vec![false; columns.len()],
            numbers: vec![NumberFacts::default(); self.layout.numbers],
            times: None,
        };
        let mut seen = std::mem::take(&mut parsed.seen);
        let mut sorter = Sorter::new(self.layout);
        let mut scratch = Scratch {
            words: vec![0; self.layout.words],
            numbers: vec![0.0; self.layout.numbers],
            recent: vec![Vec::new(); self.layout.words],
        };
        let mut place = 0_i64;
        for_each_row(block, form, &columns, places, &mut seen, |line, cells| {
            let order = (block.number.cast_signed() << ROW_BITS) | place;
            match cells.map_err(Trouble::Row).and_then(|cells| self.row(line, order, &cells, &mut scratch, &mut parsed))
            {
                Ok(row) => {
                    sorter.add(&row);
                    place += 1;
                }
                Err(Trouble::Row(fault)) => {
                    parsed.bad += 1;
                    if parsed.faults.len() < SHOWN_FAULTS {
                        parsed.faults.push(fault);
                    }
                }
                Err(Trouble::Table(why)) => parsed.failure = Some(why),
            }
        });
        parsed.count = place.cast_unsigned();
        parsed.seen = seen;
        parsed.rows = sorter.finish();
        parsed
    }

    /// Reads the cells of a row. Of a row that turns out to be bad nothing is noted.
    fn row<'s>(
        &self,
        line: u64,
        order: i64,
        cells: &Cells<'s>,
        scratch: &'s mut Scratch,
        parsed: &mut Parsed,
    ) -> Result<Row<'s>, Trouble> {
        let Scratch { words, numbers, recent } = scratch;
        let (word_count, number_count) = (words.len(), numbers.len());
        let text =
            |place: usize, column: &str| cells.get(place).map_err(|_| Trouble::Row(Fault::not_text(line, column)));
        let mut place = word_count + number_count;
        let unit = match &self.wanted.unit {
            Some(column) => {
                let id = text(place, column)?.trim();
                if id.is_empty() {
                    return Err(Fault::of_cell(line, column, id, "id", "every row needs the id of its unit").into());
                }
                place += 1;
                Some(id)
            }
            None => None,
        };
        let place_in_input = order;
        let order = match &self.wanted.time {
            Some(column) => {
                let cell = text(place, column)?;
                cell::time(cell).map_err(|help| Fault::of_cell(line, column, cell, "time", help))?
            }
            None => order,
        };
        for (place, (number, column)) in numbers.iter_mut().zip(&self.wanted.numbers).enumerate() {
            let cell = text(word_count + place, column)?;
            let read = cell::number(cell).map_err(|help| Fault::of_cell(line, column, cell, "number", help))?;
            *number = read.unwrap_or(f64::NAN);
        }
        let known = self.words.iter().zip(recent);
        for (place, ((number, word), (known, recent))) in
            words.iter_mut().zip(&self.wanted.words).zip(known).enumerate()
        {
            let Word { column, is_required } = word;
            let cell = text(place, column)?.trim();
            if cell.is_empty() && *is_required {
                return Err(Fault::of_cell(line, column, cell, "value", "every row needs one").into());
            }
            *number = known.number_of(cell, recent).ok_or_else(|| {
                Trouble::Table(format!(
                    "column `{column}` has more than {MAX_WORDS} different values\nhelp: name a column of few values, or put them into groups"
                ))
            })?;
        }
        for (facts, number) in parsed.numbers.iter_mut().zip(&*numbers) {
            facts.missing += u64::from(number.is_nan());
            facts.is_wide |= !(number.is_nan() || *number == 0.0 || *number == 1.0);
        }
        if self.wanted.time.is_some() {
            let (first, last) = parsed.times.unwrap_or((order, order));
            parsed.times = Some((first.min(order), last.max(order)));
        }
        let hash = unit.map_or_else(|| mixed(place_in_input.cast_unsigned()), |id| self.hasher.hash_one(id));
        Ok(Row { hash, order, id: unit.unwrap_or_default(), words, numbers })
    }
}

struct Scratch {
    words: Vec<u32>,
    numbers: Vec<f64>,
    /// By column of words, some of those that this block has, with their numbers: what all hands share is locked.
    recent: Vec<Vec<(String, u32)>>,
}

/// So many recent words are looked through.
const RECENT_WORDS: usize = 8;

impl Words {
    /// As [`Words::number`], through a list of recent ones.
    fn number_of(&self, text: &str, recent: &mut Vec<(String, u32)>) -> Option<u32> {
        if let Some((_, number)) = recent.iter().find(|(known, _)| known == text) {
            return Some(*number);
        }
        let number = self.number(text)?;
        if recent.len() < RECENT_WORDS {
            recent.push((text.to_owned(), number));
        }
        Some(number)
    }
}

/// Why a row is not taken.
enum Trouble {
    Row(Fault),
    /// The whole table cannot be.
    Table(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Row(fault)
    }
}
