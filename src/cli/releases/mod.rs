//! `segue releases`: list, show, publish and activate, on a live server or in a data folder.

mod local;
mod remote;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use serde::{Deserialize, Serialize};

use crate::release::{FileSet, ReleaseId};

use super::Ending;
use super::folders::Folders;
use super::output::{Format, Output};
use super::server::Server;

/// List, show, publish and activate releases
///
/// With --server the running server is asked; without it the data folder is opened, which only works while no server
/// has it open. Activating an older release is the way back from a bad one.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue releases
  segue releases show 0f3a5c7e9b1d2f48 --out ./before
  segue releases publish --message 'Black Friday' --author ada
  segue releases activate 0f3a5c7e9b1d2f48 --server http://127.0.0.1:8080")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Ask this server
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The server's admin token
    #[arg(long, global = true, value_name = "TOKEN", env = "SEGUE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// The data folder to open where no server is named
    #[arg(long, global = true, value_name = "FOLDER", default_value = "./data", conflicts_with = "server")]
    data: PathBuf,
    /// Who reads the output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// All releases, newest first (the same as no command)
    List,
    /// One release with the names of its files
    Show {
        /// 16 hex digits
        id: ReleaseId,
        /// Write its files into this folder, which must be empty or missing
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Compile the two folders and keep them as a release that serves from now on
    Publish {
        #[command(flatten)]
        folders: Folders,
        /// What is new
        #[arg(long, value_name = "TEXT")]
        message: String,
        /// Who you are
        #[arg(long, value_name = "NAME", env = "USER")]
        author: String,
        /// Keep it without serving it
        #[arg(long)]
        no_activate: bool,
    },
    /// Make a release the one that serves
    Activate {
        /// 16 hex digits
        id: ReleaseId,
        /// Who you are
        #[arg(long, value_name = "NAME", env = "USER")]
        author: String,
    },
}

/// Where releases are kept.
trait Keeper {
    fn list(&self) -> anyhow::Result<Vec<Kept>>;
    fn show(&self, id: &ReleaseId) -> anyhow::Result<KeptFiles>;
    fn publish(&self, files: &FileSet, note: &Note<'_>, activate: bool) -> anyhow::Result<Published>;
    fn activate(&self, id: &ReleaseId, author: &str) -> anyhow::Result<Published>;
}

/// What the author of a release says.
struct Note<'a> {
    message: &'a str,
    author: &'a str,
}

/// A release as `/v1/releases` describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    release: String,
    parent: Option<String>,
    author: String,
    time: String,
    message: String,
    active: bool,
}

/// A release with its files by key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptFiles {
    #[serde(flatten)]
    kept: Kept,
    files: BTreeMap<String, String>,
}

/// What came of publishing or activating.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Published {
    release: String,
    parent: Option<String>,
    active: bool,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    match arguments.action.as_ref().unwrap_or(&Action::List) {
        Action::List => table::list(&arguments.keeper()?.list()?, arguments.format, out)?,
        Action::Show { id, out: folder } => {
            let release = arguments.keeper()?.show(id)?;
            if let Some(folder) = folder {
                write_files(&release.files, folder)?;
            }
            table::show(&release, arguments.format, out)?;
        }
        Action::Publish { folders, message, author, no_activate } => {
            let Some(release) = folders.release(arguments.format, out, "not published")? else {
                return Ok(Ending::Findings);
            };
            let note = Note { message, author };
            let published = arguments.keeper()?.publish(&release.files, &note, !no_activate)?;
            table::published(&published, arguments.format, out)?;
        }
        Action::Activate { id, author } => {
            let activated = arguments.keeper()?.activate(id, author)?;
            table::published(&activated, arguments.format, out)?;
        }
    }
    Ok(Ending::Fine)
}

impl Arguments {
    fn keeper(&self) -> anyhow::Result<Box<dyn Keeper>> {
        Ok(match &self.server {
            Some(url) => Box::new(Server::new(url, self.admin_token.as_deref())),
            None => Box::new(local::Folder::open(&self.data, matches!(self.action, Some(Action::Publish { .. })))?),
        })
    }
}

/// Writes the files of a release below a folder.
fn write_files(files: &BTreeMap<String, String>, folder: &Path) -> anyhow::Result<()> {
    let taken = folder.exists() && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(!taken, "`{}` is not empty", folder.display());
    // A server's answer is checked like an upload: no key leads out of the folder.
    let files = FileSet::from_files(files.clone())?;
    for (key, text) in files.iter() {
        let path = folder.join(&**key);
        let written = fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, &**text));
        written.with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
