//! Many visitors through the real binary: how fast events are taken, what they take of memory and disk, how long a restart
//! after kill -9 is; and what a durable acknowledgement over HTTP costs at different batches, beside append and `fdatasync`
//! of the same bytes to a plain file, with the threads on which the server's time goes.
//!
//!     cargo bench --bench visitors              1,000,000 events of 100,000 visitors
//!     cargo bench --bench visitors -- --full    10,000,000 events of 1,000,000 visitors
//!     cargo bench --bench visitors -- --events 50000 --visitors 5000
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

mod running;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use running::Running;

const CONNECTIONS: usize = 8;
/// Events of one call while visitors are told.
const BATCH: usize = 250;
const ROUND: Duration = Duration::from_secs(5);
/// Visits lie within so many days, so that windows of a month end among them.
const DAYS: u64 = 60;

const SCHEMA: &str = "\
language: 1
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}, items: {type: number}}}
  product_view: {properties: {category: {type: text}, price: {type: number, unit: EUR}}}
  cart_add: {}
attributes:
  country: {type: text}
  plan: {type: text}
";

const RULES: &str = "\
segment high_value { did order in last 30 days and sum of order.amount in last 30 days >= 500 }
segment cart_abandoners { did cart_add without order within 24 hours in last 7 days }
segment lookers { did product_view with (category is \"shoes\") at least 3 times in last 7 days and not did order in last 30 days }
segment loyal { did visit_start on at least 3 different days in last 30 days }
slot home_hero {
  if segment high_value show \"vip\"
  if segment cart_abandoners show \"cart\"
  if segment lookers show \"shoes\"
  if segment loyal and visited \"/pricing\" in last 7 days show \"pricing\"
  if favourite of product_view.category in last 30 days is \"tents\" show \"tents\"
  otherwise show \"welcome\"
}
";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<usize>().ok()
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (events, visitors) = match (has("--bench"), has("--full")) {
        // `cargo test --benches` runs this too: then once and shortly.
        (false, _) => (2_000, 200),
        (true, true) => (10_000_000, 1_000_000),
        (true, false) => (1_000_000, 100_000),
    };
    let (events, visitors) = (number("--events").unwrap_or(events), number("--visitors").unwrap_or(visitors));
    let round = if has("--bench") { ROUND } else { Duration::from_millis(200) };
    many_visitors(events, visitors);
    acknowledgements(round);
}

/// A folder with rules, on the disk that the target folder is on.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (path, text) in [
        ("rules/home.rules", RULES),
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/content/slots.yaml", "slots:\n  home_hero: {type: text}\n"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn many_visitors(events: usize, visitors: usize) {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let started = Instant::now();
    tell(&server, events, visitors);
    let seconds = started.elapsed().as_secs_f64();
    println!("{events} events of {visitors} visitors, {CONNECTIONS} connections, {BATCH} a call");
    println!("taken        {:>10.0} events/s, durable and folded, in {seconds:.1} s", events as f64 / seconds);
    let usage = server.metrics();
    println!(
        "in memory    {:>10.0} visitors, about {:.0} MiB by their rows",
        usage["segue_visitors_in_memory"],
        usage["segue_visitors_memory_bytes"] / MIB
    );
    println!("process      {:>10.0} MiB resident", server.resident_mib());
    report_disk(folder.path(), events);
    server.running.kill();
    let restart = Instant::now();
    server = Server::start(folder.path());
    println!("restart      {:>10.2} s after kill -9, to the first answer", restart.elapsed().as_secs_f64());
    println!("process      {:>10.0} MiB resident after it", server.resident_mib());
    let asked = Instant::now();
    let mut connection = server.connect();
    let mut random = Zipf::new(visitors);
    for _ in 0..1_000 {
        let body = format!(r#"{{"visitor":{{"id":"v{}"}}}}"#, random.next());
        connection.post("/v1/decide", body.as_bytes());
    }
    println!(
        "decide       {:>10.0} us a decision over HTTP, of visitors who are read from sled",
        asked.elapsed().as_secs_f64() * 1e3
    );
}

const MIB: f64 = (1 << 20) as f64;

fn report_disk(folder: &Path, events: usize) {
    let mut total = 0.0;
    for part in ["events", "sled", "keys"] {
        let bytes: u64 = files(&folder.join("data").join(part));
        total += bytes as f64;
        println!("disk, {part:<7}{:>10.0} MiB, {:.0} bytes an event", bytes as f64 / MIB, bytes as f64 / events as f64);
    }
    println!("disk, in all {:>10.0} MiB", total / MIB);
}

fn files(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries.map(|it| if it.path().is_dir() { files(&it.path()) } else { it.metadata().unwrap().len() }).sum()
}

/// Few visitors come often, most come once.
struct Zipf {
    random: StdRng,
    visitors: f64,
}

impl Zipf {
    fn new(visitors: usize) -> Self {
        Self { random: StdRng::seed_from_u64(1), visitors: visitors as f64 }
    }

    /// Rank by the inverse of a continuous Zipf distribution with exponent 1.
    fn next(&mut self) -> usize {
        let share: f64 = self.random.random();
        self.visitors.powf(share) as usize - 1
    }
}

/// Visits of visitors, as JSON messages: pages, products, carts, orders.
struct Visits {
    random: StdRng,
    zipf: Zipf,
    number: usize,
    now: i64,
}

impl Visits {
    fn new(part: usize, visitors: usize) -> Self {
        let mut zipf = Zipf::new(visitors);
        zipf.random = StdRng::seed_from_u64(part as u64 + 100);
        let now = jiff::Timestamp::now().as_millisecond();
        Self { random: StdRng::seed_from_u64(part as u64), zipf, number: part << 40, now }
    }

    /// One visit, up to so many events.
    fn visit(&mut self, into: &mut Vec<String>, room: usize) {
        let visitor = self.zipf.next();
        let days = self.random.random_range(0..DAYS * 86_400_000);
        let mut at = self.now - days as i64 - 3_600_000;
        for step in 0..self.random.random_range(1..9).min(room) {
            at += self.random.random_range(1_000..120_000);
            self.number += 1;
            let what = match (step, self.random.random_range(0..100)) {
                (0, 0..10) => r#""type":"identify","traits":{"country":"DE","plan":"pro"}"#.to_owned(),
                (_, 0..50) => {
                    let path = ["/", "/pricing", "/tents/arctic", "/shoes"][self.random.random_range(0..4)];
                    format!(r#""type":"page","properties":{{"path":"{path}"}}"#)
                }
                (_, 50..85) => {
                    let category = ["shoes", "bags", "hats", "tents"][self.random.random_range(0..4)];
                    let price = self.random.random_range(5..200);
                    format!(
                        r#""type":"track","event":"product_view","properties":{{"category":"{category}","price":{price}}}"#
                    )
                }
                (_, 85..95) => r#""type":"track","event":"cart_add""#.to_owned(),
                _ => {
                    let amount = self.random.random_range(10..300);
                    format!(
                        r#""type":"track","event":"Order Completed","properties":{{"revenue":{amount}.90,"items":2}}"#
                    )
                }
            };
            let time = jiff::Timestamp::from_millisecond(at).unwrap();
            let number = self.number;
            into.push(format!(
                r#"{{{what},"userId":"v{visitor}","messageId":"m{number}","timestamp":"{time}","importedUntil":"{time}"}}"#
            ));
        }
    }

    fn batch(&mut self, size: usize) -> Vec<u8> {
        let mut messages = Vec::with_capacity(size);
        while messages.len() < size {
            let room = size - messages.len();
            self.visit(&mut messages, room);
        }
        format!(r#"{{"batch":[{}]}}"#, messages.join(",")).into_bytes()
    }
}

fn tell(server: &Server, events: usize, visitors: usize) {
    let left = AtomicUsize::new(events.div_ceil(BATCH));
    std::thread::scope(|scope| {
        for part in 0..CONNECTIONS {
            let left = &left;
            scope.spawn(move || {
                let (mut visits, mut connection) = (Visits::new(part, visitors), server.connect());
                let take =
                    || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
                while take() {
                    connection.post("/v1/batch", &visits.batch(BATCH));
                }
            });
        }
    });
}

/// Durable acknowledgement over HTTP, and the same bytes appended and synced to a plain file.
fn acknowledgements(round: Duration) {
    println!("\n{:<6} {:>12} {:>9} {:>9} {:>14} {:>7}", "batch", "events/s", "p50 ms", "p99 ms", "plain file", "ratio");
    for batch in [1, 32, 256] {
        let folder = folder();
        let server = Server::start(folder.path());
        let bytes = Visits::new(0, 10_000).batch(batch);
        let plain = plain_rate(folder.path(), &bytes, round / 4) * batch as f64;
        let before = server.running.threads();
        let mut latencies = latencies(&server, batch, round);
        let after = server.running.threads();
        latencies.sort_unstable();
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let events = (latencies.len() * batch) as f64;
        let rate = events / round.as_secs_f64();
        let (p50, p99) = (at(0.5), at(0.99));
        println!("{batch:<6} {rate:>12.0} {p50:>9.2} {p99:>9.2} {plain:>14.0} {:>7.2}", rate / plain);
        let spent = after.iter().map(|(name, nanos)| (name, nanos - before.get(name).copied().unwrap_or_default()));
        let mut spent: Vec<(&String, f64)> = spent.map(|(name, nanos)| (name, nanos / events / 1e3)).collect();
        spent.sort_by(|one, other| other.1.total_cmp(&one.1));
        let spent: Vec<String> = spent.iter().take(6).map(|(name, us)| format!("{name} {us:.1}")).collect();
        println!("       us of CPU an event, by thread: {}", spent.join(", "));
    }
}

fn latencies(server: &Server, batch: usize, round: Duration) -> Vec<Duration> {
    let until = Instant::now() + round;
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|part| {
                scope.spawn(move || {
                    let (mut visits, mut connection) = (Visits::new(part, 10_000), server.connect());
                    let mut latencies = Vec::new();
                    while Instant::now() < until {
                        let body = visits.batch(batch);
                        let began = Instant::now();
                        connection.post("/v1/batch", &body);
                        latencies.push(began.elapsed());
                    }
                    latencies
                })
            })
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    })
}

