//! How fresh a result is, and what it costs to read one.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{days_ago, results, row, serve, track, viewed};
use crate::serving::{Client, Connection, Shop, send_all};

const EXPERIMENT: &str = "\
experiment: offer_test
status: running
assignment: external
variants: [{name: control, show: nothing}, {name: offer, show: nothing}]
metrics: {primary: buyers, secondary: [spend]}
breakdowns: [channel]
";

const METRICS: &str = "\
metrics:
  buyers: {kind: conversion, event: buy, before: none, direction: up}
  spend: {kind: sum, event: buy, property: amount, before: none, direction: up}
";

const SCHEMA: &str =
    "language: 1\nevents:\n  buy: {properties: {amount: {type: number}}}\nattributes:\n  channel: {type: text}\n";

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("experiments/metrics.yaml", METRICS);
    shop.write("experiments/offer_test.yaml", EXPERIMENT);
    shop
}

/// So many visitors with two events each.
fn fill(client: &Client, visitors: std::ops::Range<usize>) {
    let shown = days_ago(1);
    let variant = |number| if number % 2 == 0 { "control" } else { "offer" };
    let messages: Vec<_> = visitors
        .flat_map(|number| {
            let id = format!("v{number}");
            let amount = json!({"amount": number % 97});
            [viewed(&id, "offer_test", variant(number), shown), track(&id, "buy", amount, shown)]
        })
        .collect();
    send_all(client, &messages);
}

/// The middle one and the one that one of a hundred exceeds.
fn quantiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn reading(client: &Client) -> (Duration, Duration) {
    let times = (0..200).map(|_| {
        let began = Instant::now();
        results(client, "offer_test");
        began.elapsed()
    });
    quantiles(times.collect())
}

fn run(few: usize, many: usize, events: usize) {
    let shop = shop();
    let process = serve(&shop);
    fill(&process.client, 0..few / 2);
    let early = reading(&process.client);
    fill(&process.client, few / 2..many / 2);
    let late = reading(&process.client);
    println!(
        "a scorecard over HTTP: p50 {:.1?}, p99 {:.1?} after {few} events, {:.1?}, {:.1?} after {many}",
        early.0, early.1, late.0, late.1
    );

    let mut connection = Connection::open(&process.client.url).unwrap();
    let spent = || row(&results(&process.client, "offer_test"), "spend", "offer")["sum"].as_f64().unwrap();
    let mut known = spent();
    let (mut since_sent, mut since_acknowledged, mut at_once) = (Vec::new(), Vec::new(), 0);
    for number in 0..events {
        let event = json!({"event": "buy", "userId": format!("v{}", 2 * (number % (few / 4)) + 1), "properties": {"amount": 1}});
        let sent = Instant::now();
        connection.accepted("/v1/track", &event);
        let acknowledged = Instant::now();
        let mut looks = 0;
        while spent() < known + 1.0 {
            looks += 1;
            assert!(acknowledged.elapsed() < Duration::from_secs(10), "event {number} is in no result");
        }
        known += 1.0;
        at_once += usize::from(looks == 0);
        since_sent.push(sent.elapsed());
        since_acknowledged.push(acknowledged.elapsed());
    }
    let (sent, acknowledged) = (quantiles(since_sent), quantiles(since_acknowledged));
    println!(
        "from event to result: p50 {:.1?}, p99 {:.1?}; from its acknowledgement p50 {:.1?}, p99 {:.1?}; {at_once} of {events} were in the first result that was asked for",
        sent.0, sent.1, acknowledged.0, acknowledged.1
    );
    assert_eq!(at_once, events, "what was acknowledged is in the result");
}

#[test]
fn what_was_acknowledged_is_in_the_next_result() {
    run(200, 400, 20);
}

#[test]
#[ignore = "slow suite: results after 10,000 and after 200,000 events"]
fn a_result_costs_the_same_after_many_events() {
    run(10_000, 200_000, 300);
}
