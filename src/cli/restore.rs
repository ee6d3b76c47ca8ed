//! `segue restore`: a data folder out of a backup.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use crate::store::backup::restore;

use super::Ending;
use super::output::Output;
use super::progress::Progress;

/// Make a data folder out of a backup
///
/// The folder must be empty or missing. It is whole or not at all: every checksum is compared, and the log and the journal
/// are read to their ends. Then start a server on it. Whoever was erased after the backup was made is in it again.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  segue restore monday.tar --data /var/lib/segue-restored")]
pub(super) struct Arguments {
    /// What `segue backup` wrote
    file: PathBuf,
    /// The data folder to make
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data: PathBuf,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let Arguments { file, data } = arguments;
    let size = file.metadata().with_context(|| format!("cannot open `{}`", file.display()))?.len();
    let bar = Progress::new("bytes", Some(size));
    let mut done = 0;
    let restored = restore(file, data, &mut |more| {
        done += more;
        bar.advance(more, done);
    });
    bar.finish();
    let restored = restored?;
    let (files, bytes, made) = (restored.files, restored.bytes, restored.made);
    writeln!(out, "{}: {files} files, {bytes} bytes, as of {made}", data.display())?;
    writeln!(out, "start a server on it: segue serve --data {}", data.display())?;
    Ok(Ending::Fine)
}
