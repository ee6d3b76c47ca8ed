//! Results after kill -9, after a rebuild and after an erasure: the bits of a run to which nothing happened.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::{assert_same, days_ago, results, serve, track, viewed};
use crate::ran::Ran;
use crate::serving::{Client, Connection, Process, Shop};

const SCHEMA: &str = "\
language: 1
events:
  buy: {properties: {amount: {type: number}}}
  back: {}
attributes:
  channel: {type: text}
  size: {type: text}
";

const METRICS: &str = "\
metrics:
  buyers: {kind: conversion, event: buy, where: \"amount > 1\", within: 7 days, direction: up}
  spend: {kind: sum, event: buy, property: amount, within: 7 days, before: 30 days, cap: 90, direction: up}
  order_value: {kind: mean, event: buy, property: amount, within: 7 days, before: none, direction: up}
  large_orders: {kind: quantile, event: buy, property: amount, quantile: 0.9, direction: up}
  returning: {kind: retention, event: back, day: 2, before: none, direction: up}
";

const EXPERIMENT: &str = "\
experiment: offer_test
status: running
assignment: external
variants: [{name: control, show: nothing}, {name: offer, show: nothing}, {name: gift, show: nothing}]
metrics: {primary: buyers, secondary: [spend, order_value, large_orders], guardrails: [returning]}
plan: {stop: anytime}
breakdowns: [channel, [channel, size]]
";

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("experiments/metrics.yaml", METRICS);
    shop.write("experiments/offer_test.yaml", EXPERIMENT);
    shop
}

/// Calls of some visitors, as their browsers would send them: some log in on the way, some are told twice, some see two variants.
fn calls(visitors: std::ops::Range<usize>) -> Vec<Value> {
    let shown = days_ago(10);
    let mut calls: Vec<(u64, Vec<Value>)> = visitors.flat_map(|number| calls_of(number, shown)).collect();
    calls.sort_by_key(|(place, _)| *place);
    calls.into_iter().map(|(_, batch)| json!({ "batch": batch })).collect()
}

/// The calls of one visitor, each with a place in the common order.
fn calls_of(number: usize, shown: Timestamp) -> Vec<(u64, Vec<Value>)> {
    let random = &mut StdRng::seed_from_u64(number as u64);
    let (id, device) = (format!("user{number}"), format!("device{number}"));
    let logs_in = random.random_bool(0.3);
    let early = if logs_in { device.as_str() } else { id.as_str() };
    let variant = ["control", "offer", "gift"][random.random_range(0..3)];
    let (channel, size) = (["web", "shop", "phone"][random.random_range(0..3)], ["s", "l"][random.random_range(0..2)]);
    let traits = json!({"channel": channel, "size": size});
    let mut first = vec![
        json!({"type": "identify", "userId": early, "timestamp": (shown - 48.hours()).to_string(), "traits": traits}),
    ];
    if random.random_bool(0.6) {
        let amount = json!({"amount": f64::from(random.random_range(0..20_000)) / 100.0});
        first.push(track(early, "buy", amount, shown - 24.hours()));
    }
    first.push(viewed(early, "offer_test", variant, shown));
    if random.random_bool(0.005) {
        first.push(viewed(early, "offer_test", "gift", shown + 1.hours()));
    }
    let mut later = Vec::new();
    if logs_in {
        later.push(json!({"type": "identify", "userId": id, "anonymousId": device, "timestamp": (shown + 1.hours()).to_string()}));
        // The device is a visitor of its own until then; what it did counts for the user.
        first.iter_mut().for_each(|message| {
            message["anonymousId"] = message["userId"].take();
            message.as_object_mut().unwrap().remove("userId");
        });
    }
    while random.random_bool(0.5) {
        let amount = json!({"amount": f64::from(random.random_range(0..20_000)) / 100.0});
        later.push(track(&id, "buy", amount, shown + i64::from(random.random_range(0..240_u8)).hours()));
    }
    if random.random_bool(0.4) {
        later.push(track(&id, "back", json!({}), shown + 60.hours()));
    }
    let mut calls = vec![first];
    calls.extend(later.into_iter().map(|message| vec![message]));
    for (place, message) in calls.iter_mut().flatten().enumerate() {
        message["messageId"] = json!(format!("{number}-{place}"));
    }
    if random.random_bool(0.1) {
        calls.push(calls.last().unwrap().clone());
    }
    let mut place = random.random_range(0..1_000_000);
    calls
        .into_iter()
        .map(|batch| {
            place += random.random_range(1..1_000_000);
            (place, batch)
        })
        .collect()
}

