//! Values that other rooms keep in the same tree as the releases, each under a prefix of its own.
//!
//! In: values of any length under byte keys, many at once. Out: the same after any crash. A long value is cut into
//! chunks; its first chunk begins with its whole length, so that what is left of a longer former one is never read.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use super::table::{MAX_CHUNK_BYTES, Rows, Table, TableError};

/// Before the bytes of each value.
const LENGTH_BYTES: usize = 4;

/// The file beside sled's own that says why it must be made again.
pub(super) const DISTRUSTED: &str = "distrusted";

/// Takes a key and its value, and says whether to go on.
pub type VisitValue<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// A handle on the tree; clones share it. Every call may wait for the disk.
#[derive(Clone)]
pub struct Shelf {
    table: Arc<dyn Table>,
    path: PathBuf,
}

/// Values to be put and keys to be removed, all or nothing. Of one key the last word counts.
#[derive(Debug, Default)]
pub struct Changes {
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Changes {
    /// Puts a value.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.values.insert(key, Some(value));
    }

    /// Removes a value.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.values.insert(key, None);
    }

    /// Adds what `later` says.
    pub fn extend(&mut self, later: Self) {
        self.values.extend(later.values);
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many keys change.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}

impl Shelf {
    pub(super) fn new(table: Arc<dyn Table>, path: PathBuf) -> Self {
        Self { table, path }
    }

    /// The value under a key.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.read(key).map_err(|error| self.distrust(error))
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let Some(first) = self.table.get(&chunk_key(key, 0))? else { return Ok(None) };
        let (length, begin) = split(&first).ok_or_else(lost)?;
        let mut value = begin.to_vec();
        for index in 1.. {
            if value.len() >= length {
                break;
            }
            value.extend_from_slice(&self.table.get(&chunk_key(key, index))?.ok_or_else(lost)?);
        }
        value.truncate(length);
        Ok(Some(value))
    }

    /// Hands out all values whose key begins so, in key order, until `visit` says stop.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn each(&self, prefix: &[u8], visit: &mut VisitValue<'_>) -> Result<(), Error> {
        self.each_from(prefix, prefix, visit)
    }

    /// The same from a key on, which begins with the prefix.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn each_from(&self, prefix: &[u8], from: &[u8], visit: &mut VisitValue<'_>) -> Result<(), Error> {
        let mut open: Option<(Vec<u8>, usize, Vec<u8>)> = None;
        let mut damaged = false;
        let mut stopped = false;
        let mut row = |key: &[u8], chunk: &[u8]| {
            let Some((key, index)) = split_key(key) else {
                damaged = true;
                return ControlFlow::Break(());
            };
            if index == 0 {
                match split(chunk) {
                    Some((length, begin)) => open = Some((key.to_vec(), length, begin.to_vec())),
                    None => damaged = true,
                }
            } else if let Some((of, _, value)) = &mut open
                && of == key
            {
                value.extend_from_slice(chunk);
            }
            match &mut open {
                Some((of, length, value)) if value.len() >= *length => {
                    value.truncate(*length);
                    let flow = visit(of, value);
                    open = None;
                    stopped = flow.is_break();
                    flow
                }
                _ if damaged => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        self.table.each_from(prefix, from, &mut row).map_err(|error| self.distrust(error))?;
        if damaged || (open.is_some() && !stopped) { Err(self.distrust(lost())) } else { Ok(()) }
    }

    /// Does all of it or nothing, durably.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn commit(&self, changes: Changes) -> Result<(), Error> {
        let (mut puts, mut removals) = (Rows::new(), Vec::new());
        for (key, value) in changes.values {
            match value {
                Some(value) => put(&mut puts, &key, &value),
                None => {
                    let chunks = self.table.scan(&key).map_err(|error| self.failed(error))?;
                    let whole_key = key.len() + 4;
                    removals.extend(chunks.into_iter().map(|(key, _)| key).filter(|key| key.len() == whole_key));
                }
            }
        }
        self.table.commit_changes(puts, removals).map_err(|error| self.failed(error))
    }

    /// Has sled set aside, and made again, when the folder is opened next: a value in it makes no sense.
    pub fn give_up(&self, what: &'static str) -> Error {
        self.distrust(TableError(what.to_owned()))
    }

    fn distrust(&self, error: TableError) -> Error {
        // INVARIANT: an opening looks for this file. If it cannot be written, the next reading fails in the same way.
        drop(std::fs::write(self.path.join(DISTRUSTED), error.to_string()));
        self.failed(error)
    }

    fn failed(&self, error: TableError) -> Error {
        Error::Table { path: self.path.clone(), what: error.0 }
    }
}

fn put(rows: &mut Rows, key: &[u8], value: &[u8]) {
    let (begin, rest) = value.split_at(value.len().min(MAX_CHUNK_BYTES - LENGTH_BYTES));
    // INVARIANT: nobody keeps a value of 4 GiB.
    let mut first = (value.len() as u32).to_be_bytes().to_vec();
    first.extend_from_slice(begin);
    rows.push((chunk_key(key, 0), first));
    let rest = rest.chunks(MAX_CHUNK_BYTES).zip(1..);
    rows.extend(rest.map(|(chunk, index)| (chunk_key(key, index), chunk.to_vec())));
}

fn split(first: &[u8]) -> Option<(usize, &[u8])> {
    let (length, begin) = first.split_at_checked(LENGTH_BYTES)?;
    Some((u32::from_be_bytes(length.try_into().ok()?) as usize, begin))
}

fn chunk_key(key: &[u8], index: u32) -> Vec<u8> {
    [key, &index.to_be_bytes()].concat()
}

fn split_key(key: &[u8]) -> Option<(&[u8], u32)> {
    let (key, index) = key.split_at_checked(key.len().checked_sub(4)?)?;
    Some((key, u32::from_be_bytes(index.try_into().ok()?)))
}

fn lost() -> TableError {
    TableError("sled lost a part of a value".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::table::MemoryTable;
    use super::*;

    fn shelf() -> Shelf {
        Shelf::new(Arc::new(MemoryTable::default()), PathBuf::new())
    }

    fn all(shelf: &Shelf) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        shelf
            .each(b"v", &mut |key, value| {
                found.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    }

    #[test]
    fn values_of_every_length_come_back_also_after_longer_ones() {
        let shelf = shelf();
        for length in [20_000, 0, 1, MAX_CHUNK_BYTES - 4, MAX_CHUNK_BYTES - 3, 4096, 9000, 5] {
            let value: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let mut changes = Changes::default();
            changes.put(b"v1".to_vec(), value.clone());
            shelf.commit(changes).unwrap();
            assert_eq!(shelf.get(b"v1").unwrap(), Some(value.clone()), "{length}");
            assert_eq!(all(&shelf), [(b"v1".to_vec(), value)], "{length}");
        }
        let mut changes = Changes::default();
        changes.remove(b"v1".to_vec());
        shelf.commit(changes).unwrap();
        assert_eq!((shelf.get(b"v1").unwrap(), all(&shelf)), (None, vec![]));
    }

    #[test]
    fn a_removed_value_takes_no_neighbour_with_it() {
        let shelf = shelf();
        let mut changes = Changes::default();
        changes.put(b"v1".to_vec(), vec![1; 10_000]);
        changes.put(b"v1x".to_vec(), vec![2]);
        shelf.commit(changes).unwrap();
        let mut changes = Changes::default();
        changes.remove(b"v1".to_vec());
        shelf.commit(changes).unwrap();
        assert_eq!(all(&shelf), [(b"v1x".to_vec(), vec![2])]);
    }
}
