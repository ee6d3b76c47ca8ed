//! What outlives retention, a lost sled and an erasure.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::{Limits, WindowLimits};
use super::{House, RULES, at, soon, track};
use crate::store::Checkpoint;
use crate::store::journal::JournalOptions;

const NOW: &str = "2026-11-22T10:00:00Z";

/// Small segments; messages older than a day go.
fn limits(ids: usize) -> Limits {
    Limits {
        journal: JournalOptions { segment_bytes: 8 << 10, in_background: false, ..JournalOptions::default() },
        retention: Some(SignedDuration::from_hours(24)),
        window: WindowLimits { ids, ..WindowLimits::default() },
        ..Limits::default()
    }
}

fn open(data: &Path, limits: &Limits) -> House {
    House::open_with(data, RULES, limits).unwrap()
}

/// A hundred buyers, one a call.
fn fill(house: &House) {
    for number in 0..100 {
        let (id, user) = (format!("m{number}"), format!("v{number}"));
        house.send(&[track(&id, &user, "Order Completed", json!({ "revenue": 10 }), NOW)], at(NOW));
    }
    assert_eq!(house.size("buyer"), 100);
}

/// Long after everything.
fn much_later() -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_hours(24 * 30)).unwrap()
}

fn lose_sled(data: &Path) {
    std::fs::remove_dir_all(data.join("sled")).unwrap();
}

#[test]
fn what_came_of_dropped_events_is_still_known() {
    let data = tempfile::tempdir().unwrap();
    {
        let house = open(data.path(), &limits(10));
        fill(&house);
        let core = &house.visitors.core;
        assert_eq!(core.drop_old(Timestamp::now()).unwrap(), 0, "nothing is old enough");
        assert!(core.drop_old(much_later()).unwrap() > 1);
        assert!(core.committer().unwrap().view().start().entry > 10);
        assert_eq!(core.drop_old(much_later()).unwrap(), 0, "all that may go is gone");
        house.send(&[track("late", "v1", "view", json!({}), NOW)], at(NOW));
    }
    // From sled, then from checkpoint and journal, twice: the second time the checkpoint holds what the first one folded.
    for round in 0..3 {
        if round > 0 {
            lose_sled(data.path());
        }
        let house = open(data.path(), &limits(10));
        assert_eq!(house.size("buyer"), 100, "round {round}");
        assert!((0..100).all(|number| house.hero(&format!("v{number}"), at(NOW)) == "thanks"));
        let profile = house.visitors.profile("v1", &house.release, at(NOW)).unwrap().unwrap();
        assert_eq!(profile.messages, 2);
        house.visitors.core.checkpoint().unwrap().unwrap();
    }
    std::fs::remove_file(data.path().join("checkpoint")).unwrap();
    lose_sled(data.path());
    let error = House::open_with(data.path(), RULES, &limits(10)).err().unwrap().to_string();
    assert!(error.contains("restore `checkpoint` from a backup"), "{error}");
}

#[test]
fn what_tells_a_message_that_comes_again_is_not_dropped() {
    let data = tempfile::tempdir().unwrap();
    {
        let house = open(data.path(), &limits(1_000));
        fill(&house);
        assert_eq!(house.visitors.core.drop_old(much_later()).unwrap(), 0);
    }
    let house = open(data.path(), &limits(1_000));
    let order = track("m0", "v0", "Order Completed", json!({ "revenue": 10 }), NOW);
    house.send(&[order], at(NOW));
    assert_eq!(house.visitors.profile("v0", &house.release, at(NOW)).unwrap().unwrap().messages, 1);
}

#[test]
fn nothing_is_dropped_while_a_backup_is_made() {
    let data = tempfile::tempdir().unwrap();
    let house = open(data.path(), &limits(10));
    fill(&house);
    let backup = house.visitors.begin_backup(16).unwrap();
    assert!(matches!(house.visitors.begin_backup(16), Err(super::Error::BackupUnderWay)));
    assert_eq!(house.visitors.core.drop_old(much_later()).unwrap(), 0);
    drop(backup);
    assert!(house.visitors.core.drop_old(much_later()).unwrap() > 0);
}

#[test]
fn a_new_cell_counts_since_the_oldest_event_that_is_left() {
    let data = tempfile::tempdir().unwrap();
    let since = {
        let house = open(data.path(), &limits(10));
        fill(&house);
        assert!(house.visitors.core.drop_old(much_later()).unwrap() > 0);
        house.visitors.core.committer().unwrap().view().segments()[0].begun_ms as i64
    };
    let rules = RULES.replace("did order", "did order at least 2 times");
    // The first opening fills the cell, the second finds it filled.
    for _ in 0..2 {
        let house = House::open_with(data.path(), &rules, &limits(10)).unwrap();
        soon("cells are filled", || house.visitors.core.course.load().unfilled.is_empty().then_some(()));
        let course = house.visitors.core.course.load_full();
        assert!(!course.partial.is_empty());
        assert!(course.partial.values().all(|told| told.as_millisecond() == since));
        house.size("buyer");
        let answer = house.answer(json!({ "visitor": { "id": "v0" }, "explain": true }), at(NOW));
        let explained = serde_json::to_string(&answer).unwrap();
        let told = course.partial.values().next().unwrap().to_string();
        let day = told.split('T').next().unwrap();
        assert!(explained.contains(day), "{told}: {explained}");
    }
}

#[test]
fn a_checkpoint_does_not_bring_an_erased_visitor_back() {
    let data = tempfile::tempdir().unwrap();
    {
        let house = open(data.path(), &limits(1_000));
        fill(&house);
        house.visitors.core.checkpoint().unwrap().unwrap();
        assert!(house.visitors.erase("v7", &house.release).unwrap());
    }
    lose_sled(data.path());
    let house = open(data.path(), &limits(1_000));
    assert!(house.visitors.profile("v7", &house.release, at(NOW)).unwrap().is_none());
    assert_eq!(house.hero("v7", at(NOW)), "hello");
    assert_eq!(house.size("buyer"), 99);
    let overview = house.visitors.overview(&house.release);
    assert_eq!(serde_json::to_value(&overview).unwrap()["visitors"], 99);
    drop(house);
    // Nothing anywhere under the folder says who they were.
    for file in walkdir::WalkDir::new(data.path()).into_iter().filter_map(Result::ok).filter(|it| it.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(15).any(|bytes| bytes == b"Order Completed"), "{}", file.path().display());
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_with_the_remedy() {
    let data = tempfile::tempdir().unwrap();
    {
        let house = open(data.path(), &limits(10));
        fill(&house);
        assert!(house.visitors.core.drop_old(much_later()).unwrap() > 0);
    }
    let path = data.path().join("checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(Checkpoint::open(&path).is_err());
    open(data.path(), &limits(10));
    lose_sled(data.path());
    let error = House::open_with(data.path(), RULES, &limits(10)).err().unwrap().to_string();
    assert!(error.contains("checkpoint") && error.contains("restore the file from a backup"), "{error}");
}
