//! The two folders that a team edits, as options of every command that reads rules.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::diagnostic::Report;
use crate::release::{FileSet, Release};

use super::output::{complain_of, counted};
use super::progress;

/// `--rules` and `--experiments`.
#[derive(Debug, Args)]
pub(super) struct Folders {
    /// Folder with rules, schema, content and cases
    #[arg(long, value_name = "FOLDER", default_value = "./rules")]
    pub(super) rules: PathBuf,
    /// Folder with experiments; may be missing
    #[arg(long, value_name = "FOLDER", default_value = "./experiments")]
    pub(super) experiments: PathBuf,
}

impl Folders {
    /// Reads both folders.
    pub(super) fn load(&self) -> anyhow::Result<FileSet> {
        if !self.rules.is_dir() {
            bail!(
                "there is no folder `{}`\nhelp: name the folder that holds your rules with --rules",
                self.rules.display()
            );
        }
        Ok(FileSet::load(&self.rules, &self.experiments)?)
    }

    /// Reads and compiles both folders, with the findings.
    pub(super) fn compile(&self) -> anyhow::Result<(Option<Release>, Report)> {
        let files = self.load()?;
        Ok(progress::while_running("compiling the rules", || Release::compile(files)))
    }

    /// The compiled release, for commands that need one; what forbids it is drawn on standard error.
    pub(super) fn release(&self) -> anyhow::Result<Release> {
        match self.compile()? {
            (Some(release), _) => Ok(release),
            (None, report) => {
                complain_of(&report);
                bail!("the rules do not compile: {}", counted(report.counts().0, "error"))
            }
        }
    }
}
