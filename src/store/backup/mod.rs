//! Backups: one tar file that holds everything from which a data folder can be made again.
//!
//! In: a checkpoint, the log of releases, the segments of the journal as far as they are durable, the visitor keys. Out: a tar
//! that plain tools list and unpack. sled is not in it: it is made again from the others.
//!
//! The order is what makes it consistent while a server writes on: what is folded comes before what it was folded from, and
//! the keys come last, so that every key which anything was sealed with is there. The last entry, `backup.json`, has length and
//! checksum of all files; without it a backup is not whole.

mod restore;
mod write;

use serde::{Deserialize, Serialize};

pub use restore::{Restored, check, restore};
pub use write::Sources;

/// The format that this program writes.
pub const BACKUP_FORMAT: u32 = 1;

/// The checkpoint in a data folder and in a backup.
pub const CHECKPOINT_NAME: &str = "checkpoint";
/// The journal's folder in a data folder and in a backup.
pub const JOURNAL_FOLDER: &str = "events";
/// The folder of keys in a data folder and in a backup.
pub const KEYS_FOLDER: &str = "keys";

/// The last entry of a backup.
const MANIFEST_NAME: &str = "backup.json";
const BUFFER_BYTES: usize = 256 << 10;

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// RFC 3339.
    made: String,
    files: Vec<Listed>,
}

/// One file of a backup.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    name: String,
    bytes: u64,
    crc32c: u32,
}

/// Told how many more bytes were written or read.
pub type Watch<'a> = dyn FnMut(u64) + 'a;
