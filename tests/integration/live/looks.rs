//! Whoever looks forty times at five hundred experiments without a difference is misled no more often than the plan allows; what is
//! different is found. Four fifths of the experiments are split 50 to 50, the others 90 to 10; each has a conversion, and a revenue that is adjusted by what was
//! spent before.

use std::sync::Mutex;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::{days_ago, results, row, serve, track, viewed};
use crate::serving::{Connection, Process, Shop, on_connections};

const EXPERIMENTS: usize = 500;
/// Each visitor is asked about so many of them.
const AT_ONCE: usize = 50;
const LOOKS: usize = 40;
/// Of each experiment; an uneven one needs more before there is a number.
const VISITORS_A_LOOK: usize = 15;
const VISITORS_A_LOOK_IF_UNEVEN: usize = 100;
const ALPHA: f64 = 0.05;
/// Larger than any p-value.
const NO_NUMBER: f64 = 2.0;
const METRICS_LOOKED_AT: [&str; 2] = ["buyers", "spend"];

const SCHEMA: &str = "\
language: 1
events:
  buy: {properties: {amount: {type: number}}}
  planted_buy: {}
attributes:
  country: {type: text}
";

const METRICS: &str = "\
metrics:
  buyers: {kind: conversion, event: buy, before: none, direction: up}
  spend: {kind: sum, event: buy, property: amount, before: 7 days, direction: up}
  planted_buyers: {kind: conversion, event: planted_buy, before: none, direction: up}
";

fn shop() -> Shop {
    let shop = Shop::empty();
    let mut rules = String::new();
    let mut slots = "slots:\n".to_owned();
    let mut show = |name: &str, metrics: &str, weights: [u8; 2]| {
        rules += &format!("slot {name} {{\n  if country is \"DE\" show experiment {name}\n  otherwise show no\n}}\n");
        slots += &format!("  {name}: {{type: boolean}}\n");
        let [control, treatment] = weights;
        let variants = format!(
            "[{{name: control, weight: {control}, show: false}}, {{name: treatment, weight: {treatment}, show: true}}]"
        );
        let text = format!("experiment: {name}\nstatus: running\nvariants: {variants}\nmetrics: {metrics}\n");
        shop.write(&format!("experiments/{name}.yaml"), &text);
    };
    (0..EXPERIMENTS).for_each(|number| show(&name(number), "{primary: buyers, secondary: [spend]}", weights(number)));
    show("planted_lift", "{primary: planted_buyers}", [1, 1]);
    shop.write("rules/home.rules", &rules);
    shop.write("rules/content/slots.yaml", &slots);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("experiments/metrics.yaml", METRICS);
    shop.write(
        "experiments/planted_imbalance.yaml",
        "experiment: planted_imbalance\nstatus: running\nassignment: external\n\
         variants: [{name: control, show: nothing}, {name: treatment, show: nothing}]\nmetrics: {primary: buyers}\n",
    );
    shop
}

fn name(number: usize) -> String {
    format!("aa_{number:03}")
}

/// Of those that one visitor is asked about all are uneven, or none: a fifth of all.
fn weights(number: usize) -> [u8; 2] {
    if number / AT_ONCE % 5 == 4 { [9, 1] } else { [1, 1] }
}

/// One visitor: what is asked about, what they bought before, and what they buy whatever they see.
struct Visitor {
    id: String,
    first: usize,
    before: Option<f64>,
    after: Option<f64>,
}

impl Visitor {
    /// Half of them buy, few of them much; whoever is rich bought before and buys again.
    fn new(number: usize, first: usize, random: &mut StdRng) -> Self {
        let wealth = 20.0 * random.random_range(0.05..1.0_f64).powi(-1);
        let mut amount = || random.random_bool(0.5).then(|| (wealth * random.random_range(0.5..1.5)).round());
        Self { id: format!("v{number}"), first, before: amount(), after: amount() }
    }
}

/// Shows each visitor their experiments, by real decisions, and lets some of them buy.
fn visit(process: &Process, visitors: &[Visitor]) {
    on_connections(&process.client, visitors, |connection, part| {
        let bought = |id: &str, amount: f64| json!({"event": "buy", "userId": id, "properties": {"amount": amount}});
        for Visitor { id, first, before, after } in part {
            if let Some(amount) = before {
                let mut event = bought(id, *amount);
                event["timestamp"] = json!(days_ago(1).to_string());
                connection.accepted("/v1/track", &event);
            }
            let slots: Vec<String> = (*first..first + AT_ONCE).map(name).collect();
            let answer =
                connection.decide(&json!({"visitor": {"id": id, "attributes": {"country": "DE"}}, "slots": slots}));
            assert!(answer["decisions"].as_array().unwrap().iter().all(|decision| decision["reason"] == "experiment"));
            if let Some(amount) = after {
                connection.accepted("/v1/track", &bought(id, *amount));
            }
        }
    });
}

/// The anytime p-value of a metric: of what decides.
fn p_value(answer: &Value, metric: &str) -> Option<f64> {
    let row = row(answer, metric, "treatment");
    let adjusted = row["cuped"]["anytime"]["p_value"].as_f64();
    adjusted.or_else(|| row["anytime"]["p_value"].as_f64())
}

