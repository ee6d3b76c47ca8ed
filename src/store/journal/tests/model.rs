//! Random operations and restarts against a plain list.

use proptest::prelude::*;

use super::*;
use crate::store::journal::memory_disk::MemoryDisk;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<usize>),
    Crash { cut: bool },
    Reopen { segment_bytes: u64 },
    DropBefore { share: f64 },
    Read { share: f64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => prop::collection::vec(0..200_usize, 0..5).prop_map(Step::Append),
        1 => any::<bool>().prop_map(|cut| Step::Crash { cut }),
        1 => (600..3000_u64).prop_map(|segment_bytes| Step::Reopen { segment_bytes }),
        1 => (0.0..1.2).prop_map(|share| Step::DropBefore { share }),
        2 => (0.0..1.0).prop_map(|share| Step::Read { share }),
    ];
    prop::collection::vec(step, 1..60)
}

/// What should be there: the place behind each record, and the entries before it.
struct Model {
    entries: Vec<Vec<u8>>,
    places: Vec<Position>,
    /// Everything before this was dropped, or may be.
    dropped: Position,
}

impl Model {
    fn place(&self, share: f64) -> Position {
        let index = (self.places.len() as f64 * share) as usize;
        *self.places.get(index).unwrap_or(&self.places[self.places.len() - 1])
    }

    fn after(&self, place: Position) -> Vec<(u64, Vec<u8>)> {
        let numbered = (1..).zip(self.entries.iter().cloned());
        numbered.skip(place.entry as usize).collect()
    }
}

fn run(steps: Vec<Step>, seed: u64) {
    let mut disk = MemoryDisk::new(seed);
    let mut options = small();
    let open =
        |disk: &MemoryDisk, options: &JournalOptions| Journal::open(Arc::new(disk.clone()), options.clone()).unwrap();
    let mut journal = open(&disk, &options);
    let mut model = Model { entries: Vec::new(), places: vec![Position::ORIGIN], dropped: Position::ORIGIN };
    let mut following = journal.read(journal.start()).unwrap();
    let mut followed = 0;
    for step in steps {
        let restarts = matches!(step, Step::Crash { .. } | Step::Reopen { .. });
        match step {
            Step::Append(lengths) => {
                let first = model.entries.len();
                let numbers = first..first + lengths.len();
                let entries: Vec<_> =
                    lengths.iter().zip(numbers).map(|(len, number)| vec![number as u8; *len]).collect();
                match journal.append(&entries) {
                    Ok(place) if entries.is_empty() => assert_eq!(place, journal.end()),
                    Ok(place) => {
                        model.entries.extend(entries);
                        model.places.push(place);
                        assert_eq!(place.entry, model.entries.len() as u64);
                    }
                    Err(Error::TooLarge { bytes, limit }) => {
                        assert!(bytes > limit && Journal::encoded_bytes(&entries) == bytes);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Step::Crash { cut } => disk = if cut { disk.after_cut() } else { disk.after_kill() },
            Step::Reopen { segment_bytes } => options.segment_bytes = segment_bytes,
            Step::DropBefore { share } => {
                let place = model.place(share);
                journal.drop_before(place).unwrap();
                model.dropped = model.dropped.max(place);
                let start = journal.start();
                assert!(start.sequence <= model.dropped.sequence);
                let next = journal.segments().get(1).map(|second| second.first_sequence);
                assert!(next.is_none_or(|next| next > place.sequence + 1), "the first segment is still needed");
            }
            Step::Read { share } => {
                let place = model.place(share);
                match journal.read(place) {
                    Ok(_) => assert_eq!(read_from(&journal, place), model.after(place)),
                    Err(Error::Dropped { first, .. }) => assert!(place.sequence < first.sequence),
                    Err(error) => panic!("{error}"),
                }
                while let Ok(Some(record)) = following.next_record() {
                    for (number, entry) in record.entries() {
                        followed += 1;
                        assert!(number >= followed && *entry == model.entries[number as usize - 1]);
                        followed = number;
                    }
                }
            }
        }
        if restarts {
            drop(journal);
            journal = open(&disk, &options);
            following = journal.read(journal.start()).unwrap();
            followed = 0;
        }
        let end = model.places[model.places.len() - 1];
        assert_eq!((journal.end().sequence, journal.end().entry), (end.sequence, end.entry));
        assert_eq!(read_from(&journal, journal.start()), model.after(journal.start()));
        let mut elsewhere = journal.end();
        elsewhere.sequence += 1;
        assert!(matches!(journal.read(elsewhere), Err(Error::Elsewhere { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_journal_answers_as_the_list(steps in steps(), seed: u64) {
        run(steps, seed);
    }
}
