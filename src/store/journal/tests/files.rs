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

#[test]
fn readers_follow_while_entries_are_appended() {
    let dir = tempfile::tempdir().unwrap();
    let options = JournalOptions { segment_bytes: 8 << 10, ..JournalOptions::default() };
    let mut journal = Journal::open(on(dir.path()), options).unwrap();
    let view = journal.view();
    let total = 3000_u64;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut reader = view.read(view.start()).unwrap();
            let mut next = 1;
            while next <= total {
                let Some(record) = reader.next_record().unwrap() else { continue };
                for (number, entry) in record.entries() {
                    assert_eq!((number, entry), (next, next.to_le_bytes().as_slice()));
                    next += 1;
                }
            }
        });
        for first in (1..=total).step_by(20) {
            let entries: Vec<_> = (first..first + 20).map(u64::to_le_bytes).collect();
            journal.append(&entries).unwrap();
        }
    });
}

#[test]
fn a_copy_of_what_is_durable_is_a_journal() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut journal = Journal::open(on(dir.path()), small()).unwrap();
    (0..30_u8).for_each(|number| assert!(journal.append(&[vec![number; 100]]).is_ok()));
    let target = on(copy.path());
    for segment in journal.segments() {
        let bytes = std::fs::read(&segment.path).unwrap();
        let to = target.path(&segment.path.file_name().unwrap().to_string_lossy());
        std::fs::write(to, &bytes[..segment.durable_bytes as usize]).unwrap();
    }
    let mut restored = Journal::open(target, small()).unwrap();
    assert_eq!(read_from(&restored, restored.start()), read_from(&journal, journal.start()));
    assert_eq!((restored.end(), restored.id()), (journal.end(), journal.id()));
    restored.append(&[b"more"]).unwrap();
}

#[test]
fn retention_finds_the_place_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(on(dir.path()), small()).unwrap();
    (0..30_u8).for_each(|number| assert!(journal.append(&[vec![number; 100]]).is_ok()));
    let view = journal.view();
    assert_eq!(view.sealed_before(0), None);
    let place = view.sealed_before(u64::MAX).unwrap();
    assert_eq!(place.segment, journal.end().segment, "all but the open one");
    let count = journal.segments().len();
    assert_eq!(journal.drop_before(place).unwrap(), count - 1);
    assert_eq!((journal.start(), journal.segments().len()), (place, 1));
    assert_eq!(
        journal.bytes(),
        std::fs::read_dir(dir.path().join("events"))
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    );
}

/// A real file system without room: a tmpfs of one MiB, which only root may mount.
#[test]
fn a_small_tmpfs_fills_up_and_nothing_acknowledged_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().display().to_string();
    let mount =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "segue-test", &folder]).output();
    match mount {
        Ok(done) if done.status.success() => {}
        Ok(done) => {
            return eprintln!("skipped: a tmpfs cannot be mounted here: {}", String::from_utf8_lossy(&done.stderr));
        }
        Err(cause) => return eprintln!("skipped: there is no `mount` here: {cause}"),
    }
    let mounted = Mounted(folder);
    let options = JournalOptions { segment_bytes: 200 << 10, full_pause: Duration::ZERO, ..JournalOptions::default() };
    let mut journal = Journal::open(on(dir.path()), options.clone()).unwrap();
    let mut kept = 0_u64;
    for _ in 0..3 {
        let error = loop {
            match journal.append(&vec![kept.to_le_bytes(); 500]) {
                Ok(_) => kept += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::DiskFull { .. }) && !journal.is_broken(), "{error}");
        assert!(journal.append(&vec![[0; 8]; 500]).unwrap_err().is_full());
        assert_eq!(journal.end().entry, kept * 500);
        drop(journal);
        journal = Journal::open(on(dir.path()), options.clone()).unwrap();
        assert_eq!(journal.end().entry, kept * 500, "all that was acknowledged is there");
        let wanted = (journal.start().entry..kept * 500).map(|index| (index + 1, (index / 500).to_le_bytes().to_vec()));
        assert!(read_from(&journal, journal.start()).into_iter().eq(wanted));
        journal.drop_before(journal.end()).unwrap();
    }
    drop(journal);
    drop(mounted);
}

struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}
