//! What the journal asks of a disk, and the real one.
//!
//! A disk is one folder without subfolders. The tests put a seeded disk in its place that loses what was not synced, tears
//! writes and fails on purpose.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::super::log::sync_folder;

/// One folder of files.
pub trait Disk: Send + Sync + 'static {
    /// The names of all files, in any order.
    ///
    /// # Errors
    /// What the system says; so for all that follow.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file, in place of one that has the name already.
    ///
    /// # Errors
    /// As above.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file to read and write.
    ///
    /// # Errors
    /// As above.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name.
    ///
    /// # Errors
    /// As above.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Deletes a file. Whoever has it open reads on.
    ///
    /// # Errors
    /// As above.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns once all names survive a power cut.
    ///
    /// # Errors
    /// As above.
    fn sync_folder(&self) -> io::Result<()>;
    /// Where a file is, for messages and copies.
    fn path(&self, name: &str) -> PathBuf;
}

/// An open file.
pub trait DiskFile: Send {
    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// What the system says; some of the bytes may have been written. So for all that follow.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Reads at an offset; 0 at the end of the file.
    ///
    /// # Errors
    /// As above.
    fn read_at(&mut self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Returns once the written bytes survive a power cut.
    ///
    /// # Errors
    /// As above.
    fn sync(&mut self) -> io::Result<()>;
    /// How long the file is.
    ///
    /// # Errors
    /// As above.
    fn size(&mut self) -> io::Result<u64>;
}

/// A folder of the file system.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, or makes it durably. The folder above must be there.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            std::fs::create_dir(path)?;
            path.parent().map_or(Ok(()), sync_folder)?;
        }
        Ok(Self { path: path.to_path_buf() })
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = std::fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(self.path(name))?;
        Ok(Box::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).open(self.path(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl DiskFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn read_at(&mut self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.seek(SeekFrom::Start(offset))?;
        self.read(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn size(&mut self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
