//! `segue analyse --experiment`: the same result from a server and from its data folder.

use std::process::Command;

use serde_json::{Value, json};

use super::{days_ago, results, serve, track, viewed};
use crate::ran::Ran;
use crate::serving::{Client, Connection, Shop};

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/schema/shop.yaml", "language: 1\nevents:\n  buy: {}\n");
    shop.write(
        "experiments/metrics.yaml",
        "metrics:\n  buyers: {kind: conversion, event: buy, before: none, direction: up}\n",
    );
    shop.write(
        "experiments/offer_test.yaml",
        "experiment: offer_test\nstatus: running\nassignment: external\n\
         variants: [{name: control, show: nothing}, {name: offer, show: nothing}]\nmetrics: {primary: buyers}\n",
    );
    shop
}

/// Of visitors to each variant, some of whom buy.
fn tell(client: &Client, control: usize, offer: usize) {
    let shown = days_ago(1);
    let mut connection = Connection::open(&client.url).unwrap();
    for (variant, visitors, one_in) in [("control", control, 4), ("offer", offer, 2)] {
        let messages = (0..visitors).flat_map(|number| {
            let id = format!("{variant}{number}");
            let bought = number % one_in == 0;
            let bought = bought.then(|| track(&id, "buy", json!({}), shown));
            std::iter::once(viewed(&id, "offer_test", variant, shown)).chain(bought)
        });
        for batch in messages.collect::<Vec<Value>>().chunks(500) {
            connection.accepted("/v1/batch", &json!({ "batch": batch }));
        }
    }
}

/// `segue analyse` with these words.
fn analyse(words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.arg("analyse").args(words).env_remove("RUST_LOG").env("COLUMNS", "90");
    Ran::of(command, "")
}

/// Where the journal of a data folder ends.
fn journal_end(data: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.args(["journal", "--format", "json", "--data", data]);
    Ran::of(command, "").json()["end"].clone()
}

fn without_time(mut answer: Value) -> Value {
    for field in ["at", "outlook"] {
        answer.as_object_mut().unwrap().remove(field).unwrap();
    }
    answer
}

#[test]
fn a_result_is_the_same_from_a_server_and_from_its_folder() {
    let shop = shop();
    let process = serve(&shop);
    tell(&process.client, 500, 500);
    process.client.until("it has begun", |client| !results(client, "offer_test")["started"].is_null());
    let answer = results(&process.client, "offer_test");
    let (url, data) = (process.client.url.clone(), shop.path("data"));
    let data = data.to_str().unwrap();

    let ran = analyse(&["--experiment", "offer_test", "--server", &url, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(without_time(ran.json()), without_time(answer.clone()));
    let ran = analyse(&["--experiment", "offer_test", "--server", &url]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("Ship offer: buyers is up 100 %"), "{}", ran.out);
    let of_server = ran.out;

    let ran = analyse(&["--experiment", "offer_test", "--data", data]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(&format!("is in use by the server at {url}\nhelp: ask it with --server {url}")),
        "{}",
        ran.err
    );
    let ran = analyse(&["--experiment", "offer_tset", "--server", &url]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no experiment `offer_tset`\nhelp: did you mean `offer_test`?"), "{}", ran.err);

    process.signal("TERM");
    assert_eq!(process.wait(), Some(0));
    let before = journal_end(data);
    let ran = analyse(&["--experiment", "offer_test", "--data", data, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(without_time(ran.json()), without_time(answer));
    assert_eq!(journal_end(data), before, "who reads writes nothing");
    let ran = analyse(&["--experiment", "offer_test", "--data", data]);
    let body = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let is_of_time = |line: &String| line.contains("expected") || line.contains("a day");
    let timeless = |text: &str| body(text).into_iter().filter(|line| !is_of_time(line)).collect::<Vec<_>>();
    assert_eq!(timeless(&ran.out), timeless(&of_server));
}

#[test]
fn the_history_is_drawn() {
    let shop = shop();
    let process = serve(&shop);
    tell(&process.client, 200, 200);
    let points = |client: &Client| client.get("/v1/experiments/offer_test/history").json()["points"].clone();
    process.client.until("a first point", |client| points(client)[0]["rows"][0]["metric"] == "buyers");
    let chart = shop.path("lift.svg");
    let url = &process.client.url;
    let ran = analyse(&["--experiment", "offer_test", "--server", url, "--plot", chart.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let svg = std::fs::read_to_string(&chart).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("buyers: offer against control"), "{svg}");
}

#[test]
fn a_broken_split_is_a_finding() {
    let shop = shop();
    let process = serve(&shop);
    tell(&process.client, 900, 500);
    for format in ["json", "text"] {
        let ran = analyse(&["--experiment", "offer_test", "--server", &process.client.url, "--format", format]);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_live_experiment_and_a_table_are_two_things() {
    for (words, said) in [
        (&["--experiment", "x", "units.csv"][..], "cannot be used with"),
        (&["--experiment", "x", "--metric", "bought"], "cannot be used with"),
        (&["--experiment", "x", "--server", "http://127.0.0.1:9", "--data", "d"], "cannot be used with"),
        (&["--server", "http://127.0.0.1:9", "units.csv"], "--experiment"),
        (&["units.csv", "--metric", "bought", "--control", "a"], "--variant"),
        (&["--variant", "arm", "--metric", "bought", "--control", "a"], "<FILE>"),
        (&["--experiment", "x", "--data", "/nowhere/at/all"], "there is no data folder"),
    ] {
        let ran = analyse(words);
        assert_eq!(ran.code, 2, "{words:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(said), "{words:?}: {}", ran.err);
    }
}
