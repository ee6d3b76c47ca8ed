//! Random changes and restarts: sled == memory table == a list in a test.

use proptest::prelude::*;

use super::super::sled_table::SledTable;
use super::*;

#[derive(Debug, Clone)]
enum Step {
    Publish { set: usize, activate: Option<Origin> },
    Activate { set: usize },
    Reopen,
    LoseTable,
}

fn origins() -> impl Strategy<Value = Option<Origin>> {
    prop_oneof![Just(None), Just(Some(Origin::Folder)), Just(Some(Origin::Upload))]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..8_usize, origins()).prop_map(|(set, activate)| Step::Publish { set, activate }),
        3 => (0..8_usize).prop_map(|set| Step::Activate { set }),
        1 => Just(Step::Reopen),
        1 => Just(Step::LoseTable),
    ];
    prop::collection::vec(step, 1..24)
}

/// Sets that share texts, with empty ones, long ones and characters that a chunk's end cuts in two.
fn set(number: usize) -> FileSet {
    let long = format!("#{}", "ü".repeat(3000 * (number % 3)));
    let texts =
        [("rules/a.rules", long.as_str()), ("rules/b.rules", ""), ("rules/c.yaml", if number < 4 { "x" } else { "y" })];
    let mut set: Vec<_> = texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    set.push((format!("experiments/{number}.yaml"), String::new()));
    FileSet::from_files(set).unwrap()
}

#[derive(Default)]
struct Model {
    /// Number of the set, parent, time.
    releases: Vec<(usize, Option<usize>, i64)>,
    activations: Vec<(usize, i64, Origin)>,
}

impl Model {
    fn active(&self) -> Option<usize> {
        self.activations.last().map(|(set, ..)| *set)
    }

    fn knows(&self, set: usize) -> bool {
        self.releases.iter().any(|(known, ..)| *known == set)
    }

    fn publish(&mut self, set: usize, activate: Option<Origin>, time: i64) -> bool {
        let is_new = !self.knows(set);
        if is_new {
            self.releases.push((set, self.active(), time));
        }
        self.activations.extend(activate.map(|origin| (set, time, origin)));
        is_new
    }
}

fn same(store: &Store, model: &Model) {
    let id = |number: usize| set(number).id();
    let releases = store.releases().unwrap();
    let found = releases.iter().map(|info| (info.id.clone(), info.parent.clone(), info.time.as_second(), info.active));
    let found: Vec<_> = found.collect();
    let newest_first = model.releases.iter().rev();
    let wanted = newest_first
        .map(|(number, parent, time)| (id(*number), parent.map(id), *time, model.active() == Some(*number)));
    assert_eq!(found, wanted.collect::<Vec<_>>());
    let activations = store.activations().unwrap();
    let found: Vec<_> = activations.into_iter().map(|at| (at.release, at.time.as_second(), at.origin)).collect();
    let wanted = model.activations.iter().map(|(number, time, origin)| (id(*number), *time, *origin));
    assert_eq!(found, wanted.collect::<Vec<_>>());
    assert_eq!(store.active(), model.active().map(id));
    let folder = model.activations.iter().rev().find(|(.., origin)| *origin == Origin::Folder);
    assert_eq!(store.folder_hash(), folder.map(|(number, ..)| id(*number)));
    for (number, ..) in &model.releases {
        let (info, files) = store.release(&id(*number)).unwrap();
        assert_eq!(info.id, id(*number));
        assert!(files.iter().eq(set(*number).iter()));
    }
}

fn run(steps: &[Step], open: &dyn Fn() -> Store, lose_table: &dyn Fn()) {
    let mut model = Model::default();
    let mut store = Some(open());
    for (time, step) in steps.iter().enumerate() {
        let time = time as i64;
        let live = store.as_ref().unwrap();
        match step {
            Step::Publish { set: number, activate } => {
                let published = live.publish(&set(*number), &act(time), "", *activate).unwrap();
                assert_eq!(published.is_new, model.publish(*number, *activate, time));
            }
            Step::Activate { set: number } => {
                let outcome = live.activate(&set(*number).id(), &act(time), Origin::Rollback);
                if model.knows(*number) {
                    assert!(outcome.unwrap().active);
                    model.activations.push((*number, time, Origin::Rollback));
                } else {
                    assert!(matches!(outcome, Err(Error::UnknownRelease { .. })));
                }
            }
            Step::Reopen | Step::LoseTable => {
                drop(store.take());
                if matches!(step, Step::LoseTable) {
                    lose_table();
                }
                store = Some(open());
                same(store.as_ref().unwrap(), &model);
            }
        }
    }
    same(store.as_ref().unwrap(), &model);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_store_in_memory_answers_as_the_model(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let table = std::cell::RefCell::new(MemoryTable::default());
        let open = || open_in_memory(dir.path(), &table.borrow()).unwrap();
        run(&steps, &open, &|| drop(table.replace(MemoryTable::default())));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_store_in_sled_answers_as_the_model(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path(), None).unwrap();
        run(&steps, &open, &|| std::fs::remove_dir_all(dir.path().join("sled")).unwrap());
    }

    #[test]
    fn sled_scans_as_the_memory_table(
        rows in prop::collection::vec((prop::collection::vec(0..4_u8, 0..4), prop::collection::vec(any::<u8>(), 0..20)), 0..60),
        prefix in prop::collection::vec(0..4_u8, 0..3),
    ) {
        use super::super::table::Table;
        let dir = tempfile::tempdir().unwrap();
        let sled = SledTable::open(dir.path()).ok().unwrap();
        let memory = MemoryTable::default();
        for rows in rows.chunks(7) {
            sled.commit(rows.to_vec()).unwrap();
            memory.commit(rows.to_vec()).unwrap();
        }
        prop_assert_eq!(sled.scan(&prefix).unwrap(), memory.scan(&prefix).unwrap());
        prop_assert_eq!(sled.get(&prefix).unwrap(), memory.get(&prefix).unwrap());
    }
}
