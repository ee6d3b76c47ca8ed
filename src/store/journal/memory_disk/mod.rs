//! A disk in memory that behaves as badly as disks may: it keeps apart what was synced, and on a power cut keeps any part
//! of the rest. Writes tear at 512 bytes, also against their order; names that were not synced come and go one by one.
//! It fails on demand at the n-th operation. One seed, one history.

mod files;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// Which operations go wrong. They count from 0; reads do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The power goes with this operation.
    CutAt(usize),
    /// It alone fails.
    Once(usize, io::ErrorKind),
    /// It and all later ones fail.
    From(usize, io::ErrorKind),
}

/// Clones are the same disk.
#[derive(Clone)]
pub(crate) struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    files: Vec<FileState>,
    /// Name -> file, as programs see it and as it is certain to survive.
    names: BTreeMap<String, usize>,
    kept_names: BTreeMap<String, usize>,
    changed_names: Vec<Change>,
    operations: usize,
    fault: Fault,
    is_off: bool,
    capacity: usize,
    random: StdRng,
}

#[derive(Clone, Default)]
struct FileState {
    bytes: Vec<u8>,
    kept: Vec<u8>,
    written: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone)]
enum Change {
    Link(String, usize),
    Rename(String, String, usize),
    Remove(String),
}

/// What becomes of an operation.
enum Fate {
    Done,
    /// It has its effect, and nobody hears of it.
    Last,
    Failed(io::Error),
}

impl MemoryDisk {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_files(seed, BTreeMap::new())
    }

    /// With files that are safely there.
    pub(crate) fn with_files(seed: u64, files: BTreeMap<String, Vec<u8>>) -> Self {
        let (names, files): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let names: BTreeMap<_, _> = names.into_iter().zip(0..).collect();
        let file = |bytes: Vec<u8>| FileState { kept: bytes.clone(), bytes, written: Vec::new() };
        Self::with(State {
            files: files.into_iter().map(file).collect(),
            kept_names: names.clone(),
            names,
            changed_names: Vec::new(),
            operations: 0,
            fault: Fault::None,
            is_off: false,
            capacity: usize::MAX,
            random: StdRng::seed_from_u64(seed),
        })
    }

    fn with(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// From now on, counted from the next operation.
    pub(crate) fn fail(&self, fault: Fault) {
        let mut state = self.lock();
        (state.operations, state.fault) = (0, fault);
    }

    /// So many bytes fit on it.
    pub(crate) fn limit(&self, capacity: usize) {
        self.lock().capacity = capacity;
    }

    /// How many operations there were since the fault was set.
    pub(crate) fn operations(&self) -> usize {
        self.lock().operations
    }

    pub(crate) fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// All files as programs see them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.lock();
        state.names.iter().map(|(name, file)| (name.clone(), state.files[*file].bytes.clone())).collect()
    }

    /// The disk as the next start finds it when the process was killed: the system still has everything.
    pub(crate) fn after_kill(&self) -> Self {
        let mut state = self.lock();
        let random = StdRng::seed_from_u64(state.random.random());
        Self::with(State {
            files: state.files.clone(),
            names: state.names.clone(),
            kept_names: state.kept_names.clone(),
            changed_names: state.changed_names.clone(),
            random,
            ..*state
        })
        .switched_on()
    }

    /// The disk as the next start finds it when the power went: some of what was not synced is there.
    pub(crate) fn after_cut(&self) -> Self {
        let cut = self.after_kill();
        let mut state = cut.lock();
        let State { files, names, kept_names, changed_names, random, .. } = &mut *state;
        // None, all, or some.
        let share = [0.0, 1.0, random.random_range(0.0..1.0)][random.random_range(0..3)];
        for file in files {
            for (at, bytes) in std::mem::take(&mut file.written) {
                keep_some(&mut file.kept, at, &bytes, || random.random_bool(share));
            }
            file.bytes.clone_from(&file.kept);
        }
        for change in std::mem::take(changed_names) {
            if random.random_bool(share) {
                change.apply(kept_names);
            }
        }
        names.clone_from(kept_names);
        drop(state);
        cut
    }

    fn switched_on(self) -> Self {
        let mut state = self.lock();
        (state.is_off, state.fault, state.operations) = (false, Fault::None, 0);
        drop(state);
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&State) -> io::Result<Change>) -> io::Result<()> {
        let mut state = self.lock();
        let fate = state.fate();
        if let Fate::Failed(error) = fate {
            return Err(error);
        }
        let change = change(&state)?;
        change.apply(&mut state.names);
        state.changed_names.push(change);
        fate.told()
    }
}

/// Keeps some of the sectors of a write.
fn keep_some(kept: &mut Vec<u8>, at: usize, bytes: &[u8], mut keeps: impl FnMut() -> bool) {
    let mut done = 0;
    while done < bytes.len() {
        let from = at + done;
        let piece = (SECTOR_BYTES - from % SECTOR_BYTES).min(bytes.len() - done);
        if keeps() {
            if kept.len() < from + piece {
                kept.resize(from + piece, 0);
            }
            kept[from..from + piece].copy_from_slice(&bytes[done..done + piece]);
        }
        done += piece;
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Link(name, file) => drop(names.insert(name.clone(), *file)),
            Self::Remove(name) => drop(names.remove(name)),
            Self::Rename(from, to, file) => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
        }
    }
}

impl Fate {
    fn told(self) -> io::Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::Last => Err(off()),
            Self::Failed(error) => Err(error),
        }
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

impl State {
    fn fate(&mut self) -> Fate {
        if self.is_off {
            return Fate::Failed(off());
        }
        let operation = self.operations;
        self.operations += 1;
        match self.fault {
            Fault::CutAt(at) if operation >= at => {
                self.is_off = true;
                Fate::Last
            }
            Fault::Once(at, kind) if operation == at => Fate::Failed(kind.into()),
            Fault::From(at, kind) if operation >= at => Fate::Failed(kind.into()),
            _ => Fate::Done,
        }
    }

    fn used(&self) -> usize {
        self.names.values().map(|file| self.files[*file].bytes.len()).sum()
    }

    fn write(&mut self, file: usize, bytes: &[u8], at: usize) {
        let state = &mut self.files[file];
        if state.bytes.len() < at + bytes.len() {
            state.bytes.resize(at + bytes.len(), 0);
        }
        state.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        state.written.push((at, bytes.to_vec()));
    }
}
