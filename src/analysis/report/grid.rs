//! Rows of cells in columns, as wide as they must be; or below one another where the terminal is too narrow.

use std::io::{self, Write};

/// A table for people.
pub(super) struct Grid {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
    /// So many columns hold texts, which begin at the left; numbers end at the right.
    texts: usize,
}

/// Between two columns.
const GAP: usize = 2;

impl Grid {
    pub fn new(texts: &[&str], numbers: &[&str]) -> Self {
        let heading = texts.iter().chain(numbers).map(|&text| text.to_owned()).collect();
        Self { heading, rows: Vec::new(), texts: texts.len() }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// A column without any cell is left out.
    pub fn write(&self, width: usize, out: &mut impl Write) -> io::Result<()> {
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..self.heading.len())
            .map(|column| {
                let widest = self.rows.iter().map(|row| letters(&cell(row, column))).max().unwrap_or_default();
                if widest == 0 { 0 } else { widest.max(letters(&cell(&self.heading, column))) }
            })
            .collect();
        let needed: usize = widths.iter().map(|width| if *width == 0 { 0 } else { width + GAP }).sum();
        if needed > width + GAP {
            return self.write_stacked(out);
        }
        for row in std::iter::once(&self.heading).chain(&self.rows) {
            let mut line = String::new();
            for (column, width) in widths.iter().enumerate().filter(|(_, width)| **width > 0) {
                let text = cell(row, column);
                let blanks = " ".repeat(width.saturating_sub(letters(&text)));
                let gap = if line.is_empty() { "" } else { "  " };
                line +=
                    &if column < self.texts { format!("{gap}{text}{blanks}") } else { format!("{gap}{blanks}{text}") };
            }
            writeln!(out, "  {}", line.trim_end())?;
        }
        Ok(())
    }

    /// Each row as a little list.
    fn write_stacked(&self, out: &mut impl Write) -> io::Result<()> {
        let widest = self.heading.iter().map(|name| letters(name)).max().unwrap_or_default();
        for row in &self.rows {
            let first = row.first().map_or("", String::as_str);
            let depth = first.len() - first.trim_start().len();
            writeln!(out, "  {first}")?;
            for (name, text) in self.heading.iter().zip(row).skip(1).filter(|(_, text)| !text.is_empty()) {
                let (indent, blanks) = (" ".repeat(depth), " ".repeat(widest.saturating_sub(letters(name))));
                writeln!(out, "    {indent}{name}{blanks}  {text}")?;
            }
        }
        Ok(())
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_as_wide_as_it_must_be_or_stacked() {
        let mut grid = Grid::new(&["variant"], &["empty", "units"]);
        grid.row(vec!["control".into(), String::new(), "1,000".into()]);
        grid.row(vec!["ä".into(), String::new(), "7".into()]);
        let text = |width| {
            let mut out = Vec::new();
            grid.write(width, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(80), "  variant  units\n  control  1,000\n  ä            7\n");
        assert_eq!(text(5), "  control\n    units    1,000\n  ä\n    units    7\n");
    }
}
