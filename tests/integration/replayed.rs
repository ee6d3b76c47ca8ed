//! Real customers sent to the real server as events, and asked about as of a date: the answers are those of independent
//! Python.
//!
//! The server's clock stands still at the date (libfaketime), so that windows end exactly where the oracle ends them. CDNOW:
//! one server lives through four dates, on one data folder; before each it is sent the orders since the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::real_data::{MOMENTS, python, root, shown, skipped, target};
use crate::serving::{Client, Process, Shop, on_connections, send_all};

/// Where Debian puts the library that sets a clock for one process.
const FAKETIME: &str = "faketime/libfaketime.so.1";

/// The library that sets the clock; says so when there is none.
fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let found = folders.iter().map(|folder| Path::new(folder).join(FAKETIME)).find(|path| path.exists());
    if found.is_none() {
        writeln!(std::io::stderr(), "skipped: a clock cannot be set for one process, there is no {FAKETIME}").unwrap();
    }
    found
}

/// The real binary with a clock that stands still.
fn serve_at(shop: &Shop, library: &Path, moment: &str) -> Process {
    let clock = moment.replace('T', " ").replace('Z', "");
    let variables = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME", &clock),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ];
    Process::start_in(shop, &["--bot-rate", "0"], &variables)
}

/// A shop with the rules of `tests/data/<name>`.
fn shop_of(name: &str) -> Shop {
    let shop = Shop::empty();
    let rules = root().join("tests/data").join(name).join("rules");
    for entry in walkdir::WalkDir::new(&rules).into_iter().map(Result::unwrap).filter(|it| it.file_type().is_file()) {
        let inside = entry.path().strip_prefix(&rules).unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        shop.write(Path::new("rules").join(inside).to_str().unwrap(), &text);
    }
    shop
}

/// The orders of the oracle's bodies as messages, oldest first; each says how far the import has come, as `segue import` does.
fn orders(bodies: &str) -> Vec<(Timestamp, Value)> {
    let mut orders = Vec::new();
    for line in bodies.lines() {
        let body: Value = serde_json::from_str(line).unwrap();
        for order in body["visitor"]["events"].as_array().unwrap() {
            let mut message = order.clone();
            message["userId"] = body["visitor"]["id"].clone();
            message["importedUntil"] = order["timestamp"].clone();
            orders.push((order["timestamp"].as_str().unwrap().parse().unwrap(), message));
        }
    }
    orders.sort_by_key(|(at, _)| *at);
    orders
}

/// Questions that are answered from sums by bucket: the oldest counts whole (`docs/memory.md`). All others are exact.
const BY_BUCKET: [&str; 5] = ["regular_spender", "good_average", "one_large", "one_small", "basket"];

/// Compares every decision; gives back how many are in each segment, of those who have ordered: nobody knows of the others.
fn compare_decisions(
    client: &Client,
    expected: &[[Value; 2]],
    known: &BTreeSet<String>,
    moment: &str,
) -> BTreeMap<String, u64> {
    let sizes: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let (faults, early) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    on_connections(client, expected, |connection, part| {
        for [exact, in_buckets] in part {
            let id = exact["id"].as_str().unwrap();
            let answer = connection.decide(&json!({"visitor": {"id": id}}));
            let decisions = answer["decisions"].as_array().unwrap();
            assert_eq!(decisions.len(), exact["answers"].as_object().unwrap().len());
            for decision in decisions {
                let slot = decision["slot"].as_str().unwrap();
                let (found, exact) = (&decision["value"], &exact["answers"][slot]);
                let expected = if BY_BUCKET.contains(&slot) { &in_buckets["answers"][slot] } else { exact };
                if found != expected {
                    faults.lock().unwrap().push(format!("{id} {slot}: {found} not {expected}"));
                } else if found != exact {
                    early.fetch_add(1, Ordering::Relaxed);
                }
                let is_counted = found == "in" && known.contains(id);
                *sizes.lock().unwrap().entry(slot.to_owned()).or_default() += u64::from(is_counted);
            }
        }
    });
    let mut faults = faults.into_inner().unwrap();
    println!("{moment}: {} answers count a whole bucket where the window cuts it", early.into_inner());
    let count = faults.len();
    faults.truncate(20);
    assert_eq!(faults, [""; 0], "{moment}: {count} answers are wrong");
    sizes.into_inner().unwrap()
}

