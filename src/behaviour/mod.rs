//! Cells: what is remembered of a visitor's events.
//!
//! In: occurrences of the events that rules name, in any order. Out: a [`Memory`] of bounded size, from which `rules`
//! answers what a behaviour comes to. Each kind of cell is a function of the *set* of its occurrences: they may arrive in
//! any order and in several memories that are merged later. What a cell is for (which event, which filter) is not known
//! here: `rules` says when an occurrence belongs to a cell. `docs/memory.md` says what each kind keeps, and how exact it is.

mod bytes;
mod cell;
mod chain;
mod fingerprint;
mod frequent;
mod kept;
mod memory;
mod parts;
mod ranks;
mod remembered_value;
mod sums;
mod visits;

pub use bytes::Damaged;
pub use cell::Cell;
pub use chain::{Chain, Link, MAX_CHAIN_OCCURRENCES, Progress, StepOccurrence};
pub use fingerprint::{fingerprint, value_fingerprint};
pub use frequent::{Counter, FAVOURITE_COUNTERS, Frequent};
pub use kept::{Keep, Kept, Occurrence};
pub use memory::{CellId, MAX_REMEMBERED_CELLS, Memory};
pub use parts::{Parts, Tally};
pub use ranks::{MIN_RANKED_VISITORS, RANK_SAMPLE, RankSample, Ranks};
pub use remembered_value::{MAX_REMEMBERED_ENTRIES, MAX_REMEMBERED_TEXT_BYTES, remembered_value, value_bytes};
pub use sums::Sums;
pub use visits::{Content, MAX_REMEMBERED_VISITS, MAX_VISITS_WITH_VALUES, Opening, Visit, Visits};

#[cfg(test)]
mod tests;
