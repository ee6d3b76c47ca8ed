//! Built-in events, too many events, other units, new metrics; and that live results are those of the table.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use segue::analysis::scorecard;
use segue::behaviour::Memory;
use segue::diagnostic::draw;
use segue::measurement::{Exposure, Outcome, Totals};
use segue::profile::{Context, Event};
use segue::release::{FileSet, Release};
use segue::trial::plan;

use super::{DAY, Did, Life, measured_of};

pub(super) fn compile(metrics: &str, experiment: &str) -> Release {
    let schema = "
events: {order: {properties: {amount: {type: number}}}}
attributes: {account: {type: text}}
";
    let files = [
        ("rules/schema/shop.yaml", schema),
        ("rules/content/shop.yaml", "slots: {hero: {type: text}}"),
        ("rules/home.rules", "slot hero { if did order at least 3 times show \"x\" otherwise show nothing }"),
        ("experiments/metrics.yaml", metrics),
        ("experiments/test.yaml", experiment),
    ];
    let files = FileSet::from_files(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
    let (release, report) = Release::compile(files);
    release.unwrap_or_else(|| panic!("{}", draw(&report, false)))
}

fn experiment(fields: &str) -> String {
    let variants = "variants: [{name: control, value: x}, {name: a, value: y}]";
    format!("experiment: test\nstatus: running\nassignment: external\n{variants}\n{fields}")
}

fn exposure(at: i64, variant: &str, device: &str) -> Exposure {
    Exposure {
        at,
        id: "v".into(),
        variant: variant.into(),
        probability: 0.5,
        batch: 0,
        dimensions: BTreeMap::from([(Arc::from("device"), Arc::from(device))]),
    }
}

fn page(at: i64) -> Event {
    let (name, path) = (Arc::from("page"), Some(Arc::from("/pricing")));
    let at = Timestamp::from_millisecond(at).unwrap();
    Event { name, at, properties: BTreeMap::new(), path, context: Context::default() }
}

#[test]
fn pages_and_visits_are_counted_as_any_event() {
    let metrics = "metrics: {each: {kind: ratio, event: page, per: {event: visit_start}, direction: up}}";
    let release = compile(metrics, &experiment("metrics: {primary: each}"));
    let measured = measured_of(&release);
    let mut memory = Memory::default();
    // The first page is before the exposure, in the same visit as the second; then a visit of two, and one of one.
    let minute = 60_000;
    let times = [-minute, minute, 60 * minute, 70 * minute, 200 * minute];
    for (order, at) in (1..).zip(times) {
        release.cells.record(&release.schema, &mut memory, &page(10 * DAY + at), order, false);
    }
    let life = Life { exposures: vec![exposure(10 * DAY, "a", "mobile")], did: Vec::new() };
    let contribution = measured.contribution(&life.exposed(), &memory).unwrap();
    let [Outcome::Observed(observed)] = &contribution.outcomes[..] else { panic!("{contribution:?}") };
    assert_eq!((observed.outcome, observed.denominator, observed.covariate), (4.0, 2.0, 1.0));
}

#[test]
fn more_events_than_are_remembered_are_told() {
    let metrics = "metrics: {orders: {kind: count, event: order, before: none, direction: up}}";
    let release = compile(metrics, &experiment("metrics: {primary: orders}"));
    let measured = measured_of(&release);
    let did = |at: i64| Did { at, name: "order", number: Some(100) };
    let life = Life { exposures: vec![exposure(0, "a", "mobile")], did: (0..4_100).rev().map(did).collect() };
    let mut totals = Totals::default();
    totals.add(&measured.contribution(&life.exposed(), &life.memory(&release, 1)).unwrap()).unwrap();
    let data = totals.data(measured, Timestamp::UNIX_EPOCH);
    assert_eq!(data.quality.truncated_units, [("orders".to_owned(), 1)]);
    let segue::analysis::Measured::Sums(sums) = &data.metrics[0][1] else { panic!() };
    assert_eq!(sums.sum(segue::statistics::Variable::Outcome), 4_096.0);
}

/// Of whom everything that a metric asks for is remembered nothing is cut off, however much else they did.
#[test]
fn who_did_too_much_outside_the_window_is_counted_exactly() {
    let metrics = "
metrics:
  orders: {kind: count, event: order, within: 1 day, before: none, direction: up}
  before: {kind: count, event: order, within: 1 day, before: 2 days, direction: up}
  any: {kind: conversion, event: order, within: 1 day, before: none, direction: up}
  back: {kind: retention, event: order, day: 3, before: none, direction: up}
  ever: {kind: count, event: order, before: none, direction: up}
  visits: {kind: count, event: visit_start, within: 1 day, before: 2 days, direction: up}";
    let release =
        compile(metrics, &experiment("metrics: {primary: orders, secondary: [before, any, back, ever, visits]}"));
    let measured = measured_of(&release);
    let (hour, exposed) = (DAY / 24, 1_000 * DAY);
    let orders = |from: i64, step: i64, many: i64| (0..many).map(move |number| from + number * step);
    let cases: [(&str, Vec<i64>, &[&str]); 9] = [
        ("too many at all, days behind the window", orders(exposed + 10 * DAY, 1, 5_000).collect(), &["ever"]),
        (
            "as many as are kept, and the window goes on",
            orders(exposed, 1, 4_096).collect(),
            &["orders", "before", "back", "ever"],
        ),
        ("one less", orders(exposed, 1, 4_095).collect(), &[]),
        ("too many in the window", orders(exposed, 1, 5_000).collect(), &["orders", "before", "back", "ever"]),
        (
            "the last that is kept is the last that counts",
            orders(exposed + DAY - 4_096, 1, 4_096).collect(),
            &["orders", "before", "back", "ever"],
        ),
        (
            "the last that is kept is behind all that counts",
            orders(exposed + DAY - 4_095, 1, 5_000).collect(),
            &["back", "ever"],
        ),
        (
            "too many before the exposure",
            orders(exposed - 9 * DAY, 1, 5_000).collect(),
            &["orders", "before", "any", "back", "ever"],
        ),
        (
            "visits long before",
            orders(exposed - 9_000 * hour, hour, 8_000).collect(),
            &["orders", "before", "any", "back", "ever"],
        ),
        ("visits long after", orders(exposed + 9 * DAY, hour, 8_000).collect(), &["ever"]),
    ];
    for (name, times, expected) in cases {
        let did = times.into_iter().map(|at| Did { at, name: "order", number: Some(100) }).collect();
        let life = Life { exposures: vec![exposure(exposed, "a", "mobile")], did };
        let contribution = measured.contribution(&life.exposed(), &life.memory(&release, 1)).unwrap();
        let named = |place: &usize| &*measured.metrics[*place].definition.name;
        let found: Vec<&str> = contribution.truncated.iter().map(named).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn accounts_are_not_measured_by_their_visitors() {
    let metrics = "metrics: {orders: {kind: count, event: order, direction: up}}";
    let release = compile(metrics, &experiment("unit: account\nmetrics: {primary: orders}"));
    let measured = measured_of(&release);
    let life = Life { exposures: vec![exposure(0, "a", "mobile")], did: Vec::new() };
    assert_eq!(measured.contribution(&life.exposed(), &Memory::default()), None);
    let data = Totals::default().data(measured, Timestamp::UNIX_EPOCH);
    assert_eq!(data.quality.unit_not_measured.as_deref(), Some("account"));
}

#[test]
fn a_new_metric_is_filled_from_the_journal_and_takes_no_room_from_rules() {
    let metrics = "metrics: {orders: {kind: count, event: order, direction: up}}";
    let draft = experiment("metrics: {primary: orders}").replace("running", "draft");
    let (before, after) = (compile(metrics, &draft), compile(metrics, &experiment("metrics: {primary: orders}")));
    assert!(before.measured.iter().next().is_none());
    let cell = measured_of(&after).metrics[0].cell;
    assert_eq!(after.cells.missing_since(&before.cells).into_iter().collect::<Vec<_>>(), [cell]);
    assert_eq!(before.cells.worst_bytes(), after.cells.worst_bytes());
    let costs = after.cost().memory.metrics;
    assert!(costs.len() == 1 && costs[0].cells == 1 && costs[0].bytes > 4_096);
    // Nouns that did not change are taken over, and what is measured with them.
    let (again, _) = Release::compile_after(after.files.clone(), Some(&after));
    assert_eq!(measured_of(&again.unwrap()).metrics[0].cell, cell);
}

/// The same visitors as a table: not a bit differs.
#[test]
fn live_results_are_those_of_the_table() {
    let metrics = "metrics: {spend: {kind: sum, event: order, property: amount, direction: up}}";
    let fields = "metrics: {primary: spend}\nbreakdowns: [device]\nplan: {minimum_effect: 5%}";
    let release = compile(metrics, &experiment(fields));
    let measured = measured_of(&release);
    let mut totals = Totals::default();
    let mut table = String::from("id,variant,spend,before,device\n");
    let mut random = 1_u64;
    let mut next = |most: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % most
    };
    for id in 0..600 {
        let variant = if next(2) == 0 { "control" } else { "a" };
        let device = ["desktop", "mobile", "tablet"][next(3) as usize];
        let spend = if next(3) == 0 { next(10_000) as i64 } else { 0 };
        let before = if next(2) == 0 { spend / 2 + next(3_000) as i64 } else { 0 };
        let at = 100 * DAY + id;
        let order = |at: i64, number: i64| (number > 0).then_some(Did { at, name: "order", number: Some(number) });
        let did = [order(at, spend), order(at - 3 * DAY, before)].into_iter().flatten().collect();
        let life = Life { exposures: vec![exposure(at, variant, device)], did };
        totals.add(&measured.contribution(&life.exposed(), &life.memory(&release, 1)).unwrap()).unwrap();
        let euros = |cents: i64| rust_decimal::Decimal::new(cents, 2);
        writeln!(table, "{id},{variant},{},{},{device}", euros(spend), euros(before)).unwrap();
    }
    let plan = plan(&release.experiments.experiments["test"], measured);
    let data = totals.data(measured, Timestamp::UNIX_EPOCH);
    let live = serde_json::to_value(scorecard(&plan, &data).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("units.csv");
    std::fs::write(&file, table).unwrap();
    let mut analyse = Command::new(env!("CARGO_BIN_EXE_segue"));
    analyse.arg("analyse").arg(&file).args(["--unit", "id", "--variant", "variant", "--control", "control"]);
    analyse.args(["--metric", "spend:sum", "--covariate", "before", "--breakdown", "device", "--plan", "anytime"]);
    let output = analyse.args(["--minimum-effect", "0.05", "--format", "json"]).output().unwrap();
    let mut offline: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let offline = offline.as_object_mut().unwrap();
    offline.remove("rows");
    offline.remove("units");
    assert_eq!(&live, &serde_json::Value::Object(offline.clone()));
    assert!(live["metrics"][1]["cuped"]["estimate"].is_number(), "{}", live["metrics"][1]);
}
