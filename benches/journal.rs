//! Durable acknowledgement through the journal and through its committer, against append and `fdatasync` of the same bytes
//! to a plain file, all in the same run.
//!
//! Rounds alternate, so that a noisy moment hits all three. What is reported, for each batch: events a second, how long an
//! acknowledgement takes, and the ratio to the plain file: the median over the rounds. A batch is one `append` of so many
//! events for the journal; for the committer it is so many submissions of one event each that wait at any time.
//!
//!     cargo bench --bench journal
//!     SEGUE_BENCH_FOLDER=/mnt/disk SEGUE_BENCH_ROUNDS=31 cargo bench --bench journal
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::store::journal::{Committer, Folder, Journal, JournalOptions, QueueLimits};

const BATCHES: [usize; 3] = [1, 32, 256];
/// About what a tracking call takes.
const EVENT_BYTES: std::ops::Range<usize> = 250..350;
/// Different events, so that nothing is learnt by heart.
const EVENTS: usize = 4096;
const ROUND: Duration = Duration::from_millis(400);
const ROUNDS: usize = 15;

type Events = Vec<Vec<u8>>;

/// What one round measured.
#[derive(Clone, Default)]
struct Round {
    events_per_second: f64,
    latencies: Vec<Duration>,
}

/// Something that makes batches durable, again and again until the time is over.
trait Contestant {
    fn name(&self) -> &'static str;
    fn run(&mut self, batch: usize, events: &Events, time: Duration) -> Round;
}

/// Acknowledges batch after batch with a closure.
fn one_by_one(batch: usize, events: &Events, time: Duration, mut keep: impl FnMut(&[Vec<u8>])) -> Round {
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < time {
        let from = latencies.len() * batch % EVENTS;
        let began = Instant::now();
        keep(&events[from..from + batch]);
        latencies.push(began.elapsed());
    }
    let count = (latencies.len() * batch) as f64;
    Round { events_per_second: count / started.elapsed().as_secs_f64(), latencies }
}

struct Plain {
    path: PathBuf,
}

impl Contestant for Plain {
    fn name(&self) -> &'static str {
        "plain file"
    }

    fn run(&mut self, batch: usize, events: &Events, time: Duration) -> Round {
        drop(std::fs::remove_file(&self.path));
        let mut file: File = OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        let mut bytes = Vec::new();
        one_by_one(batch, events, time, |events| {
            bytes.clear();
            events.iter().for_each(|event| bytes.extend_from_slice(event));
            file.write_all(&bytes).unwrap();
            file.sync_data().unwrap();
        })
    }
}

struct Direct {
    journal: Journal,
}

impl Contestant for Direct {
    fn name(&self) -> &'static str {
        "journal"
    }

    fn run(&mut self, batch: usize, events: &Events, time: Duration) -> Round {
        let round = one_by_one(batch, events, time, |events| assert!(self.journal.append(events).is_ok()));
        self.journal.drop_before(self.journal.end()).unwrap();
        round
    }
}

struct Grouped {
    committer: Committer<u64, ()>,
}

impl Contestant for Grouped {
    fn name(&self) -> &'static str {
        "committer"
    }

    fn run(&mut self, batch: usize, events: &Events, time: Duration) -> Round {
        let started = Instant::now();
        let mut waiting = VecDeque::new();
        let (mut submitted, mut latencies) = (0, Vec::new());
        let is_over = || started.elapsed() >= time;
        while !(waiting.is_empty() && is_over()) {
            while waiting.len() < batch && !is_over() {
                let event = events[submitted % EVENTS].clone();
                waiting.push_back((Instant::now(), self.committer.submit(vec![event], ()).unwrap()));
                submitted += 1;
            }
            if let Some((began, ticket)) = waiting.pop_front() {
                ticket.wait().unwrap();
                latencies.push(began.elapsed());
            }
        }
        let events_per_second = submitted as f64 / started.elapsed().as_secs_f64();
        let dropped = self.committer.between(|journal, _| journal.drop_before(journal.end()).is_ok());
        assert!(dropped.wait().unwrap());
        Round { events_per_second, latencies }
    }
}

fn journal(folder: &Path) -> Journal {
    Journal::open(Arc::new(Folder::open(folder).unwrap()), JournalOptions::default()).unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A latency in milliseconds, at a share of the sorted list.
fn at_ms(sorted: &[Duration], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
}

fn main() {
    // `cargo test --benches` runs this too: then once and shortly.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = std::env::var("SEGUE_BENCH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let (rounds, time) = if is_bench { (rounds, ROUND) } else { (1, Duration::from_millis(20)) };
    let folder = std::env::var_os("SEGUE_BENCH_FOLDER").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let folder = tempfile::tempdir_in(folder).unwrap();
    let mut random = StdRng::seed_from_u64(1);
    let mut event = || {
        let length = random.random_range(EVENT_BYTES);
        (0..length).map(|_| random.random()).collect::<Vec<u8>>()
    };
    let events: Events = (0..EVENTS).map(|_| event()).collect();
    let count = |state: &mut u64, committed: segue::store::journal::Committed<'_>, ()| {
        *state += committed.entries.len() as u64;
        Vec::new()
    };
    let grouped = journal(&folder.path().join("grouped"));
    let committer = Committer::start(grouped, 0, QueueLimits::default(), count).unwrap();
    let mut contestants: [Box<dyn Contestant>; 3] = [
        Box::new(Plain { path: folder.path().join("plain") }),
        Box::new(Direct { journal: journal(&folder.path().join("direct")) }),
        Box::new(Grouped { committer }),
    ];
    println!("{rounds} rounds of {} ms in {}", time.as_millis(), folder.path().display());
    println!("{:<6} {:<11} {:>12} {:>9} {:>9} {:>7}", "batch", "", "events/s", "p50 ms", "p99 ms", "ratio");
    // The first segments of a journal are short: grow before anything counts.
    contestants.iter_mut().for_each(|contestant| drop(contestant.run(256, &events, time)));
    for batch in BATCHES {
        let measured: Vec<Vec<Round>> = (0..rounds)
            .map(|_| contestants.iter_mut().map(|contestant| contestant.run(batch, &events, time)).collect())
            .collect();
        for (index, contestant) in contestants.iter().enumerate() {
            let rate = median(measured.iter().map(|round| round[index].events_per_second).collect());
            let ratio = measured.iter().map(|round| round[index].events_per_second / round[0].events_per_second);
            let ratio = median(ratio.collect());
            let mut latencies: Vec<_> = measured.iter().flat_map(|round| round[index].latencies.clone()).collect();
            latencies.sort_unstable();
            let (p50, p99) = (at_ms(&latencies, 0.5), at_ms(&latencies, 0.99));
            println!("{batch:<6} {:<11} {rate:>12.0} {p50:>9.3} {p99:>9.3} {ratio:>7.2}", contestant.name());
        }
    }
}
