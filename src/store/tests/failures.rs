//! Disks that fail at the n-th write, sync or cut, for every n: what was acknowledged is there, and nothing is claimed.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::sled_table::OpenError;
use super::super::table::{Rows, Table, TableError, VisitRow};
use super::*;

/// Which calls fail: the n-th alone, or all from the n-th on.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Once(usize),
    From(usize),
}

impl Fault {
    fn strikes(self, call: usize) -> bool {
        match self {
            Self::Once(at) => call == at,
            Self::From(at) => call >= at,
        }
    }
}

struct FailingMedium {
    file: File,
    fault: Fault,
    calls: Arc<AtomicUsize>,
}

impl FailingMedium {
    fn call(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fault.strikes(call) { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
    }
}

impl Read for FailingMedium {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for FailingMedium {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Write for FailingMedium {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.call() {
            // As a full disk does it: the first half arrives.
            self.file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Medium for FailingMedium {
    fn sync(&mut self) -> io::Result<()> {
        self.call().and_then(|()| self.file.sync_data())
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.call().and_then(|()| self.file.set_len(bytes))
    }
}

struct FailingTable {
    rows: MemoryTable,
    fault: Fault,
    commits: AtomicUsize,
}

impl Table for FailingTable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.rows.get(key)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Rows, TableError> {
        self.rows.scan(prefix)
    }

    fn each_from(&self, prefix: &[u8], from: &[u8], visit: &mut VisitRow<'_>) -> Result<(), TableError> {
        self.rows.each_from(prefix, from, visit)
    }

    fn commit_changes(&self, puts: Rows, removals: Vec<Vec<u8>>) -> Result<(), TableError> {
        if self.fault.strikes(self.commits.fetch_add(1, Ordering::Relaxed)) {
            return Err(TableError("no space".to_owned()));
        }
        self.rows.commit_changes(puts, removals)
    }
}

/// Publishes ten sets; gives back the numbers of those that were acknowledged.
fn publish_ten(store: &Store) -> Vec<usize> {
    (0..10).filter(|number| store.publish(&numbered(*number), &act(0), "", Some(Origin::Upload)).is_ok()).collect()
}

/// All acknowledged releases are there; at most one other is, and only as the last one.
fn holds(store: &Store, acknowledged: &[usize]) {
    let mut found: Vec<_> = store.releases().unwrap().into_iter().map(|info| info.id).collect();
    found.reverse();
    let wanted: Vec<_> = acknowledged.iter().map(|number| numbered(*number).id()).collect();
    assert!(found.starts_with(&wanted) && found.len() <= wanted.len() + 1, "{found:?} for {wanted:?}");
    assert_eq!(store.active().as_ref(), found.last());
}

#[test]
fn a_failing_log_loses_nothing_that_was_acknowledged() {
    let mut clean_runs = 0;
    for fault in (0..24).flat_map(|n| [Fault::Once(n), Fault::From(n)]) {
        let dir = tempfile::tempdir().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let parts = with_medium(&MemoryTable::default(), move |file| {
            Box::new(FailingMedium { file, fault, calls: Arc::clone(&counted) })
        });
        let acknowledged = match open(dir.path(), None, &parts) {
            Ok(store) => {
                let acknowledged = publish_ten(&store);
                holds(&store, &acknowledged);
                acknowledged
            }
            Err(error) => {
                assert!(matches!(error, Error::Io { .. }), "{fault:?}: {error}");
                Vec::new()
            }
        };
        clean_runs += usize::from(acknowledged.len() == 10);
        holds(&open_in_memory(dir.path(), &MemoryTable::default()).unwrap(), &acknowledged);
    }
    assert_eq!(clean_runs, 6, "1 sync at open and 2 calls a release: only faults from call 21 on strike nothing");
}

#[test]
fn after_a_failed_sync_nothing_more_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    // Calls: the sync at open, then write and sync of each release.
    let parts = with_medium(&MemoryTable::default(), |file| {
        Box::new(FailingMedium { file, fault: Fault::Once(4), calls: Arc::default() })
    });
    let store = open(dir.path(), None, &parts).unwrap();
    assert_eq!(publish_ten(&store), [0]);
    let error = store.activate(&numbered(0).id(), &act(1), Origin::Rollback).unwrap_err();
    assert!(matches!(error, Error::Broken));
    insta::assert_snapshot!(error, @"a former write to the store failed, so nothing more is accepted; mend the disk and restart the server");
    assert_eq!(listing(&store).len(), 1, "what was accepted before is still read");
}

#[test]
fn a_full_disk_refuses_one_release_and_takes_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let table = MemoryTable::default();
    let parts =
        with_medium(&table, |file| Box::new(FailingMedium { file, fault: Fault::Once(3), calls: Arc::default() }));
    let store = open(dir.path(), None, &parts).unwrap();
    assert_eq!(publish_ten(&store), [0, 2, 3, 4, 5, 6, 7, 8, 9]);
    drop(store);
    assert_eq!(listing(&open_in_memory(dir.path(), &table).unwrap()).len(), 9);
}

#[test]
fn a_failing_table_stops_the_store_and_the_log_brings_all_back() {
    for fault in (0..10).flat_map(|n| [Fault::Once(n), Fault::From(n)]) {
        let dir = tempfile::tempdir().unwrap();
        let rows = MemoryTable::default();
        let shared = rows.clone();
        let table = move |_: &Path| -> Result<Box<dyn Table>, OpenError> {
            Ok(Box::new(FailingTable { rows: shared.clone(), fault, commits: AtomicUsize::new(0) }))
        };
        let store = open(dir.path(), None, &Parts { table: Box::new(table), ..Parts::default() }).unwrap();
        let acknowledged = publish_ten(&store);
        let (Fault::Once(at) | Fault::From(at)) = fault;
        assert_eq!(acknowledged, (0..at).collect::<Vec<_>>());
        drop(store);
        // The log has one release more than was acknowledged: it was refused without a claim either way.
        let store = open_in_memory(dir.path(), &rows).unwrap();
        assert_eq!(listing(&store).len(), at + 1);
        holds(&store, &acknowledged);
    }
}
