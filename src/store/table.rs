//! The keyed table that the log is folded into.
//!
//! In: small values under byte keys, many at once. Out: the same, in key order. sled stands behind it; a `BTreeMap` is the
//! oracle in tests. Values longer than a chunk are cut here, so that sled never makes a blob file of them.

#[cfg(test)]
use std::collections::BTreeMap;
use std::ops::ControlFlow;
#[cfg(test)]
use std::sync::{Arc, Mutex};

/// sled writes nodes over 131 KB to files of their own, without `fsync`; a leaf holds 16 values, so 4 KiB stays below.
pub const MAX_CHUNK_BYTES: usize = 4 << 10;

/// Keys and values in key order.
pub(super) type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// Why the table failed, in words for the operator's log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TableError(pub(super) String);

/// What the store needs of a keyed table.
pub(super) trait Table: Send + Sync {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError>;
    /// All rows whose key begins so, in key order.
    fn scan(&self, prefix: &[u8]) -> Result<Rows, TableError>;
    /// Hands out all rows whose key begins so, from a key on, in key order, until `visit` says stop.
    fn each_from(&self, prefix: &[u8], from: &[u8], visit: &mut VisitRow<'_>) -> Result<(), TableError>;
    /// Puts and removes all or nothing, durably; what is put and removed stays put.
    fn commit_changes(&self, puts: Rows, removals: Vec<Vec<u8>>) -> Result<(), TableError>;

    /// Puts all rows or none, durably.
    fn commit(&self, rows: Rows) -> Result<(), TableError> {
        self.commit_changes(rows, Vec::new())
    }
}

/// Takes a key and its value.
pub(super) type VisitRow<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Cuts a value into rows: the key followed by the chunk's big-endian number. An empty value has one empty chunk.
pub(super) fn put_chunked(rows: &mut Rows, key: &[u8], value: &[u8]) {
    let mut put = |index: usize, chunk: &[u8]| rows.push((chunk_key(key, index), chunk.to_vec()));
    if value.is_empty() {
        put(0, value);
    }
    value.chunks(MAX_CHUNK_BYTES).enumerate().for_each(|(index, chunk)| put(index, chunk));
}

/// Whether a chunked value is there.
pub(super) fn has_chunked(table: &dyn Table, key: &[u8]) -> Result<bool, TableError> {
    Ok(table.get(&chunk_key(key, 0))?.is_some())
}

/// Puts a chunked value together again.
pub(super) fn get_chunked(table: &dyn Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
    let rows = table.scan(key)?;
    Ok((!rows.is_empty()).then(|| rows.into_iter().flat_map(|(_, chunk)| chunk).collect()))
}

/// All chunked values whose key begins so, in key order, with their whole keys. Keys of one prefix must be equally long.
pub(super) fn scan_chunked(table: &dyn Table, prefix: &[u8]) -> Result<Rows, TableError> {
    let mut whole: Rows = Vec::new();
    for (mut key, chunk) in table.scan(prefix)? {
        key.truncate(key.len().saturating_sub(4));
        match whole.last_mut() {
            Some((last, value)) if *last == key => value.extend_from_slice(&chunk),
            _ => whole.push((key, chunk)),
        }
    }
    Ok(whole)
}

fn chunk_key(key: &[u8], index: usize) -> Vec<u8> {
    // INVARIANT: values come from records below 4 GiB, so their chunks can be counted in a u32.
    [key, &(index as u32).to_be_bytes()].concat()
}

/// The oracle. Clones share their rows, so a test can open a store on them again.
#[cfg(test)]
#[derive(Clone, Default)]
pub(super) struct MemoryTable {
    rows: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
}

#[cfg(test)]
impl Table for MemoryTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        Ok(self.rows.lock().unwrap().get(key).cloned())
    }

    fn scan(&self, prefix: &[u8]) -> Result<Rows, TableError> {
        let rows = self.rows.lock().unwrap();
        let from = rows.range(prefix.to_vec()..);
        Ok(from
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn each_from(&self, prefix: &[u8], from: &[u8], visit: &mut VisitRow<'_>) -> Result<(), TableError> {
        let rows = self.scan(prefix)?;
        let _ = rows.iter().filter(|(key, _)| **key >= *from).try_for_each(|(key, value)| visit(key, value));
        Ok(())
    }

    fn commit_changes(&self, puts: Rows, removals: Vec<Vec<u8>>) -> Result<(), TableError> {
        let mut rows = self.rows.lock().unwrap();
        removals.iter().for_each(|key| drop(rows.remove(key)));
        rows.extend(puts);
        Ok(())
    }
}
