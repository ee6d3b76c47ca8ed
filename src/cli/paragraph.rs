//! Sentences in lines that fit the terminal.

use std::io::{self, Write};

/// Where nobody tells how wide the terminal is.
const WIDTH: usize = 100;

/// Text in lines that fit. Where there is an indent, all lines but the first are two deeper.
pub(super) fn paragraph(text: &str, indent: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        let is_first = line.len() == indent.len();
        if !is_first && line.chars().count() + 1 + word.chars().count() > width {
            writeln!(out, "{line}")?;
            line = format!("{indent}{}", if indent.is_empty() { "" } else { "  " });
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{line}")
}

/// The terminal's width, or what `COLUMNS` says; [`WIDTH`] where there is none.
pub(super) fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    said.or_else(asked).unwrap_or(WIDTH).clamp(40, 160)
}
