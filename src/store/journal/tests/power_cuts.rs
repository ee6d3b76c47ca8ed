//! The power goes at any operation, again and again over the life of one journal.
//!
//! The oracle is the list of acknowledged entries: after the restart all of them are there, in order, each once, and behind
//! them at most the one commit that was under way, whole.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::store::journal::memory_disk::{Fault, MemoryDisk};

/// One journal over many crashes.
struct Life {
    disk: MemoryDisk,
    random: StdRng,
    /// Entry `n` at index `n - 1`.
    acknowledged: Vec<Vec<u8>>,
    /// The commit that was under way when the power went.
    underway: Vec<Vec<u8>>,
    /// Retention was told to drop what lies before this entry at most.
    dropped: u64,
    id: Option<u64>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let (disk, random) = (MemoryDisk::new(seed), StdRng::seed_from_u64(!seed));
        Self { disk, random, acknowledged: Vec::new(), underway: Vec::new(), dropped: 0, id: None }
    }

    fn entry(&mut self) -> Vec<u8> {
        let longest = [8, 60, 300][self.random.random_range(0..3)];
        let length = self.random.random_range(0..=longest);
        let zeroes = self.random.random_bool(0.2);
        (0..length).map(|_| if zeroes { 0 } else { self.random.random() }).collect()
    }

    /// Starts, works until the power goes, and finds what is left.
    fn crash(&mut self) {
        let operations = [2, 12, 40][self.random.random_range(0..3)];
        self.disk.fail(Fault::CutAt(self.random.random_range(0..operations)));
        if let Some(mut journal) = self.open() {
            while !self.disk.is_off() {
                self.step(&mut journal);
            }
        }
        let is_cut = self.random.random_bool(0.8);
        self.disk = if is_cut { self.disk.after_cut() } else { self.disk.after_kill() };
    }

    fn open(&mut self) -> Option<Journal> {
        let sizes = [1 << 10, 1500, 4 << 10];
        let segment_bytes = sizes[self.random.random_range(0..sizes.len())];
        let verify_from = if self.random.random_bool(0.5) { 0 } else { self.acknowledged.len() as u64 / 2 };
        let options = JournalOptions { segment_bytes, verify_from, ..small() };
        match Journal::open(Arc::new(self.disk.clone()), options) {
            Ok(journal) => {
                self.compare(&journal);
                Some(journal)
            }
            Err(error) => {
                assert!(self.disk.is_off(), "does not open: {error}");
                None
            }
        }
    }

    fn step(&mut self, journal: &mut Journal) {
        if self.random.random_bool(0.1) {
            let entry = self.random.random_range(0..=journal.end().entry);
            let place = Position { sequence: 0, ..journal.start() };
            let place = self.place_of(journal, entry).unwrap_or(place);
            self.dropped = self.dropped.max(place.entry);
            match journal.drop_before(place) {
                Ok(_) => self.compare(journal),
                Err(error) => assert!(self.disk.is_off(), "{error}"),
            }
            return;
        }
        let count = self.random.random_range(1..6);
        let entries: Vec<_> = (0..count).map(|_| self.entry()).collect();
        match journal.append(&entries) {
            Ok(position) => {
                self.acknowledged.extend(entries);
                assert_eq!(position.entry, self.acknowledged.len() as u64);
            }
            Err(Error::TooLarge { .. }) => {}
            Err(error) => {
                assert!(self.disk.is_off(), "{error}");
                self.underway = entries;
            }
        }
    }

    /// The place behind the record that holds an entry.
    fn place_of(&self, journal: &Journal, entry: u64) -> Option<Position> {
        let mut reader = journal.read(journal.start()).unwrap();
        while reader.position().entry < entry {
            reader.next_record().unwrap()?;
        }
        Some(reader.position())
    }

    fn compare(&mut self, journal: &Journal) {
        if self.disk.is_off() {
            return;
        }
        let known = self.acknowledged.len() as u64;
        let end = journal.end().entry;
        if end != known {
            assert_eq!(end, known + self.underway.len() as u64, "the commit under way is there whole or not at all");
            self.acknowledged.append(&mut self.underway);
        }
        self.underway.clear();
        let start = journal.start().entry;
        assert!(start <= self.dropped, "nothing is dropped unasked");
        let kept = self.acknowledged.iter().cloned().enumerate().skip(start as usize);
        let wanted: Vec<_> = kept.map(|(index, entry)| (index as u64 + 1, entry)).collect();
        assert_eq!(read_from(journal, journal.start()), wanted);
        if self.acknowledged.is_empty() {
            // A journal that nobody was told of may be begun anew.
            self.id = None;
        }
        assert_eq!(*self.id.get_or_insert(journal.id()), journal.id());
    }
}

/// Lives of 100 crashes each.
fn survive(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let lived = std::panic::catch_unwind(|| {
            let mut life = Life::new(seed);
            (0..100).for_each(|_| life.crash());
        });
        if let Err(panic) = lived {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn three_thousand_power_cuts_lose_nothing() {
    survive(0..30);
}

#[test]
#[ignore = "slow suite: 100,000 power cuts"]
fn a_hundred_thousand_power_cuts_lose_nothing() {
    survive(1000..2000);
}
