//! Opening a data folder: lock, log, table, and what the table has not seen yet.
//!
//! A table that does not open, or does not read, is set aside under another name and made again from the log.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock};

use super::entry::Entry;
use super::fold::{self, State};
use super::lock::Lock;
use super::log::{Log, Medium, sync_folder};
use super::shelf::DISTRUSTED;
use super::sled_table::{OpenError, SledTable};
use super::table::{Rows, Table, TableError};
use super::{Error, Store};

/// The log in a data folder.
pub(super) const LOG_NAME: &str = "releases.log";
/// sled's folder in a data folder.
const TABLE_NAME: &str = "sled";
/// The file that stands in a folder while a backup is restored into it.
pub(super) const RESTORING: &str = "restoring";
/// While the log is replayed, the table commits after about so much: memory stays small, syncs stay few.
const MAX_REPLAY_BATCH_BYTES: usize = 4 << 20;

/// What stands behind log and table; the tests put others there.
pub(super) struct Parts {
    pub(super) medium: Box<dyn Fn(File) -> Box<dyn Medium>>,
    pub(super) table: Box<OpenTable>,
}

/// Opens the table in a folder.
pub(super) type OpenTable = dyn Fn(&Path) -> Result<Box<dyn Table>, OpenError>;

/// A table that reads, and where it stands.
type Opened = (Box<dyn Table>, State);

impl Default for Parts {
    fn default() -> Self {
        Self {
            medium: Box::new(|file| Box::new(file)),
            table: Box::new(|folder| Ok(Box::new(SledTable::open(folder)?))),
        }
    }
}

/// See [`Store::open`].
pub(super) fn open(dir: &Path, url: Option<&str>, parts: &Parts) -> Result<Store, Error> {
    let lock = take(dir, url)?;
    open_locked(dir, lock, parts)
}

/// See [`Store::rebuild`].
pub(super) fn rebuild(dir: &Path, parts: &Parts) -> Result<(Store, Option<PathBuf>), Error> {
    let lock = take(dir, None)?;
    let table = dir.join(TABLE_NAME);
    let aside = if table.exists() { Some(set_aside(&table, "aside")?) } else { None };
    match open_locked(dir, lock, parts) {
        Ok(store) => Ok((store, aside)),
        Err(error) => {
            aside.map_or(Ok(()), |aside| put_back(dir, &aside))?;
            Err(error)
        }
    }
}

/// See [`Store::put_back`].
pub(super) fn put_back(dir: &Path, aside: &Path) -> Result<(), Error> {
    let _lock = take(dir, None)?;
    let table = dir.join(TABLE_NAME);
    if table.exists() {
        std::fs::remove_dir_all(&table).map_err(Error::io("remove", &table))?;
    }
    std::fs::rename(aside, &table).map_err(Error::io("put back", aside))
}

fn take(dir: &Path, url: Option<&str>) -> Result<Lock, Error> {
    make_folder(dir).map_err(Error::io("create", dir))?;
    let lock = Lock::take(dir, url)?;
    if dir.join(RESTORING).exists() {
        return Err(Error::HalfRestored { dir: dir.to_path_buf() });
    }
    Ok(lock)
}

fn open_locked(dir: &Path, lock: Lock, parts: &Parts) -> Result<Store, Error> {
    let (log_path, table_path) = (dir.join(LOG_NAME), dir.join(TABLE_NAME));
    let (table, state) = match open_table(&table_path, parts)? {
        Ok(opened) => opened,
        Err(error) => {
            let aside = set_aside(&table_path, "damaged")?;
            tracing::error!(cause = %error, aside = %aside.display(), "sled is damaged: set aside, making it again");
            again(&table_path, parts)?
        }
    };
    let (mut log, known) = Log::open(&log_path, state.position, |file| (parts.medium)(file))?;
    if !known {
        let (log, folded) = (log.end().sequence, state.position.sequence);
        return Err(Error::LogTooShort { path: log_path, table: table_path, log, folded });
    }
    let failed = |error: TableError| Error::Table { path: table_path.clone(), what: error.0 };
    let undecodable =
        |offset| Error::Damaged { path: log_path.clone(), offset, what: "a record that says nothing we know" };
    let state = replay(&mut log, &*table, state, &failed, &undecodable)?;
    Ok(Store { table: table.into(), log: Mutex::new(log), state: RwLock::new(state), table_path, _lock: lock })
}

