//! Makes a data folder of a backup: whole or not at all.
//!
//! While it is under way a file says so in the folder, and no server opens it. It goes only when every checksum was right,
//! and log, journal and checkpoint were read to their ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tar::{Archive, Entry};

use super::super::journal::{Folder, Journal, JournalOptions};
use super::super::lock::Lock;
use super::super::log::{Log, Position, sync_folder};
use super::super::open::{LOG_NAME, RESTORING, make_folder};
use super::super::{Checkpoint, Error};
use super::write::is_of_keys;
use super::{
    BACKUP_FORMAT, BUFFER_BYTES, CHECKPOINT_NAME, JOURNAL_FOLDER, KEYS_FOLDER, Listed, MANIFEST_NAME, Manifest, Watch,
};

/// A list of files does not become so long.
const MANIFEST_BYTES: u64 = 64 << 20;
/// What a new file system has in its root.
const LOST_AND_FOUND: &str = "lost+found";

/// What was in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When it was begun, RFC 3339.
    pub made: String,
    /// How many files it has.
    pub files: usize,
    /// How long they are.
    pub bytes: u64,
}

/// Reads a backup to its end and compares every checksum.
///
/// # Errors
/// [`Error::NoBackup`], [`Error::Io`].
pub fn check(file: &Path, watch: &mut Watch<'_>) -> Result<Restored, Error> {
    unpack(file, None, watch)
}

/// Makes a data folder of a backup. The folder must be empty or missing, and is as it was when it fails.
///
/// # Errors
/// [`Error::NotEmpty`], [`Error::NoBackup`], [`Error::Io`], and those of opening a store or a journal.
pub fn restore(file: &Path, dir: &Path, watch: &mut Watch<'_>) -> Result<Restored, Error> {
    let is_new = !dir.exists();
    if !is_empty(dir)? {
        return Err(Error::NotEmpty { dir: dir.to_path_buf() });
    }
    // Before anything is made: to name a wrong file is the commonest mistake.
    File::open(file).map_err(Error::io("open", file))?;
    make_folder(dir).map_err(Error::io("create", dir))?;
    let lock = Lock::take(dir, None)?;
    let restored = fill(file, dir, watch);
    if restored.is_err() {
        clear(dir, is_new);
    }
    drop(lock);
    restored
}

fn is_empty(dir: &Path) -> Result<bool, Error> {
    let entries = match std::fs::read_dir(dir) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(Error::io("read", dir))?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>();
    Ok(names.map_err(Error::io("read", dir))?.iter().all(|name| name == LOST_AND_FOUND))
}

/// Everything in the folder is ours: it was empty.
fn clear(dir: &Path, is_new: bool) {
    let ours = [JOURNAL_FOLDER, KEYS_FOLDER].map(|name| std::fs::remove_dir_all(dir.join(name)));
    let files = [CHECKPOINT_NAME, LOG_NAME, "lock", RESTORING].map(|name| std::fs::remove_file(dir.join(name)));
    for removed in ours.into_iter().chain(files).chain(is_new.then(|| std::fs::remove_dir(dir))) {
        if let Err(cause) = removed
            && cause.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%cause, dir = %dir.display(), "what was restored in part could not be removed");
        }
    }
}

fn fill(file: &Path, dir: &Path, watch: &mut Watch<'_>) -> Result<Restored, Error> {
    let marker = dir.join(RESTORING);
    File::create(&marker).and_then(|_| sync_folder(dir)).map_err(Error::io("create", &marker))?;
    for folder in [JOURNAL_FOLDER, KEYS_FOLDER].map(|name| dir.join(name)) {
        std::fs::create_dir(&folder).map_err(Error::io("create", &folder))?;
    }
    let restored = unpack(file, Some(dir), watch)?;
    for folder in [JOURNAL_FOLDER, KEYS_FOLDER].map(|name| dir.join(name)) {
        sync_folder(&folder).map_err(Error::io("sync", &folder))?;
    }
    verify(file, dir)?;
    std::fs::remove_file(&marker).and_then(|()| sync_folder(dir)).map_err(Error::io("remove", &marker))?;
    Ok(restored)
}

