//! Checkpoints: whole, or refused.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::table::MemoryTable;
use super::super::{Changes, Checkpoint, Shelf};

fn shelf() -> Shelf {
    let shelf = Shelf::new(Arc::new(MemoryTable::default()), "sled".into());
    let mut changes = Changes::default();
    changes.put(b"Va".to_vec(), vec![1; 9_000]);
    changes.put(b"Vb".to_vec(), Vec::new());
    changes.put(b"Vc".to_vec(), b"last".to_vec());
    changes.put(b"r".to_vec(), b"of a release".to_vec());
    shelf.commit(changes).unwrap();
    shelf
}

fn rows(checkpoint: &Checkpoint) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    let visit = checkpoint.each(&mut |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    });
    visit.unwrap();
    rows
}

#[test]
fn a_checkpoint_holds_the_rows_under_its_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    assert!(Checkpoint::open(&path).unwrap().is_none());
    Checkpoint::write(&path, &shelf(), b"V", 7 << 40).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap().unwrap();
    assert_eq!((checkpoint.journal(), checkpoint.rows()), (7 << 40, 3));
    let expected = [(b"Va".to_vec(), vec![1; 9_000]), (b"Vb".to_vec(), vec![]), (b"Vc".to_vec(), b"last".to_vec())];
    assert_eq!(rows(&checkpoint), expected);
    assert!(!path.with_extension("new").exists());
}

#[test]
fn no_changed_bit_and_no_cut_goes_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    Checkpoint::write(&path, &shelf(), b"Vc", 3).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, changed).unwrap();
        let error = Checkpoint::open(&path).unwrap_err().to_string();
        assert!(error.contains("checkpoint") && error.contains("backup"), "bit {bit}: {error}");
    }
    for bytes in 0..whole.len() {
        std::fs::write(&path, &whole[..bytes]).unwrap();
        assert!(Checkpoint::open(&path).is_err(), "{bytes} bytes");
    }
    let longer = [&whole[..], &[0]].concat();
    std::fs::write(&path, longer).unwrap();
    assert!(Checkpoint::open(&path).is_err());
}
