//! Everybody: those who were here lately in memory, the rest in sled.
//!
//! In: ids and hashes. Out: the one person they belong to, found in memory or with at most two reads of sled. A person is
//! changed and looked at under their lock; ids are joined and forgotten on the committer's thread alone. A person leaves memory only when sled has
//! everything that is known of them.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use dashmap::{DashMap, DashSet, Entry as Place};
use foldhash::fast::RandomState;

use super::Error;
use super::entry::Id;
use super::experiments::exposing::Strangers;
use super::id::{Hashes, VisitorHash};
use super::living::Living;
use super::person::Person;
use crate::profile::Schema;
use crate::store::journal::Refused;
use crate::store::{Changes, Shelf, VisitorKeys};

/// Ids of whom nothing is known, remembered so that to ask again costs no read: about 20 MB.
const MAX_ABSENT: usize = 500_000;
/// Keys given to ids of whom nothing is kept yet; more is overload: about 40 MB.
const MAX_GIVEN: usize = 1_000_000;
/// Rows of persons, by root.
pub(super) const PERSON_ROWS: &[u8] = b"Vp";
/// Rows of ids that are not the root of their person.
const JOINED_ROWS: &[u8] = b"Vj";
/// What memory is cut down to when it is over its cap.
const KEEP_SHARE: f64 = 0.9;

/// All persons.
pub(super) struct People {
    pub(super) hashes: Hashes,
    pub(super) keys: VisitorKeys,
    pub(super) shelf: Shelf,
    /// By root.
    living: DashMap<VisitorHash, Arc<Living>, RandomState>,
    /// Of the living, ids that are not the root.
    joined: DashMap<VisitorHash, VisitorHash, RandomState>,
    absent: DashSet<VisitorHash, RandomState>,
    /// Keys given to ids whose first message is on its way.
    given: DashMap<VisitorHash, u64, RandomState>,
    pub(super) strangers: Strangers,
    next_key: AtomicU64,
    bytes: AtomicUsize,
    cap_bytes: usize,
    clock: AtomicU32,
    /// By the first byte of a hash: how often somebody of such a hash left memory or got another root. Who read a row
    /// meanwhile reads again.
    moves: [AtomicU64; 256],
    /// Whether sled may hold anybody who is not in memory.
    has_rows: AtomicBool,
}

impl People {
    pub(super) fn new(hashes: Hashes, keys: VisitorKeys, shelf: Shelf, cap_bytes: usize) -> Result<Self, Error> {
        let mut has_rows = false;
        shelf.each(PERSON_ROWS, &mut |_, _| {
            has_rows = true;
            ControlFlow::Break(())
        })?;
        Ok(Self {
            hashes,
            keys,
            shelf,
            living: DashMap::default(),
            joined: DashMap::default(),
            absent: DashSet::default(),
            given: DashMap::default(),
            strangers: Strangers::default(),
            next_key: AtomicU64::new(0),
            bytes: AtomicUsize::new(0),
            cap_bytes,
            clock: AtomicU32::new(0),
            moves: [const { AtomicU64::new(0) }; 256],
            has_rows: AtomicBool::new(has_rows),
        })
    }

    /// Somebody who is in memory; `Some(None)` when it is known that there is nobody.
    pub(super) fn at_hand(&self, hash: VisitorHash) -> Option<Option<Arc<Living>>> {
        if let Some(living) = self.living(hash) {
            return Some(Some(living));
        }
        let nobody = !self.has_rows.load(Ordering::Acquire) || self.absent.contains(&hash);
        nobody.then_some(None)
    }

    fn living(&self, hash: VisitorHash) -> Option<Arc<Living>> {
        let found = match self.living.get(&hash) {
            Some(living) => Arc::clone(&living),
            None => {
                let root = *self.joined.get(&hash)?;
                Arc::clone(&*self.living.get(&root)?)
            }
        };
        found.used.store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        Some(found)
    }

