//! A table in blocks of whole rows, so that many hands may read it.

use anyhow::bail;

use crate::cli::source::Source;

use super::heading::Form;

/// A block is about so long.
const BLOCK_BYTES: usize = 1 << 20;

/// A longer row is refused: most likely a quote is not closed.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// Whole rows.
pub(super) struct Block {
    /// From 0, over all files.
    pub number: u64,
    /// The line of the file on which it begins, from 1.
    pub first_line: u64,
    pub bytes: Vec<u8>,
}

/// A table, block by block.
pub(super) struct Blocks {
    source: Source,
    form: Form,
    /// What was read and belongs to the next block.
    rest: Vec<u8>,
    line: u64,
}

impl Blocks {
    pub fn open(mut source: Source) -> anyhow::Result<Self> {
        let mut rest = Vec::new();
        source.fill(&mut rest, BLOCK_BYTES)?;
        if rest.starts_with("\u{feff}".as_bytes()) {
            rest.drain(..3);
        }
        let (form, heading) = Form::of(&rest, &source.name)?;
        let line = 1 + newlines(rest.get(..heading).unwrap_or_default());
        rest.drain(..heading.min(rest.len()));
        Ok(Self { source, form, rest, line })
    }

    pub fn name(&self) -> &str {
        &self.source.name
    }

    pub fn form(&self) -> &Form {
        &self.form
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The next blocks, at most so many, numbered from `number` on; none at the end.
    pub fn batch(&mut self, count: usize, number: u64) -> anyhow::Result<Vec<Block>> {
        let mut blocks = Vec::with_capacity(count);
        while blocks.len() < count {
            let Some((first_line, bytes)) = self.next()? else { break };
            blocks.push(Block { number: number + blocks.len() as u64, first_line, bytes });
        }
        Ok(blocks)
    }

    fn next(&mut self) -> anyhow::Result<Option<(u64, Vec<u8>)>> {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.reserve(BLOCK_BYTES.saturating_sub(bytes.len()));
        self.source.fill(&mut bytes, BLOCK_BYTES)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let is_last = bytes.len() < BLOCK_BYTES;
        let ends = RowEnds::of(&bytes, &self.form);
        let line_of = |end: usize| self.line + newlines(bytes.get(..end).unwrap_or_default());
        if is_last && ends.is_open {
            bail!(
                "line {} of `{}`: a quote is opened and never closed\nhelp: close it, or double it if it is part of a text",
                line_of(ends.last),
                self.source.name
            );
        }
        let end = if is_last { bytes.len() } else { ends.last };
        if end == 0 {
            bail!(
                "line {} of `{}`: the row is longer than {MAX_ROW_BYTES} bytes\nhelp: look for a quote that is not closed",
                self.line,
                self.source.name
            );
        }
        self.rest = bytes.split_off(end);
        let first_line = self.line;
        self.line += newlines(&bytes);
        Ok(Some((first_line, bytes)))
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where rows end.
struct RowEnds {
    /// Behind the last line break that ends a row; 0 = there is none.
    last: usize,
    /// Whether a quote is open at the end.
    is_open: bool,
}

/// Where in a cell a byte is. A quote opens a cell only at its start, as the `csv` library reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: the end of it, or the first of two.
    Quote,
}

impl RowEnds {
    fn of(bytes: &[u8], form: &Form) -> Self {
        match form {
            Form::Cells { separator, .. } if bytes.contains(&b'"') => Self::with_quotes(bytes, *separator),
            _ => {
                let last = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
                Self { last, is_open: false }
            }
        }
    }

    fn with_quotes(bytes: &[u8], separator: u8) -> Self {
        let (mut at, mut last) = (At::Start, 0);
        for (place, byte) in bytes.iter().enumerate() {
            at = match (at, *byte) {
                (At::Start, b'"') | (At::Quote, b'"') => At::Quoted,
                (At::Quoted, b'"') => At::Quote,
                (At::Quoted, _) => At::Quoted,
                (_, b'\n') => {
                    last = place + 1;
                    At::Start
                }
                (_, b'\r') => At::Start,
                (_, byte) if byte == separator => At::Start,
                _ => At::Plain,
            };
        }
        Self { last, is_open: at == At::Quoted }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::source::Source;

    use super::*;

    fn blocks(text: &str) -> anyhow::Result<Vec<(u64, String)>> {
        let mut blocks = Blocks::open(Source::of_text(text))?;
        let all = blocks.batch(1000, 0)?;
        Ok(all.into_iter().map(|block| (block.first_line, String::from_utf8(block.bytes).unwrap())).collect())
    }

    #[test]
    fn blocks_are_whole_rows() {
        let rows: String = (0..200_000).map(|number| format!("{number},\"a\nb\"\"\"\n")).collect();
        let text = format!("\u{feff}id,text\n{rows}");
        let blocks = blocks(&text).unwrap();
        assert!(blocks.len() > 2);
        assert_eq!(blocks.iter().map(|(_, text)| &**text).collect::<String>(), rows);
        let mut line = 2;
        for (first_line, text) in blocks {
            assert_eq!(first_line, line);
            assert!(text.ends_with("\"\"\"\n"));
            line += newlines(text.as_bytes());
        }
    }

    #[test]
    fn an_open_quote_is_found() {
        let said = |text: &str| blocks(text).unwrap_err().to_string();
        assert!(said("id,text\n1,a\n2,\"b\n3,c\n").starts_with("line 3 of `text`: a quote is opened and never closed"));
        let long = format!("id,text\n1,a\n2,\"{}", "b,c\n".repeat(MAX_ROW_BYTES / 2));
        assert!(said(&long).starts_with("line 3 of `text`: the row is longer than"), "{}", said(&long));
        assert_eq!(blocks("id,text\n1,5\" pipe\n2,b").unwrap().len(), 1);
    }
}
