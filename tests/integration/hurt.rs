//! A disk without room, a journal at its cap, and bytes that are no events: what was acknowledged stays, decisions are
//! answered all the while, and the server goes on when it can.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::store::journal::JournalOptions;
use serde_json::{Value, json};

use crate::serving::{Client, Process, Served, Shop};

const SCHEMA: &str = "language: 1\nevents:\n  order: {properties: {items: {type: number}}}\n";

const RULES: &str = "\
segment counted { count of order since 2020-01-01 >= 0 and sum of order.items since 2020-01-01 >= 0 }
slot counted {
  if segment counted show yes
  otherwise show no
}
";

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/slots.yaml", "slots:\n  counted: {type: boolean}\n");
    shop
}

/// Batches of fat orders of ten visitors, resent until they are taken.
#[derive(Default)]
struct Orders {
    acknowledged: usize,
    messages: usize,
    waiting: Option<Value>,
    refused_with: BTreeSet<String>,
}

impl Orders {
    /// Sends the next batch, or the one that was refused: status and whether a time to come back is named.
    fn send(&mut self, client: &Client) -> u16 {
        let body = self.waiting.take().unwrap_or_else(|| {
            let orders: Vec<Value> = (0..50).map(|_| self.order()).collect();
            json!({ "batch": orders })
        });
        let answer = client.post("/v1/batch", &body);
        match answer.status {
            200 => self.acknowledged += 50,
            503 => {
                assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{answer:?}");
                assert_eq!(answer.json()["error"]["code"], json!(answer.json()["code"]), "both shapes");
                self.refused_with.insert(answer.json()["code"].as_str().unwrap().to_owned());
                self.waiting = Some(body);
            }
            other => panic!("{other}: {}", answer.text),
        }
        answer.status
    }

    fn order(&mut self) -> Value {
        self.messages += 1;
        let id = format!("v{}", self.messages % 10);
        let note = "no room ".repeat(300);
        json!({"type": "track", "event": "order", "messageId": format!("m{}", self.messages), "userId": id,
            "properties": {"items": 2, "note": note}})
    }

    /// Every visitor's numbers are those of the batches that were taken, and no others.
    fn compare(&self, client: &Client) {
        let mut found = 0;
        for visitor in 0..10 {
            let profile = client.get(&format!("/v1/visitors/v{visitor}")).json();
            let messages = profile["messages"].as_u64().unwrap();
            let fact = |index: usize| profile["segments"][0]["why"][index]["fact"].as_str().unwrap().to_owned();
            assert!(fact(0).contains(&format!(" = {messages}")), "{messages} messages: {}", fact(0));
            assert!(fact(1).contains(&format!(" = {}", 2 * messages)), "{messages} messages: {}", fact(1));
            found += messages;
        }
        assert_eq!(found, self.acknowledged as u64);
    }
}

