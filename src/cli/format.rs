//! `segue format`: rule files in the one canonical form.
//!
//! A file that does not parse is left alone: its errors are shown and the others are formatted all the same. A file is
//! replaced by renaming a finished copy over it, so nobody ever reads half a file.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use crate::diagnostic::{Report, Source};

use crate::language::{self, Findings, Nouns};
use crate::release::{MAX_RULE_FILE_BYTES, SetNouns};

use super::Ending;
use super::folders::Folders;
use super::output::{self, Output, counted};

/// The name that standard input has in messages.
const STANDARD_INPUT: &str = "<stdin>";

/// Put rule files into their one form
///
/// Two blanks of indentation, 100 columns, bare rules inside their slot. Comments stay with what follows them. Exit
/// code 1: a file does not parse, or (with --check) differs from its form.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue format                        every rule file of the rules folder
  segue format rules/home.rules
  segue format --check                change nothing, list the files that differ
  segue format - < home.rules         from standard input to standard output")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Change nothing; list the files that differ from their form
    #[arg(long)]
    check: bool,
    /// Rule files; `-` reads standard input and writes standard output [default: all of the rules folder]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let (files, known) = arguments.files()?;
    if files.iter().any(|file| file.as_os_str() == "-") {
        anyhow::ensure!(files.len() == 1, "`-` stands alone");
        return format_stdin(known.nouns(), arguments.check, out);
    }
    let (mut differing, mut broken) = (0, 0);
    for path in &files {
        let text = read(path)?;
        let Some(formatted) = formatted(&path.display().to_string(), &text, known.nouns()) else {
            broken += 1;
            continue;
        };
        if formatted == text {
            continue;
        }
        differing += 1;
        if arguments.check {
            writeln!(out, "{}", path.display())?;
        } else {
            replace(path, &formatted).with_context(|| format!("cannot write `{}`", path.display()))?;
            writeln!(out, "formatted {}", path.display())?;
        }
    }
    let verb = if arguments.check { "differ from their form" } else { "formatted" };
    output::complain(&format!("{}: {differing} {verb}, {broken} with errors", counted(files.len(), "file")));
    Ok(Ending::from_findings(broken > 0 || (arguments.check && differing > 0)))
}

impl Arguments {
    /// The files to format, and the content that says where bare rules belong. Files may be named where there is no
    /// rules folder.
    fn files(&self) -> anyhow::Result<(Vec<PathBuf>, SetNouns)> {
        if !self.files.is_empty() && !self.folders.rules.is_dir() {
            return Ok((self.files.clone(), SetNouns::default()));
        }
        let set = self.folders.load()?;
        let files = if self.files.is_empty() {
            let keys = set.iter().map(|(key, _)| key).filter(|key| key.ends_with(".rules"));
            keys.map(|key| set.shown(key).into()).collect()
        } else {
            self.files.clone()
        };
        Ok((files, set.nouns()))
    }
}

fn format_stdin(nouns: Nouns<'_>, check: bool, out: &mut Output) -> anyhow::Result<Ending> {
    let mut text = String::new();
    io::stdin().take(MAX_RULE_FILE_BYTES as u64 + 1).read_to_string(&mut text).context("cannot read standard input")?;
    anyhow::ensure!(text.len() <= MAX_RULE_FILE_BYTES, "standard input is larger than {MAX_RULE_FILE_BYTES} bytes");
    match formatted(STANDARD_INPUT, &text, nouns) {
        None => Ok(Ending::Findings),
        Some(formatted) if check => Ok(Ending::from_findings(formatted != text)),
        Some(formatted) => {
            out.write_all(formatted.as_bytes())?;
            Ok(Ending::Fine)
        }
    }
}

/// The canonical text; `None` and a report on standard error for a text that does not parse.
fn formatted(shown: &str, text: &str, nouns: Nouns<'_>) -> Option<String> {
    let mut report = Report::default();
    let file: Arc<str> = report.sources.add(Source::new(shown, text));
    let mut findings = Findings::new();
    let tree = language::parse(&file, text, &mut findings);
    report.diagnostics = findings;
    report.sort();
    if report.has_errors() {
        output::complain_of(&report);
        return None;
    }
    Some(language::print(&language::normalise(tree, &|rule| nouns.slot_of(rule).map(|slot| slot.name.to_string()))))
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Puts a text in a file's place: a hidden copy beside it with its permissions, flushed to disk, then renamed over it.
/// A symbolic link keeps pointing to its file.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let copy = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_copy(&path, &copy, text).and_then(|()| fs::rename(&copy, &path));
    if written.is_err() {
        // The first error is the one to tell; a leftover copy does no harm.
        let _ = fs::remove_file(&copy);
    }
    written
}

fn write_copy(path: &Path, copy: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create_new(copy)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::metadata(path)?.permissions())?;
    file.sync_all()
}
