//! Tables of units: one row a unit, or one row an event, in files of any size.
//!
//! In: CSV, TSV or NDJSON, also gzipped, from files or standard input, and the columns that are wanted ([`Wanted`]). Out: a
//! [`Table`], which is gone through unit by unit ([`Unit`]), as often as one likes, on all cores, in an order that depends on the
//! units' ids alone: neither on the order of rows nor on the number of threads nor on how much went to the disk.
//!
//! Rows are parted by the hash of their unit. What exceeds a named limit goes to temporary files, and each part is put in order when
//! it is gone through, so memory stays bounded however many units there are.
//!
//! | file | what |
//! |---|---|
//! | `blocks` | bytes of files, in blocks of whole rows |
//! | `heading`, `cells`, `cell` | columns; the wanted cells of each row; what a cell says |
//! | `fault` | what is wrong with a row, where, and what to write instead |
//! | `layout`, `parse` | a block of text -> rows of fixed width, parted by unit |
//! | `parts`, `table`, `unit` | all rows, in memory or in files; a unit with its rows |
//! | `arrivals` | when units came, and in how many days |
//! | `metric`, `measure` | `COLUMN:kind`; what a metric comes to in a unit |

mod arrivals;
mod blocks;
mod cell;
mod cells;
mod fault;
mod heading;
mod layout;
mod measure;
mod metric;
mod parse;
mod parts;
mod table;
mod unit;
mod words;

use std::path::PathBuf;

pub(super) use arrivals::Arrivals;
pub(super) use measure::{Measure, Measures};
pub(super) use metric::{MetricColumn, check_covariate};
pub(super) use table::Table;
pub(super) use unit::Unit;

/// Which columns are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The unit's id. Without it each row is a unit of its own.
    pub unit: Option<String>,
    /// Texts of few different values: the variant, breakdowns.
    pub words: Vec<Word>,
    /// Numbers, or truths (`TRUE` is 1). An empty cell is missing.
    pub numbers: Vec<String>,
    /// When it happened: RFC 3339, a date, or seconds, milliseconds or microseconds since 1970.
    pub time: Option<String>,
}

/// A column of texts.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub column: String,
    /// Whether an empty cell makes the row bad.
    pub is_required: bool,
}

/// Where to read, and how.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Input {
    /// Files of one heading each: CSV, TSV or NDJSON, also gzipped; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub patience: Patience,
}

/// How patiently to read.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Patience {
    /// Leave out rows that cannot be read, and say how many, instead of refusing
    #[arg(long)]
    pub skip_bad_rows: bool,
    /// Rows beyond so many MiB go to temporary files
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub memory: u32,
}
