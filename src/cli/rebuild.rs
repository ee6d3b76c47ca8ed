//! `segue rebuild`: makes sled again from what it is a fold of.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::Parser;

use crate::release::Release;
use crate::store::{Error, Store};
use crate::visitors::{self, Limits, Rebuilt};

use super::dedupe::Dedupe;
use super::output::{Output, counted};
use super::progress::Progress;
use super::{Ending, progress};

/// Make sled again from the log of releases, the checkpoint and the event journal
///
/// The former sled is set aside, not deleted, and put back if it cannot be replaced. A server does the same by itself when
/// its sled does not open or does not read. It needs a data folder that no server has open.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  segue rebuild --data /var/lib/segue")]
pub(super) struct Arguments {
    /// The data folder
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data: PathBuf,
    #[command(flatten)]
    dedupe: Dedupe,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let data = &arguments.data;
    if !data.is_dir() {
        bail!("there is no data folder `{}`\nhelp: name it with --data", data.display());
    }
    let opened = progress::while_running("reading the log of releases", || Store::rebuild(data));
    let (store, aside) = opened.map_err(in_use)?;
    let rebuilt = match visitors(&store, arguments) {
        Ok(rebuilt) => rebuilt,
        Err(error) => {
            drop(store);
            if let Some(aside) = &aside {
                Store::put_back(data, aside)?;
            }
            return Err(error.context("nothing was changed"));
        }
    };
    if let Some(aside) = &aside {
        writeln!(out, "set aside      {}", aside.display())?;
    }
    writeln!(out, "releases.log   {}", counted(store.releases()?.len(), "release"))?;
    match rebuilt {
        Some(Rebuilt { from_checkpoint, entries }) => {
            match from_checkpoint {
                Some(visitors) => writeln!(out, "checkpoint     {visitors} visitors")?,
                None => writeln!(out, "checkpoint     none")?,
            }
            writeln!(out, "event journal  {entries} entries")?;
        }
        None => writeln!(out, "event journal  not read: no release was ever active")?,
    }
    let aside = if aside.is_some() { "; what was set aside is not needed any more" } else { "" };
    writeln!(out, "sled is made again{aside}")?;
    Ok(Ending::Fine)
}

/// Folds everything for the release that was active.
fn visitors(store: &Store, arguments: &Arguments) -> anyhow::Result<Option<Rebuilt>> {
    let Some(id) = store.active() else { return Ok(None) };
    let (release, _) = Release::compile(store.release(&id)?.1);
    let Some(release) = release else {
        bail!("the active release {id} does not compile with this program\nhelp: publish one that does, then rebuild");
    };
    let bar = std::cell::OnceCell::new();
    let mut last = 0;
    let mut watch = |done: u64, total: u64| {
        let bar = bar.get_or_init(|| Progress::new("rows and entries", Some(total)));
        // Rows are counted first, then entries from 0 again.
        bar.advance(done.saturating_sub(last), done);
        last = done;
    };
    let release = Arc::new(release);
    let limits = Limits { window: arguments.dedupe.window(), ..Limits::default() };
    let rebuilt = visitors::rebuild(store.shelf(), &arguments.data, &release, &limits, &mut watch);
    if let Some(bar) = bar.into_inner() {
        bar.finish();
    }
    Ok(Some(rebuilt?))
}

fn in_use(error: Error) -> anyhow::Error {
    match error {
        Error::Locked { dir, url: Some(url) } => {
            anyhow!("`{}` is in use by the server at {url}\nhelp: stop it, then rebuild", dir.display())
        }
        error => anyhow!(error),
    }
}