#[test]
#[ignore = "slow suite: 500 experiments on the real server, looked at 40 times each"]
fn looking_at_every_moment_misleads_no_more_often_than_planned() {
    let shop = shop();
    let process = serve(&shop);
    let mut random = StdRng::seed_from_u64(6);
    let numbers: Vec<usize> = (0..EXPERIMENTS).collect();
    let mut smallest = vec![[NO_NUMBER; 2]; EXPERIMENTS];
    let (began, mut number) = (Instant::now(), 0);
    let mut read = std::time::Duration::ZERO;
    for _ in 0..LOOKS {
        let mut visitors = Vec::new();
        for first in (0..EXPERIMENTS).step_by(AT_ONCE) {
            let count = if weights(first) == [1, 1] { VISITORS_A_LOOK } else { VISITORS_A_LOOK_IF_UNEVEN };
            for _ in 0..count {
                number += 1;
                visitors.push(Visitor::new(number, first, &mut random));
            }
        }
        visit(&process, &visitors);
        let looked = Instant::now();
        let smallest = Mutex::new(&mut smallest);
        on_connections(&process.client, &numbers, |connection, part| {
            for number in part {
                let path = format!("/v1/experiments/{}/results", name(*number));
                let (status, body) = connection.get(&path).unwrap();
                assert_eq!(status, 200);
                let answer = serde_json::from_slice(&body).unwrap();
                let found = METRICS_LOOKED_AT.map(|metric| p_value(&answer, metric).unwrap_or(NO_NUMBER));
                let known = &mut smallest.lock().unwrap()[*number];
                known.iter_mut().zip(found).for_each(|(known, found)| *known = known.min(found));
            }
        });
        read += looked.elapsed();
    }
    let last = results(&process.client, &name(0));
    let units: u64 = last["variants"].as_array().unwrap().iter().map(|variant| variant["n"].as_u64().unwrap()).sum();
    assert_eq!(units, (LOOKS * VISITORS_A_LOOK) as u64);
    assert!(p_value(&last, "buyers").is_some(), "the rule has begun: {last}");
    assert!(row(&last, "spend", "treatment")["cuped"]["anytime"]["p_value"].is_number(), "it is adjusted: {last}");
    println!(
        "{EXPERIMENTS} experiments of {units} visitors and more, {LOOKS} looks each, in {:.0?}, {:.1?} of it for {} results",
        began.elapsed(),
        read,
        EXPERIMENTS * LOOKS
    );
    for (place, metric) in METRICS_LOOKED_AT.into_iter().enumerate() {
        for split in [[1, 1], [9, 1]] {
            let own = numbers.iter().filter(|number| weights(**number) == split).map(|number| smallest[*number][place]);
            let own: Vec<f64> = own.collect();
            let begun = own.iter().filter(|p_value| **p_value <= 1.0).count();
            assert!(begun > own.len() / 2, "{metric} at {split:?}: the rule has begun in {begun} of {}", own.len());
            let misled = own.iter().filter(|p_value| **p_value <= ALPHA).count();
            println!(
                "{metric} at {split:?}: {misled} of {} found what is not there ({:.1} %, smallest p = {:.3})",
                own.len(),
                misled as f64 * 100.0 / own.len() as f64,
                own.iter().copied().fold(1.0, f64::min),
            );
            assert!(misled as f64 <= ALPHA * own.len() as f64, "{metric} at {split:?}: {misled} of {}", own.len());
        }
    }

    planted_lift(&process);
    planted_imbalance(&process);
}

/// One third more buyers, known from what each was really shown.
fn planted_lift(process: &Process) {
    let mut random = StdRng::seed_from_u64(7);
    let mut connection = Connection::open(&process.client.url).unwrap();
    for visitor in 0..20_000 {
        let id = format!("lifted{visitor}");
        let body = json!({"visitor": {"id": id, "attributes": {"country": "DE"}}, "slots": ["planted_lift"]});
        let is_treated = connection.decide(&body)["decisions"][0]["value"] == json!(true);
        if random.random_bool(if is_treated { 0.4 } else { 0.3 }) {
            connection.accepted("/v1/track", &json!({"event": "planted_buy", "userId": id}));
        }
        if visitor % 250 == 249 {
            let answer = results(&process.client, "planted_lift");
            if p_value(&answer, "planted_buyers").is_some_and(|p_value| p_value <= ALPHA) {
                assert_eq!(
                    (&answer["verdict"]["code"], &answer["verdict"]["variant"]),
                    (&json!("ship"), &json!("treatment"))
                );
                println!(
                    "a lift from 30 % to 40 % is found after {} visitors: {}",
                    visitor + 1,
                    answer["verdict"]["text"]
                );
                return;
            }
        }
    }
    panic!("the lift was not found: {}", results(&process.client, "planted_lift"));
}

/// Somebody loses one of ten visitors of the treatment.
fn planted_imbalance(process: &Process) {
    let shown = days_ago(1);
    for hundred in 0..200 {
        let mut messages = Vec::new();
        for place in 0..100 {
            let (id, variant) =
                (format!("split{hundred}-{place}"), if place % 19 < 10 { "control" } else { "treatment" });
            messages.push(viewed(&id, "planted_imbalance", variant, shown));
            if place % 3 == 0 {
                messages.push(track(&id, "buy", json!({}), shown));
            }
        }
        let mut connection = Connection::open(&process.client.url).unwrap();
        connection.accepted("/v1/batch", &json!({ "batch": messages }));
        let answer = results(&process.client, "planted_imbalance");
        if answer["verdict"]["code"] == "check_data" {
            assert_eq!(answer["sample_ratio"]["alarm"], "sequential");
            println!(
                "a split of 10 to 9 raises the alarm after {} visitors: {}",
                (hundred + 1) * 100,
                answer["verdict"]["text"]
            );
            return;
        }
    }
    panic!("no alarm: {}", results(&process.client, "planted_imbalance")["sample_ratio"]);
}
