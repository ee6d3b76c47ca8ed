//! How far an import came, in a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use crate::release::TextHash;

/// So much of the beginning tells files apart.
const HEAD_BYTES: u64 = 4096;

/// How far one file came with one server.
pub(super) struct Mark {
    path: PathBuf,
    key: String,
    all: BTreeMap<String, Came>,
}

/// What is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Came {
    /// The last line that is done.
    line: u64,
    /// How many lines could not be taken so far.
    rejected: u64,
    /// The bytes of the file that `head` covers; the file may have grown since.
    head_bytes: u64,
    head: TextHash,
}

impl Mark {
    /// Finds how far former runs came with this import and server.
    pub(super) fn open(path: &Path, mapping: &Mapping, server: &str, file: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read `{}`", path.display());
        let mut all: BTreeMap<String, Came> = match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).with_context(cannot)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(cannot),
        };
        let key = format!("{} {}", mapping.name, server.trim_end_matches('/'));
        match all.get(&key) {
            Some(came) => ensure!(
                head(file, came.head_bytes)? == (came.head_bytes, came.head),
                "`{}` is not the file that was imported as `{}` before; give this one another name in its mapping, or delete `{}`",
                file.display(),
                mapping.name,
                path.display()
            ),
            None => {
                let (head_bytes, head) = head(file, HEAD_BYTES)?;
                all.insert(key.clone(), Came { line: 0, rejected: 0, head_bytes, head });
            }
        }
        Ok(Self { path: path.to_owned(), key, all })
    }

    /// The last line that is done.
    pub(super) fn line(&self) -> u64 {
        self.all.get(&self.key).map_or(0, |came| came.line)
    }

    /// How many lines could not be taken so far.
    pub(super) fn rejected(&self) -> u64 {
        self.all.get(&self.key).map_or(0, |came| came.rejected)
    }

    /// Everything up to a line is done. Written beside and renamed: the mark is whole whenever the machine stops.
    pub(super) fn set(&mut self, line: u64, rejected: u64) -> anyhow::Result<()> {
        if let Some(came) = self.all.get_mut(&self.key) {
            (came.line, came.rejected) = (line, rejected);
        }
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let written = File::create(&beside).and_then(|mut file| {
            serde_json::to_writer_pretty(&mut file, &self.all)?;
            file.write_all(b"\n")?;
            file.sync_data()
        });
        written
            .and_then(|()| std::fs::rename(&beside, &self.path))
            .with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

/// The hash of a file's beginning, and how many bytes that was.
fn head(file: &Path, bytes: u64) -> anyhow::Result<(u64, TextHash)> {
    let mut head = Vec::new();
    let cannot = || format!("cannot read `{}`", file.display());
    File::open(file).and_then(|file| file.take(bytes).read_to_end(&mut head)).with_context(cannot)?;
    Ok((head.len() as u64, TextHash::of(&String::from_utf8_lossy(&head))))
}
