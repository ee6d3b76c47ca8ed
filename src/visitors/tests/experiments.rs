//! What happens to experiments of a server: by itself, and through restarts.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{House, track};
use crate::experiment::Terms;
use crate::profile::ExperimentKey;
use crate::release::Release;
use crate::trial::Standing;
use crate::visitors::{Limits, NoResults};

const METRICS: &str = "
metrics:
  buyers: {kind: conversion, event: order, within: 1 day, before: none, direction: up}
  failures: {kind: conversion, event: failure, within: 1 day, before: none, direction: down, margin: 2%}
  spend: {kind: sum, event: order, property: amount, cap: 90%, before: none, direction: up}
";

/// A release with one experiment that runs; `more` are lines of its definition.
fn release(more: &str) -> Arc<Release> {
    release_with(METRICS, "running", more)
}

fn release_with(metrics: &str, status: &str, more: &str) -> Arc<Release> {
    let variants = "variants: [{name: control, value: a}, {name: b, value: b}]";
    let experiment = format!("experiment: banner\nstatus: {status}\n{variants}\n{more}");
    let files = [("experiments/banner.yaml", &*experiment), ("experiments/metrics.yaml", metrics)];
    super::release_of("slot hero { otherwise show experiment banner }", &files)
}

/// A server with an experiment.
fn open(data: &Path, release: Arc<Release>) -> House {
    House::open_release(data, release, &Limits::default()).unwrap()
}

fn banner() -> ExperimentKey {
    ExperimentKey { name: "banner".into(), salt: "banner".into() }
}

fn standing(house: &House) -> Arc<Standing> {
    super::standing(&house.visitors, &banner())
}

fn until(house: &House, happened: impl Fn(&Standing) -> bool) -> Arc<Standing> {
    super::soon("it happens", || Some(standing(house)).filter(|standing| happened(standing)))
}

#[test]
fn what_happened_outlives_restarts_and_a_lost_sled() {
    let data = tempfile::tempdir().unwrap();
    let (strict, loose) =
        ["0.05", "0.1"].map(|alpha| release(&format!("metrics: {{primary: buyers}}\nplan: {{alpha: {alpha}}}"))).into();
    let first = {
        let house = open(data.path(), Arc::clone(&strict));
        until(&house, |standing| standing.started.is_some())
    };
    let experiments = &strict.experiments;
    assert_eq!(first.terms, Terms::of(experiments.get("banner").unwrap(), &experiments.metrics).0);
    let changed = {
        let house = open(data.path(), strict);
        assert_eq!(standing(&house), first);
        house.visitors.follow(&loose).unwrap();
        until(&house, |standing| !standing.deviations.is_empty())
    };
    assert_eq!(changed.deviations[0].topic, "alpha");
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = open(data.path(), loose);
    assert_eq!(standing(&house), changed);
}

/// Harm that comes while totals are counted anew trips the breaker once they are whole, without anything more happening.
#[test]
fn the_breaker_looks_as_soon_as_visitors_are_counted_again() {
    let data = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let time = now.to_string();
    let house = open(data.path(), release("metrics: {primary: buyers, guardrails: [failures]}"));
    until(&house, |standing| standing.started.is_some());
    let ids: Vec<String> = (0..600).map(|number| format!("v{number}")).collect();
    let variant = |id: &String| house.answer(json!({ "visitor": { "id": id } }), now).decisions[0].variant.clone();
    // Of the treated two of three fail, of the others every third.
    let fails = |(id, number): &(&String, u32)| match variant(id).as_deref() {
        Some("b") => number % 3 != 0,
        _ => number % 3 == 0,
    };
    let failing: Vec<&String> = ids.iter().zip(0..).filter(fails).map(|(id, _)| id).collect();
    house.settle();
    house.totals("banner");
    house.lose_totals("banner");
    let turn = house.visitors.core.saving.lock().unwrap();
    let fail = |id: &&String| track(&format!("f{id}"), id, "failure", json!({}), &time);
    house.send(&failing.iter().map(fail).collect::<Vec<_>>(), now);
    let tripped = standing(&house).tripped.is_some();
    drop(turn);
    assert!(!tripped);
    until(&house, |standing| standing.tripped.is_some());
}

