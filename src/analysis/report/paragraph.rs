//! Sentences in lines that fit.

use std::io::{self, Write};

/// Text in lines of at most so many letters. Where there is an indent, all lines but the first are two deeper.
///
/// # Errors
/// Those of the writer.
pub fn paragraph(text: &str, indent: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
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
