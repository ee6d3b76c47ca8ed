//! The keys of the visitors: the one place whose loss makes what was sealed unreadable for ever.
//!
//! Keys are made in blocks, ahead of use: `keys/<number>.keys` holds [`BLOCK_KEYS`] random keys, synced before the first of
//! them seals anything, so that taking a new visitor in costs no sync of its own. A **key number** is given to one visitor
//! id once. To destroy a key, its block is written anew without it, synced and renamed into place.
//!
//! Layout of a block: `"SEGUEKEY" | format u32 | block u32 | keys | crc32c u32`, little-endian; a destroyed key is zeroes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rand::RngCore;

use super::Error;
use super::log::sync_folder;
use super::seal::{KEY_BYTES, VisitorKey};

/// Keys of one file: 128 KiB are quick to write anew.
pub const BLOCK_KEYS: u64 = 4096;
/// Blocks kept in memory: 32 MiB, the keys of a million visitors.
const MAX_BLOCKS_IN_MEMORY: usize = 256;
/// The format that this program writes.
const KEYS_FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"SEGUEKEY";
const HEAD_BYTES: usize = 16;
const FILE_BYTES: usize = HEAD_BYTES + BLOCK_KEYS as usize * KEY_BYTES + 4;

/// All keys of a data folder.
#[derive(Debug)]
pub struct VisitorKeys {
    folder: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    blocks: BTreeMap<u64, Block>,
    /// Counts uses, so that the block that was not used for longest leaves memory.
    uses: u64,
}

#[derive(Debug)]
struct Block {
    keys: Vec<u8>,
    used: u64,
}

impl VisitorKeys {
    /// The keys in a folder, which is made if missing. The data folder's lock must be held.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        folder.parent().map_or(Ok(()), sync_folder).map_err(Error::io("sync", folder))?;
        Ok(Self { folder: folder.to_path_buf(), held: Mutex::default() })
    }

    /// A key that nobody has yet: its block is made if there is none.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::KeysDamaged`].
    pub fn new_key(&self, number: u64) -> Result<Option<VisitorKey>, Error> {
        self.find(number, true)
    }

    /// A key that was given to somebody; `None` when it was destroyed.
    ///
    /// # Errors
    /// [`Error::Io`], also when its block is missing: then a backup is needed. [`Error::KeysDamaged`].
    pub fn key(&self, number: u64) -> Result<Option<VisitorKey>, Error> {
        self.find(number, false)
    }

    fn find(&self, number: u64, may_make: bool) -> Result<Option<VisitorKey>, Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.uses += 1;
        let used = held.uses;
        let block = number / BLOCK_KEYS;
        if !held.blocks.contains_key(&block) {
            let keys = self.read(block, may_make)?;
            held.make_room();
            held.blocks.insert(block, Block { keys, used });
        }
        let Some(found) = held.blocks.get_mut(&block) else { return Ok(None) };
        found.used = used;
        let key = found.keys.get(place(number)).and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok());
        Ok(key.filter(|key| *key != [0; KEY_BYTES]).map(VisitorKey))
    }

    /// Destroys keys. Nothing that they sealed can be opened again, save from a backup.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::KeysDamaged`]: then some may still be there, and to call it again is right.
    pub fn destroy(&self, numbers: &[u64]) -> Result<(), Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks: std::collections::BTreeSet<u64> = numbers.iter().map(|number| number / BLOCK_KEYS).collect();
        for block in blocks {
            let mut keys = self.read(block, false)?;
            for number in numbers.iter().filter(|number| **number / BLOCK_KEYS == block) {
                if let Some(key) = keys.get_mut(place(*number)) {
                    key.fill(0);
                }
            }
            self.write(block, &keys)?;
            held.blocks.remove(&block);
        }
        Ok(())
    }

    fn path(&self, block: u64) -> PathBuf {
        self.folder.join(format!("{block:08x}.keys"))
    }

    fn read(&self, block: u64, may_make: bool) -> Result<Vec<u8>, Error> {
        let path = self.path(block);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if may_make && cause.kind() == io::ErrorKind::NotFound => {
                let mut keys = vec![0; BLOCK_KEYS as usize * KEY_BYTES];
                rand::rng().fill_bytes(&mut keys);
                self.write(block, &keys)?;
                return Ok(keys);
            }
            Err(cause) => return Err(Error::io("read", &path)(cause)),
        };
        let whole = bytes.len() == FILE_BYTES;
        let (body, crc) = bytes.split_at_checked(bytes.len().saturating_sub(4)).unwrap_or_default();
        if !whole || !body.starts_with(&head(block)) || crc != crc32c::crc32c(body).to_le_bytes() {
            let what = "it is not the block of visitor keys that its name says";
            return Err(Error::KeysDamaged { path, what });
        }
        Ok(body.get(HEAD_BYTES..).unwrap_or_default().to_vec())
    }

    /// Whole or not at all, and durable.
    fn write(&self, block: u64, keys: &[u8]) -> Result<(), Error> {
        let path = self.path(block);
        let new = path.with_extension("new");
        let mut bytes = Vec::with_capacity(FILE_BYTES);
        bytes.extend_from_slice(&head(block));
        bytes.extend_from_slice(keys);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            sync_folder(&self.folder)
        };
        write().map_err(Error::io("write", &path))
    }
}

