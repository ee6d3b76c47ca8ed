//! The journal on a real disk, on one that loses power and fails on purpose, and against a plain model.

mod commits;
mod damage;
mod faults;
mod files;
mod model;
mod power_cuts;
mod real_cuts;

use std::sync::Arc;
use std::time::Duration;

use super::*;

/// Small segments, and nothing that depends on when a thread runs.
fn small() -> JournalOptions {
    JournalOptions {
        segment_bytes: 1 << 10,
        in_background: false,
        full_pause: Duration::ZERO,
        ..JournalOptions::default()
    }
}

/// All entries from a place on.
fn read_from(journal: &Journal, from: Position) -> Vec<(u64, Vec<u8>)> {
    let mut reader = journal.read(from).unwrap();
    let mut entries = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        entries.extend(record.entries().map(|(number, entry)| (number, entry.to_vec())));
    }
    entries
}
