//! Whoever opens a data folder only to read leaves what happened as it is.

use crate::profile::ExperimentKey;
use crate::store::Store;
use crate::visitors::{Limits, Visitors, WATCH_TIME};

use super::{House, RULES, at, release_of, soon, standing, track};

const EXPERIMENT: &str = "experiment: banner\nstatus: running\nassignment: external\nvariants: [{name: a, show: nothing}, {name: b, show: nothing}]\nmetrics: {primary: buyers}\n";
const METRICS: &str = "metrics:\n  buyers: {kind: conversion, event: order, direction: up}\n";

#[test]
fn a_folder_that_is_opened_to_read_is_only_read() {
    let data = tempfile::tempdir().unwrap();
    let now = at("2026-11-20T10:00:00Z");
    // Before anybody knows of the experiment: whoever serves then notes that it begins.
    let house = House::open(data.path());
    house.send(&[track("1", "ann", "Order Completed", serde_json::json!({}), "2026-11-20T10:00:00Z")], now);
    drop(house);
    let release = release_of(RULES, &[("experiments/banner.yaml", EXPERIMENT), ("experiments/metrics.yaml", METRICS)]);
    let key = ExperimentKey { name: "banner".into(), salt: "banner".into() };

    let store = Store::open(data.path(), None).unwrap();
    let reader = Visitors::open_to_read(store.shelf(), data.path(), &release, &Limits::default()).unwrap();
    // Nothing is to happen: there is nothing to wait for but time.
    std::thread::sleep(4 * WATCH_TIME);
    assert_eq!(standing(&reader, &key).started, None);
    let results = reader.results(&release, "banner", now).unwrap();
    assert_eq!((results.started, results.scorecard.variants.len()), (None, 2));
    drop((reader, store));

    let house = House::open_release(data.path(), release, &Limits::default()).unwrap();
    soon("whoever serves notes that it begins", || standing(&house.visitors, &key).started);
}