/// Decides without a pause while something else is done; each decision must be answered.
fn while_deciding<T>(client: &Client, work: impl FnOnce() -> T) -> T {
    let (stop, decisions) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let deciding = scope.spawn(|| {
            let client = Client::new(&client.url);
            let mut random = StdRng::seed_from_u64(3);
            while !stop.load(Ordering::Relaxed) {
                let id = format!("v{}", random.random_range(0..20));
                let answer = client.post("/v1/decide", &json!({"visitor": {"id": id}}));
                assert_eq!(answer.status, 200, "{}", answer.text);
                decisions.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, Ordering::Relaxed);
        deciding.join().unwrap();
        assert!(decisions.load(Ordering::Relaxed) > 0);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// A file system of a few MiB; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: PathBuf, mib: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let size = format!("size={mib}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "segue-test"]).arg(&path).output();
        match done {
            Ok(done) if done.status.success() => Some(Self(path)),
            other => {
                writeln!(std::io::stderr(), "skipped: a tmpfs cannot be mounted here: {other:?}").unwrap();
                None
            }
        }
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        let (mut block, bytes) = (1 << 20, vec![0; 1 << 20]);
        while block > 0 {
            if ballast.write_all(&bytes[..block]).is_err() {
                block /= 2;
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["-l".as_ref(), self.0.as_os_str()]).status());
    }
}

#[test]
#[ignore = "slow suite: a full disk"]
fn a_full_disk_costs_nothing_that_was_acknowledged() {
    let shop = shop();
    let Some(disk) = SmallDisk::mount(shop.path("data"), 256) else { return };
    let process = Process::start_with(&shop, &["--bot-rate", "0"]);
    let client = &process.client;
    let mut orders = Orders::default();
    while_deciding(client, || {
        for round in 0..3 {
            (0..10).for_each(|_| assert_eq!(orders.send(client), 200, "round {round}"));
            disk.fill();
            let refused = (0..2_000).any(|_| orders.send(client) == 503);
            assert!(refused, "round {round}: a full disk takes no events");
            (0..5).for_each(|_| _ = orders.send(client));
            orders.compare(client);
            disk.make_room();
            let give_up = Instant::now() + Duration::from_secs(10);
            while orders.send(client) != 200 {
                assert!(Instant::now() < give_up, "round {round}: there is room again: {}", shop.log());
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    orders.compare(client);
    process.kill();
    let process = Process::start_with(&shop, &["--bot-rate", "0"]);
    orders.compare(&process.client);
    let names = std::fs::read_dir(shop.path("data")).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains("damaged")).count(), 0, "sled was set aside");
    drop(process);
}

#[test]
fn a_journal_at_its_cap_costs_nothing_that_was_acknowledged() {
    let shop = shop();
    let mut options = shop.options();
    options.limits.journal = JournalOptions { segment_bytes: 1 << 20, cap_bytes: 4 << 20, ..JournalOptions::default() };
    let mut orders = Orders::default();
    let served = Served::start(options.clone());
    while_deciding(&served.client, || {
        assert!((0..200).any(|_| orders.send(&served.client) == 503), "the cap is never passed");
        (0..20).for_each(|_| assert_eq!(orders.send(&served.client), 503));
        orders.compare(&served.client);
    });
    assert_eq!(orders.refused_with.iter().collect::<Vec<_>>(), ["no-room"]);
    assert!(folder_bytes(&shop.path("data/events")) <= 4 << 20);
    drop(served);
    let served = Served::start(options.clone());
    orders.compare(&served.client);
    assert_eq!(orders.send(&served.client), 503, "a restart makes no room");
    drop(served);
    options.limits.journal.cap_bytes = 16 << 20;
    let served = Served::start(options);
    (0..10).for_each(|_| assert_eq!(orders.send(&served.client), 200));
    orders.compare(&served.client);
}

fn folder_bytes(folder: &std::path::Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn garbage_is_refused_and_costs_nobody_anything() {
    let shop = shop();
    let served = shop.serve();
    let client = &served.client;
    let mut random = StdRng::seed_from_u64(11);
    let good = r#"{"userId":"v1","event":"order","messageId":"M","timestamp":"2026-01-01T00:00:00Z","properties":{"items":1}}"#;
    let pieces =
        ["{", "}", "[", "]", "\"", ":", ",", "null", "userId", "batch", "1e999", "\\u0000", "\\ud800", "-", " "];
    while_deciding(client, || {
        for route in
            ["identify", "track", "page", "screen", "group", "alias", "batch", "i", "t", "p", "s", "g", "a", "b"]
        {
            for number in 0..40 {
                let mut bytes = match number % 4 {
                    0 => (0..random.random_range(0..300)).map(|_| random.random()).collect(),
                    1 => (0..40).map(|_| pieces[random.random_range(0..pieces.len())]).collect::<String>().into_bytes(),
                    2 => good.as_bytes()[..random.random_range(0..good.len())].to_vec(),
                    _ => good.as_bytes().to_vec(),
                };
                if number % 4 == 3 {
                    // Always broken: what it says of its end no longer holds.
                    let place = random.random_range(0..bytes.len());
                    bytes[place] = random.random_range(128..=255);
                }
                let kind = ["application/json", "text/plain", "", "application/octet-stream"][number % 3];
                let answer = client.send("POST", &format!("/v1/{route}"), &[("content-type", kind)], &bytes).unwrap();
                // A lone text or list is JSON, and no message.
                assert!((200..500).contains(&answer.status), "{route}: {}", answer.text);
                if answer.status == 200 {
                    assert!(
                        answer.json()["rejected"].as_u64().is_some_and(|count| count > 0),
                        "{route}: {}",
                        answer.text
                    );
                }
            }
        }
    });
    assert_eq!(client.get("/v1/visitors/v1").status, 404, "nothing of it was folded");
    assert_eq!(client.post("/v1/track", &serde_json::from_str(good).unwrap()).text, r#"{"success":true}"#);
    assert_eq!(client.get("/v1/visitors/v1").json()["messages"], json!(1));
}
