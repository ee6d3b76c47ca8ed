//! How much room a disk has left.

use std::io;
use std::path::Path;

/// With less free, nothing is written to sled, which does not survive a write that finds no room, and no event is taken.
pub const MIN_FREE_BYTES: u64 = 32 << 20;

/// Whether the file system of a folder has [`MIN_FREE_BYTES`] left.
///
/// # Errors
/// What the system said.
pub fn has_room(folder: &Path) -> io::Result<bool> {
    let system = rustix::fs::statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize) >= MIN_FREE_BYTES)
}
