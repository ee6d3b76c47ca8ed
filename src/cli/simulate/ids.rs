//! The ids of a simulation: lines of a file, or made up.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use clap::ValueEnum;

use crate::cli::mixed::mixed;

/// So many ids are simulated at once: enough for every core, little enough for any memory.
const CHUNK_IDS: usize = 1 << 14;

/// A longer line is no id.
const MAX_ID_BYTES: u64 = 16 << 10;

/// What made-up ids look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// 1, 2, 3, ..
    Sequential,
    /// 9e107d9d-372b-4b68-9d38-0f2c1a6e0b55
    Uuid,
    /// maria.olsen48151@example.com
    Email,
}

impl Kind {
    /// The word that the option takes.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Uuid => "uuid",
            Self::Email => "email",
        }
    }

    /// The id of this number; other seeds give other ids.
    fn id(self, number: u64, seed: u64) -> String {
        let high = mixed(seed.wrapping_mul(SEED_STEP).wrapping_add(number));
        match self {
            Self::Sequential => number.wrapping_add(seed).to_string(),
            Self::Uuid => {
                let low = mixed(!high);
                let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
                let (d, e) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
                format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
            }
            Self::Email => {
                let pick = |names: &[&'static str], by: u64| {
                    let index = usize::try_from(by % names.len() as u64).unwrap_or_default();
                    names.get(index).copied().unwrap_or_default()
                };
                let (first, last) = (pick(&FIRST_NAMES, high), pick(&LAST_NAMES, high >> 32));
                format!("{first}.{last}{}@example.com", number.wrapping_add(seed))
            }
        }
    }
}

const FIRST_NAMES: [&str; 8] = ["maria", "ada", "li", "jonas", "amina", "oleksandr", "bo", "christina"];
const LAST_NAMES: [&str; 8] = ["olsen", "lovelace", "wang", "nordmann", "diallo", "shevchenko", "xu", "papadopoulos"];

/// Keeps the numbers of two seeds apart.
const SEED_STEP: u64 = 0x2545_f491_4f6c_dd1d;

/// Gives ids in chunks.
pub(super) enum Ids {
    /// From a text, one a line.
    Lines {
        input: Box<dyn BufRead>,
        line: u64,
    },
    Generated {
        kind: Kind,
        seed: u64,
        next: u64,
        count: u64,
    },
}

/// Some ids, and how much of the input they took: bytes of a file, or ids.
pub(super) struct Chunk {
    pub(super) ids: Vec<String>,
    pub(super) size: u64,
}

impl Ids {
    /// `-` is standard input. Also says how many bytes a file has.
    pub(super) fn open(path: &Path) -> anyhow::Result<(Self, Option<u64>)> {
        if path.as_os_str() == "-" {
            return Ok((Self::Lines { input: Box::new(BufReader::new(io::stdin())), line: 0 }, None));
        }
        let cannot = || format!("cannot read `{}`", path.display());
        let file = File::open(path).with_context(cannot)?;
        let bytes = file.metadata().with_context(cannot)?.len();
        Ok((Self::Lines { input: Box::new(BufReader::new(file)), line: 0 }, Some(bytes)))
    }

    /// The next ids; `None` at the end.
    pub(super) fn next_chunk(&mut self) -> anyhow::Result<Option<Chunk>> {
        let chunk = match self {
            Self::Generated { kind, seed, next, count } => {
                let ids: Vec<String> = (*next..*count).take(CHUNK_IDS).map(|number| kind.id(number, *seed)).collect();
                *next += ids.len() as u64;
                Chunk { size: ids.len() as u64, ids }
            }
            Self::Lines { input, line } => lines(input, line)?,
        };
        Ok((chunk.size > 0).then_some(chunk))
    }
}

/// The next lines; blank ones are passed over. `line` counts all lines so far.
fn lines(input: &mut impl BufRead, line: &mut u64) -> anyhow::Result<Chunk> {
    let mut chunk = Chunk { ids: Vec::new(), size: 0 };
    while chunk.ids.len() < CHUNK_IDS {
        let mut text = Vec::new();
        let bytes =
            input.by_ref().take(MAX_ID_BYTES + 2).read_until(b'\n', &mut text).context("cannot read the ids")?;
        if bytes == 0 {
            break;
        }
        *line += 1;
        chunk.size += bytes as u64;
        let id = text.strip_suffix(b"\n").unwrap_or(&text);
        let id = id.strip_suffix(b"\r").unwrap_or(id);
        // Some programs begin a file with a mark that nobody sees.
        let id = if *line == 1 { id.strip_prefix("\u{feff}".as_bytes()).unwrap_or(id) } else { id };
        if id.len() as u64 > MAX_ID_BYTES {
            bail!("line {line} of the ids is longer than {MAX_ID_BYTES} bytes\nhelp: write one id a line");
        }
        match str::from_utf8(id) {
            Ok("") => {}
            Ok(id) => chunk.ids.push(id.to_owned()),
            Err(_) => bail!("line {line} of the ids is not UTF-8 text"),
        }
    }
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Ids, Kind, MAX_ID_BYTES, lines};

    fn read(text: &str) -> Result<Vec<String>, String> {
        lines(&mut text.as_bytes(), &mut 0).map(|chunk| chunk.ids).map_err(|error| error.to_string())
    }

    #[test]
    fn ids_stand_one_a_line() {
        assert_eq!(read("a\n\n b \r\nc").unwrap(), ["a", " b ", "c"]);
        let longest = "x".repeat(usize::try_from(MAX_ID_BYTES).unwrap());
        assert_eq!(read(&format!("{longest}\nb\n")).unwrap().len(), 2);
        assert!(read(&format!("b\n{longest}x\n")).unwrap_err().starts_with("line 2 of the ids is longer"));
    }

    #[test]
    fn made_up_ids_are_all_different_and_those_of_a_seed_always_the_same() {
        for kind in [Kind::Sequential, Kind::Uuid, Kind::Email] {
            let all = |seed| {
                let mut ids = Ids::Generated { kind, seed, next: 0, count: 40_000 };
                std::iter::from_fn(|| ids.next_chunk().unwrap()).flat_map(|chunk| chunk.ids).collect::<BTreeSet<_>>()
            };
            assert_eq!(all(1).len(), 40_000);
            assert_eq!(all(1), all(1));
            assert_ne!(all(1), all(2));
        }
    }
}
