//! Live results of the real binary: what a whole scorecard over HTTP costs after few and after many events, how long it takes from an
//! event to a result that counts it, and what an experiment with 10 metrics costs the thread that folds events, beside none.
//!
//!     cargo bench --bench results              after 10,000 and after 1,000,000 events
//!     cargo bench --bench results -- --full    after 10,000 and after 10,000,000
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

#[expect(dead_code, reason = "nothing is killed on the way here")]
mod running;

use std::path::Path;
use std::time::{Duration, Instant};

use running::Running;

const CONNECTIONS: usize = 8;
/// Events of one call.
const BATCH: usize = 250;
/// Of one visitor: an exposure, then orders.
const EVENTS: usize = 10;
/// So many visitors of ten order something.
const BUYERS: usize = 3;
const FEW: usize = 10_000;
const ROUNDS: usize = 500;
/// The thread that journals and folds.
const COMMITTER: &str = "segue-journal";

const SCHEMA: &str = "\
language: 1
events:
  order: {properties: {amount: {type: number}}}
  call: {properties: {amount: {type: number}}}
  arrival: {}
attributes:
  channel: {type: text}
";

const METRICS: &str = "\
metrics:
  buyers: {kind: conversion, event: order, direction: up}
  orders: {kind: count, event: order, before: none, direction: up}
  spend: {kind: sum, event: order, property: amount, cap: 500, direction: up}
  order_value: {kind: mean, event: order, property: amount, before: none, direction: up}
  large_order: {kind: quantile, event: order, property: amount, quantile: 0.9, direction: up}
";

const EXPERIMENT: &str = "\
experiment: offer_test
status: running
assignment: external
variants: [{name: control, show: nothing}, {name: offer, show: nothing}, {name: gift, show: nothing}]
metrics: {primary: buyers, secondary: [orders, spend, order_value], guardrails: [large_order]}
breakdowns: [channel]
";

fn main() {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    // `cargo test --benches` runs this too: then once and shortly.
    let (few, many, rounds) = match (has("--bench"), has("--full")) {
        (false, _) => (200, 400, 5),
        (true, false) => (FEW, 1_000_000, ROUNDS),
        (true, true) => (FEW, 10_000_000, ROUNDS),
    };
    fold(few.max(many / 10));
    let large_folder = folder(METRICS, EXPERIMENT);
    let server = Server::start(large_folder.path());
    tell(&server, 0..many / EVENTS, BUYERS);
    let small_folder = folder(METRICS, EXPERIMENT);
    let small = Server::start(small_folder.path());
    tell(&small, 0..few / EVENTS, BUYERS);
    compare(&small, few, &server, many, rounds);
    drop(small);
    delays(&server, few / EVENTS, rounds);
}