/// Sizes follow a moment later.
fn await_sizes(client: &Client, visitors: usize, expected: &BTreeMap<String, u64>, what: &str) {
    let said = || -> BTreeMap<String, u64> {
        let overview = client.get("/v1/segments").json();
        assert_eq!(overview["visitors"], json!(visitors));
        let segments = overview["segments"].as_array().unwrap();
        segments
            .iter()
            .map(|it| (it["segment"].as_str().unwrap().to_owned(), it["visitors"].as_u64().unwrap()))
            .collect()
    };
    let give_up = Instant::now() + Duration::from_secs(30);
    while said() != *expected && Instant::now() < give_up {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(said(), *expected, "{what}");
}

#[test]
#[ignore = "slow suite: 69,659 orders through the real server, asked at four dates"]
fn cdnow_customers_are_in_the_segments_at_four_dates_in_the_life_of_one_server() {
    let data = target().join("test-data/CDNOW_master.txt");
    if !data.exists() {
        return skipped("the CDNOW customers", &data);
    }
    let Some(library) = faketime() else { return };
    let oracle = |arguments: &[&str]| python("cdnow.py", &[&[data.to_str().unwrap()], arguments].concat());
    let orders = orders(&oracle(&["bodies"]));
    let shop = shop_of("cdnow");
    let (mut sent, mut known) = (0, BTreeSet::new());
    for moment in MOMENTS {
        let began = Instant::now();
        let process = serve_at(&shop, &library, moment);
        let started = began.elapsed();
        let now: Timestamp = moment.parse().unwrap();
        let until = orders.partition_point(|(at, _)| *at <= now);
        let messages: Vec<Value> = orders[sent..until].iter().map(|(_, message)| message.clone()).collect();
        known.extend(messages.iter().map(|message| message["userId"].as_str().unwrap().to_owned()));
        send_all(&process.client, &messages);
        let told = began.elapsed();
        let answers = |arguments: &[&str]| -> Vec<Value> {
            oracle(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let in_buckets = answers(&["answers", moment, "buckets"]);
        let expected: Vec<[Value; 2]> =
            answers(&["answers", moment]).into_iter().zip(in_buckets).map(Into::into).collect();
        let sizes = compare_decisions(&process.client, &expected, &known, moment);
        let decided = began.elapsed();
        await_sizes(&process.client, known.len(), &sizes, moment);
        println!(
            "{moment}: start {started:.1?}, {} orders in {:.1?}, {} customers asked in {:.1?}, sizes after {:.1?}",
            until - sent,
            told - started,
            expected.len(),
            decided - told,
            began.elapsed() - decided
        );
        sent = until;
        process.kill();
    }
}

/// What customers did after the e-mail, in rules beside those about who they are.
const AFTERWARDS: &str = "\
segment came { visited \"/from/*\" in last 14 days }
segment bought { did order in last 14 days }
segment spent_fifty { sum of order.amount in last 14 days >= 50 }
segment wooed_by_men { visited \"/from/Mens-E-Mail\" }
segment looked_only { segment came and not segment bought and segment big_spender }
";

#[test]
#[ignore = "slow suite: 64,000 customers through the real server"]
fn hillstrom_customers_see_and_are_counted_as_an_independent_count_says() {
    let data = root().join("../shared/data/hillstrom.csv");
    if !data.exists() {
        return skipped("the Hillstrom customers", &data);
    }
    let oracle = |what| python("hillstrom.py", &[data.to_str().unwrap(), what]);
    let lines = |text: String| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    let messages: Vec<Value> =
        lines(oracle("messages")).into_iter().flat_map(|it| it.as_array().unwrap().clone()).collect();
    let expected = lines(oracle("answers"));
    let shop = shop_of("hillstrom");
    shop.write("rules/afterwards.rules", AFTERWARDS);
    let events =
        "events:\n  order: {wire: Order Completed, properties: {amount: {type: number, unit: USD, wire: revenue}}}\n";
    shop.write("rules/schema/events.yaml", events);
    let began = Instant::now();
    let process = Process::start_with(&shop, &["--bot-rate", "0"]);
    send_all(&process.client, &messages);
    let told = began.elapsed();
    on_connections(&process.client, &expected, |connection, part| {
        for customer in part {
            let answer = connection.decide(&json!({"visitor": {"id": customer["id"]}}));
            for decision in answer["decisions"].as_array().unwrap() {
                let wanted = customer["shown"][decision["slot"].as_str().unwrap()].as_str().unwrap_or("-");
                assert_eq!(shown(decision), wanted, "{}: {decision}", customer["id"]);
            }
        }
    });
    let decided = began.elapsed();
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for segment in expected.iter().flat_map(|it| it["segments"].as_array().unwrap()) {
        *sizes.entry(segment.as_str().unwrap().to_owned()).or_default() += 1;
    }
    await_sizes(&process.client, 64_000, &sizes, "Hillstrom");
    println!(
        "{} messages in {told:.1?}, {} customers asked in {:.1?}; {sizes:?}",
        messages.len(),
        expected.len(),
        decided - told
    );
}
