//! Files that were cut or changed, byte by byte.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::store::journal::memory_disk::MemoryDisk;
use crate::store::journal::record::seed;

type Files = BTreeMap<String, Vec<u8>>;

/// A record: its segment, where it begins and ends, and the entries before it.
struct Written {
    name: String,
    from: usize,
    to: usize,
}

/// A journal over several segments, and its records.
fn written() -> (Files, Vec<Written>) {
    let disk = MemoryDisk::new(1);
    let mut journal = open(&disk).unwrap();
    let mut records = Vec::new();
    for number in 0..14_u8 {
        let end = journal.append(&[vec![number; 90], vec![number; 70]]).unwrap();
        let to = end.offset as usize;
        records.push(Written { name: Segment::name_of(end.segment), from: to - 28 - 4 - 90 - 4 - 70, to });
    }
    drop(journal);
    (disk.files(), records)
}

fn open(disk: &MemoryDisk) -> Result<Journal, Error> {
    Journal::open(Arc::new(disk.clone()), small())
}

/// Opens these files; of what opens, it is certain that it goes on and opens again.
fn reopened(files: &Files) -> Result<u64, Error> {
    let disk = MemoryDisk::with_files(2, files.clone());
    let mut journal = open(&disk)?;
    let end = journal.end().sequence;
    journal.append(&[b"more"]).unwrap();
    let journal = open(&disk.after_cut()).unwrap();
    assert_eq!(journal.end().sequence, end + 1);
    assert_eq!(read_from(&journal, journal.start()).last().unwrap().1, b"more");
    Ok(end)
}

#[test]
fn a_changed_byte_is_refused_with_its_place_unless_it_is_in_the_last_record() {
    let (files, records) = written();
    assert!(files.len() > 2);
    let last = records.len() as u64;
    for (index, record) in records.iter().enumerate() {
        for at in record.from..record.to {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = files.clone();
                changed.get_mut(&record.name).unwrap()[at] ^= mask;
                match reopened(&changed) {
                    Ok(end) => assert_eq!((index as u64 + 1, end), (last, last - 1), "byte {at} ^ {mask:#x}"),
                    Err(Error::Damaged { path, offset, .. }) => {
                        assert!(path.ends_with(&record.name));
                        assert_eq!(offset as usize, record.from, "record {index}");
                    }
                    Err(error) => panic!("byte {at} ^ {mask:#x}: {error}"),
                }
            }
        }
    }
}

#[test]
fn a_changed_header_is_refused() {
    let (files, _) = written();
    for name in files.keys() {
        for at in 0..HEADER_BYTES {
            let mut changed = files.clone();
            changed.get_mut(name).unwrap()[at] ^= 4;
            let error = reopened(&changed).unwrap_err();
            assert!(matches!(&error, Error::Damaged { path, offset: 0, .. } if path.ends_with(name)), "{error}");
        }
    }
}

#[test]
fn a_file_cut_in_its_last_record_loses_that_record_and_no_other() {
    let (files, records) = written();
    let last = records.last().unwrap();
    for cut in last.from..=last.to + 20 {
        let mut cut_off = files.clone();
        cut_off.get_mut(&last.name).unwrap().truncate(cut);
        let kept = records.len() - usize::from(cut < last.to);
        assert_eq!(reopened(&cut_off).unwrap(), kept as u64, "cut at {cut}");
    }
}

#[test]
fn a_segment_that_is_cut_or_missing_before_others_is_refused() {
    let (files, records) = written();
    let names: Vec<_> = files.keys().cloned().collect();
    let mut missing = files.clone();
    missing.remove(&names[1]);
    let ends = records.iter().filter(|record| record.name == names[0]).map(|record| record.to);
    let error = reopened(&missing).unwrap_err();
    let end = ends.max().unwrap() as u64;
    assert!(matches!(&error, Error::Damaged { path, offset, .. } if path.ends_with(&names[0]) && *offset == end));
    let mut cut = files.clone();
    cut.get_mut(&names[1]).unwrap().truncate(200);
    assert!(matches!(reopened(&cut), Err(Error::Damaged { path, .. }) if path.ends_with(&names[1])));
    let mut foreign = files;
    let other = written().0.remove(&names[1]).unwrap();
    *foreign.get_mut(&names[1]).unwrap() = other;
    let error = reopened(&foreign).unwrap_err().to_string().replace('\\', "/");
    let error = error.split(';').next().unwrap().replace(&names[1], "N");
    insta::assert_snapshot!(error, @"`events/N` is damaged at byte 0: it belongs to another journal than the first segment");
}

