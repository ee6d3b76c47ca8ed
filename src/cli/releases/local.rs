//! Releases in a data folder that no server has open.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::data_folder;
use crate::release::{FileSet, ReleaseId};
use crate::store::{Act, Origin, ReleaseInfo, Store};

use super::{Keeper, Kept, KeptFiles, Note, Published};

/// An open data folder.
pub(super) struct Folder {
    store: Store,
}

impl Folder {
    /// Opens a data folder; makes it only for a first release, since any other wish means another folder.
    pub(super) fn open(path: &Path, may_make: bool) -> anyhow::Result<Self> {
        let store = if may_make { data_folder::open_or_make(path) } else { data_folder::open(path) };
        Ok(Self { store: store? })
    }
}

impl Keeper for Folder {
    fn list(&self) -> anyhow::Result<Vec<Kept>> {
        Ok(self.store.releases()?.into_iter().map(Kept::from).collect())
    }

    fn show(&self, id: &ReleaseId) -> anyhow::Result<KeptFiles> {
        let (info, files) = self.store.release(id)?;
        let files = files.iter().map(|(key, text)| (key.to_string(), text.to_string())).collect();
        Ok(KeptFiles { kept: info.into(), files })
    }

    fn publish(&self, files: &FileSet, note: &Note<'_>, activate: bool) -> anyhow::Result<Published> {
        let act = Act { time: Timestamp::now(), author: note.author };
        let published = self.store.publish(files, &act, note.message, activate.then_some(Origin::Upload))?;
        Ok(published.release.into())
    }

    fn activate(&self, id: &ReleaseId, author: &str) -> anyhow::Result<Published> {
        let act = Act { time: Timestamp::now(), author };
        Ok(self.store.activate(id, &act, Origin::Rollback)?.into())
    }
}

impl From<ReleaseInfo> for Kept {
    fn from(info: ReleaseInfo) -> Self {
        Self {
            release: info.id.to_string(),
            parent: info.parent.map(|parent| parent.to_string()),
            author: info.author,
            time: info.time.to_string(),
            message: info.message,
            active: info.active,
        }
    }
}

impl From<ReleaseInfo> for Published {
    fn from(info: ReleaseInfo) -> Self {
        let Kept { release, parent, active, .. } = info.into();
        Self { release, parent, active }
    }
}
