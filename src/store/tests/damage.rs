//! Logs that were cut or changed, byte by byte.

use std::path::PathBuf;

use proptest::prelude::*;

use super::super::entry::Entry;
use super::*;

/// A log of three releases; gives back its path and where each record starts, with the end as last.
fn log_of_three(dir: &Path) -> (PathBuf, Vec<usize>) {
    let path = dir.join("releases.log");
    let size = |path: &Path| std::fs::metadata(path).unwrap().len() as usize;
    let store = open_in_memory(dir, &MemoryTable::default()).unwrap();
    let mut starts = vec![size(&path)];
    for number in 0..3 {
        store.publish(&numbered(number), &act(0), "", Some(Origin::Upload)).unwrap();
        starts.push(size(&path));
    }
    (path, starts)
}

/// How many releases a store on these bytes lists.
fn reopened(dir: &Path, path: &Path, bytes: &[u8]) -> Result<usize, Error> {
    std::fs::write(path, bytes).unwrap();
    let store = open_in_memory(dir, &MemoryTable::default())?;
    let whole = std::fs::metadata(path).unwrap().len() as usize;
    assert!(whole <= bytes.len());
    Ok(listing(&store).len())
}

#[test]
fn a_log_cut_anywhere_holds_the_records_before_the_cut() {
    let dir = tempfile::tempdir().unwrap();
    let (path, starts) = log_of_three(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    for cut in 0..=bytes.len() {
        let found = reopened(dir.path(), &path, &bytes[..cut]);
        if cut < starts[0] {
            assert!(matches!(found, Err(Error::Damaged { offset: 0, .. })), "cut at {cut}");
            continue;
        }
        let whole = starts.iter().filter(|start| **start <= cut).count() - 1;
        assert_eq!(found.unwrap(), whole, "cut at {cut}");
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, starts[whole], "the torn tail is gone");
    }
}

#[test]
fn a_changed_byte_is_refused_unless_it_is_in_the_last_record() {
    let dir = tempfile::tempdir().unwrap();
    let (path, starts) = log_of_three(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            let found = reopened(dir.path(), &path, &changed);
            let record = starts.iter().rposition(|start| *start <= at);
            match (record, found) {
                (None, Err(Error::Damaged { offset: 0, .. })) => {}
                (Some(record @ 0..2), Err(Error::Damaged { offset, .. })) => {
                    assert_eq!(offset as usize, starts[record])
                }
                (Some(2), Ok(left)) => assert_eq!(left, 2),
                (_, found) => panic!("byte {at} ^ {mask:#x}: {found:?}"),
            }
        }
    }
}

#[test]
fn a_torn_tail_of_any_length_is_cut_and_the_next_release_takes_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (path, starts) = log_of_three(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    for garbage in
        [vec![0; 1], vec![0; 4096], vec![0xff; 15], bytes[starts[1]..starts[2]].to_vec(), b"text".repeat(999)]
    {
        let torn = [bytes.as_slice(), &garbage].concat();
        let found = reopened(dir.path(), &path, &torn);
        if garbage.starts_with(&bytes[starts[1]..starts[2]]) {
            assert!(matches!(found, Err(Error::Damaged { .. })), "a record that stands twice is no torn tail");
            continue;
        }
        assert_eq!(found.unwrap(), 3);
        let store = open_in_memory(dir.path(), &MemoryTable::default()).unwrap();
        store.publish(&numbered(9), &act(1), "", None).unwrap();
        drop(store);
        assert_eq!(listing(&open_in_memory(dir.path(), &MemoryTable::default()).unwrap()).len(), 4);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_log_panic(tail in prop::collection::vec(any::<u8>(), 0..400), at in 0..2000_usize) {
        let dir = tempfile::tempdir().unwrap();
        let (path, _) = log_of_three(dir.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(16 + at);
        bytes.extend_from_slice(&tail);
        // Opened or refused, but never more than what was written, and never a panic.
        prop_assert!(reopened(dir.path(), &path, &bytes).map_or(true, |releases| releases <= 3));
    }

    #[test]
    fn no_body_makes_the_decoder_panic(mut body in prop::collection::vec(any::<u8>(), 0..300), length in 0..300_u32) {
        drop(Entry::decode(&body));
        body.splice(0..0, length.to_le_bytes());
        prop_assert!(Entry::decode(&body).is_none());
        let json = br#"{"release":{"id":"0123456789abcdef","parent":null,"author":"","time":"2026-01-01T00:00:00Z","message":"",
            "files":[{"path":"rules/a.rules","sha256":"0000000000000000000000000000000000000000000000000000000000000000","bytes":18446744073709551615,"here":true}]}}"#;
        let body = [&(json.len() as u32).to_le_bytes(), json.as_slice(), &body].concat();
        prop_assert!(Entry::decode(&body).is_none(), "a length that no body has is not believed");
    }
}

#[test]
fn damage_names_the_file_the_place_and_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let (path, starts) = log_of_three(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[starts[1] + 20] ^= 1;
    let error = reopened(dir.path(), &path, &bytes).unwrap_err().to_string();
    let error = error.replace(&dir.path().display().to_string(), "data").replace(&starts[1].to_string(), "N");
    insta::assert_snapshot!(error, @"`data/releases.log` is damaged at byte N: a bad record with good later ones behind it; restore the file from a backup, or give up what follows: cut it there (`truncate --size N`) and remove the sled folder beside it");
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "a refused log is left as it is");
}

#[test]
fn a_log_shorter_than_its_table_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let table = MemoryTable::default();
    let store = open_in_memory(dir.path(), &table).unwrap();
    store.publish(&numbered(1), &act(0), "", None).unwrap();
    let path = dir.path().join("releases.log");
    let shorter = std::fs::read(&path).unwrap();
    store.publish(&numbered(2), &act(0), "", None).unwrap();
    drop(store);
    std::fs::write(&path, shorter).unwrap();
    let error = open_in_memory(dir.path(), &table).err().unwrap();
    assert!(matches!(error, Error::LogTooShort { log: 1, folded: 2, .. }), "{error}");
    // A log that somebody put in its place is as bad, even a longer one.
    std::fs::remove_file(&path).unwrap();
    let other = open_in_memory(dir.path(), &MemoryTable::default()).unwrap();
    (5..9).for_each(|number| drop(other.publish(&numbered(number), &act(0), "", None).unwrap()));
    drop(other);
    let error = open_in_memory(dir.path(), &table).err().unwrap();
    assert!(matches!(error, Error::LogTooShort { log: 4, folded: 2, .. }), "{error}");
}

#[test]
fn a_log_of_a_later_format_is_left_to_the_later_program() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = log_of_three(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8] = 2;
    let crc = crc32c::crc32c(&bytes[..12]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    assert!(matches!(reopened(dir.path(), &path, &bytes), Err(Error::Newer { found: 2, known: 1, .. })));
}
