//! What a backup is made from, while events come in.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use super::{Error, Visitors};
use crate::store;
use crate::store::backup::{CHECKPOINT_NAME, Sources};

/// A backup that can be written. Until it is dropped no event is dropped.
#[derive(Debug)]
pub struct Backup {
    sources: Sources,
    _copying: Copying,
}

/// Keeps retention away.
#[derive(Debug)]
struct Copying(Arc<AtomicBool>);

impl Drop for Copying {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Visitors {
    /// Begins a backup: writes a checkpoint and notes how far the journal is durable. Everything that was acknowledged before
    /// is in it. `log_bytes` of the log of releases are copied. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::BackupUnderWay`], [`Error::Store`], [`Error::Stopped`].
    pub fn begin_backup(&self, log_bytes: u64) -> Result<Backup, Error> {
        let core = &self.core;
        if core.copying.swap(true, Ordering::AcqRel) {
            return Err(Error::BackupUnderWay);
        }
        let copying = Copying(Arc::clone(&core.copying));
        let (tell, told) = mpsc::channel();
        core.keeper.ask(Box::new(move |core| {
            let made = core.checkpoint().and_then(|state| {
                let path = core.data.join(CHECKPOINT_NAME);
                let opened = state.map(|_| File::open(&path)).transpose();
                opened.map_err(|cause| Error::Store(store::Error::Io { act: "open", path, cause }))
            });
            drop(tell.send(made));
        }))?;
        let checkpoint = told.recv().map_err(|_| Error::Stopped)??;
        let segments = core.committer()?.view().segments();
        Ok(Backup { sources: Sources { data: core.data.clone(), checkpoint, log_bytes, segments }, _copying: copying })
    }
}

impl Backup {
    /// About how long it becomes.
    pub fn bytes(&self) -> u64 {
        self.sources.bytes()
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::Store`], also when nobody reads it any more.
    pub fn write(self, out: impl Write) -> Result<(), Error> {
        Ok(self.sources.write(out, &mut |_| {})?)
    }
}