#[test]
fn damage_names_the_file_the_place_and_the_remedy() {
    let (mut files, records) = written();
    files.get_mut(&records[1].name).unwrap()[records[1].from + 40] ^= 1;
    let error = reopened(&files).unwrap_err().to_string().replace('\\', "/");
    insta::assert_snapshot!(error, @"`events/0000000000000001.segment` is damaged at byte 260: no good record stands here, and the next segment begins with a later one; restore the file from a backup, or give up what follows: cut it there (`truncate --size 260`), remove the later segments beside it, and rebuild what was folded from them");
}

#[test]
fn a_torn_tail_is_erased_whatever_it_holds() {
    let (files, records) = written();
    let last = records.last().unwrap();
    let size = files[&last.name].len();
    let record = files[&last.name][last.from..last.to].to_vec();
    for garbage in [vec![1], vec![0xff; 15], record[..100].to_vec(), record[1..].to_vec(), b"text".repeat(4)] {
        let mut torn = files.clone();
        let bytes = torn.get_mut(&last.name).unwrap();
        bytes[last.to..last.to + garbage.len()].copy_from_slice(&garbage);
        assert_eq!(reopened(&torn).unwrap(), records.len() as u64);
        let disk = MemoryDisk::with_files(3, torn);
        drop(open(&disk).unwrap());
        let bytes = disk.after_cut().files().remove(&last.name).unwrap();
        assert_eq!(bytes.len(), size);
        assert!(bytes[last.to..].iter().all(|byte| *byte == 0), "durably");
    }
    let mut twice = files;
    let bytes = twice.get_mut(&last.name).unwrap();
    bytes[last.to..last.to + record.len()].copy_from_slice(&record);
    assert!(matches!(reopened(&twice), Err(Error::Damaged { .. })), "a record that stands twice is no torn tail");
}

#[test]
fn a_record_inside_an_entry_is_never_taken_for_one_of_the_journal() {
    // What an attacker would send: a record that looks like a later one, with a guessed id.
    let mut draft = Draft::default();
    draft.clear();
    draft.push(b"smuggled");
    let smuggled = draft.finish(seed(0), 3, 4).to_vec();
    let disk = MemoryDisk::new(4);
    let mut journal = open(&disk).unwrap();
    journal.append(&[b"first"]).unwrap();
    let end = journal.end().offset as usize;
    journal.append(&[smuggled]).unwrap();
    drop(journal);
    let mut files = disk.files();
    files.values_mut().next().unwrap()[end] ^= 1;
    assert_eq!(reopened(&files).unwrap(), 1, "a torn tail, not damage");
}

#[test]
fn segments_that_the_caller_trusts_are_read_only_when_asked_for() {
    let (mut files, records) = written();
    files.get_mut(&records[1].name).unwrap()[records[1].from + 40] ^= 1;
    let disk = MemoryDisk::with_files(5, files);
    let options = JournalOptions { verify_from: records.len() as u64, ..small() };
    let journal = Journal::open(Arc::new(disk), options).unwrap();
    assert_eq!(journal.end().sequence, records.len() as u64);
    let mut reader = journal.read(journal.start()).unwrap();
    reader.next_record().unwrap().unwrap();
    let error = reader.next_record().unwrap_err();
    assert!(matches!(error, Error::Damaged { offset, .. } if offset as usize == records[1].from), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), id: u64) {
        prop_assert!(Record::decode(&bytes, id).is_none());
        if let Some(length) = bytes.first_chunk_mut::<4>() {
            *length = 40_u32.to_le_bytes();
        }
        prop_assert!(Record::decode(&bytes, id).is_none());
    }

    #[test]
    fn a_record_reads_as_it_was_written(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 1..9),
        id: u64, sequence in 1..u64::MAX, first_entry in 1..u64::MAX >> 1, behind in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut draft = Draft::default();
        draft.clear();
        entries.iter().for_each(|entry| draft.push(entry));
        let mut bytes = draft.finish(seed(id), sequence, first_entry).to_vec();
        let length = bytes.len();
        bytes.extend(behind);
        let (record, taken) = Record::decode(&bytes, id).unwrap();
        prop_assert_eq!((record.sequence, record.first_entry, record.count(), taken), (sequence, first_entry, entries.len() as u64, length));
        let read: Vec<_> = record.entries().map(|(number, entry)| (number, entry.to_vec())).collect();
        prop_assert_eq!(read, (first_entry..).zip(entries).collect::<Vec<_>>());
        prop_assert!(Record::decode(&bytes, !id).is_none(), "of another journal");
        prop_assert!(Record::decode(&bytes[..length - 1], id).is_none());
    }

    #[test]
    fn no_bytes_make_the_journal_panic(tail in prop::collection::vec(any::<u8>(), 0..1200), at in 0..1024_usize) {
        let (mut files, records) = written();
        let bytes = files.get_mut(&records.last().unwrap().name).unwrap();
        bytes.truncate(at);
        bytes.extend(tail);
        // Opened or refused, but never more than what was written.
        prop_assert!(reopened(&files).map_or(true, |end| end <= records.len() as u64));
    }
}