    /// Somebody, from memory or from sled. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub(super) fn find(&self, hash: VisitorHash, schema: &Schema) -> Result<Option<Arc<Living>>, Error> {
        loop {
            if let Some(known) = self.at_hand(hash) {
                return Ok(known);
            }
            let of_hash = self.moves_of(hash);
            let root = self.root_row(hash)?.unwrap_or(hash);
            let of_root = self.moves_of(root);
            let person = self.read(root, schema)?;
            let is_still_so = || self.moves_of(hash) == of_hash && self.moves_of(root) == of_root;
            let Some(person) = person else {
                if self.absent.len() >= MAX_ABSENT {
                    self.absent.clear();
                }
                // Under the lock of its place, so that nobody comes to be there at the same time.
                if let Place::Vacant(_) = self.living.entry(hash)
                    && is_still_so()
                {
                    self.absent.insert(hash);
                }
                return Ok(None);
            };
            // Joined, erased or saved anew while the row was being read: it may be an old one.
            if let Some(living) = self.take_in(root, person, 0, 0, is_still_so) {
                return Ok(Some(living));
            }
        }
    }

    fn moves_of(&self, hash: VisitorHash) -> u64 {
        let [first, ..] = hash.0;
        self.moves.get(usize::from(first)).map_or(0, |moves| moves.load(Ordering::Acquire))
    }

    fn moved(&self, hash: VisitorHash) {
        let [first, ..] = hash.0;
        if let Some(moves) = self.moves.get(usize::from(first)) {
            moves.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn root_row(&self, hash: VisitorHash) -> Result<Option<VisitorHash>, Error> {
        let row = self.shelf.get(&joined_key(hash))?;
        Ok(row.and_then(|row| row.try_into().ok().map(VisitorHash)))
    }

    /// Reads a person's row; `None` when there is none, or its key was destroyed.
    fn read(&self, root: VisitorHash, schema: &Schema) -> Result<Option<Person>, Error> {
        let Some(row) = self.shelf.get(&person_key(root))? else { return Ok(None) };
        self.open_row(root, &row, schema)
    }

    pub(super) fn open_row(&self, root: VisitorHash, row: &[u8], schema: &Schema) -> Result<Option<Person>, Error> {
        let (number, sealed) = row.split_first_chunk().ok_or(Error::Unreadable)?;
        let Some(key) = self.keys.key(u64::from_le_bytes(*number))? else { return Ok(None) };
        let bytes = key.open(&root.0, sealed).map_err(|_| Error::Unreadable)?;
        Person::decode(&bytes, schema).map(Some).ok_or(Error::Unreadable)
    }

    /// Hands out everybody whom sled knows, from a root on, in the order of their roots, until `visit` says stop. Who was erased is passed over.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub(super) fn each_person(
        &self,
        from: VisitorHash,
        schema: &Schema,
        visit: &mut dyn FnMut(VisitorHash, Person) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut failed = None;
        self.shelf.each_from(PERSON_ROWS, &person_key(from), &mut |key, row| {
            let Some(root) = root_of(key) else { return ControlFlow::Continue(()) };
            match self.open_row(root, row, schema) {
                Ok(Some(person)) => visit(root, person),
                Ok(None) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Puts somebody into memory, unless they are there already; `None` when that is not right any more.
    fn take_in(
        &self,
        root: VisitorHash,
        person: Person,
        version: u64,
        saved: u64,
        is_right: impl FnOnce() -> bool,
    ) -> Option<Arc<Living>> {
        let others: Vec<VisitorHash> = person.ids.keys().filter(|hash| **hash != root).copied().collect();
        let living = match self.living.entry(root) {
            Place::Occupied(known) => return Some(Arc::clone(known.get())),
            Place::Vacant(_) if !is_right() => return None,
            Place::Vacant(place) => {
                let living = Arc::new(Living::new(person, version, saved));
                living.used.store(self.clock.load(Ordering::Relaxed), Ordering::Relaxed);
                self.bytes.fetch_add(living.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
                place.insert(Arc::clone(&living));
                living
            }
        };
        for hash in others {
            self.joined.insert(hash, root);
        }
        Some(living)
    }

    /// The person of an id, made if there is none. On the committer's thread alone.
    ///
    /// # Errors
    /// As [`People::find`].
    pub(super) fn find_or_make(&self, id: Id, text: &Arc<str>, schema: &Schema) -> Result<Arc<Living>, Error> {
        let living = match self.find(id.hash, schema)? {
            Some(living) => living,
            None => {
                let living = self.take_in(id.hash, Person::new(id, Arc::clone(text)), 1, 0, || true);
                self.absent.remove(&id.hash);
                // INVARIANT: it was right to take them in.
                living.ok_or(Error::Stopped)?
            }
        };
        self.given.remove(&id.hash);
        Ok(living)
    }

    /// The key number of an id: the one it has, or one that nobody has. May wait for the disk.
    ///
    /// # Errors
    /// As [`People::find`].
    pub(super) fn key_of(&self, hash: VisitorHash, schema: &Schema) -> Result<u64, Error> {
        let known = |living: Arc<Living>| living.lock().person.ids.get(&hash).map(|known| known.id.key);
        if let Some(key) = self.find(hash, schema)?.and_then(known) {
            return Ok(key);
        }
        if self.given.len() >= MAX_GIVEN {
            return Err(Error::Refused(Refused::Busy));
        }
        match self.given.entry(hash) {
            Place::Occupied(given) => Ok(*given.get()),
            Place::Vacant(place) => {
                // They may have come to be there since; what they were given is taken away only after that.
                if let Some(key) = self.find(hash, schema)?.and_then(known) {
                    return Ok(key);
                }
                let key = self.next_key.fetch_add(1, Ordering::Relaxed);
                self.keys.new_key(key)?;
                place.insert(key);
                Ok(key)
            }
        }
    }

    /// What was given to an id whose keys are about to be destroyed.
    pub(super) fn take_back(&self, id: Id) {
        self.given.remove_if(&id.hash, |_, key| *key == id.key);
    }

    /// No key up to this one is given again.
    pub(super) fn key_was_given(&self, key: u64) {
        self.next_key.fetch_max(key + 1, Ordering::Relaxed);
    }

    /// The first key that was never given.
    pub(super) fn next_key(&self) -> u64 {
        self.next_key.load(Ordering::Relaxed)
    }

    /// Notes how long the row of a person is, from which follows about what they take in memory.
    fn weigh(&self, living: &Living, row_bytes: usize) {
        let now = Living::memory_bytes(row_bytes);
        let before = living.bytes.swap(now, Ordering::Relaxed);
        self.bytes.fetch_add(now, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
    }

    /// Moves a person, under whose root they were, to the root that they have now.
    pub(super) fn rooted(&self, before: VisitorHash, living: &Arc<Living>, person: &Person) {
        let Some(root) = person.root() else { return };
        person.ids.keys().for_each(|hash| self.moved(*hash));
        if before != root {
            self.living.insert(root, Arc::clone(living));
            self.joined.remove(&root);
            self.absent.remove(&root);
        }
        for hash in person.ids.keys().filter(|hash| **hash != root) {
            self.joined.insert(*hash, root);
            self.absent.remove(hash);
            self.living.remove_if(hash, |_, other| Arc::ptr_eq(other, living));
        }
    }

    /// Takes somebody out of memory who was joined with another or erased.
    pub(super) fn forget(&self, root: VisitorHash, living: &Arc<Living>, ids: impl IntoIterator<Item = VisitorHash>) {
        if self.living.remove_if(&root, |_, known| Arc::ptr_eq(known, living)).is_some() {
            self.bytes.fetch_sub(living.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        self.moved(root);
        for hash in ids {
            self.joined.remove_if(&hash, |_, known| *known == root);
            self.moved(hash);
        }
    }

    /// The row of a person as it is now, to be put into sled; the version that it holds. `None` for somebody who was joined
    /// with another, or erased, meanwhile.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn put(&self, living: &Living, changes: &mut Changes) -> Result<Option<u64>, Error> {
        let held = living.lock();
        if held.is_gone {
            return Ok(None);
        }
        let (Some(root), Some(number)) = (held.person.root(), held.person.key()) else { return Ok(None) };
        // Without a key they are being erased.
        if let Some(key) = self.keys.key(number)? {
            let mut row = number.to_le_bytes().to_vec();
            row.extend_from_slice(&key.seal(&root.0, &held.person.encode()));
            self.weigh(living, row.len());
            changes.put(person_key(root), row);
            for hash in held.person.ids.keys().filter(|hash| **hash != root) {
                changes.put(joined_key(*hash), root.0.to_vec());
                changes.remove(person_key(*hash));
            }
            changes.remove(joined_key(root));
        }
        Ok(Some(held.version))
    }

    /// Notes that sled may hold somebody who is not in memory.
    pub(super) fn rows_were_written(&self) {
        self.has_rows.store(true, Ordering::Release);
    }

    /// Lets those leave memory who were not here for longest, while there are too many. Only those whom sled has go.
    pub(super) fn make_room(&self) {
        self.clock.fetch_add(1, Ordering::Relaxed);
        if self.bytes.load(Ordering::Relaxed) <= self.cap_bytes {
            return;
        }
        let wanted = (self.cap_bytes as f64 * KEEP_SHARE) as usize;
        let mut by_use: Vec<(u32, VisitorHash)> =
            self.living.iter().map(|entry| (entry.used.load(Ordering::Relaxed), *entry.key())).collect();
        by_use.sort_unstable();
        for (_, root) in by_use {
            if self.bytes.load(Ordering::Relaxed) <= wanted {
                return;
            }
            let may_go = |living: &Arc<Living>| Arc::strong_count(living) == 1 && living.lock().is_settled();
            let gone = self.living.remove_if(&root, |_, living| {
                let goes = may_go(living);
                if goes {
                    // Before they are gone: who has read an older row must not take it in.
                    self.moved(root);
                }
                goes
            });
            let Some((_, living)) = gone else { continue };
            self.bytes.fetch_sub(living.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
            for hash in living.lock().person.ids.keys() {
                self.absent.remove(hash);
                self.joined.remove_if(hash, |_, known| *known == root);
            }
        }
    }

    /// How many persons are in memory, and about how many bytes they take.
    pub(super) fn in_memory(&self) -> (usize, usize) {
        (self.living.len(), self.bytes.load(Ordering::Relaxed))
    }

    /// Forgets that anybody in memory was looked at: after a replay they are no newcomers, and the server was down meanwhile.
    pub(super) fn nobody_was_looked_at(&self) {
        self.living.iter().for_each(|living| living.lock().was_looked_at = false);
    }

    /// The roots of all persons in memory.
    pub(super) fn all_in_memory(&self) -> Vec<VisitorHash> {
        self.living.iter().map(|entry| *entry.key()).collect()
    }

    /// The roots of all persons in sled.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn roots(&self) -> Result<Vec<VisitorHash>, Error> {
        let mut roots = Vec::new();
        self.shelf.each(PERSON_ROWS, &mut |key, _| {
            roots.extend(root_of(key));
            ControlFlow::Continue(())
        })?;
        Ok(roots)
    }
}

/// Removes what sled holds of somebody.
pub(super) fn remove_rows(root: VisitorHash, ids: impl IntoIterator<Item = VisitorHash>, changes: &mut Changes) {
    changes.remove(person_key(root));
    ids.into_iter().for_each(|hash| changes.remove(joined_key(hash)));
}

/// Whose row a key is.
fn root_of(key: &[u8]) -> Option<VisitorHash> {
    key.strip_prefix(PERSON_ROWS).and_then(|root| root.try_into().ok()).map(VisitorHash)
}

fn person_key(root: VisitorHash) -> Vec<u8> {
    [PERSON_ROWS, &root.0].concat()
}

fn joined_key(hash: VisitorHash) -> Vec<u8> {
    [JOINED_ROWS, &hash.0].concat()
}
