//! What is wrong with a row, where, and what to write instead.

use std::fmt::{self, Display, Formatter};

use crate::cli::output::counted;

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// From 1, as editors count.
    pub line: u64,
    /// If it is about one cell.
    pub column: Option<String>,
    pub message: String,
    pub help: &'static str,
}

/// The letters of a cell that a message shows.
const SHOWN_LETTERS: usize = 40;

impl Fault {
    /// About a cell that says something else than it should.
    pub fn of_cell(line: u64, column: &str, cell: &str, noun: &str, help: &'static str) -> Self {
        let message =
            if cell.trim().is_empty() { format!("no {noun}") } else { format!("`{}` is no {noun}", shown(cell)) };
        Self { line, column: Some(column.to_owned()), message, help }
    }

    /// About a cell that is no text at all.
    pub fn not_text(line: u64, column: &str) -> Self {
        let message = "the cell is not UTF-8".to_owned();
        Self { line, column: Some(column.to_owned()), message, help: "save the table as UTF-8" }
    }

    /// About a row of more or fewer cells than the heading.
    pub fn of_row(line: u64, cells: usize, columns: usize) -> Self {
        let message = format!("the row has {}, the heading {columns}", counted(cells, "cell"));
        Self { line, column: None, message, help: "put a text that contains the separator into quotes" }
    }

    /// About a line that is no object.
    pub fn of_object(line: u64, message: String) -> Self {
        Self { line, column: None, message, help: "write one flat JSON object a line" }
    }
}

/// A cell, cut where it is long.
fn shown(cell: &str) -> String {
    let mut text: String = cell.trim().chars().take(SHOWN_LETTERS).collect();
    if cell.trim().chars().count() > SHOWN_LETTERS {
        text.push_str("..");
    }
    text.escape_debug().to_string()
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let column = self.column.as_ref().map(|column| format!(", column `{column}`")).unwrap_or_default();
        write!(formatter, "line {}{column}: {}\n  help: {}", self.line, self.message, self.help)
    }
}