#[test]
fn a_percentile_cap_is_fixed_once_from_what_came_before() {
    let data = tempfile::tempdir().unwrap();
    let more = "metrics: {primary: spend}";
    let before = release_with(METRICS, "draft", more);
    let house = open(data.path(), before);
    let now = Timestamp::now();
    let an_hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap().to_string();
    let orders: Vec<_> = (1..=100)
        .map(|number| {
            track(&format!("m{number}"), &format!("v{number}"), "order", json!({ "revenue": number }), &an_hour_ago)
        })
        .collect();
    house.send(&orders, now);
    house.visitors.follow(&release(more)).unwrap();
    let standing = until(&house, |standing| !standing.caps.is_empty());
    assert_eq!(standing.caps.iter().map(|cap| cap.value).collect::<Vec<_>>(), [Some(90.0)]);
    let results = house.visitors.results(&release(more), "banner", now).unwrap();
    assert_eq!(results.caps[0].value, Some(90.0));
    // Another share is another cap, and who reads the result is told; the former one is known when it comes back.
    let changed = release_with(&METRICS.replace("cap: 90%", "cap: 50%"), "running", more);
    for (release, value) in [(&changed, 50.0), (&release(more), 90.0), (&changed, 50.0)] {
        house.visitors.follow(release).unwrap();
        until(&house, |standing| standing.caps.len() == 2);
        let results = house.visitors.results(release, "banner", now).unwrap();
        assert_eq!(results.caps.iter().map(|cap| cap.value).collect::<Vec<_>>(), [Some(value)]);
        let said: Vec<&str> = results.deviations.iter().map(|deviation| &*deviation.topic).collect();
        assert!(said.contains(&"cap of spend"), "{said:?}");
    }
}

/// A request may be answered by a release that the fold does not follow yet, or no more.
#[test]
fn what_is_counted_for_a_release_is_not_read_by_the_definition_of_another() {
    let data = tempfile::tempdir().unwrap();
    let followed = release("metrics: {primary: buyers, guardrails: [failures]}\nplan: {stop: anytime}");
    let house = open(data.path(), Arc::clone(&followed));
    for (other, is_read) in [
        (followed, true),
        (release("metrics: {primary: buyers, guardrails: [failures]}\nplan: {stop: anytime, alpha: 0.1}"), true),
        (release("metrics: {primary: failures}\nplan: {stop: anytime}"), false),
        (release("metrics: {primary: failures, guardrails: [buyers]}\nplan: {stop: anytime}"), false),
        (release("metrics: {primary: buyers, guardrails: [failures]}\nplan: {stop: fixed, visitors: 10}"), false),
    ] {
        let found = house.visitors.results(&other, "banner", Timestamp::now());
        assert_eq!(found.is_ok(), is_read, "{found:?}");
        assert!(is_read || matches!(found, Err(NoResults::NotFollowed(_))));
    }
}

/// The rows that sled holds of what happened to experiments.
fn rows(house: &House) -> usize {
    let mut rows = 0;
    for prefix in [b"Vn", b"Vo", b"Vu", b"Vg"] {
        let mut count = |_: &[u8], _: &[u8]| {
            rows += 1;
            std::ops::ControlFlow::Continue(())
        };
        house.visitors.core.people.shelf.each(prefix, &mut count).unwrap();
    }
    rows
}

#[test]
fn experiments_that_are_gone_for_long_are_forgotten_with_their_points() {
    let data = tempfile::tempdir().unwrap();
    let running = release("metrics: {primary: buyers}");
    let without = super::release("slot hero { otherwise show \"a\" }");
    let house = open(data.path(), Arc::clone(&running));
    let now = Timestamp::now();
    let day = |days: i64| now.checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    house.answer(json!({ "visitor": { "id": "v" } }), now);
    let before = until(&house, |standing| !standing.units.is_empty());
    house.visitors.core.forget_gone(day(1_000)).unwrap();
    house.visitors.follow(&without).unwrap();
    house.visitors.core.forget_gone(day(0)).unwrap();
    drop(house);
    let house = open(data.path(), Arc::clone(&without));
    house.visitors.core.forget_gone(day(89)).unwrap();
    assert_eq!(standing(&house), before);
    // It is there again, and leaves again.
    house.visitors.follow(&running).unwrap();
    house.visitors.core.forget_gone(day(100)).unwrap();
    house.visitors.follow(&without).unwrap();
    house.visitors.core.forget_gone(day(101)).unwrap();
    house.visitors.core.forget_gone(day(190)).unwrap();
    assert_eq!(standing(&house).started, before.started);
    assert!(!house.visitors.history(&banner()).unwrap().is_empty());
    house.visitors.core.forget_gone(day(192)).unwrap();
    assert_eq!(standing(&house), Arc::default());
    drop(house);
    assert_eq!(rows(&open(data.path(), without)), 0);
}

#[test]
fn a_start_reads_no_points() {
    let data = tempfile::tempdir().unwrap();
    let running = release("metrics: {primary: buyers}");
    let house = open(data.path(), Arc::clone(&running));
    house.answer(json!({ "visitor": { "id": "v" } }), Timestamp::now());
    let before = until(&house, |standing| !standing.units.is_empty());
    house.visitors.core.save().unwrap();
    let mut changes = crate::store::Changes::default();
    let shelf = &house.visitors.core.people.shelf;
    let mut spoil = |key: &[u8], _: &[u8]| {
        changes.put(key.to_vec(), b"no point".to_vec());
        std::ops::ControlFlow::Continue(())
    };
    shelf.each(b"Vo", &mut spoil).unwrap();
    assert!(!changes.is_empty());
    shelf.commit(changes).unwrap();
    drop(house);
    assert_eq!(standing(&open(data.path(), running)), before);
}
