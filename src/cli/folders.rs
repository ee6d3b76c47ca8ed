//! The two folders that a team edits, as options of every command that reads rules.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::diagnostic::Report;
use crate::release::{FileSet, Release};

use super::output::{Format, Output, complain, complain_of, counted};
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

    /// The compiled release, for commands that need one. What forbids it is drawn on standard error, for programs
    /// listed on standard output as `segue check` does; `refusal` then says in a few words what does not happen.
    pub(super) fn release(&self, format: Format, out: &mut Output, refusal: &str) -> anyhow::Result<Option<Release>> {
        let (release, report) = self.compile()?;
        if release.is_none() {
            match format {
                Format::Json => out.json(&report.findings())?,
                Format::Text => complain_of(&report),
            }
            complain(&format!("{refusal}: {}", counted(report.counts().0, "error")));
        }
        Ok(release)
    }
}
