//! Everything durable: the releases that were accepted, and which one serves.
//!
//! In: sets of files that compiled, and orders to activate one. Out: the same after any crash.
//! The log (`releases.log`) is the truth: a change is appended and synced there before anything else. sled holds a fold of
//! the log with the log position in the same batch, so it can always be thrown away and made again.

pub mod backup;
mod checkpoint;
mod entry;
mod error;
mod fold;
pub mod journal;
mod lock;
mod log;
mod open;
mod record;
mod room;
mod seal;
mod secret;
mod shelf;
mod sled_table;
mod table;
#[cfg(test)]
mod tests;
mod visitor_keys;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;

use crate::release::{FileSet, ReleaseId, TextHash};
use entry::{Entry, FileRecord, ReleaseRecord};
use fold::State;
use log::Log;
use table::{Rows, Table, TableError};

pub use checkpoint::{CHECKPOINT_FORMAT, Checkpoint};
pub use entry::{Activation, Origin};
pub use error::Error;
pub use lock::Lock;
pub use log::LOG_FORMAT;
pub use record::MAX_RECORD_BYTES;
pub use room::{MIN_FREE_BYTES, has_room};
pub use seal::{KEY_BYTES, NotOpened, SEAL_BYTES, VisitorKey};
pub use secret::Secret;
pub use shelf::{Changes, Shelf, VisitValue};
pub use sled_table::SLED_CACHE_BYTES;
pub use table::MAX_CHUNK_BYTES;
pub use visitor_keys::{BLOCK_KEYS, VisitorKeys};

/// An open data folder. Every call may wait for the disk: none belongs on an async thread.
pub struct Store {
    table: Arc<dyn Table>,
    /// Held over a whole change, so that changes have one order.
    log: Mutex<Log>,
    state: RwLock<State>,
    table_path: PathBuf,
    _lock: lock::Lock,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act<'a> {
    /// The moment of acceptance.
    pub time: Timestamp,
    /// As the person or program called itself.
    pub author: &'a str,
}

/// What the store knows of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseInfo {
    /// The first 16 hex digits of its content hash.
    pub id: ReleaseId,
    /// The release that was active when this one was accepted.
    pub parent: Option<ReleaseId>,
    /// Who brought it.
    pub author: String,
    /// When it was accepted.
    pub time: Timestamp,
    /// What its author says about it.
    pub message: String,
    /// Whether it serves now.
    pub active: bool,
}

/// What came of publishing a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release, new or old.
    pub release: ReleaseInfo,
    /// `false` when the same content was there already.
    pub is_new: bool,
}

impl Store {
    /// Opens a data folder, or makes it. `url` is what other processes are told while this one holds it.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process has it; [`Error::Damaged`], [`Error::Newer`] and [`Error::LogTooShort`] when
    /// the log cannot be trusted; [`Error::Io`]. A damaged sled is no error: it is set aside and made again.
    pub fn open(dir: &Path, url: Option<&str>) -> Result<Self, Error> {
        open::open(dir, url, &open::Parts::default())
    }

