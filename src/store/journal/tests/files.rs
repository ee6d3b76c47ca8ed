//! On a real disk.

use std::path::Path;

use super::*;

fn on(folder: &Path) -> Arc<dyn Disk> {
    Arc::new(Folder::open(&folder.join("events")).unwrap())
}

#[test]
fn what_was_appended_is_there_after_a_restart_with_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(on(dir.path()), small()).unwrap();
    let id = journal.id();
    let mut wanted = Vec::new();
    for batch in 0..200_u64 {
        let entries: Vec<_> = (0..=batch % 3).map(|index| vec![batch as u8; (index * 17) as usize]).collect();
        let position = journal.append(&entries).unwrap();
        wanted.extend(entries.into_iter().zip(wanted.len() as u64 + 1..).map(|(entry, number)| (number, entry)));
        assert_eq!((position.sequence, position.entry), (batch + 1, wanted.len() as u64));
    }
    assert!(journal.segments().len() > 5);
    assert_eq!(read_from(&journal, journal.start()), wanted);
    drop(journal);
    for background in [true, false] {
        let journal = Journal::open(on(dir.path()), JournalOptions { in_background: background, ..small() }).unwrap();
        assert_eq!((journal.id(), journal.end().sequence), (id, 200));
        assert_eq!(read_from(&journal, journal.start()), wanted);
    }
}

#[test]
fn submissions_are_folded_in_order_and_then_answered() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(on(dir.path()), JournalOptions::default()).unwrap();
    let fold = |state: &mut Vec<u64>, committed: Committed<'_>, attachment: u64| {
        assert_eq!(committed.entries, [attachment.to_le_bytes()]);
        assert_eq!(committed.first_entry, attachment + 1);
        state.push(attachment);
        Vec::new()
    };
    let committer = Committer::start(journal, Vec::new(), QueueLimits::default(), fold).unwrap();
    let tickets: Vec<_> =
        (0..100_u64).map(|number| committer.submit(vec![number.to_le_bytes().to_vec()], number).unwrap()).collect();
    tickets.into_iter().for_each(|ticket| assert!(ticket.wait().unwrap().entry >= 1));
    let state = committer.between(|journal, state| (journal.end().entry, state.clone())).wait().unwrap();
    assert_eq!(state, (100, (0..100).collect()));
}
