//! From the two folders to a release: reads them, and publishes what differs from what was published last.
//!
//! An upload or a rollback survives until somebody edits a file, because the comparison is with the folder's own last
//! published content and not with what serves.

use std::io::Write;
use std::path::PathBuf;

use super::app::{App, PublishError};
use crate::diagnostic::{Report, draw};
use crate::release::{FileSet, FileSetError, ReleaseId};
use crate::store::Origin;

/// Who publishes what was saved.
const AUTHOR: &str = "folder";

/// The two folders that a team edits.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub(super) rules: PathBuf,
    pub(super) experiments: PathBuf,
}

/// What was last found in the folders.
#[derive(Debug, Clone, Default)]
pub(super) enum FolderState {
    /// Nobody has looked yet.
    #[default]
    Unread,
    /// The content is a release.
    Published(ReleaseId),
    /// The content does not compile.
    Broken { folders: Folders, id: ReleaseId, errors: usize, warnings: usize },
    /// A file or folder cannot be read.
    Unreadable { folders: Folders, message: String },
    /// The content compiles, but the store did not take it.
    NotKept { folders: Folders, message: String },
}

impl FolderState {
    /// Whether somebody must look at the folders.
    pub(super) fn is_broken(&self) -> bool {
        !matches!(self, Self::Unread | Self::Published(_))
    }
}

impl Folders {
    /// Reads both folders.
    pub(super) fn load(&self) -> Result<FileSet, FileSetError> {
        FileSet::load(&self.rules, &self.experiments)
    }

    /// Publishes what was read if it is not what was published last, or if nothing serves.
    pub(super) fn publish(&self, app: &App, loaded: Result<FileSet, FileSetError>) {
        let files = match loaded {
            Ok(files) => files,
            Err(error) => return self.unreadable(app, &error),
        };
        let id = files.id();
        if app.store.folder_hash().as_ref() == Some(&id) && app.current().is_some() {
            if app.folder().is_broken() {
                tracing::info!(release = %id, "the folders are again as they were published");
            }
            return app.set_folder(FolderState::Published(id));
        }
        if matches!(app.folder(), FolderState::Broken { id: known, .. } if known == id) {
            return;
        }
        match app.publish(files, AUTHOR, "saved in the folders", Some(Origin::Folder)) {
            Ok((_, warnings)) => {
                show(&warnings);
                app.set_folder(FolderState::Published(id));
            }
            Err(PublishError::Refused(report)) => self.broken(app, id, &report),
            Err(error @ (PublishError::Store(_) | PublishError::Visitors(_))) => {
                let message = error.to_string();
                tracing::error!(cause = %message, "the folders' content could not be kept");
                app.set_folder(FolderState::NotKept { folders: self.clone(), message });
            }
        }
    }

    fn unreadable(&self, app: &App, error: &FileSetError) {
        let message = error.to_string();
        if !matches!(app.folder(), FolderState::Unreadable { message: known, .. } if known == message) {
            tracing::error!(cause = %message, serving = serving(app), "the folders cannot be read");
        }
        app.set_folder(FolderState::Unreadable { folders: self.clone(), message });
    }

    fn broken(&self, app: &App, id: ReleaseId, report: &Report) {
        show(report);
        let (errors, warnings) = report.counts();
        tracing::error!(
            rules = %self.rules.display(), experiments = %self.experiments.display(), errors, serving = serving(app),
            "the folders do not compile; what served before, if anything, goes on serving"
        );
        app.set_folder(FolderState::Broken { folders: self.clone(), id, errors, warnings });
    }
}

fn serving(app: &App) -> String {
    app.current().map_or_else(|| "nothing".to_owned(), |release| release.id.to_string())
}

/// Draws the findings for whoever watches the server's terminal.
fn show(report: &Report) {
    let mut drawn = draw(report, false);
    if !drawn.is_empty() {
        drawn.push('\n');
        // A closed terminal is no reason to stop.
        if let Err(cause) = std::io::stderr().lock().write_all(drawn.as_bytes()) {
            tracing::warn!(%cause, "the findings could not be printed");
        }
    }
}
