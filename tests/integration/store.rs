//! The data folder as an operator meets it: locked, damaged, moved, restored.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::release::FileSet;
use segue::store::{Act, Error, MAX_CHUNK_BYTES, Origin, Store};

fn set(number: usize) -> FileSet {
    FileSet::from_files([("rules/home.rules".to_owned(), format!("# {number}\n"))]).unwrap()
}

fn act() -> Act<'static> {
    Act { time: jiff::Timestamp::from_second(1_795_000_000).unwrap(), author: "ada" }
}

fn publish(store: &Store, files: &FileSet) {
    store.publish(files, &act(), "", Some(Origin::Upload)).unwrap();
}

fn ids(store: &Store) -> Vec<String> {
    store.releases().unwrap().into_iter().map(|release| release.id.to_string()).collect()
}

/// A folder with three releases, the second of which is active.
fn three_releases(dir: &Path) -> Vec<String> {
    let store = Store::open(dir, None).unwrap();
    (0..3).for_each(|number| publish(&store, &set(number)));
    store.activate(&set(1).id(), &act(), Origin::Rollback).unwrap();
    ids(&store)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_in_use_says_where_it_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let held = Store::open(dir.path(), Some("http://127.0.0.1:8080")).unwrap();
    let Err(Error::Locked { url, .. }) = Store::open(dir.path(), None) else { panic!("opened twice") };
    assert_eq!(url.as_deref(), Some("http://127.0.0.1:8080"));
    drop(held);
    let quiet = Store::open(dir.path(), None).unwrap();
    let Err(Error::Locked { url, .. }) = Store::open(dir.path(), None) else { panic!("opened twice") };
    assert_eq!(url, None);
    drop(quiet);
}

#[test]
fn a_lost_sled_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let before = three_releases(dir.path());
    std::fs::remove_dir_all(dir.path().join("sled")).unwrap();
    let store = Store::open(dir.path(), None).unwrap();
    assert_eq!(ids(&store), before);
    assert_eq!(store.active(), Some(set(1).id()));
    assert_eq!(store.activations().unwrap().len(), 4);
}

#[test]
fn a_damaged_sled_is_set_aside_and_made_again() {
    // Garbage over the whole file, in its middle, and in its settings: errors, panics and wrong rows.
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("db", |bytes| bytes.fill(0xa5)),
        ("db", |bytes| bytes.iter_mut().skip(64).take(4096).for_each(|byte| *byte ^= 0x5a)),
        ("db", |bytes| bytes.truncate(1000)),
        ("conf", |bytes| bytes.truncate(3)),
    ];
    for (index, (file, damage)) in damages.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let before = three_releases(dir.path());
        let path = dir.path().join("sled").join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        for snapshot in names(&dir.path().join("sled")).iter().filter(|name| name.starts_with("snap.")) {
            std::fs::remove_file(dir.path().join("sled").join(snapshot)).unwrap();
        }
        let store = Store::open(dir.path(), None).unwrap();
        assert_eq!(ids(&store), before, "damage {index}");
        assert_eq!(store.active(), Some(set(1).id()), "damage {index}");
    }
}

#[test]
#[ignore = "slow suite: 300 damaged copies of a sled"]
fn wherever_sled_is_damaged_the_store_opens_and_lists_everything() {
    let dir = tempfile::tempdir().unwrap();
    let before = three_releases(dir.path());
    drop(Store::open(dir.path(), None).unwrap());
    let sled = dir.path().join("sled");
    let healthy: Vec<_> = names(&sled)
        .into_iter()
        .map(|name| sled.join(name))
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    let mut random = StdRng::seed_from_u64(1);
    let mut set_aside = 0;
    for round in 0..300 {
        std::fs::remove_dir_all(&sled).unwrap();
        std::fs::create_dir(&sled).unwrap();
        for (path, bytes) in &healthy {
            std::fs::write(path, bytes).unwrap();
        }
        let (path, bytes) = &healthy[round % healthy.len()];
        let mut bytes = bytes.clone();
        let start = random.random_range(0..bytes.len().min(4096));
        // The first round is the control: nothing is damaged, nothing is set aside.
        let length = if round == 0 { 0 } else { [1, 16, 512][random.random_range(0..3)] };
        bytes.iter_mut().skip(start).take(length).for_each(|byte| *byte ^= random.random_range(1..=255_u8));
        std::fs::write(path, bytes).unwrap();
        let store = Store::open(dir.path(), None).unwrap();
        assert_eq!(ids(&store), before, "round {round}: {} at {start}", path.display());
        (0..3).for_each(|number| assert_eq!(store.release(&set(number).id()).unwrap().1, set(number)));
        drop(store);
        let aside: Vec<_> = names(dir.path()).into_iter().filter(|name| name.starts_with("sled.damaged-")).collect();
        assert!(round > 0 || aside.is_empty(), "{aside:?}");
        set_aside += aside.len();
        aside.iter().for_each(|name| std::fs::remove_dir_all(dir.path().join(name)).unwrap());
    }
    println!("sled was set aside {set_aside} times of 300");
    assert!(set_aside > 0);
}

#[test]
fn an_unfinished_snapshot_does_not_block_the_open() {
    let dir = tempfile::tempdir().unwrap();
    let before = three_releases(dir.path());
    std::fs::write(dir.path().join("sled/snap.00000000000FFFFF.generating"), "").unwrap();
    assert_eq!(ids(&Store::open(dir.path(), None).unwrap()), before);
    assert!(!names(dir.path()).iter().any(|name| name.starts_with("sled.damaged-")), "the healthy sled was used");
}

#[test]
fn large_sets_make_no_blob_files() {
    let dir = tempfile::tempdir().unwrap();
    let long: String = (0..300_000).map(|line| format!("# line {line}\n")).collect();
    let many =
        (0..2000).map(|file| (format!("rules/{file}.rules"), format!("# {file}\n{}", "x".repeat(MAX_CHUNK_BYTES))));
    let files = FileSet::from_files(many.chain([("rules/long.rules".to_owned(), long)])).unwrap();
    publish(&Store::open(dir.path(), None).unwrap(), &files);
    let store = Store::open(dir.path(), None).unwrap();
    assert!(store.release(&files.id()).unwrap().1.iter().eq(files.iter()));
    assert_eq!(names(&dir.path().join("sled/blobs")), [""; 0]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("data"), None).err().unwrap().to_string();
    assert!(error.starts_with("cannot create `") && error.contains("/file/data`"), "{error}");
}