/// What opens here opens for a server.
fn verify(file: &Path, dir: &Path) -> Result<(), Error> {
    let refused = |what: String| Error::NoBackup { path: file.to_path_buf(), what };
    let path = dir.join(LOG_NAME);
    if !path.exists() {
        return Err(refused("it has no log of releases".to_owned()));
    }
    Log::open(&path, Position::start(), |file| Box::new(file))?;
    let checkpoint = Checkpoint::open(&dir.join(CHECKPOINT_NAME))?;
    let events = dir.join(JOURNAL_FOLDER);
    if is_empty(&events)? {
        // Nothing had come yet.
        return Ok(());
    }
    let folder = Folder::open(&events).map_err(Error::io("open", &events))?;
    let journal =
        Journal::open(Arc::new(folder), JournalOptions::default()).map_err(|error| refused(error.to_string()))?;
    match checkpoint {
        Some(checkpoint) if checkpoint.journal() == journal.id() => Ok(()),
        None if journal.start().sequence == 0 => Ok(()),
        Some(_) => Err(refused("its checkpoint was made from another journal".to_owned())),
        None => Err(refused("its journal lacks the beginning, and it has no checkpoint".to_owned())),
    }
}

/// Reads a backup, and puts its files below a folder, each synced.
fn unpack(file: &Path, dir: Option<&Path>, watch: &mut Watch<'_>) -> Result<Restored, Error> {
    let refused = |what: &str| Error::NoBackup { path: file.to_path_buf(), what: what.to_owned() };
    let unreadable = |cause: io::Error| refused(&format!("it does not read as a backup: {cause}"));
    let opened = File::open(file).map_err(Error::io("open", file))?;
    let mut archive = Archive::new(BufReader::with_capacity(BUFFER_BYTES, opened));
    let (mut found, mut manifest) = (BTreeMap::new(), None);
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path().map_err(unreadable)?.to_str().unwrap_or_default().to_owned();
        if manifest.is_some() || !entry.header().entry_type().is_file() {
            return Err(refused("it holds more than a backup does"));
        }
        if name == MANIFEST_NAME {
            let mut json = Vec::new();
            entry.by_ref().take(MANIFEST_BYTES).read_to_end(&mut json).map_err(unreadable)?;
            let read: Manifest = serde_json::from_slice(&json).map_err(|cause| unreadable(cause.into()))?;
            if read.format != BACKUP_FORMAT {
                let (path, found) = (file.to_path_buf(), read.format);
                return Err(Error::Newer { path, found, known: BACKUP_FORMAT });
            }
            manifest = Some(read);
            continue;
        }
        if !is_ours(&name) || found.contains_key(&name) {
            return Err(refused(&format!("`{name}` in it is no file of a backup")));
        }
        let listed = copy(&mut entry, &name, dir.map(|dir| dir.join(&name)), watch, unreadable)?;
        found.insert(name, listed);
    }
    let Some(manifest) = manifest else { return Err(refused("it ends early: making it was interrupted")) };
    for listed in &manifest.files {
        if found.get(&listed.name) != Some(listed) {
            return Err(refused(&format!("`{}` in it is damaged", listed.name)));
        }
    }
    if found.len() != manifest.files.len() {
        return Err(refused("it holds more than a backup does"));
    }
    Ok(Restored { made: manifest.made, files: found.len(), bytes: found.values().map(|listed| listed.bytes).sum() })
}

/// No name leads out of the folder.
fn is_ours(name: &str) -> bool {
    match name.split_once('/') {
        None => name == CHECKPOINT_NAME || name == LOG_NAME,
        Some((JOURNAL_FOLDER, name)) => {
            let digits = name.strip_suffix(".segment");
            digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        }
        Some((KEYS_FOLDER, name)) => is_of_keys(name),
        Some(_) => false,
    }
}

fn copy(
    entry: &mut Entry<'_, impl Read>,
    name: &str,
    to: Option<PathBuf>,
    watch: &mut Watch<'_>,
    unreadable: impl Fn(io::Error) -> Error,
) -> Result<Listed, Error> {
    let path = to.clone().unwrap_or_default();
    let failed = || Error::io("write", &path);
    let mut out = to.map(|to| File::create_new(to).map_err(failed())).transpose()?;
    let mut listed = Listed { name: name.to_owned(), bytes: 0, crc32c: 0 };
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = entry.read(&mut buffer).map_err(&unreadable)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        out.as_mut().map_or(Ok(()), |out| out.write_all(piece)).map_err(failed())?;
        listed.crc32c = crc32c::crc32c_append(listed.crc32c, piece);
        listed.bytes += read as u64;
        watch(read as u64);
    }
    out.map_or(Ok(()), |out| out.sync_all()).map_err(failed())?;
    Ok(listed)
}
