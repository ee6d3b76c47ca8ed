//! The store against a plain model, against failing disks and against damaged files.

mod checkpoint;
mod damage;
mod failures;
mod model;

use std::fs::File;
use std::path::Path;

use super::log::Medium;
use super::open::{Parts, open};
use super::table::MemoryTable;
use super::{Act, Error, Origin, Store};
use crate::release::FileSet;

fn files(files: &[(&str, &str)]) -> FileSet {
    FileSet::from_files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))).unwrap()
}

/// A small set whose content is told by a number.
fn numbered(number: usize) -> FileSet {
    files(&[("rules/home.rules", &format!("# {number}\n")), ("rules/shared.yaml", "shared: 1\n")])
}

fn act(second: i64) -> Act<'static> {
    Act { time: jiff::Timestamp::from_second(second).unwrap(), author: "ada" }
}

fn memory(table: &MemoryTable) -> Parts {
    let table = table.clone();
    Parts { table: Box::new(move |_| Ok(Box::new(table.clone()))), ..Parts::default() }
}

fn with_medium(table: &MemoryTable, wrap: impl Fn(File) -> Box<dyn Medium> + 'static) -> Parts {
    Parts { medium: Box::new(wrap), ..memory(table) }
}

fn open_in_memory(dir: &Path, table: &MemoryTable) -> Result<Store, Error> {
    open(dir, None, &memory(table))
}

/// Ids and who is active: what a client sees of a store.
fn listing(store: &Store) -> Vec<(String, bool)> {
    store.releases().unwrap().into_iter().map(|release| (release.id.to_string(), release.active)).collect()
}

#[test]
fn only_the_commit_function_flushes_sled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let sources = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let flushes: Vec<_> = sources
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .flat_map(|(name, text)| vec![name; text.matches(".flush").count() + text.matches("apply_batch(").count()])
        .collect();
    assert_eq!(flushes, ["sled_table.rs", "sled_table.rs"], "one `apply_batch` and one `flush`, in one function");
}

#[test]
fn the_same_content_again_makes_nothing_new() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in_memory(dir.path(), &MemoryTable::default()).unwrap();
    let first = store.publish(&numbered(1), &act(1), "first", Some(Origin::Upload)).unwrap();
    let size = std::fs::metadata(dir.path().join("releases.log")).unwrap().len();
    let again = store.publish(&numbered(1), &act(2), "again", None).unwrap();
    assert!(first.is_new && !again.is_new);
    assert_eq!((again.release.message.as_str(), again.release.active), ("first", true));
    assert_eq!(std::fs::metadata(dir.path().join("releases.log")).unwrap().len(), size);
}

#[test]
fn an_upload_leaves_the_hash_of_the_folder_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in_memory(dir.path(), &MemoryTable::default()).unwrap();
    store.publish(&numbered(1), &act(1), "", Some(Origin::Folder)).unwrap();
    store.publish(&numbered(2), &act(2), "", Some(Origin::Upload)).unwrap();
    store.activate(&numbered(2).id(), &act(3), Origin::Rollback).unwrap();
    assert_eq!(store.folder_hash(), Some(numbered(1).id()));
    // The folder catches up with what was uploaded: nothing new, yet its hash moves.
    assert!(!store.publish(&numbered(2), &act(4), "", Some(Origin::Folder)).unwrap().is_new);
    assert_eq!(store.folder_hash(), Some(numbered(2).id()));
}

#[test]
fn a_text_is_written_once_whoever_brings_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in_memory(dir.path(), &MemoryTable::default()).unwrap();
    let long = "slot a { otherwise show yes }\n".repeat(1000);
    for number in 0..5 {
        let set = files(&[("rules/a.rules", &long), ("rules/b.rules", &long), ("rules/n.rules", &number.to_string())]);
        store.publish(&set, &act(number), "", None).unwrap();
        assert_eq!(store.release(&set.id()).unwrap().1.iter().collect::<Vec<_>>(), set.iter().collect::<Vec<_>>());
    }
    let size = std::fs::metadata(dir.path().join("releases.log")).unwrap().len() as usize;
    assert!(size < 2 * long.len(), "{size} bytes for one long text of {}", long.len());
}