/// The table and where it stands; the inner error means that it must be made again.
fn open_table(folder: &Path, parts: &Parts) -> Result<Result<Opened, TableError>, Error> {
    if let Ok(why) = std::fs::read_to_string(folder.join(DISTRUSTED)) {
        return Ok(Err(TableError(why)));
    }
    let table = match (parts.table)(folder) {
        Ok(table) => table,
        Err(OpenError::System(cause)) => return Err(Error::io("open", folder)(cause)),
        Err(OpenError::Damaged(error)) => return Ok(Err(error)),
    };
    Ok(verify(&*table).map(|state| (table, state)))
}

fn again(folder: &Path, parts: &Parts) -> Result<Opened, Error> {
    open_table(folder, parts)?.map_err(|error| Error::Table { path: folder.to_path_buf(), what: error.0 })
}

/// Reads what every start needs: the lists and the texts of the active release. Other texts are verified when read.
fn verify(table: &dyn Table) -> Result<State, TableError> {
    let state = fold::read_state(table)?;
    fold::releases(table)?;
    fold::activations(table)?;
    if let Some(id) = &state.active {
        let active = fold::release(table, id)?.ok_or_else(|| TableError("sled lost the active release".to_owned()))?;
        active.files.iter().try_for_each(|file| fold::text(table, &file.sha256).map(drop))?;
    }
    Ok(state)
}

/// Folds the records that the table has not seen.
fn replay(
    log: &mut Log,
    table: &dyn Table,
    mut state: State,
    failed: &dyn Fn(TableError) -> Error,
    undecodable: &dyn Fn(u64) -> Error,
) -> Result<State, Error> {
    let from = state.position;
    let mut rows = Rows::new();
    let mut bytes = 0;
    let commit = |rows: &mut Rows, state: &State| {
        fold::put_state(rows, state).and_then(|()| table.commit(std::mem::take(rows))).map_err(failed)
    };
    log.replay(from, &mut |position, body| {
        let (entry, texts) = Entry::decode(body).ok_or_else(|| undecodable(position.end - body.len() as u64))?;
        fold::fold(&mut rows, &mut state, position, entry, &texts).map_err(failed)?;
        bytes += body.len();
        if bytes > MAX_REPLAY_BATCH_BYTES {
            commit(&mut rows, &state)?;
            bytes = 0;
        }
        Ok(())
    })?;
    if !rows.is_empty() {
        commit(&mut rows, &state)?;
    }
    let (before, after) = (from.sequence, state.position.sequence);
    if before == 0 && after > 0 {
        tracing::warn!(records = after, "made sled anew from the log");
    } else if after > before {
        tracing::info!(records = after - before, "folded what the log had more than sled");
    }
    Ok(state)
}

/// Moves a sled out of the way; nothing is deleted.
fn set_aside(folder: &Path, why: &str) -> Result<PathBuf, Error> {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..).map(|attempt| folder.with_extension(format!("{why}-{now}-{attempt}")));
    let mut free = names.skip_while(|path| path.exists());
    let aside = free.next().unwrap_or_else(|| folder.with_extension(why));
    std::fs::rename(folder, &aside).map_err(Error::io("set aside", folder))?;
    Ok(aside)
}

/// Makes a folder and its name in the folder above durable.
pub(super) fn make_folder(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(dir)?;
    dir.parent().map_or(Ok(()), sync_folder)
}
