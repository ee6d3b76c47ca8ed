//! The lines of a file, whatever its form.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};
use serde_json::{Map, Value as Json};

use crate::cli::source::Source;

use super::mapping::{Form, Mapping};

/// A longer line is refused: no message is so long.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// The lines of one file, in order.
pub(super) struct Lines {
    reader: Reader,
    columns: Option<Arc<[Arc<str>]>>,
    size: u64,
    counted: Arc<AtomicU64>,
    reported: u64,
    last: Option<u64>,
}

enum Reader {
    Csv(Box<csv::Reader<Box<dyn Read>>>),
    Text { lines: BufReader<Box<dyn Read>>, number: u64 },
}

/// One line.
pub(super) struct Line {
    number: u64,
    content: Content,
}

enum Content {
    Cells(Arc<[Arc<str>]>, csv::StringRecord),
    Words(Arc<[Arc<str>]>, String),
    Object(Map<String, Json>),
    /// Why it cannot be read.
    Broken(&'static str),
}

impl Lines {
    /// Opens a file in the form that the mapping or its ending says.
    pub(super) fn open(path: &Path, mapping: &Mapping) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read `{}`", path.display());
        let source = Source::open(path)?;
        let (size, counted) = (source.size.unwrap_or_default(), source.count());
        let bytes: Box<dyn Read> = Box::new(BufReader::new(source));
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let ending = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.').map_or("", |(_, ending)| ending);
        let (form, delimiter) = match (mapping.form, ending) {
            (Some(form), "tsv") => (form, b'\t'),
            (Some(form), _) => (form, b','),
            (None, "csv") => (Form::Csv, b','),
            (None, "tsv") => (Form::Csv, b'\t'),
            (None, "ndjson" | "jsonl") => (Form::Ndjson, b','),
            _ => bail!(
                "`{}` does not say how it is written; write `form: csv`, `words` or `ndjson` into the mapping",
                path.display()
            ),
        };
        let named = mapping.columns.as_ref().map(|columns| Arc::from(&**columns));
        let (reader, columns) = match form {
            Form::Csv => {
                let delimiter = mapping.delimiter.unwrap_or(delimiter);
                let mut reader = csv::ReaderBuilder::new()
                    .delimiter(delimiter)
                    .has_headers(named.is_none())
                    .flexible(true)
                    .from_reader(bytes);
                let columns = match named {
                    Some(named) => named,
                    None => heading(&mut reader).with_context(cannot)?,
                };
                (Reader::Csv(Box::new(reader)), Some(columns))
            }
            Form::Words | Form::Ndjson => {
                let mut reader = Reader::Text { lines: BufReader::new(bytes), number: 0 };
                let columns = match (form, named) {
                    (Form::Words, None) => {
                        let heading =
                            reader.text_line().with_context(cannot)?.map(|(_, text)| text).unwrap_or_default();
                        Some(String::from_utf8_lossy(&heading).split_whitespace().map(Arc::from).collect())
                    }
                    (_, named) => named,
                };
                (reader, columns.filter(|_| form == Form::Words))
            }
        };
        Ok(Self { reader, columns, size, counted, reported: 0, last: None })
    }

    /// The columns of a file that has some.
    pub(super) fn columns(&self) -> Option<&[Arc<str>]> {
        self.columns.as_deref()
    }

    /// The bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes were read since this was last asked.
    pub(super) fn newly_read(&mut self) -> u64 {
        let read = self.counted.load(Ordering::Relaxed);
        let newly = read - self.reported;
        self.reported = read;
        newly
    }

    /// The number of the line that was read last.
    pub(super) fn last_number(&self) -> Option<u64> {
        self.last
    }

