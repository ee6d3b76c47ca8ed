//! The disk and its files as the journal uses them: every operation may be the one that goes wrong.

use std::io;
use std::path::PathBuf;

use rand::Rng;

use super::super::disk::{Disk, DiskFile};
use super::{Change, Fate, FileState, MemoryDisk, State, keep_some, off};

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.lock();
        if state.is_off { Err(off()) } else { Ok(state.names.keys().cloned().collect()) }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut new = 0;
        self.change(|state| {
            new = state.files.len();
            Ok(Change::Link(name.to_owned(), new))
        })?;
        self.lock().files.push(FileState::default());
        Ok(Box::new(MemoryFile { disk: self.clone(), file: new }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let state = self.lock();
        if state.is_off {
            return Err(off());
        }
        let file = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(MemoryFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(|state| {
            let file = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
            Ok(Change::Rename(from.to_owned(), to.to_owned(), file))
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(|state| {
            state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
            Ok(Change::Remove(name.to_owned()))
        })
    }

    fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.lock();
        let fate = state.fate();
        match &fate {
            Fate::Done => {
                state.kept_names = state.names.clone();
                state.changed_names.clear();
            }
            // What was to be synced is anybody's guess, and no later sync tells.
            Fate::Failed(_) if !state.is_off => {
                let State { changed_names, kept_names, random, .. } = &mut *state;
                changed_names.drain(..).filter(|_| random.random()).for_each(|change| change.apply(kept_names));
            }
            _ => {}
        }
        fate.told()
    }

    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("events").join(name)
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    file: usize,
}

impl DiskFile for MemoryFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        let at = offset as usize;
        let grows = (at + bytes.len()).saturating_sub(state.files[self.file].bytes.len());
        let room = state.capacity.saturating_sub(state.used());
        let fate = match state.fate() {
            Fate::Done if grows > room => Fate::Failed(io::ErrorKind::StorageFull.into()),
            fate => fate,
        };
        let arrives = match &fate {
            // Any part may have arrived, even the whole; behind the end only what there is room for.
            Fate::Failed(_) if !state.is_off => {
                let most = bytes.len() - grows.saturating_sub(room).min(bytes.len());
                state.random.random_range(0..=most)
            }
            Fate::Failed(_) => 0,
            _ => bytes.len(),
        };
        state.write(self.file, &bytes[..arrives], at);
        fate.told()
    }

    fn read_at(&mut self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        if state.is_off {
            return Err(off());
        }
        let there = state.files[self.file].bytes.get(offset as usize..).unwrap_or_default();
        let read = there.len().min(bytes.len());
        bytes[..read].copy_from_slice(&there[..read]);
        Ok(read)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.lock();
        let fate = state.fate();
        let is_off = state.is_off;
        let State { files, random, .. } = &mut *state;
        let file = &mut files[self.file];
        match &fate {
            Fate::Done => {
                file.written.clear();
                file.kept.clone_from(&file.bytes);
            }
            // As Linux does it: the pages count as clean from now on, whatever became of them.
            Fate::Failed(_) if !is_off => {
                for (at, bytes) in std::mem::take(&mut file.written) {
                    keep_some(&mut file.kept, at, &bytes, || random.random());
                }
            }
            _ => {}
        }
        fate.told()
    }

    fn size(&mut self) -> io::Result<u64> {
        Ok(self.disk.lock().files[self.file].bytes.len() as u64)
    }
}
