//! A treatment begins to do harm: within a second of the event that proves it, everybody gets the control.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{metric, results, serve};
use crate::ran::Ran;
use crate::serving::{Connection, Process, Shop};

/// The breaker must have acted by then.
const WITHIN: Duration = Duration::from_secs(1);
/// Failures between two waits.
const BATCH: usize = 5;

const SCHEMA: &str = "language: 1\nevents:\n  buy: {}\n  failure: {}\nattributes:\n  country: {type: text}\n";

const METRICS: &str = "\
metrics:
  buyers: {kind: conversion, event: buy, direction: up}
  failures: {kind: conversion, event: failure, direction: down, margin: 5%}
";

const RULES: &str = "\
slot checkout {
  if country is \"DE\" show experiment risky_test
  otherwise show no
}
slot basket {
  if country is \"DE\" show experiment unguarded_test
  otherwise show no
}
";

/// One experiment of a slot; `more` is a line of its definition.
fn experiment(name: &str, more: &str) -> String {
    let variants = "[{name: control, show: false}, {name: treatment, show: true}]";
    let metrics = "{primary: buyers, guardrails: [failures]}";
    format!("experiment: {name}\nstatus: running\nvariants: {variants}\nmetrics: {metrics}\n{more}")
}

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/slots.yaml", "slots:\n  checkout: {type: boolean}\n  basket: {type: boolean}\n");
    shop.write("experiments/metrics.yaml", METRICS);
    shop.write("experiments/risky_test.yaml", &experiment("risky_test", ""));
    // The same split, so that the same visitors fail.
    shop.write("experiments/unguarded_test.yaml", &experiment("unguarded_test", "salt: risky_test\nbreaker: off\n"));
    shop
}

/// What a visitor sees in both slots: whether it is the treatment.
fn sees(connection: &mut Connection, visitor: &str, expose: &str) -> [bool; 2] {
    let body = json!({"visitor": {"id": visitor, "attributes": {"country": "DE"}}, "expose": expose});
    let answer = connection.decide(&body);
    ["checkout", "basket"].map(|slot| {
        let decisions = answer["decisions"].as_array().unwrap();
        decisions.iter().find(|decision| decision["slot"] == slot).unwrap()["value"] == json!(true)
    })
}

/// Visitors who are shown both experiments, by whether they see the treatment.
fn show(connection: &mut Connection, name: &str, count: usize) -> [Vec<String>; 2] {
    let mut shown = [Vec::new(), Vec::new()];
    for number in 0..count {
        let id = format!("{name}{number}");
        let [checkout, basket] = sees(connection, &id, "now");
        assert_eq!(checkout, basket, "one salt, one split");
        shown[usize::from(checkout)].push(id);
    }
    shown
}

fn fail(connection: &mut Connection, visitors: &[String]) {
    let failed = |id: &String| json!({"type": "track", "event": "failure", "userId": id});
    connection.accepted("/v1/batch", &json!({ "batch": visitors.iter().map(failed).collect::<Vec<_>>() }));
}

/// Everybody sees the control of the one experiment and what they saw of the other; the answer says why.
fn assert_broken(process: &Process, treated: &[String]) -> Value {
    let mut connection = Connection::open(&process.client.url).unwrap();
    for id in treated.iter().take(20) {
        assert_eq!(sees(&mut connection, id, "now"), [false, true], "{id}");
    }
    let answer = results(&process.client, "risky_test");
    let breaker = &answer["breaker"];
    assert_eq!((&breaker["metric"], &breaker["variant"]), (&json!("failures"), &json!("treatment")), "{answer}");
    assert_eq!(results(&process.client, "unguarded_test")["breaker"], Value::Null);
    let text = process.client.get("/metrics").text;
    let tripped = |name: &str| metric(&text, &format!("segue_breaker_tripped{{experiment=\"{name}\"}}"));
    assert_eq!((tripped("risky_test"), tripped("unguarded_test")), (Some(1.0), Some(0.0)));
    breaker.clone()
}

#[test]
fn harm_sends_everybody_back_to_the_control_within_a_second() {
    let shop = shop();
    let process = serve(&shop);
    let mut connection = Connection::open(&process.client.url).unwrap();
    // Somebody who is asked about and never counted.
    let probe = (0..).map(|number| format!("probe{number}")).find(|id| sees(&mut connection, id, "seen")[0]).unwrap();

    // One of five fails with either variant.
    let [control, treated] = show(&mut connection, "early", 800);
    fail(&mut connection, &control[..control.len() / 5]);
    fail(&mut connection, &treated[..treated.len() / 5]);
    std::thread::sleep(WITHIN);
    assert_eq!(sees(&mut connection, &probe, "seen"), [true, true], "no harm yet");

    // From now on nearly everybody with the treatment does.
    let mut harmed = 0;
    let delay = treated[treated.len() / 5..].chunks(BATCH).find_map(|batch| {
        fail(&mut connection, batch);
        harmed += batch.len();
        let told = Instant::now();
        while told.elapsed() < WITHIN {
            if !sees(&mut connection, &probe, "seen")[0] {
                return Some(told.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    });
    let delay = delay.expect("the control within a second of a failure");
    let breaker = assert_broken(&process, &treated);
    println!(
        "control was served {delay:.0?} after failure {harmed} of {} visitors with the treatment: {}",
        treated.len(),
        breaker["text"]
    );
    assert!(shop.log().contains("risky_test") && shop.log().contains("failures"), "{}", shop.log());

    // It stays so, through whatever happens to the server.
    process.kill();
    let process = serve(&shop);
    assert_eq!(assert_broken(&process, &treated), breaker);
    process.kill();
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.arg("rebuild").arg("--data").arg(shop.path("data"));
    assert_eq!(Ran::of(command, "").code, 0);
    let process = serve(&shop);
    assert_eq!(assert_broken(&process, &treated), breaker);
}
