//! `segue journal`, on data folders that are fine, torn, damaged or in use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use segue::store::Store;
use segue::store::journal::{Folder, Journal, JournalOptions};
use serde_json::json;

use super::{Ran, Shop};

/// A shop with a journal of ten records of two entries each, over several segments; gives the open segment.
fn with_journal() -> (Shop, PathBuf, u64) {
    let shop = Shop::empty();
    shop.write("data/events/.keep", "");
    let folder = Folder::open(&shop.path("data/events")).unwrap();
    let options = JournalOptions { segment_bytes: 2048, ..JournalOptions::default() };
    let mut journal = Journal::open(Arc::new(folder), options).unwrap();
    (0..10_u8).for_each(|number| assert!(journal.append(&[vec![number; 200], vec![number; 200]]).is_ok()));
    let open = journal.segments().pop().unwrap();
    (shop, open.path, open.durable_bytes)
}

fn masked(ran: &Ran) -> String {
    let begun = regex::Regex::new(r"20\d\d-\S+Z").unwrap();
    begun.replace_all(&ran.out.replace('\\', "/"), "2026-11-20T10:00:00Z").into_owned()
}

fn change(path: &Path, at: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at as usize] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_journal_that_is_fine_is_listed() {
    let (shop, ..) = with_journal();
    let ran = shop.run("journal");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(masked(&ran), @r"
     first entry  begun                        bytes  segment
               1  2026-11-20T10:00:00Z          2048  ./data/events/0000000000000001.segment
               9  2026-11-20T10:00:00Z          2048  ./data/events/0000000000000005.segment
              17  2026-11-20T10:00:00Z          2048  ./data/events/0000000000000009.segment
    3 segments, 20 entries, up to record 10: fine
    ");
    let json = shop.run("journal --format json").json();
    assert_eq!((&json["end"]["entry"], &json["damage"]), (&json!(20), &json!(null)));
}

#[test]
fn a_torn_record_is_told_and_left_alone() {
    let (shop, open, end) = with_journal();
    change(&open, end - 1);
    let before = std::fs::read(&open).unwrap();
    let ran = shop.run("journal");
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("436 bytes of a commit that nobody was told of"), "{}", ran.out);
    assert_eq!(std::fs::read(&open).unwrap(), before);
}

#[test]
fn damage_is_a_finding_with_its_place() {
    let (shop, open, _) = with_journal();
    change(&open.with_file_name("0000000000000001.segment"), 700);
    let ran = shop.run("journal");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(masked(&ran), @"`./data/events/0000000000000001.segment` is damaged at byte 500: no good record stands here, and the next segment begins with a later one; restore the file from a backup, or give up what follows: cut it there (`truncate --size 500`), remove the later segments beside it, and rebuild what was folded from them");
    let json = shop.run("journal --format json");
    assert_eq!(json.code, 1);
    assert!(json.json()["damage"].as_str().unwrap().contains("byte 500"));
}

#[test]
fn a_folder_that_is_missing_or_in_use_is_no_finding() {
    let shop = Shop::empty();
    let ran = shop.run("journal");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no journal") && !shop.path("data").exists(), "{}", ran.err);
    let (shop, ..) = with_journal();
    let _store = Store::open(&shop.path("data"), Some("http://127.0.0.1:1")).unwrap();
    let ran = shop.run("journal");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("it serves at http://127.0.0.1:1"), "{}", ran.err);
}