/// A folder with an experiment.
fn folder(metrics: &str, experiment: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (path, text) in [
        ("rules/schema/shop.yaml", SCHEMA),
        ("experiments/metrics.yaml", metrics),
        ("experiments/offer_test.yaml", experiment),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// What the thread that journals and folds spends on an event: without an experiment, with one of 10 metrics that every order touches, and with one
/// of 10 metrics of which it touches none.
fn fold(events: usize) {
    let metrics = |event: &str| {
        let metric = |number: u32| match number % 5 {
            0 => format!("  m{number}: {{kind: conversion, event: {event}, within: {number} days, direction: up}}\n"),
            1 => format!("  m{number}: {{kind: count, event: {event}, before: none, direction: up}}\n"),
            2 => format!("  m{number}: {{kind: sum, event: {event}, property: amount, cap: 500, direction: up}}\n"),
            3 => format!("  m{number}: {{kind: mean, event: {event}, property: amount, direction: up}}\n"),
            _ => format!("  m{number}: {{kind: ratio, event: {event}, per: {{event: arrival}}, direction: up}}\n"),
        };
        format!("metrics:\n{}", (1..=10).map(metric).collect::<String>())
    };
    let named: Vec<String> = (2..=10).map(|number| format!("m{number}")).collect();
    let used = format!("metrics: {{primary: m1, secondary: [{}]}}", named.join(", "));
    let experiment = |status: &str| {
        let kept = EXPERIMENT.lines().filter(|line| !line.starts_with("metrics:"));
        let text: Vec<&str> = kept.chain([&*used]).collect();
        text.join("\n").replace("status: running", &format!("status: {status}"))
    };
    for (what, event, status) in
        [("no experiment", "order", "draft"), ("10 metrics", "order", "running"), ("10 others", "call", "running")]
    {
        let folder = folder(&metrics(event), &experiment(status));
        let server = Server::start(folder.path());
        tell(&server, 0..events / EVENTS, 10);
        let spent = server.folding() / events as f64 / 1e3;
        println!("fold         {spent:>10.2} us of CPU an event with {what}");
    }
}

/// Visitors who saw a variant; so many of ten ordered some things, the others called.
fn tell(server: &Server, visitors: std::ops::Range<usize>, buyers: usize) {
    let began = Instant::now();
    let events = visitors.len() * EVENTS;
    let shown = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48);
    let message = |number: usize, event: usize| {
        if event == 0 {
            let variant = ["control", "offer", "gift"][number % 3];
            return format!(
                r#"{{"type":"track","event":"Experiment Viewed","userId":"v{number}","timestamp":"{shown}","properties":{{"experiment_name":"offer_test","variation_name":"{variant}"}}}}"#
            );
        }
        let at = shown + jiff::SignedDuration::from_mins(event as i64 * 7);
        let name = if (number / 3) % 10 < buyers { "order" } else { "call" };
        let amount = (number * 31 + event * 17) % 1_000;
        format!(
            r#"{{"type":"track","event":"{name}","userId":"v{number}","timestamp":"{at}","properties":{{"amount":{amount}.5}}}}"#
        )
    };
    let parts: Vec<usize> = visitors.clone().collect();
    std::thread::scope(|scope| {
        for part in parts.chunks(parts.len().div_ceil(CONNECTIONS).max(1)) {
            scope.spawn(move || {
                let agent = agent();
                for visitors in part.chunks(BATCH / EVENTS) {
                    let messages: Vec<String> = visitors
                        .iter()
                        .flat_map(|number| (0..EVENTS).map(move |event| message(*number, event)))
                        .collect();
                    server.post(&agent, "/v1/batch", &format!(r#"{{"batch":[{}]}}"#, messages.join(",")));
                }
            });
        }
    });
    println!("{events} events told in {:.1?}", began.elapsed());
}

/// Whole results over HTTP of two servers in turn.
fn compare(small: &Server, few: usize, server: &Server, many: usize, rounds: usize) {
    let agent = agent();
    let time = |server: &Server| {
        let began = Instant::now();
        server.results(&agent);
        began.elapsed()
    };
    let times: (Vec<Duration>, Vec<Duration>) = (0..rounds).map(|_| (time(small), time(server))).unzip();
    let medians = [(small, few, times.0), (server, many, times.1)].map(|(server, events, times)| {
        let (p50, p99) = quantiles(times);
        let bytes = server.results(&agent).len();
        println!("scorecard    {p50:>10.2?} p50, {p99:>10.2?} p99 over HTTP after {events} events, {bytes} bytes");
        p50.as_secs_f64()
    });
    println!("scorecard    {:>10.2} times as long after the many, in turn", medians[1] / medians[0]);
}

/// One more order each time, until it is in the sum of its variant.
fn delays(server: &Server, visitors: usize, rounds: usize) {
    let agent = agent();
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    let mut known = orders(&server.results(&agent));
    for round in 0..rounds {
        let body =
            format!(r#"{{"event":"order","userId":"v{}","properties":{{"amount":1}}}}"#, (round % visitors) / 3 * 3);
        let began = Instant::now();
        server.post(&agent, "/v1/track", &body);
        let told = Instant::now();
        while orders(&server.results(&agent)) <= known {}
        known += 1.0;
        sent.push(began.elapsed());
        acknowledged.push(told.elapsed());
    }
    for (from, times) in [("sent", sent), ("acknowledged", acknowledged)] {
        let (p50, p99) = quantiles(times);
        println!(
            "result       {p50:>10.2?} p50, {p99:>10.2?} p99 after an event was {from}, with the reading of the result"
        );
    }
}

/// How often those who saw the control ordered.
fn orders(results: &str) -> f64 {
    let results: serde_json::Value = serde_json::from_str(results).unwrap();
    let rows = results["metrics"].as_array().unwrap();
    let row = rows.iter().find(|row| row["metric"] == "orders" && row["variant"] == "control").unwrap();
    row["sum"].as_f64().unwrap()
}

fn quantiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// The real binary.
struct Server {
    running: Running,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self { running: Running::start(folder) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    fn post(&self, agent: &ureq::Agent, path: &str, body: &str) {
        let request = agent.post(self.url(path)).header("content-type", "application/json");
        let answer = request.send(body).unwrap().body_mut().read_to_string().unwrap();
        assert_eq!(answer, r#"{"success":true}"#);
    }

    /// CPU time of the thread that journals and folds, in nanoseconds.
    fn folding(&self) -> f64 {
        self.running.threads().get(COMMITTER).copied().unwrap()
    }

    fn results(&self, agent: &ureq::Agent) -> String {
        let answer = agent.get(self.url("/v1/experiments/offer_test/results")).call();
        answer.unwrap().body_mut().read_to_string().unwrap()
    }
}
