//! Whoever was told 200 for an event is answered with that event in mind: random events and decisions over HTTP, each
//! decision against a plain list of what happened.
//!
//! Every sender has visitors of its own and two connections, so that an event and the decision after it need not meet the
//! same worker. A third of all events happened days ago; none lies near the end of a window.

mod oracle;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::serving::{Connection, Served, Shop, shown};
use oracle::{CENTS, COUNTS, Oracle, Said};

/// Senders at one time.
const SENDERS: usize = 12;
/// More ids of one visitor are not joined.
const MAX_IDS: usize = 12;
const CATEGORIES: [&str; 4] = ["shoes", "bags", "hats", "tents"];
const PAGES: [&str; 4] = ["/pricing", "/", "/tents/arctic", "/tents"];
const PLANS: [&str; 3] = ["free", "pro", "enterprise"];

const SCHEMA: &str = "\
language: 1
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}}}
  product_view: {properties: {category: {type: text}}}
attributes:
  plan: {type: text, one_of: [free, pro, enterprise]}
";

/// A slot for each question, and the rungs of a ladder as its rules.
fn shop() -> Shop {
    let shop = Shop::empty();
    let mut rules = String::from(
        "segment buyer { did order at least 2 times and visited \"/pricing\" }\n\
         segment pro_or_quiet { plan is \"pro\" or (not did order in last 7 days and segment buyer) }\n",
    );
    let mut slots = String::from("slots:\n");
    let mut slot = |name: &str, kind: &str, rows: &[(String, String)], otherwise: &str| {
        writeln!(slots, "  {name}: {{type: {kind}}}").unwrap();
        writeln!(rules, "slot {name} {{").unwrap();
        rows.iter().for_each(|(condition, value)| writeln!(rules, "  if {condition} show {value}").unwrap());
        writeln!(rules, "  otherwise show {otherwise}\n}}").unwrap();
    };
    let counts = |before: &str, after: &str| -> Vec<(String, String)> {
        COUNTS.map(|rung| (format!("{before} at least {rung} times{after}"), rung.to_string())).into()
    };
    let sums = |after: &str| -> Vec<(String, String)> {
        let row =
            |rung: u64| (format!("sum of order.amount{after} >= {}.{:02}", rung / 100, rung % 100), rung.to_string());
        CENTS.map(row).into()
    };
    let words = |before: &str, words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| (format!("{before} is \"{word}\""), format!("\"{word}\""))).collect()
    };
    slot("orders", "number", &counts("did order", ""), "0");
    slot("orders_week", "number", &counts("did order", " in last 7 days"), "0");
    slot("shoes", "number", &counts("did product_view with (category is \"shoes\")", ""), "0");
    slot("pricing", "number", &counts("visited \"/pricing\"", ""), "0");
    slot("tents_week", "number", &counts("visited \"/tents/**\"", " in last 7 days"), "0");
    slot("spent", "number", &sums(" since 2020-01-01"), "0");
    slot("spent_week", "number", &sums(" in last 7 days"), "0");
    let kinds = |rung: u64| (format!("distinct of product_view.category since 2020-01-01 >= {rung}"), rung.to_string());
    slot("kinds", "number", &[4, 3, 2, 1].map(kinds), "0");
    slot("last_look", "text", &words("last product_view.category", &CATEGORIES), "\"none\"");
    slot("plan", "text", &words("plan", &PLANS), "\"none\"");
    slot("buyer", "boolean", &[("segment buyer".to_owned(), "yes".to_owned())], "no");
    slot("pro_or_quiet", "boolean", &[("segment pro_or_quiet".to_owned(), "yes".to_owned())], "no");
    shop.write("rules/home.rules", &rules);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/slots.yaml", &slots);
    shop
}

/// How long it took, of each pair.
#[derive(Default)]
struct Delays {
    /// From sending an event to its 200.
    acknowledged: Vec<Duration>,
    /// From that to the decision that knows it.
    decided: Vec<Duration>,
    /// What a page waits that sends an event and then asks.
    together: Vec<Duration>,
}

/// One sender with its visitors.
struct Sender {
    name: usize,
    random: StdRng,
    oracle: Oracle,
    writes: Connection,
    reads: Connection,
    messages: usize,
    /// A call that may be sent once more, which must change nothing.
    last: Option<(String, Value)>,
}

impl Sender {
    fn id(&self, number: usize) -> String {
        format!("sender {} visitor {number}", self.name)
    }

