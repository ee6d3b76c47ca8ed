//! The list of lines that could not be taken.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::message::Refusal;

/// So many are held before they are written.
const HELD: usize = 1_000;

/// The list: a line of JSON each, in the order of the batches.
pub(super) struct Refused {
    path: PathBuf,
    /// Made with the first line.
    file: Option<BufWriter<File>>,
    goes_on: bool,
    held: Vec<(u64, Refusal)>,
}

impl Refused {
    /// `goes_on`: what former runs found stays.
    pub(super) fn open(path: &Path, goes_on: bool) -> anyhow::Result<Self> {
        if !goes_on && path.exists() {
            std::fs::remove_file(path).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(Self { path: path.to_owned(), file: None, goes_on, held: Vec::new() })
    }

    pub(super) fn add(&mut self, line: u64, refusal: &Refusal) {
        self.held.push((line, refusal.clone()));
    }

    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= HELD
    }

    /// Writes what is held, by line, and says how many that are.
    pub(super) fn write(&mut self) -> anyhow::Result<u64> {
        if self.held.is_empty() {
            return Ok(0);
        }
        self.held.sort_by_key(|(line, _)| *line);
        let cannot = || format!("cannot write `{}`", self.path.display());
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = OpenOptions::new().create(true).append(true).open(&self.path).with_context(cannot)?;
                self.goes_on = true;
                self.file.insert(BufWriter::new(file))
            }
        };
        let count = self.held.len() as u64;
        for (line, Refusal { reason, cause }) in self.held.drain(..) {
            writeln!(file, "{}", json!({"line": line, "reason": reason, "cause": cause})).with_context(cannot)?;
        }
        file.flush().with_context(cannot)?;
        Ok(count)
    }
}