    /// Opens a data folder after setting sled aside, whatever its state, and makes it again from the log. Also says where the
    /// former sled is now, if there was one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn rebuild(dir: &Path) -> Result<(Self, Option<PathBuf>), Error> {
        open::rebuild(dir, &open::Parts::default())
    }

    /// Puts a sled back that [`Store::rebuild`] set aside, in place of the one that stands there.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Io`].
    pub fn put_back(dir: &Path, aside: &Path) -> Result<(), Error> {
        open::put_back(dir, aside)
    }

    /// How long the log of releases is: what stands before does not change any more.
    ///
    /// # Errors
    /// [`Error::Broken`].
    pub fn log_bytes(&self) -> Result<u64, Error> {
        Ok(self.writer()?.end().end)
    }

    /// Keeps a set that compiled; with `activate` it serves from now on, in the same durable step.
    ///
    /// The same content again makes no new release; it is still activated when asked for, even when it serves already
    /// (an activation from the folder is how the folder's hash is kept).
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Io`] when nothing was kept, [`Error::Broken`] and [`Error::Table`].
    pub fn publish(
        &self,
        files: &FileSet,
        act: &Act<'_>,
        message: &str,
        activate: Option<Origin>,
    ) -> Result<Published, Error> {
        let mut log = self.writer()?;
        let id = files.id();
        let known = fold::release(&*self.table, &id).map_err(|error| self.table_error(error))?;
        let is_new = known.is_none();
        let mut texts = Vec::new();
        let mut release = match known {
            Some(known) => known,
            None => self.new_release(&id, files, act, message, &mut texts)?,
        };
        let activation = activate.map(|origin| activation(&id, act, origin));
        if is_new || activation.is_some() {
            let entry = Entry { release: is_new.then(|| release.clone()), activation };
            self.record(&mut log, entry, &texts)?;
        }
        release.files.clear();
        Ok(Published { release: self.info(release), is_new })
    }

    /// Makes a release that is already there the one that serves.
    ///
    /// # Errors
    /// [`Error::UnknownRelease`], and those of [`Store::publish`].
    pub fn activate(&self, id: &ReleaseId, act: &Act<'_>, origin: Origin) -> Result<ReleaseInfo, Error> {
        let mut log = self.writer()?;
        let release = self.find(id)?;
        let entry = Entry { release: None, activation: Some(activation(id, act, origin)) };
        self.record(&mut log, entry, &[])?;
        Ok(self.info(release))
    }

    /// All releases, newest first.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn releases(&self) -> Result<Vec<ReleaseInfo>, Error> {
        let releases = fold::releases(&*self.table).map_err(|error| self.table_error(error))?;
        Ok(releases.into_iter().rev().map(|release| self.info(release)).collect())
    }

    /// One release with its files.
    ///
    /// # Errors
    /// [`Error::UnknownRelease`], [`Error::Table`].
    pub fn release(&self, id: &ReleaseId) -> Result<(ReleaseInfo, FileSet), Error> {
        let mut release = self.find(id)?;
        let files = std::mem::take(&mut release.files).into_iter().map(|file| {
            let text = fold::text(&*self.table, &file.sha256)?;
            Ok((file.path.to_string(), text))
        });
        let files: Vec<_> = files.collect::<Result<_, TableError>>().map_err(|error| self.table_error(error))?;
        let files = FileSet::from_files(files).map_err(|error| self.table_error(TableError(error.to_string())))?;
        Ok((self.info(release), files))
    }

    /// Every activation, oldest first.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn activations(&self) -> Result<Vec<Activation>, Error> {
        fold::activations(&*self.table).map_err(|error| self.table_error(error))
    }

    /// The release that serves.
    pub fn active(&self) -> Option<ReleaseId> {
        self.state().active
    }

    /// The id of the folder's content as last published: the folder is published again only if it differs.
    pub fn folder_hash(&self) -> Option<ReleaseId> {
        self.state().folder
    }

    /// The same tree, for what other rooms keep there.
    pub fn shelf(&self) -> Shelf {
        Shelf::new(Arc::clone(&self.table), self.table_path.clone())
    }

    fn new_release<'a>(
        &self,
        id: &ReleaseId,
        files: &'a FileSet,
        act: &Act<'_>,
        message: &str,
        texts: &mut Vec<&'a str>,
    ) -> Result<ReleaseRecord, Error> {
        let mut carried = BTreeSet::new();
        let mut records = Vec::with_capacity(files.len());
        for (path, text) in files.iter() {
            let sha256 = TextHash::of(text);
            let known = fold::has_text(&*self.table, &sha256).map_err(|error| self.table_error(error))?;
            let here = !known && carried.insert(sha256);
            if here {
                texts.push(text);
            }
            records.push(FileRecord { path: path.clone(), sha256, bytes: text.len(), here });
        }
        let (author, message) = (act.author.to_owned(), message.to_owned());
        Ok(ReleaseRecord { id: id.clone(), parent: self.active(), author, time: act.time, message, files: records })
    }

    /// Log, then table, then memory. Once the log has it, a table that fails stops the store: a restart folds the rest.
    fn record(&self, log: &mut Log, entry: Entry, texts: &[&str]) -> Result<(), Error> {
        let body = entry.encode(texts).map_err(|error| self.table_error(TableError(error.to_string())))?;
        let position = log.append(&body)?;
        let carried = entry.release.iter().flat_map(|release| &release.files).filter(|file| file.here);
        let texts: Vec<_> = carried.zip(texts).map(|(file, text)| (file.sha256, text.as_bytes())).collect();
        let mut state = self.state();
        let mut rows = Rows::new();
        let folded = fold::fold(&mut rows, &mut state, position, entry, &texts)
            .and_then(|()| fold::put_state(&mut rows, &state))
            .and_then(|()| self.table.commit(rows));
        if let Err(error) = folded {
            log.stop();
            return Err(self.table_error(error));
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }

    fn find(&self, id: &ReleaseId) -> Result<ReleaseRecord, Error> {
        let found = fold::release(&*self.table, id).map_err(|error| self.table_error(error))?;
        found.ok_or_else(|| Error::UnknownRelease { id: id.clone() })
    }

    fn info(&self, release: ReleaseRecord) -> ReleaseInfo {
        let ReleaseRecord { id, parent, author, time, message, .. } = release;
        let active = self.active().as_ref() == Some(&id);
        ReleaseInfo { id, parent, author, time, message, active }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A panic inside a change leaves its outcome open, so the next change is refused.
    fn writer(&self) -> Result<std::sync::MutexGuard<'_, Log>, Error> {
        self.log.lock().map_err(|_| Error::Broken)
    }

    fn table_error(&self, error: TableError) -> Error {
        Error::Table { path: self.table_path.clone(), what: error.0 }
    }
}

fn activation(id: &ReleaseId, act: &Act<'_>, origin: Origin) -> Activation {
    Activation { release: id.clone(), time: act.time, author: act.author.to_owned(), origin }
}
