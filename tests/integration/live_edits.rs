//! 200 edits of a rule file under load: no decision fails, each names a release that existed, the last edit becomes visible.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serving::{Client, Shop, rules_with};

const EDITS: usize = 200;
const CLIENTS: usize = 3;

/// What the clients saw, all of them together.
struct Seen {
    stop: AtomicBool,
    decisions: AtomicUsize,
    /// The highest edit that a decision came from.
    latest: AtomicUsize,
    /// By edit: when the first decision came from it.
    first: Mutex<Vec<Option<Instant>>>,
    releases: Mutex<BTreeSet<String>>,
    failures: Mutex<Vec<String>>,
}

impl Seen {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            decisions: AtomicUsize::new(0),
            latest: AtomicUsize::new(0),
            first: Mutex::new(vec![None; EDITS + 1]),
            releases: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// Decides without a pause until told to stop.
    fn ask(&self, client: &Client) {
        let body = json!({"visitor": {"id": "v1", "attributes": {"country": "DE"}}}).to_string();
        let mut last_release = String::new();
        while !self.stop.load(Ordering::Relaxed) {
            let reply = match client.send("POST", "/v1/decide", &[], body.as_bytes()) {
                Ok(reply) if reply.status == 200 => reply,
                failed => {
                    self.failures.lock().unwrap().push(format!("{failed:?}"));
                    continue;
                }
            };
            self.decisions.fetch_add(1, Ordering::Relaxed);
            let decision = &reply.json()["decisions"][0];
            let Some((release, edit)) = release_and_edit(decision) else {
                self.failures.lock().unwrap().push(reply.text);
                continue;
            };
            if self.latest.fetch_max(edit, Ordering::Relaxed) < edit {
                self.first.lock().unwrap()[edit].get_or_insert_with(Instant::now);
            }
            if release != last_release {
                self.releases.lock().unwrap().insert(release.clone());
                last_release = release;
            }
        }
    }

    fn wait_for(&self, edit: usize) {
        let give_up = Instant::now() + Duration::from_secs(60);
        while self.latest.load(Ordering::Relaxed) < edit {
            assert!(Instant::now() < give_up, "edit {edit} never became visible");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn release_and_edit(decision: &Value) -> Option<(String, usize)> {
    let edit = decision["because"].as_str()?.strip_prefix("edit ")?.parse().ok()?;
    Some((decision["release"].as_str()?.to_owned(), edit))
}

/// Saves all edits, half in place and half by renaming, every tenth broken; gives back when each was saved.
fn edit(shop: &Shop, seen: &Seen) -> Vec<Option<Instant>> {
    let mut saved = vec![None; EDITS + 1];
    for (number, saved) in saved.iter_mut().enumerate().skip(1) {
        let broken = number % 10 == 5;
        let text = rules_with(number).replace("country", if broken { "contry" } else { "country" });
        let now = Instant::now();
        if number % 2 == 0 {
            shop.write("rules/home.rules", &text)
        } else {
            shop.replace("rules/home.rules", &text)
        }
        // Nobody waits for a broken one, nor, now and then, for a good one: the next save may come at once.
        if !broken && number % 7 != 0 {
            *saved = Some(now);
            seen.wait_for(number);
        }
    }
    saved
}

#[test]
#[ignore = "slow suite: 200 edits under load"]
fn edits_under_load_fail_no_decision_and_become_visible() {
    let shop = Shop::new();
    shop.write("rules/home.rules", &rules_with(0));
    let process = shop.serve_binary();
    let seen = Seen::new();
    let started = Instant::now();
    let saved = std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            // A client of its own, with a connection of its own.
            let client = Client::new(&process.client.url);
            let seen = &seen;
            scope.spawn(move || seen.ask(&client));
        }
        let editor = scope.spawn(|| edit(&shop, &seen)).join();
        seen.stop.store(true, Ordering::Relaxed);
        editor.unwrap()
    });
    let took = started.elapsed();

    assert_eq!(*seen.failures.lock().unwrap(), [""; 0]);
    assert_eq!(seen.latest.into_inner(), EDITS, "the last edit is visible");
    let published: BTreeSet<String> = process.client.releases().into_iter().collect();
    let named = seen.releases.into_inner().unwrap();
    assert!(named.is_subset(&published), "{named:?} of {published:?}");
    assert!(named.len() > EDITS / 2);

    let first = seen.first.into_inner().unwrap();
    let delays = saved.iter().zip(&first).filter_map(|(saved, first)| Some(first.as_ref()?.duration_since((*saved)?)));
    let mut delays: Vec<Duration> = delays.collect();
    delays.sort();
    let decisions = seen.decisions.into_inner();
    println!(
        "{EDITS} edits, {} releases; save to first new decision: p50 {:?}, max {:?}; {decisions} decisions, {:.0} a second",
        published.len(),
        delays[delays.len() / 2],
        delays[delays.len() - 1],
        decisions as f64 / took.as_secs_f64()
    );
}
