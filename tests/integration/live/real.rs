//! Two real experiments, told to the real server as events: every number is the one of `segue analyse` on the same rows.

use std::fmt::Write;
use std::process::Command;
use std::time::Instant;

use jiff::ToSpan;
use serde_json::{Value, json};

use super::{assert_same, days_ago, metric, results, row, serve, track, viewed};
use crate::ran::Ran;
use crate::real_data::{root, skipped};
use crate::serving::{Client, Process, Shop, send_all};

/// The rows of a file of the shared data; nothing where it is not there.
fn rows(name: &str, delimiter: u8, what: &str) -> Option<Vec<csv::StringRecord>> {
    let path = root().join("../shared/data").join(name);
    if !path.exists() {
        skipped(what, &path);
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(path).unwrap();
    Some(reader.records().map(Result::unwrap).collect())
}

/// What `segue analyse` says of a table.
fn analyse(shop: &Shop, table: &str, options: &str) -> Value {
    shop.write("units.csv", table);
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    let words = options.split_whitespace().chain(["--unit", "id", "--variant", "arm", "--format", "json"]);
    command.arg("analyse").arg(shop.path("units.csv")).args(words);
    Ran::of(command, "").json()
}

/// Sends everything; says how long it took.
fn send(client: &Client, messages: &[Value]) {
    let began = Instant::now();
    send_all(client, messages);
    let took = began.elapsed();
    println!("{} messages in {took:.1?}: {:.0} a second", messages.len(), messages.len() as f64 / took.as_secs_f64());
}

const EMAIL_SCHEMA: &str = "\
language: 1
events:
  came: {}
  order: {wire: Order Completed, properties: {amount: {type: number, unit: USD, wire: revenue}}}
attributes:
  newbie: {type: text}
  channel: {type: text}
";

const EMAIL_METRICS: &str = "\
metrics:
  visit: {kind: conversion, event: came, within: 14 days, before: none, direction: up}
  conversion: {kind: conversion, event: order, within: 14 days, before: none, direction: up}
  spend: {kind: sum, event: order, property: amount, within: 14 days, before: none, direction: up}
  adjusted_spend: {kind: sum, event: order, property: amount, within: 14 days, before: 365 days, direction: up}
";

fn email_experiment(name: &str, metrics: &str, breakdowns: &str) -> String {
    let variants = ["none", "mens", "womens"].map(|name| format!("{{name: {name}, show: nothing}}")).join(", ");
    format!(
        "experiment: {name}\nstatus: running\nassignment: external\nvariants: [{variants}]\nmetrics: {metrics}\n\
         plan: {{stop: anytime}}\nbreakdowns: {breakdowns}\n"
    )
}

/// The Hillstrom customers got an e-mail about men's goods, about women's goods, or none.
#[test]
#[ignore = "slow suite: 64,000 customers of a real experiment through the real server"]
fn hillstrom_is_to_the_last_bit_what_analyse_says() {
    let Some(rows) = rows("hillstrom.csv", b',', "the Hillstrom customers") else { return };
    let shop = Shop::empty();
    shop.write("rules/schema/shop.yaml", EMAIL_SCHEMA);
    shop.write("experiments/metrics.yaml", EMAIL_METRICS);
    let plain = email_experiment("email_test", "{primary: visit, secondary: [conversion, spend]}", "[newbie, channel]");
    shop.write("experiments/email_test.yaml", &plain);
    shop.write("experiments/adjusted_test.yaml", &email_experiment("adjusted_test", "{primary: adjusted_spend}", "[]"));
    let process = serve(&shop);

    let shown = days_ago(20);
    let mut messages = Vec::new();
    let mut table = "id,arm,visit,conversion,spend,adjusted_spend,history,newbie,channel\n".to_owned();
    for (number, row) in rows.iter().enumerate() {
        let [history, newbie, channel, segment, visit, conversion, spend] =
            [2, 6, 7, 8, 9, 10, 11].map(|column| row.get(column).unwrap());
        let (id, newbie) = (format!("c{number}"), if newbie == "1" { "yes" } else { "no" });
        let arm = match segment {
            "No E-Mail" => "none",
            "Mens E-Mail" => "mens",
            "Womens E-Mail" => "womens",
            other => panic!("{other}"),
        };
        writeln!(table, "{id},{arm},{visit},{conversion},{spend},{spend},{history},{newbie},{channel}").unwrap();
        let traits = json!({"newbie": newbie, "channel": channel});
        let before = shown - (30 * 24).hours();
        messages.push(json!({"type": "identify", "userId": id, "timestamp": before.to_string(), "traits": traits}));
        let order = |amount: &str| json!({"revenue": amount.parse::<serde_json::Number>().unwrap()});
        messages.push(track(&id, "Order Completed", order(history), before));
        messages.push(viewed(&id, "email_test", arm, shown));
        messages.push(viewed(&id, "adjusted_test", arm, shown));
        if visit == "1" {
            messages.push(track(&id, "came", json!({}), shown + 24.hours()));
        }
        if conversion == "1" {
            messages.push(track(&id, "Order Completed", order(spend), shown + 48.hours()));
        }
    }
    send(&process.client, &messages);

    let answer = results(&process.client, "email_test");
    for (variant, n, visits, conversions, spent) in [
        ("none", 21_306, 2_262, 122, 13_908.33),
        ("mens", 21_307, 3_894, 267, 30_311.69),
        ("womens", 21_387, 3_238, 189, 23_038.11),
    ] {
        let found = |metric: &str| row(&answer, metric, variant)["sum"].as_f64().unwrap();
        assert_eq!(row(&answer, "visit", variant)["n"], json!(n));
        assert_eq!((found("visit"), found("conversion")), (f64::from(visits), f64::from(conversions)), "{variant}");
        assert!((found("spend") - spent).abs() < 1e-6, "{variant}: {}", found("spend"));
    }
    let z = row(&answer, "visit", "mens")["fixed"]["statistic"].as_f64().unwrap();
    assert_eq!(format!("{z:.2}"), "22.49");
    let options = "--control none --metric visit --metric conversion --metric spend --plan anytime --breakdown newbie --breakdown channel";
    let plain = assert_same(&answer, &analyse(&shop, &table, options));

    let answer = results(&process.client, "adjusted_test");
    let options = "--control none --metric adjusted_spend --covariate history --plan anytime";
    let adjusted = assert_same(&answer, &analyse(&shop, &table, options));
    assert!(row(&answer, "adjusted_spend", "mens")["cuped"]["theta"].is_number());
    println!("men's against none in visits: z = {z:.4}; {plain} and {adjusted} values are those of `segue analyse`");
}

const GAME_SCHEMA: &str = "\
language: 1
events:
  back_1: {}
  back_7: {}
  played: {properties: {rounds: {type: number}}}
";

const GAME_EXPERIMENT: &str = "\
experiment: gate_test
status: running
assignment: external
variants: [{name: gate_30, show: nothing}, {name: gate_40, show: nothing}]
metrics: {primary: retention_7, secondary: [retention_1, rounds]}
plan: {stop: fixed, visitors: 90189}
";

const GAME_METRICS: &str = "\
metrics:
  retention_7: {kind: conversion, event: back_7, within: 10 days, before: none, direction: up}
  retention_1: {kind: conversion, event: back_1, within: 10 days, before: none, direction: up}
  rounds: {kind: sum, event: played, property: rounds, within: 10 days, before: none, direction: up}
";

/// The players of Cookie Cats met a gate at level 30 or 40; more of them came back in one of the groups, and the groups are too unequal.
#[test]
#[ignore = "slow suite: 90,189 players of a real experiment through the real server"]
fn cookie_cats_is_to_the_last_bit_what_analyse_says_and_raises_the_alarm() {
    let Some(rows) = rows("cookie_cats.csv", b';', "the Cookie Cats players") else { return };
    let shop = Shop::empty();
    shop.write("rules/schema/game.yaml", GAME_SCHEMA);
    shop.write("experiments/metrics.yaml", GAME_METRICS);
    shop.write("experiments/gate_test.yaml", GAME_EXPERIMENT);
    let process = Process::start_with(&shop, &["--bot-rate", "0", "--look-quiet", "0"]);

    let installed = days_ago(15);
    // What they did comes first: a look is taken as soon as the time of all of them is over, and that was days ago.
    let (mut messages, mut seen) = (Vec::new(), Vec::new());
    let mut table = "id,arm,retention_7,retention_1,rounds\n".to_owned();
    for row in &rows {
        let [player, version, rounds, back_1, back_7] = [0, 1, 2, 3, 4].map(|column| row.get(column).unwrap());
        let (id, bit) = (format!("p{player}"), |text: &str| u8::from(text.eq_ignore_ascii_case("true")));
        writeln!(table, "{id},{version},{},{},{rounds}", bit(back_7), bit(back_1)).unwrap();
        seen.push(viewed(&id, "gate_test", version, installed));
        if rounds != "0" {
            let played = json!({"rounds": rounds.parse::<u64>().unwrap()});
            messages.push(track(&id, "played", played, installed + 1.hours()));
        }
        for (came, event, days) in [(back_1, "back_1", 1), (back_7, "back_7", 7)] {
            if bit(came) == 1 {
                messages.push(track(&id, event, json!({}), installed + (24 * days).hours()));
            }
        }
    }
    send(&process.client, &messages);
    let (last, seen) = seen.split_last().unwrap();
    send(&process.client, seen);
    let before = results(&process.client, "gate_test");
    assert_eq!(before["verdict"]["code"], "continue", "{}", before["verdict"]);
    assert_eq!(before["sample_ratio"]["alarm"], Value::Null, "who looks at any moment has no p-value of one look");
    send_all(&process.client, std::slice::from_ref(last));
    process.client.until("the one look", |client| results(client, "gate_test")["looks"][0]["number"] == 1);

    let answer = results(&process.client, "gate_test");
    let sequential = before["sample_ratio"]["sequential_p_value"].as_f64().unwrap();
    println!("before the last of them the sequential check says p = {sequential:.3}");
    let counts: Vec<&Value> = answer["variants"].as_array().unwrap().iter().map(|variant| &variant["n"]).collect();
    assert_eq!(counts, [&json!(44_700), &json!(45_489)]);
    let options =
        "--control gate_30 --metric retention_7 --metric retention_1 --metric rounds --plan fixed --visitors 90189";
    let mut expected = analyse(&shop, &table, options);
    let text = answer["verdict"]["text"].as_str().unwrap();
    assert!(text.ends_with(expected["verdict"]["text"].as_str().unwrap()), "{text}");
    expected["verdict"] = answer["verdict"].clone();
    let count = assert_same(&answer, &expected);
    let p_value = answer["sample_ratio"]["p_value"].as_f64().unwrap();
    assert_eq!(format!("{p_value:.4}"), "0.0086");
    assert_eq!(answer["verdict"]["code"], "check_data");
    let text = process.client.get("/metrics").text;
    assert_eq!(metric(&text, r#"segue_sample_ratio_p_value{experiment="gate_test"}"#), Some(p_value));
    let verdict = r#"segue_experiment_verdict{experiment="gate_test",verdict="check_data"}"#;
    assert_eq!(metric(&text, verdict), Some(1.0));
    println!("the split has p = {p_value:.4}; {count} values are those of `segue analyse`");
}
