//! One process at a time has a data folder open, and says where it serves.
//!
//! Our own lock file, taken before sled is touched: sled's lock says nothing about the log beside it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::Error;

/// A URL in the lock file is read up to this length.
const MAX_URL_BYTES: u64 = 1024;

/// Held while the store is open; the system frees it however the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a data folder and leaves the URL for other processes to read.
    ///
    /// # Errors
    /// [`Error::Locked`] with the holder's URL; [`Error::Io`].
    pub fn take(dir: &Path, url: Option<&str>) -> Result<Self, Error> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { dir: dir.to_path_buf(), url: holder(&mut file) });
            }
            Err(TryLockError::Error(cause)) => return Err(Error::io("lock", &path)(cause)),
        }
        let written = file.set_len(0).and_then(|()| file.rewind());
        written.and_then(|()| file.write_all(url.unwrap_or_default().as_bytes())).map_err(Error::io("write", &path))?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> Option<String> {
    let mut url = String::new();
    let read = file.take(MAX_URL_BYTES).read_to_string(&mut url);
    (read.is_ok() && !url.is_empty()).then_some(url)
}