/// Appends and syncs a second.
fn plain_rate(folder: &Path, bytes: &[u8], time: Duration) -> f64 {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("plain")).unwrap();
    let (started, mut count) = (Instant::now(), 0.0);
    while started.elapsed() < time {
        file.write_all(bytes).unwrap();
        file.sync_data().unwrap();
        count += 1.0;
    }
    count / started.elapsed().as_secs_f64()
}

/// The real binary.
struct Server {
    running: Running,
}

impl Server {
    /// Starts it, and is back when it has answered.
    fn start(folder: &Path) -> Self {
        let server = Self { running: Running::start(folder) };
        server.connect().post("/v1/decide", br#"{"visitor":{"id":"v0"}}"#);
        server
    }

    fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.running.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream: BufReader::new(stream) }
    }

    /// Numbers without labels.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let text = self.connect().get("/metrics");
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        lines.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
    }

    fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.running.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

/// One connection; every answer must be good.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn post(&mut self, path: &str, body: &[u8]) -> String {
        let head = "host: localhost\r\ncontent-type: application/json\r\ncontent-length";
        let mut request = format!("POST {path} HTTP/1.1\r\n{head}: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        self.exchange(&request)
    }

    fn get(&mut self, path: &str) -> String {
        self.exchange(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())
    }

    fn exchange(&mut self, request: &[u8]) -> String {
        self.stream.get_mut().write_all(request).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    }
}