    fn somebody(&mut self) -> usize {
        let known = self.oracle.ids_given();
        if known < 20 || self.random.random_bool(0.02) {
            return self.oracle.newcomer();
        }
        self.random.random_range(0..known)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    /// A message, its path, and whom it is about.
    fn message(&mut self) -> (&'static str, Value, usize) {
        let id = self.somebody();
        self.messages += 1;
        let mut message = json!({"messageId": format!("{}-{}", self.name, self.messages)});
        let who = if self.random.random_bool(0.5) { "userId" } else { "anonymousId" };
        message[who] = json!(self.id(id));
        let days_ago = if self.random.random_bool(0.3) { self.pick(&[1, 2, 4, 5, 10, 12, 40]) } else { 0 };
        if days_ago > 0 {
            let ago = SignedDuration::from_hours(24 * days_ago as i64);
            message["timestamp"] = json!((Timestamp::now() - ago).to_string());
        }
        let (kind, said) = match self.random.random_range(0..100) {
            0..35 => {
                let cents = self.random.random_range(1..20_000);
                message["event"] = json!("Order Completed");
                // A number or a text: both are sent.
                message["properties"] = match self.random.random_bool(0.5) {
                    true => json!({"revenue": format!("{}.{:02}", cents / 100, cents % 100)}),
                    false => json!({"revenue": cents as f64 / 100.0}),
                };
                ("track", Said::Order { cents })
            }
            35..60 => {
                let category = self.pick(&CATEGORIES);
                message["event"] = json!("product_view");
                message["properties"] = json!({"category": category});
                ("track", Said::Look { category })
            }
            60..82 => {
                let path = self.pick(&PAGES);
                message["properties"] = json!({"path": path});
                ("page", Said::Page { path })
            }
            82..94 => {
                let plan = self.pick(&PLANS);
                message["traits"] = json!({"plan": plan});
                ("identify", Said::Plan(plan))
            }
            _ => {
                let other = self.somebody();
                if self.oracle.ids(id).len() + self.oracle.ids(other).len() > MAX_IDS {
                    message["traits"] = json!({});
                    ("identify", Said::Join)
                } else {
                    let (user, other_name) = (self.id(id), self.id(other));
                    self.oracle.joined(id, other);
                    message.as_object_mut().unwrap().remove("anonymousId");
                    message["userId"] = json!(user);
                    if self.random.random_bool(0.5) {
                        message["anonymousId"] = json!(other_name);
                        ("identify", Said::Join)
                    } else {
                        message["previousId"] = json!(other_name);
                        ("alias", Said::Join)
                    }
                }
            }
        };
        // An alias of an id to itself joins nothing, and is one all the same.
        self.oracle.told(id, days_ago, said);
        (kind, message, id)
    }

    /// Some events in one call; whom the last of them is about.
    fn write(&mut self) -> usize {
        if self.random.random_bool(0.03)
            && let Some((path, body)) = self.last.take()
        {
            self.writes.accepted(&path, &body);
        }
        let (path, body, id) = if self.random.random_bool(0.15) {
            let count = self.random.random_range(1..6);
            let mut id = 0;
            let batch: Vec<Value> = (0..count)
                .map(|_| {
                    let (kind, mut message, about) = self.message();
                    message["type"] = json!(kind);
                    id = about;
                    message
                })
                .collect();
            ("/v1/batch".to_owned(), json!({"batch": batch}), id)
        } else {
            let (kind, message, id) = self.message();
            (format!("/v1/{kind}"), message, id)
        };
        self.writes.accepted(&path, &body);
        self.last = Some((path, body));
        id
    }

    fn run(&mut self, pairs: usize, delays: &mut Delays) {
        for pair in 0..pairs {
            let began = Instant::now();
            let id = self.write();
            let written = Instant::now();
            let ids = self.oracle.ids(id);
            let under = self.random_of(&ids);
            let under = self.id(under);
            let answer = self.reads.decide(&json!({"visitor": {"id": under}}));
            let decided = Instant::now();
            delays.acknowledged.push(written - began);
            delays.decided.push(decided - written);
            delays.together.push(decided - began);
            let expected = self.oracle.expected(id);
            let found = shown(&answer);
            assert_eq!(differences(&expected, &found), [""; 0], "pair {pair}, visitor {under}, after {:?}", self.last);
        }
    }

    fn random_of(&mut self, ids: &[usize]) -> usize {
        ids[self.random.random_range(0..ids.len())]
    }
}

fn differences(expected: &BTreeMap<String, Value>, found: &BTreeMap<String, Value>) -> Vec<String> {
    assert_eq!(found.len(), expected.len());
    let differ = expected.iter().filter(|(slot, value)| found[*slot] != **value);
    differ.map(|(slot, value)| format!("{slot}: {} not {value}", found[slot])).collect()
}

fn percentiles(mut delays: Vec<Duration>) -> String {
    delays.sort_unstable();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    format!("p50 {:.2?}, p99 {:.2?}, max {:.2?}", at(0.5), at(0.99), at(1.0))
}

fn run(pairs: usize) {
    let shop = shop();
    let served = Served::start(shop.options());
    let url = &served.client.url;
    let started = Instant::now();
    let delays: Vec<Delays> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|name| {
                scope.spawn(move || {
                    let (writes, reads) = (Connection::open(url).unwrap(), Connection::open(url).unwrap());
                    let random = StdRng::seed_from_u64(name as u64);
                    let oracle = Oracle::default();
                    let mut sender = Sender { name, random, oracle, writes, reads, messages: 0, last: None };
                    let mut delays = Delays::default();
                    sender.run(pairs / SENDERS, &mut delays);
                    delays
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    let took = started.elapsed();
    let all = |of: fn(&Delays) -> &Vec<Duration>| percentiles(delays.iter().flat_map(of).copied().collect());
    let count: usize = delays.iter().map(|it| it.decided.len()).sum();
    println!(
        "{count} pairs of {SENDERS} senders in {took:.1?}: event to its 200 {}; from there to the decision that knows it {}; both {}",
        all(|it| &it.acknowledged),
        all(|it| &it.decided),
        all(|it| &it.together)
    );
}

#[test]
fn a_decision_knows_every_event_that_was_acknowledged_before() {
    run(600);
}

#[test]
#[ignore = "slow suite: 100,000 events and decisions over HTTP"]
fn a_hundred_thousand_decisions_know_every_event_that_was_acknowledged_before() {
    run(100_008);
}
