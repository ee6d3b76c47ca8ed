//! sled as a table, under the rules that make 0.34 safe.
//!
//! `flush` alone is not durable (it never calls `fdatasync`), an unfinished snapshot file blocks the next open, large
//! nodes become unsynced blob files, and some damage makes sled panic. So: one commit function that also syncs `db`
//! through our own handle, unfinished snapshots deleted before open, small values, every call guarded.

use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::table::{Rows, Table, TableError, VisitRow};

/// sled's default is 1 GiB.
pub const SLED_CACHE_BYTES: u64 = 64 << 20;

/// An open sled with one tree.
pub(super) struct SledTable {
    db: sled::Db,
    file: File,
    blobs: PathBuf,
}

/// Why sled did not open.
pub(super) enum OpenError {
    /// The system refused: to set the folder aside would not help.
    System(io::Error),
    /// sled's own files are at fault.
    Damaged(TableError),
}

impl SledTable {
    /// Opens or makes the sled in a folder. Our own lock must be held.
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        remove_unfinished_snapshots(folder).map_err(OpenError::System)?;
        let config = sled::Config::new().path(folder).cache_capacity(SLED_CACHE_BYTES);
        let db = match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => db,
            Ok(Err(sled::Error::Io(cause))) if cause.raw_os_error().is_some() => return Err(OpenError::System(cause)),
            Ok(Err(error)) => return Err(OpenError::Damaged(failed(&error))),
            Err(_) => return Err(OpenError::Damaged(panicked())),
        };
        let file = OpenOptions::new().write(true).open(folder.join("db")).map_err(OpenError::System)?;
        Ok(Self { db, file, blobs: folder.join("blobs") })
    }

    /// The one place that makes sled durable.
    fn apply_and_sync(&self, batch: sled::Batch) -> Result<(), TableError> {
        self.db.apply_batch(batch).map_err(|error| failed(&error))?;
        self.db.flush().map_err(|error| failed(&error))?;
        self.file.sync_data().map_err(|cause| TableError(format!("fdatasync of sled failed: {cause}")))?;
        let blob = std::fs::read_dir(&self.blobs).map_or(None, |mut entries| entries.next());
        match blob {
            None => Ok(()),
            Some(_) => Err(TableError("sled wrote a blob file, which it never syncs".to_owned())),
        }
    }
}

impl Table for SledTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        guarded(|| Ok(self.db.get(key).map_err(|error| failed(&error))?.map(|value| value.to_vec())))
    }

    fn scan(&self, prefix: &[u8]) -> Result<Rows, TableError> {
        guarded(|| {
            let rows = self.db.scan_prefix(prefix);
            rows.map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())).map_err(|error| failed(&error)))
                .collect()
        })
    }

    fn each_from(&self, prefix: &[u8], from: &[u8], visit: &mut VisitRow<'_>) -> Result<(), TableError> {
        guarded(|| {
            for row in self.db.range(from..) {
                let (key, value) = row.map_err(|error| failed(&error))?;
                if !key.starts_with(prefix) || visit(&key, &value).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn commit_changes(&self, puts: Rows, removals: Vec<Vec<u8>>) -> Result<(), TableError> {
        let mut batch = sled::Batch::default();
        removals.into_iter().for_each(|key| batch.remove(key));
        puts.into_iter().for_each(|(key, value)| batch.insert(key, value));
        guarded(|| self.apply_and_sync(batch))
    }
}

/// A crash while sled writes its snapshot leaves `snap.*.generating`, which sled then takes for the newest snapshot.
fn remove_unfinished_snapshots(folder: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn guarded<T>(act: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| Err(panicked()))
}

fn failed(error: &sled::Error) -> TableError {
    TableError(format!("sled failed: {error}"))
}

fn panicked() -> TableError {
    TableError("sled panicked".to_owned())
}