impl Held {
    fn make_room(&mut self) {
        while self.blocks.len() >= MAX_BLOCKS_IN_MEMORY {
            let oldest = self.blocks.iter().min_by_key(|(_, block)| block.used).map(|(number, _)| *number);
            let Some(oldest) = oldest else { return };
            self.blocks.remove(&oldest);
        }
    }
}

/// Whether a file in the folder of keys is a block.
pub(super) fn is_block(name: &str) -> bool {
    let digits = name.strip_suffix(".keys");
    digits.is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn head(block: u64) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let parts = MAGIC.iter().copied().chain(KEYS_FORMAT.to_le_bytes()).chain((block as u32).to_le_bytes());
    head.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
    head
}

fn place(number: u64) -> std::ops::Range<usize> {
    let start = (number % BLOCK_KEYS) as usize * KEY_BYTES;
    start..start + KEY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(keys: &VisitorKeys) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&keys.folder).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| is_block(path.file_name().unwrap().to_str().unwrap()));
        files.sort();
        files
    }

    #[test]
    fn keys_stay_the_same_until_they_are_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = [0, 1, BLOCK_KEYS - 1, BLOCK_KEYS, 3 * BLOCK_KEYS + 7];
        let open = || VisitorKeys::open(&folder.path().join("keys")).unwrap();
        let keys = open();
        let first: Vec<_> = numbers.iter().map(|number| keys.new_key(*number).unwrap().unwrap()).collect();
        for (at, key) in first.iter().enumerate() {
            assert!(first[at + 1..].iter().all(|other| other != key));
        }
        let again: Vec<_> = numbers.iter().map(|number| open().key(*number).unwrap().unwrap()).collect();
        assert_eq!(again, first);

        keys.destroy(&[1, BLOCK_KEYS]).unwrap();
        for keys in [&keys, &open()] {
            assert_eq!(keys.key(1).unwrap(), None);
            assert_eq!(keys.key(BLOCK_KEYS).unwrap(), None);
            assert_eq!(keys.key(0).unwrap().as_ref(), Some(&first[0]));
        }
        let gone = &first[1].0;
        for file in files(&keys) {
            assert!(!std::fs::read(file).unwrap().windows(KEY_BYTES).any(|bytes| bytes == gone));
        }
    }

    #[test]
    fn a_changed_block_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = VisitorKeys::open(folder.path()).unwrap();
        keys.new_key(5).unwrap();
        let path = files(&keys).remove(0);
        let whole = std::fs::read(&path).unwrap();
        for at in [0, 8, 12, 100, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, changed).unwrap();
            let error = VisitorKeys::open(folder.path()).unwrap().key(5).unwrap_err();
            assert!(error.to_string().contains("backup"), "{error}");
        }
        std::fs::write(&path, &whole[..50]).unwrap();
        assert!(VisitorKeys::open(folder.path()).unwrap().key(5).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(VisitorKeys::open(folder.path()).unwrap().key(5).is_err(), "a lost block is not made anew");
    }

    #[test]
    fn more_blocks_than_memory_may_hold_are_still_found() {
        let folder = tempfile::tempdir().unwrap();
        let keys = VisitorKeys::open(folder.path()).unwrap();
        let first = keys.new_key(3).unwrap();
        for block in 1..=MAX_BLOCKS_IN_MEMORY as u64 {
            keys.held.lock().unwrap().blocks.insert(block, Block { keys: Vec::new(), used: block + 1 });
        }
        keys.new_key((MAX_BLOCKS_IN_MEMORY as u64 + 1) * BLOCK_KEYS).unwrap();
        assert!(!keys.held.lock().unwrap().blocks.contains_key(&0), "the block used longest ago went");
        assert_eq!(keys.key(3).unwrap(), first);
    }
}
