//! Forgets a visitor for good: the keys of all their ids are destroyed, so nothing that was ever written of them can be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::{Entry, Id};
use super::id::VisitorHash;
use super::submit::Attachment;
use super::{Error, Visitors};
use crate::release::Release;

impl Visitors {
    /// Forgets a visitor, with every id that they go by; `false` when nobody of that id is known. Once this returns, their
    /// keys are gone from the disk, and their rows from sled. May wait for the disk.
    ///
    /// Copies that were made before (backups) are not touched.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Store`]: then some of it may be done, and to ask again is right.
    pub fn erase(&self, id: &str, release: &Release) -> Result<bool, Error> {
        let core = &self.core;
        let hash = core.people.hashes.visitor(id);
        let mut ids = BTreeSet::new();
        if let Some(living) = core.people.find(hash, &release.schema)? {
            let held = living.lock();
            ids.extend(held.person.ids.values().map(|known| known.id));
            ids.extend(held.person.other_keys.iter().map(|key| Id { hash, key: *key }));
        }
        // Refused messages may be sealed with other keys: of an id that nothing was accepted of, a restart forgets the key.
        let mut hashes: Vec<VisitorHash> = ids.iter().map(|id| id.hash).collect();
        hashes.push(hash);
        ids.extend(core.committer()?.between(move |_, folding| folding.refused.ids_of(&hashes)).wait()?);
        if ids.is_empty() {
            return Ok(false);
        }
        let entry = Entry::Erase { ids: ids.iter().copied().collect() }.encode();
        core.committer()?.submit(vec![entry], Attachment::default())?.wait()?;
        core.save()?;
        let keys: BTreeSet<u64> = ids.iter().map(|id| id.key).collect();
        for key in keys {
            if core.people.keys.key(key)?.is_some() {
                return Err(Error::Failed);
            }
        }
        Ok(true)
    }

    /// Every id that a visitor goes by; empty when nobody of that id is known. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn ids_of(&self, id: &str, release: &Release) -> Result<Vec<Arc<str>>, Error> {
        let core = &self.core;
        let found = core.people.find(core.people.hashes.visitor(id), &release.schema)?;
        let ids = found.map(|living| {
            let held = living.lock();
            held.person.ids.values().map(|known| Arc::clone(&known.text)).collect()
        });
        Ok(ids.unwrap_or_default())
    }
}
