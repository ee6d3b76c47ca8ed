//! A disk that fails at the n-th operation, for every n: what was acknowledged is there, and nothing is claimed.

use std::io::ErrorKind;

use super::*;
use crate::store::journal::memory_disk::{Fault, MemoryDisk};

fn entry(number: usize) -> Vec<u8> {
    vec![number as u8; 40 + number % 50]
}

fn open(disk: &MemoryDisk) -> Result<Journal, Error> {
    Journal::open(Arc::new(disk.clone()), small())
}

/// What a run was told.
#[derive(Debug, Default)]
struct Told {
    acknowledged: Vec<usize>,
    /// Refused for good: it may be there after all.
    uncertain: Option<usize>,
    refused: usize,
}

/// Appends fifty entries, with retention at work.
fn append_fifty(disk: &MemoryDisk) -> Told {
    let mut told = Told::default();
    let Ok(mut journal) = open(disk) else { return told };
    for number in 0..50 {
        if number == 30 {
            drop(journal.drop_before(journal.end()));
        }
        let was_broken = journal.is_broken();
        match journal.append(&[entry(number)]) {
            Ok(position) => {
                assert!(!was_broken);
                told.acknowledged.push(number);
                assert_eq!(position.entry, told.acknowledged.len() as u64);
            }
            Err(Error::Broken) => {
                assert!(journal.is_broken(), "and stays so");
                told.uncertain = told.uncertain.or((!was_broken).then_some(number));
            }
            Err(error) => {
                assert!(matches!(error, Error::Io { .. } | Error::DiskFull { .. }), "{error}");
                assert!(!journal.is_broken());
                told.refused += 1;
            }
        }
    }
    told
}

fn holds(disk: &MemoryDisk, told: &Told, fault: Fault) {
    let journal = open(disk).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    let found = read_from(&journal, journal.start());
    let mut wanted = told.acknowledged.clone();
    if journal.end().entry > wanted.len() as u64 {
        wanted.extend(told.uncertain);
    }
    assert_eq!(journal.end().entry, wanted.len() as u64, "{fault:?} {told:?}");
    let wanted: Vec<_> = wanted.iter().zip(1..).map(|(number, at)| (at, entry(*number))).collect();
    assert_eq!(found, wanted[journal.start().entry as usize..], "{fault:?}");
}

#[test]
fn whichever_operation_fails_nothing_acknowledged_is_lost() {
    let clean = MemoryDisk::new(0);
    append_fifty(&clean);
    let operations = clean.operations();
    assert!(operations > 150, "{operations}");
    for at in 0..=operations {
        for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
            for fault in [Fault::Once(at, kind), Fault::From(at, kind)] {
                let disk = MemoryDisk::new(at as u64);
                disk.fail(fault);
                let told = append_fifty(&disk);
                let was_hit = !told.acknowledged.len().eq(&50);
                assert!(at < operations || !was_hit);
                (0..4).for_each(|_| holds(&disk.after_cut(), &told, fault));
                holds(&disk.after_kill(), &told, fault);
            }
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_more_is_accepted() {
    let disk = MemoryDisk::new(3);
    let mut journal = open(&disk).unwrap();
    journal.append(&[entry(1)]).unwrap();
    disk.fail(Fault::Once(1, ErrorKind::Other));
    assert!(matches!(journal.append(&[entry(2)]), Err(Error::Broken)));
    let operations = disk.operations();
    let error = journal.append(&[entry(3)]).unwrap_err();
    insta::assert_snapshot!(error, @"a write to the journal failed for good, so nothing more is accepted; mend the disk and restart the server");
    assert!(matches!(journal.drop_before(journal.end()), Ok(0)));
    assert_eq!(disk.operations(), operations, "the disk is left alone");
    assert_eq!(read_from(&journal, journal.start()), [(1, entry(1))], "what was acknowledged is still read");
}

#[test]
fn a_failed_write_is_taken_back_and_the_next_one_takes_its_place() {
    let disk = MemoryDisk::new(4);
    let mut journal = open(&disk).unwrap();
    journal.append(&[entry(1)]).unwrap();
    disk.fail(Fault::Once(0, ErrorKind::Other));
    let error = journal.append(&[entry(2)]).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace('\\', "/"), @"cannot write `events/0000000000000001.segment`: other error");
    journal.append(&[entry(3)]).unwrap();
    let journal = open(&disk.after_cut()).unwrap();
    assert_eq!(read_from(&journal, journal.start()), [(1, entry(1)), (2, entry(3))]);
}

#[test]
fn a_full_disk_refuses_entries_until_there_is_room() {
    let disk = MemoryDisk::new(5);
    disk.limit(3 << 10);
    let mut journal = open(&disk).unwrap();
    let mut kept = 0;
    let error = loop {
        match journal.append(&[entry(kept)]) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_full() && !journal.is_broken(), "{error}");
    assert_eq!(journal.segments().len(), 3, "all that fits is used");
    assert!(journal.append(&[entry(kept)]).unwrap_err().is_full());
    assert_eq!(disk.files().len(), 3, "an attempt leaves nothing behind");
    let end = journal.end();
    assert_eq!(journal.drop_before(end).unwrap(), 2);
    for number in kept..kept + 10 {
        journal.append(&[entry(number)]).unwrap();
    }
    let journal = open(&disk.after_cut()).unwrap();
    assert_eq!(journal.end().entry, kept as u64 + 10);
}

#[test]
fn the_cap_is_never_passed() {
    for cap in [1 << 10, 1500, 2 << 10, 5000] {
        let disk = MemoryDisk::new(6);
        let mut journal = Journal::open(Arc::new(disk.clone()), JournalOptions { cap_bytes: cap, ..small() }).unwrap();
        for round in 0..3 {
            let before = journal.end();
            let error = loop {
                let appended = journal.append(&[entry(7)]);
                let taken: usize = disk.files().values().map(Vec::len).sum();
                assert!(taken as u64 <= cap && journal.bytes() == taken as u64, "{taken} of {cap}");
                if let Err(error) = appended {
                    break error;
                }
            };
            assert!(matches!(error, Error::AtCap { .. }) && !journal.is_broken(), "{error}");
            assert!(journal.end() > before, "round {round}");
            assert!(journal.bytes() + journal.options.shortest() > cap, "round {round}: all that is allowed is used");
            assert!(journal.drop_before(journal.end()).unwrap() > 0, "what is dropped makes room");
        }
    }
    let tiny = JournalOptions { cap_bytes: 10, ..small() };
    let error = Journal::open(Arc::new(MemoryDisk::new(7)), tiny).err().unwrap();
    insta::assert_snapshot!(error, @"the journal holds 0 bytes, and another segment of 512 would pass its cap of 10");
}
