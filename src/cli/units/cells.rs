//! The wanted cells of each row of a block.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::blocks::Block;
use super::fault::Fault;
use super::heading::Form;

/// The wanted cells of one row.
pub(super) enum Cells<'r> {
    Csv { record: &'r csv::ByteRecord, places: &'r [usize] },
    Json(&'r [String]),
}

/// A cell that is not UTF-8.
pub(super) struct NotText;

impl<'r> Cells<'r> {
    /// A cell by its place among those that are wanted; empty where there is none.
    pub fn get(&self, wanted: usize) -> Result<&'r str, NotText> {
        match self {
            Self::Csv { record, places } => {
                let bytes = places.get(wanted).and_then(|place| record.get(*place)).unwrap_or_default();
                std::str::from_utf8(bytes).map_err(|_| NotText)
            }
            Self::Json(cells) => Ok(cells.get(wanted).map_or("", String::as_str)),
        }
    }
}

/// Goes through the rows of a block: what is wrong with one, or its line and its cells. Of objects, tells which wanted columns were there.
pub(super) fn for_each_row(
    block: &Block,
    form: &Form,
    wanted: &[&str],
    places: &[usize],
    seen: &mut [bool],
    mut row: impl FnMut(u64, Result<Cells<'_>, Fault>),
) {
    match form {
        Form::Cells { separator, columns } => {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(*separator)
                .has_headers(false)
                .flexible(true)
                .from_reader(&*block.bytes);
            let mut record = csv::ByteRecord::new();
            // Reading from memory does not fail, and what is not UTF-8 is found in its cell.
            while let Ok(true) = reader.read_byte_record(&mut record) {
                let line =
                    block.first_line + record.position().map_or(0, |position| lines_before(position, &block.bytes));
                let count = record.len();
                if count == columns.len() {
                    row(line, Ok(Cells::Csv { record: &record, places }));
                } else if count > 1 || record.get(0).is_some_and(|cell| !cell.trim_ascii().is_empty()) {
                    row(line, Err(Fault::of_row(line, count, columns.len())));
                }
            }
            seen.fill(true);
        }
        Form::Objects => {
            let mut cells = vec![String::new(); wanted.len()];
            for (line, bytes) in (block.first_line..).zip(block.bytes.split(|byte| *byte == b'\n')) {
                let bytes = bytes.trim_ascii();
                if bytes.is_empty() {
                    continue;
                }
                cells.iter_mut().for_each(String::clear);
                let mut nested = None;
                match object(bytes, Picking { wanted, cells: &mut cells, seen, nested: &mut nested }) {
                    Ok(()) => row(line, Ok(Cells::Json(&cells))),
                    Err(message) => {
                        let message = nested.map_or(message, |key| format!("`{key}` is neither a text nor a number"));
                        row(line, Err(Fault::of_object(line, message)));
                    }
                }
            }
        }
    }
}

/// How many lines of a block stand before a record: the reader's own count stops before empty lines that precede it.
fn lines_before(position: &csv::Position, bytes: &[u8]) -> u64 {
    let from = usize::try_from(position.byte()).ok().and_then(|place| bytes.get(place..)).unwrap_or_default();
    let empty = from.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line() - 1 + empty.count() as u64
}

fn object(bytes: &[u8], picking: Picking<'_>) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned())?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize_map(picking).and_then(|()| reader.end());
    read.map_err(|error| match error.classify() {
        Category::Eof => "the line ends in the middle of an object".to_owned(),
        Category::Data => "the line is JSON, but no object".to_owned(),
        Category::Syntax | Category::Io => format!("the line is no JSON from its letter {} on", error.column()),
    })
}

/// Takes the values of the wanted keys out of an object.
struct Picking<'p> {
    wanted: &'p [&'p str],
    cells: &'p mut [String],
    seen: &'p mut [bool],
    /// The key of a value that is no cell.
    nested: &'p mut Option<String>,
}

impl<'de> Visitor<'de> for Picking<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            if !self.wanted.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let raw: &RawValue = map.next_value()?;
            let Some(text) = scalar(raw.get()) else {
                *self.nested = Some(key.into_owned());
                return Err(serde::de::Error::custom("no cell"));
            };
            // A column may be wanted twice, as metric and as covariate.
            for (place, _) in self.wanted.iter().enumerate().filter(|(_, wanted)| **wanted == &*key) {
                if let (Some(cell), Some(seen)) = (self.cells.get_mut(place), self.seen.get_mut(place)) {
                    cell.clear();
                    cell.push_str(&text);
                    *seen = true;
                }
            }
        }
        Ok(())
    }
}

/// A text, number or truth as a cell would hold it; nothing for `null`.
fn scalar(raw: &str) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
        b'n' => Some(Cow::Borrowed("")),
        b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// A key, borrowed where nothing in it is escaped.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// The keys of the first object of a block, for a message.
pub(super) fn keys(block: &Block) -> Vec<String> {
    let first = block.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    let object = first.and_then(|line| serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).ok());
    object.map(|object| object.keys().cloned().collect()).unwrap_or_default()
}
