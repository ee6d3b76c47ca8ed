//! How fresh a result is: nothing that was acknowledged is missing in it. What it costs to read one, and how long it takes until it is there, `benches/results.rs` measures.

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

#[test]
fn what_was_acknowledged_is_in_the_next_result() {
    let visitors = 100;
    let shop = shop();
    let process = serve(&shop);
    fill(&process.client, 0..visitors);
    let mut connection = Connection::open(&process.client.url).unwrap();
    let spent = || row(&results(&process.client, "offer_test"), "spend", "offer")["sum"].as_f64().unwrap();
    let before = spent();
    for number in 0..40 {
        let visitor = format!("v{}", 2 * (number % (visitors / 2)) + 1);
        connection.accepted("/v1/track", &json!({"event": "buy", "userId": visitor, "properties": {"amount": 1}}));
        assert_eq!(spent(), before + (number + 1) as f64);
    }
}
