//! Notices that somebody saved a file.
//!
//! The system's own notices come first and make it fast; a look at names, sizes and times twice a second makes it sure, on
//! network mounts, behind links, and when a folder was deleted and came back. Whatever is noticed, the folders are read as
//! a whole: an editor that writes beside and renames looks like any other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::app::App;
use super::folder::Folders;
use crate::release::{FileSet, FileSetError};

/// A save is over when nothing moved for so long: editors write, rename and touch within a few milliseconds.
pub const SAVE_QUIET_TIME: Duration = Duration::from_millis(40);

/// A file that became empty is most likely about to be written: it must stay so for so long to be believed.
pub const EMPTY_QUIET_TIME: Duration = Duration::from_millis(400);

/// Folders that never come to rest are read after this all the same.
pub const MAX_SETTLE_TIME: Duration = Duration::from_secs(1);

/// How often names, sizes and times are compared.
pub const POLL_TIME: Duration = Duration::from_millis(500);

enum Wake {
    Changed,
    Stop,
}

/// A running watch; it ends when this is dropped.
pub(super) struct Watch {
    sender: Sender<Wake>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Watches in a thread of its own. `seen` is what the folders looked like when they were last read.
    pub(super) fn start(app: Arc<App>, folders: Folders, seen: Fingerprint) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let mut watching = Watching { app, folders, seen, sender: sender.clone(), receiver, notices: None };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || watching.run())?;
        Ok(Self { sender, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let stopped = self.sender.send(Wake::Stop).is_ok();
        if let Some(Err(_)) = self.thread.take().filter(|_| stopped).map(JoinHandle::join) {
            tracing::error!("the watch on the folders had died");
        }
    }
}

struct Watching {
    app: Arc<App>,
    folders: Folders,
    seen: Fingerprint,
    sender: Sender<Wake>,
    receiver: Receiver<Wake>,
    /// `None` when the last attempt to get notices failed; the comparison goes on.
    notices: Option<RecommendedWatcher>,
}

impl Watching {
    fn run(&mut self) {
        self.listen();
        loop {
            match self.receiver.recv_timeout(POLL_TIME) {
                Ok(Wake::Changed) => {}
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if Fingerprint::take(&self.folders) == self.seen {
                        continue;
                    }
                    // The notices missed it: a network mount, or a folder that is not the one of before.
                    self.listen();
                }
            }
            let Some(loaded) = self.load() else { return };
            self.folders.publish(&self.app, loaded);
        }
    }

    /// Asks the system for notices about both folders, as they are now.
    fn listen(&mut self) {
        let sender = self.sender.clone();
        let created = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.map_or(true, |event| is_change(&event.kind)) {
                // The receiver is gone only when the watch ends.
                drop(sender.send(Wake::Changed));
            }
        });
        let watched = created.and_then(|mut notices| {
            for folder in [&self.folders.rules, &self.folders.experiments].into_iter().filter(|folder| folder.exists())
            {
                notices.watch(folder, RecursiveMode::Recursive)?;
            }
            Ok(notices)
        });
        self.notices = watched
            .inspect_err(
                |error| tracing::warn!(%error, "no notices about the folders; they are compared twice a second"),
            )
            .ok();
    }

    /// Reads the folders once they rest, and again if they moved meanwhile; `None` when the watch is to end.
    fn load(&mut self) -> Option<Result<FileSet, FileSetError>> {
        let give_up = Instant::now() + MAX_SETTLE_TIME;
        loop {
            if !self.settle(give_up) {
                return None;
            }
            let loaded = self.folders.load();
            if Instant::now() >= give_up || Fingerprint::take(&self.folders) == self.seen {
                return Some(loaded);
            }
        }
    }

    /// Waits until the folders rest; `false` when the watch is to end.
    fn settle(&mut self, give_up: Instant) -> bool {
        let mut before = Fingerprint::take(&self.folders);
        loop {
            let quiet = if before.newly_empty(&self.seen) { EMPTY_QUIET_TIME } else { SAVE_QUIET_TIME };
            match self.receiver.recv_timeout(quiet) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
                Ok(Wake::Changed) => before = Fingerprint::take(&self.folders),
                Err(RecvTimeoutError::Timeout) => {
                    let after = Fingerprint::take(&self.folders);
                    if after == before {
                        break;
                    }
                    before = after;
                }
            }
            if Instant::now() >= give_up {
                break;
            }
        }
        self.seen = before;
        true
    }
}

/// Reading is no change; to the notices of Linux it is an event.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(access) => matches!(access, AccessKind::Close(AccessMode::Write)),
        _ => true,
    }
}

/// Names, sizes and times of all files, links followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
}

impl Fingerprint {
    pub(super) fn take(folders: &Folders) -> Self {
        let mut files = Vec::new();
        look(&folders.rules, &mut files);
        look(&folders.experiments, &mut files);
        Self { files }
    }

    /// Whether a file is empty that had content in `before`.
    fn newly_empty(&self, before: &Self) -> bool {
        let empty = self.files.iter().filter(|(_, bytes, _)| *bytes == 0);
        let mut known = empty.filter_map(|(path, ..)| before.files.iter().find(|(known, ..)| known == path));
        known.any(|(_, bytes, _)| *bytes > 0)
    }
}

fn look(folder: &Path, files: &mut Vec<(PathBuf, u64, Option<SystemTime>)>) {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let entries =
        walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(visible);
    for entry in entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        if let Ok(metadata) = entry.metadata() {
            files.push((entry.into_path(), metadata.len(), metadata.modified().ok()));
        }
    }
}