    /// The next line that is not empty.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        let line = match &mut self.reader {
            Reader::Csv(reader) => {
                let mut cells = csv::StringRecord::new();
                let read = reader.read_record(&mut cells);
                let columns = self.columns.clone().unwrap_or_else(|| Arc::from([]));
                match read {
                    Ok(false) => None,
                    Ok(true) => {
                        let number = cells.position().map_or(0, csv::Position::line);
                        let is_long = cells.as_slice().len() > MAX_LINE_BYTES;
                        let content = if is_long { Content::Broken(TOO_LONG) } else { Content::Cells(columns, cells) };
                        Some(Line { number, content })
                    }
                    Err(error) => match error.kind() {
                        csv::ErrorKind::Utf8 { pos, .. } => {
                            let number = pos.as_ref().map_or(0, csv::Position::line);
                            Some(Line { number, content: Content::Broken(NOT_TEXT) })
                        }
                        _ => return Err(error).context("the file cannot be read further"),
                    },
                }
            }
            reader @ Reader::Text { .. } => reader.next_text(self.columns.as_ref())?,
        };
        self.last = line.as_ref().map(Line::number).or(self.last);
        Ok(line)
    }
}

const TOO_LONG: &str = "the line is longer than 1 MiB";
const NOT_TEXT: &str = "the line is not UTF-8; save the file as UTF-8";

fn heading(reader: &mut csv::Reader<Box<dyn Read>>) -> csv::Result<Arc<[Arc<str>]>> {
    let heading = reader.headers()?;
    Ok(heading.iter().map(|name| Arc::from(name.trim().trim_start_matches('\u{feff}'))).collect())
}

impl Reader {
    /// The next line of text with its number, without its end.
    fn text_line(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let Self::Text { lines, number } = self else { return Ok(None) };
        let mut line = Vec::new();
        let read = lines.by_ref().take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        *number += 1;
        if !line.ends_with(b"\n") {
            skip_line(lines)?;
        }
        Ok(Some((*number, line)))
    }

    fn next_text(&mut self, columns: Option<&Arc<[Arc<str>]>>) -> anyhow::Result<Option<Line>> {
        loop {
            let Some((number, bytes)) = self.text_line().context("the file cannot be read further")? else {
                return Ok(None);
            };
            let content = match (std::str::from_utf8(&bytes), columns) {
                _ if bytes.len() > MAX_LINE_BYTES => Content::Broken(TOO_LONG),
                (Err(_), _) => Content::Broken(NOT_TEXT),
                (Ok(text), _) if text.trim().is_empty() => continue,
                (Ok(text), Some(columns)) => Content::Words(Arc::clone(columns), text.to_owned()),
                (Ok(text), None) => match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
                    Ok(object) => Content::Object(object),
                    Err(_) => Content::Broken("the line is no JSON object"),
                },
            };
            return Ok(Some(Line { number, content }));
        }
    }
}

/// Passes over what is left of a line.
fn skip_line(lines: &mut BufReader<Box<dyn Read>>) -> io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        lines.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

impl Line {
    /// From 1, as editors count; of a record over several lines the first.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Why the line cannot be read, if it cannot.
    pub(super) fn broken(&self) -> Option<&'static str> {
        match self.content {
            Content::Broken(why) => Some(why),
            _ => None,
        }
    }

    /// What stands in a column; an empty cell is none.
    pub(super) fn get(&self, column: &str) -> Option<Json> {
        let place = |columns: &[Arc<str>]| columns.iter().position(|name| &**name == column);
        let text = |cell: &str| (!cell.is_empty()).then(|| Json::from(cell));
        match &self.content {
            Content::Cells(columns, cells) => text(cells.get(place(columns)?)?.trim()),
            Content::Words(columns, words) => text(words.split_whitespace().nth(place(columns)?)?),
            Content::Object(object) => {
                let found = object.get(column).or_else(|| {
                    let mut steps = column.split('.');
                    let first = object.get(steps.next()?)?;
                    steps.try_fold(first, |inner, step| inner.get(step))
                });
                found.filter(|value| !value.is_null() && value.as_str() != Some("")).cloned()
            }
            Content::Broken(_) => None,
        }
    }
}
