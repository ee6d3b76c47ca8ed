//! How a table is written, and the places of its columns.

use anyhow::{anyhow, bail};

use crate::diagnostic::nearest;

/// How the rows of a table are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Cells with a separator between them, under a heading.
    Cells { separator: u8, columns: Vec<String> },
    /// A JSON object a line.
    Objects,
}

const SEPARATORS: [u8; 4] = *b",;\t|";

impl Form {
    /// Finds out by the first bytes of a table. Also says how many of them are the heading's.
    pub fn of(start: &[u8], name: &str) -> anyhow::Result<(Self, usize)> {
        let text = start.trim_ascii_start();
        if text.is_empty() {
            bail!("`{name}` is empty\nhelp: a table begins with a line that names its columns");
        }
        if text.starts_with(b"{") {
            return Ok((Self::Objects, 0));
        }
        if text.starts_with(b"[") {
            bail!(
                "`{name}` is one JSON list\nhelp: write one object a line (NDJSON): `jq -c '.[]' FILE | segue analyse - ..`"
            );
        }
        let separator = separator(text);
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(start);
        let mut heading = csv::StringRecord::new();
        reader
            .read_record(&mut heading)
            .map_err(|_| anyhow!("the heading of `{name}` is not UTF-8\nhelp: save the table as UTF-8"))?;
        let columns = heading.iter().map(|column| column.trim().to_owned()).collect();
        let length = usize::try_from(reader.position().byte())?;
        // The reader ends a row behind the first letter of a Windows line break.
        let rest = start.get(length.saturating_sub(1)..).unwrap_or_default();
        let length = length + usize::from(rest.starts_with(b"\r\n"));
        Ok((Self::Cells { separator, columns }, length))
    }

    /// The place of each column that is wanted.
    pub fn places(&self, wanted: &[&str], name: &str) -> anyhow::Result<Vec<usize>> {
        let Self::Cells { columns, .. } = self else { return Ok((0..wanted.len()).collect()) };
        let place = |column: &&str| {
            let mut found = columns.iter().enumerate().filter(|(_, known)| known == column);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => {
                    Err(anyhow!("`{name}` has two columns `{column}`\nhelp: give each column a name of its own"))
                }
                (None, _) => Err(unknown(column, columns.iter().map(String::as_str), name)),
            }
        };
        wanted.iter().map(place).collect()
    }
}

/// The columns that a message lists.
const LISTED_COLUMNS: usize = 30;

/// What to say of a column that is not there.
pub(super) fn unknown<'c>(column: &str, columns: impl Iterator<Item = &'c str> + Clone, name: &str) -> anyhow::Error {
    let ignoring_case = || columns.clone().find(|known| known.eq_ignore_ascii_case(column));
    let near = nearest(column, columns.clone()).or_else(ignoring_case);
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let mut listed = columns.clone().take(LISTED_COLUMNS).collect::<Vec<_>>().join(", ");
    if columns.count() > LISTED_COLUMNS {
        listed.push_str(", ..");
    }
    anyhow!("`{name}` has no column `{column}`\nhelp: {near}its columns are {listed}")
}

/// What stands most often between the names of the first line, outside of quotes; else a comma.
fn separator(text: &[u8]) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut is_quoted = false;
    for byte in text.iter().take_while(|byte| **byte != b'\n' && **byte != b'\r') {
        is_quoted ^= *byte == b'"';
        for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
            *count += usize::from(!is_quoted && *byte == separator);
        }
    }
    // The first of those that are equally frequent.
    let most = counts.iter().max().copied().unwrap_or_default();
    let found = counts.iter().zip(SEPARATORS).find(|(count, _)| **count == most);
    found.map_or(b',', |(_, separator)| separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_found_by_the_heading() {
        let cells = |text: &str| match Form::of(text.as_bytes(), "t").unwrap() {
            (Form::Cells { separator, columns }, length) => (separator, columns.join("+"), length),
            (Form::Objects, _) => panic!("objects"),
        };
        assert_eq!(cells("a,b\n1,2\n"), (b',', "a+b".into(), 4));
        assert_eq!(cells("a;\"b,c,d\";e\r\n1"), (b';', "a+b,c,d+e".into(), 13));
        assert_eq!(cells("a\tb"), (b'\t', "a+b".into(), 3));
        assert_eq!(cells("only\n"), (b',', "only".into(), 5));
        assert_eq!(Form::of(b"\n {\"a\":1}", "t").unwrap().0, Form::Objects);
        assert!(Form::of(b" \n", "t").unwrap_err().to_string().contains("empty"));
        assert!(Form::of(b"[{}]", "t").unwrap_err().to_string().contains("one JSON list"));
    }

    #[test]
    fn a_column_that_is_not_there_has_a_near_one() {
        let (form, _) = Form::of(b"id,variant,spend,spend\n", "t").unwrap();
        let place = |column| form.places(&[column], "t").map_err(|error| error.to_string());
        assert_eq!(place("variant"), Ok(vec![1]));
        assert!(place("varient").unwrap_err().contains("did you mean `variant`? its columns are id, variant, spend"));
        assert!(place("spend").unwrap_err().contains("two columns"));
    }
}
