//! Group commit: many who submit, one who folds.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use super::*;
use crate::store::journal::memory_disk::{Fault, MemoryDisk};

/// What was folded: number of the first entry, entries, attachment.
type Folded = Vec<(u64, Vec<Vec<u8>>, u64)>;

fn fold(state: &mut Folded, committed: Committed<'_>, attachment: u64) -> Vec<Submission<u64>> {
    state.push((committed.first_entry, committed.entries.to_vec(), attachment));
    Vec::new()
}

fn start(disk: &MemoryDisk, limits: QueueLimits) -> Committer<Folded, u64> {
    let journal = Journal::open(Arc::new(disk.clone()), small()).unwrap();
    Committer::start(journal, Folded::new(), limits, fold).unwrap()
}

fn state(committer: &Committer<Folded, u64>) -> Folded {
    committer.between(|_, state| state.clone()).wait().unwrap()
}

/// Holds the thread between two commits until the sender is dropped.
fn hold<S: Send + 'static, T: Send + 'static>(committer: &Committer<S, T>) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, starts) = mpsc::channel();
    drop(committer.between(move |_, _| {
        started.send(()).unwrap();
        assert!(held.recv().is_err(), "nothing is ever sent");
    }));
    starts.recv().unwrap();
    release
}

#[test]
fn who_was_answered_finds_the_submission_folded_and_durable() {
    let disk = MemoryDisk::new(1);
    let committer = start(&disk, QueueLimits::default());
    let seen = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (committer, seen) = (&committer, &seen);
            scope.spawn(move || {
                for number in 0..100 {
                    let attachment = thread * 1000 + number;
                    let entries = vec![vec![thread as u8; 10]; (number % 4) as usize];
                    let position = committer.submit(entries, attachment).unwrap().wait().unwrap();
                    assert!(committer.view().end().sequence >= position.sequence);
                    if number % 25 == 0 {
                        assert!(state(committer).iter().any(|(.., folded)| *folded == attachment));
                    }
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(seen.into_inner(), 800);
    let (journal, folded) = committer.stop().unwrap();
    let mut next = 1;
    for (first_entry, entries, _) in &folded {
        assert_eq!(*first_entry, next, "in order and without a gap");
        next += entries.len() as u64;
    }
    for thread in 0..8_u64 {
        let own = folded.iter().map(|(.., attachment)| *attachment).filter(|number| number / 1000 == thread);
        assert!(own.eq((0..100).map(|number| thread * 1000 + number)), "each thread's in its order");
    }
    let entries: Vec<_> = folded.into_iter().flat_map(|(_, entries, _)| entries).collect();
    let wanted: Vec<_> = (1..).zip(entries).collect();
    assert_eq!(read_from(&journal, journal.start()), wanted);
    drop(journal);
    let journal = Journal::open(Arc::new(disk.after_cut()), small()).unwrap();
    assert_eq!(read_from(&journal, journal.start()), wanted);
}

#[test]
fn what_waits_is_committed_as_one_record() {
    let committer = start(&MemoryDisk::new(2), QueueLimits::default());
    let release = hold(&committer);
    let tickets: Vec<_> = (0..10).map(|number| committer.submit(vec![vec![1; 20]], number).unwrap()).collect();
    assert_eq!(committer.waiting().0, 10);
    drop(release);
    let positions: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    assert!(positions.iter().all(|position| (position.sequence, position.entry) == (1, 10)));
    // What does not fit one record goes to the next.
    let release = hold(&committer);
    let tickets: Vec<_> = (0..10).map(|number| committer.submit(vec![vec![1; 300]], number).unwrap()).collect();
    drop(release);
    let last = tickets.into_iter().last().unwrap().wait().unwrap();
    assert_eq!((last.sequence, last.entry), (1 + 5, 20), "two of these fill 960 bytes");
    assert_eq!(state(&committer).len(), 20);
}

#[test]
fn a_full_queue_is_busy_at_once() {
    for limits in [QueueLimits { submissions: 3, bytes: 1 << 20 }, QueueLimits { submissions: 100, bytes: 400 }] {
        let committer = start(&MemoryDisk::new(3), limits);
        let release = hold(&committer);
        let tickets: Vec<_> = (0..3).map(|number| committer.submit(vec![vec![1; 90]], number).unwrap()).collect();
        assert!(matches!(committer.submit(vec![vec![1; 90]], 3), Err(Refused::Busy)));
        assert!(matches!(committer.submit_without_waiting(vec![vec![1; 90]], 3), Err(Refused::Busy)));
        drop(release);
        tickets.into_iter().for_each(|ticket| assert_eq!(ticket.wait().unwrap().entry, 3));
        committer.submit_without_waiting(vec![vec![1; 90]], 4).unwrap();
        assert_eq!(state(&committer).len(), 4);
        assert_eq!(committer.waiting(), (0, 0));
    }
}

#[test]
fn a_submission_that_fits_no_record_is_refused_and_alone() {
    let committer = start(&MemoryDisk::new(4), QueueLimits::default());
    let refused = committer.submit(vec![vec![1; 2000]], 0).unwrap_err();
    insta::assert_snapshot!(refused, @"2032 bytes are too much for one submission; at most 960 are allowed");
    committer.submit(vec![vec![1; 900]], 1).unwrap().wait().unwrap();
}

#[test]
fn what_the_fold_wants_comes_next_and_is_folded_too() {
    let journal = Journal::open(Arc::new(MemoryDisk::new(5)), small()).unwrap();
    // Each attachment is followed by one of half its size.
    let halve = |state: &mut Vec<u64>, committed: Committed<'_>, attachment: u64| {
        assert_eq!(committed.entries, [attachment.to_le_bytes()]);
        state.push(attachment);
        let half = attachment / 2;
        if half > 0 {
            vec![Submission { entries: vec![half.to_le_bytes().to_vec()], attachment: half }]
        } else {
            vec![]
        }
    };
    let committer = Committer::start(journal, Vec::new(), QueueLimits::default(), halve).unwrap();
    let release = hold(&committer);
    committer.submit_without_waiting(vec![40_u64.to_le_bytes().to_vec()], 40).unwrap();
    let after = committer.between(|journal, state| (journal.end().entry, state.clone()));
    committer.submit_without_waiting(vec![1_u64.to_le_bytes().to_vec()], 1).unwrap();
    drop(release);
    assert_eq!(
        after.wait().unwrap(),
        (6, vec![40, 20, 10, 5, 2, 1]),
        "a job sees all that follows from what came before"
    );
    let (journal, state) = committer.stop().unwrap();
    assert_eq!((journal.end().entry, state.len()), (7, 7));
}

#[test]
fn without_room_submissions_are_refused_and_what_follows_from_events_waits_for_some() {
    let cap = JournalOptions { cap_bytes: 2 << 10, ..small() };
    let journal = Journal::open(Arc::new(MemoryDisk::new(6)), cap).unwrap();
    // The first is followed by more than there is room for.
    let burst = |state: &mut Vec<u64>, _: Committed<'_>, attachment: u64| {
        state.push(attachment);
        let many = if attachment == 0 { 1..5 } else { 0..0 };
        many.map(|number| Submission { entries: vec![vec![1; 800]], attachment: number }).collect()
    };
    let committer = Committer::start(journal, Vec::new(), QueueLimits::default(), burst).unwrap();
    committer.submit(vec![b"first".to_vec()], 0).unwrap().wait().unwrap();
    let folded = |committer: &Committer<Vec<u64>, u64>| committer.between(|_, state| state.clone()).wait().unwrap();
    assert_eq!(folded(&committer), [0, 1, 2]);
    let refused = committer.submit(vec![vec![2; 800]], 9).unwrap().wait().unwrap_err();
    assert!(matches!(&refused, Refused::Full(_)), "{refused}");
    assert!(!committer.is_broken());
    committer.between(|journal, _| journal.drop_before(journal.end()).unwrap()).wait().unwrap();
    assert_eq!(folded(&committer), [0, 1, 2, 3]);
    committer.between(|journal, _| journal.drop_before(journal.end()).unwrap()).wait().unwrap();
    assert_eq!(folded(&committer), [0, 1, 2, 3, 4], "nothing that the fold wanted is lost");
}

#[test]
fn a_failed_write_is_told_and_the_next_submission_is_kept() {
    let disk = MemoryDisk::new(7);
    let committer = start(&disk, QueueLimits::default());
    disk.fail(Fault::Once(0, ErrorKind::Other));
    let refused = committer.submit(vec![vec![1]], 1).unwrap().wait().unwrap_err();
    assert!(matches!(refused, Refused::Failed(_)), "{refused}");
    assert_eq!(committer.submit(vec![vec![1]], 2).unwrap().wait().unwrap().entry, 1);
    assert_eq!(state(&committer), [(1, vec![vec![1]], 2)]);
}

#[test]
fn after_a_failed_sync_everything_is_refused_and_jobs_still_run() {
    let disk = MemoryDisk::new(8);
    let committer = start(&disk, QueueLimits::default());
    committer.submit(vec![vec![1]], 1).unwrap().wait().unwrap();
    disk.fail(Fault::Once(1, ErrorKind::Other));
    let release = hold(&committer);
    let tickets: Vec<_> = (2..5).map(|number| committer.submit(vec![vec![1; 800]], number).unwrap()).collect();
    drop(release);
    tickets.into_iter().for_each(|ticket| assert!(matches!(ticket.wait(), Err(Refused::Broken))));
    assert!(committer.is_broken());
    assert!(matches!(committer.submit(vec![vec![1]], 9), Err(Refused::Broken)));
    assert_eq!(state(&committer), [(1, vec![vec![1]], 1)], "only what was kept was folded");
}

#[test]
fn a_fold_that_panics_leaves_nobody_waiting() {
    let journal = Journal::open(Arc::new(MemoryDisk::new(9)), small()).unwrap();
    let fold = |_: &mut (), _: Committed<'_>, attachment: u64| -> Vec<Submission<u64>> {
        assert!(attachment < 5, "a fold that panics on purpose");
        Vec::new()
    };
    let committer = Committer::start(journal, (), QueueLimits::default(), fold).unwrap();
    let release = hold(&committer);
    let tickets: Vec<_> = (0..10).map(|number| committer.submit(vec![vec![1; 90]], number).unwrap()).collect();
    let job = committer.between(|_, ()| ());
    drop(release);
    let outcomes: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().is_ok()).collect();
    assert_eq!(outcomes, (0..10).map(|number| number < 5).collect::<Vec<_>>());
    assert!(job.wait().is_err());
    assert!(committer.is_broken());
    assert!(committer.submit(vec![vec![1]], 0).is_err());
    assert!(committer.stop().is_err());
}

#[test]
fn what_waits_at_the_end_is_worked_off() {
    let committer = start(&MemoryDisk::new(10), QueueLimits::default());
    let release = hold(&committer);
    let tickets: Vec<_> = (0..30).map(|number| committer.submit(vec![vec![1; 90]], number).unwrap()).collect();
    drop(release);
    let (journal, state) = committer.stop().unwrap();
    assert_eq!((journal.end().entry, state.len()), (30, 30));
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
}

#[tokio::test]
async fn tickets_and_jobs_can_be_awaited() {
    let committer = start(&MemoryDisk::new(11), QueueLimits::default());
    let position = committer.submit(vec![vec![1]], 1).unwrap().await.unwrap();
    assert_eq!(committer.between(|journal, _| journal.end()).await.unwrap(), position);
}