fn send(client: &Client, calls: &[Value]) {
    let mut connection = Connection::open(&client.url).unwrap();
    calls.iter().for_each(|call| connection.accepted("/v1/batch", call));
}

/// What is answered, but for what follows the clock.
fn timeless(client: &Client) -> String {
    let mut answer = results(client, "offer_test");
    for field in ["at", "outlook"] {
        assert!(answer.as_object_mut().unwrap().remove(field).is_some(), "{field} is in it");
    }
    answer.to_string()
}

/// Sends everything though the server is killed again and again: what was not answered is sent again.
fn send_through_kills(shop: &Shop, calls: &[Value], kills: usize) -> Process {
    let random = &mut StdRng::seed_from_u64(66);
    let sent = AtomicUsize::new(0);
    for kill in 0..kills {
        let process = serve(shop);
        let mut connection = Connection::open(&process.client.url).unwrap();
        let until = calls.len() * (kill + 1) / (kills + 1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for call in &calls[sent.load(Ordering::Acquire)..] {
                    if connection.post("/v1/batch", &serde_json::to_vec(call).unwrap()).is_err() {
                        break;
                    }
                    sent.fetch_add(1, Ordering::AcqRel);
                }
            });
            while sent.load(Ordering::Acquire) < until {
                std::thread::sleep(Duration::from_millis(random.random_range(1..50)));
            }
            process.kill();
        });
    }
    let sent = sent.into_inner();
    let process = serve(shop);
    send(&process.client, &calls[sent..]);
    process
}

fn rebuild(shop: &Shop) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.arg("rebuild").arg("--data").arg(shop.path("data"));
    let ran = Ran::of(command, "");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

fn run(visitors: usize, kills: usize) {
    let calls = calls(0..visitors);
    let untouched = shop();
    let process = serve(&untouched);
    send(&process.client, &calls);
    let expected = results(&process.client, "offer_test");
    process.kill();

    let killed = shop();
    let process = send_through_kills(&killed, &calls, kills);
    let values = assert_same(&results(&process.client, "offer_test"), &expected);
    // What is noted of it is kept a moment later.
    process.signal("TERM");
    assert_eq!(process.wait(), Some(0));
    let process = serve(&killed);
    let before = timeless(&process.client);
    process.kill();
    rebuild(&killed);
    let process = serve(&killed);
    assert_eq!(timeless(&process.client), before);
    println!(
        "{visitors} visitors in {} calls: {values} values are the same after {kills} times kill -9 and a rebuild",
        calls.len()
    );
}

#[test]
fn results_are_the_same_after_kill_9_and_a_rebuild() {
    run(150, 3);
}

#[test]
#[ignore = "slow suite: 4,000 visitors through 12 times kill -9"]
fn results_are_the_same_after_many_times_kill_9_and_a_rebuild() {
    run(4_000, 12);
}

fn erase(visitors: usize, erased: usize) {
    let without = shop();
    let process = serve(&without);
    send(&process.client, &calls(0..visitors));
    let expected = results(&process.client, "offer_test");
    process.kill();

    let shop = shop();
    let process = serve(&shop);
    send(&process.client, &calls(0..visitors + erased));
    let units = |answer: &Value| -> u64 {
        answer["variants"].as_array().unwrap().iter().map(|variant| variant["n"].as_u64().unwrap()).sum()
    };
    assert_eq!(units(&results(&process.client, "offer_test")), (visitors + erased) as u64);
    for number in visitors..visitors + erased {
        let ids = [format!("user{number}"), format!("device{number}")];
        let gone = ids.map(|id| process.client.send("DELETE", &format!("/v1/visitors/{id}"), &[], b"").unwrap().status);
        assert!(gone.contains(&200), "{number}: {gone:?}");
    }
    let values = assert_same(&results(&process.client, "offer_test"), &expected);
    process.kill();
    let process = serve(&shop);
    assert_same(&results(&process.client, "offer_test"), &expected);
    process.kill();
    rebuild(&shop);
    let process = serve(&shop);
    assert_same(&results(&process.client, "offer_test"), &expected);
    println!(
        "{visitors} visitors and {erased} who were erased: {values} values are those of a run without them, also after kill -9 and a rebuild"
    );
}

#[test]
fn erasing_visitors_gives_the_results_of_a_run_without_them() {
    erase(150, 30);
}

#[test]
#[ignore = "slow suite: 1,000 of 4,000 visitors are erased"]
fn erasing_a_thousand_visitors_gives_the_results_of_a_run_without_them() {
    erase(3_000, 1_000);
}
