//! What events tell of exposures: which variant it means, whether it was to be expected, and of which batch it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use segue::behaviour::Memory;
use segue::experiment::{Batch, Experiment, even_split};
use segue::measurement::{
    Contribution, Exposures, HeldSplit, Meant, MeasuredExperiment, Settled, Sighting, Splits, ToldAt, Turn,
};

use super::edges::compile;
use super::measured_of;

const METRICS: &str = "metrics: {orders: {kind: count, event: order, direction: up}}";

fn experiment(fields: &str) -> MeasuredExperiment {
    let variants = "variants: [{name: control, value: x}, {name: a, value: y}]";
    let text = format!("experiment: test\nstatus: running\nmetrics: {{primary: orders}}\n{variants}\n{fields}");
    MeasuredExperiment::clone(measured_of(&compile(METRICS, &text)))
}

/// Somebody whom the assignment function gives a variant while all share alike.
fn dealt(definition: &Experiment, variant: &str) -> String {
    let mut ids = (0..).map(|number| format!("v{number}"));
    ids.find(|id| &*definition.even_variant(id).unwrap().name == variant).unwrap()
}

fn tell(exposures: &mut Exposures, id: &str, variant: &str, at: i64, order: u64) {
    let of = Meant::Unknown { name: "test".into(), id: None };
    let sighting = Sighting { of, variant: variant.into(), variant_id: None, id: id.into() };
    exposures.tell(sighting, ToldAt { at, order, dimensions: BTreeMap::new() });
}

fn told(measured: &MeasuredExperiment, id: &str, variant: &str, at: i64, order: u64) -> Contribution {
    let mut exposures = Exposures::default();
    tell(&mut exposures, id, variant, at, order);
    measured.contribution(&exposures, &Memory::default()).unwrap()
}

fn settled(splits: Splits) -> Settled {
    Settled { splits, ..Settled::default() }
}

#[test]
fn a_variant_that_the_assignment_function_does_not_give_is_unexpected() {
    let measured = experiment("");
    let id = dealt(&measured.definition, "a");
    assert!(!told(&measured, &id, "a", 10, 1).is_unexpected);
    assert!(told(&measured, &id, "control", 10, 1).is_unexpected);
    // Of the time before the split was changed nothing can be said.
    let changed = measured.as_settled(&settled(Splits { dealt_since: Some(11), ..Splits::default() }));
    assert_ne!(changed.fingerprint, measured.fingerprint);
    assert!(!told(&changed, &id, "control", 10, 1).is_unexpected);
    assert!(told(&changed, &id, "control", 11, 1).is_unexpected);
    // Nor of a split that is made elsewhere.
    assert!(!told(&experiment("assignment: external"), &id, "control", 10, 1).is_unexpected);
}

#[test]
fn a_release_that_deals_otherwise_counts_anew() {
    let plain = experiment("").fingerprint;
    for fields in ["traffic: 50%", "forced: {a: [anna]}"] {
        assert_ne!(experiment(fields).fingerprint, plain, "{fields}");
    }
    assert_eq!(experiment("owner: anna").fingerprint, plain);
}

#[test]
fn a_tester_is_no_traffic() {
    let measured = experiment("forced: {a: [anna]}");
    let mut exposures = Exposures::default();
    tell(&mut exposures, "anna", "a", 10, 1);
    assert_eq!(measured.contribution(&exposures, &Memory::default()), None);
    tell(&mut exposures, "berta", "a", 11, 2);
    assert_eq!(measured.contribution(&exposures, &Memory::default()).unwrap().variant, Some(1));
}

#[test]
fn what_is_told_of_a_bandit_is_of_the_batch_in_force_then() {
    let measured = experiment("assignment: bandit");
    let (control, a): (Arc<str>, Arc<str>) = ("control".into(), "a".into());
    let held = |order: u64, at: i64, number: u32, weight: f64| {
        let batch = Batch::of_weights(number, [(&control, 1.0 - weight), (&a, weight)]).unwrap();
        HeldSplit { order, at, batch }
    };
    let batches = vec![held(10, 1_000, 1, 1.0), held(20, 2_000, 2, 0.0)];
    let with = measured.as_settled(&settled(Splits { batches, ..Splits::default() }));
    assert_eq!(with.fingerprint, measured.fingerprint, "whoever was counted before is counted as before");
    let id = dealt(&measured.definition, "a");
    let batch = |measured: &MeasuredExperiment, variant: &str, at: i64, order: u64| {
        let told = told(measured, &id, variant, at, order);
        assert_eq!(told.is_undealt, told.batch.is_none());
        assert!(told.is_told);
        told.batch
    };
    let even = even_split(0, &measured.definition);
    assert_eq!(batch(&with, "a", 999, 25), Some(even), "before the first all share alike");
    assert_eq!(batch(&with, "control", 999, 25), None, "what that does not deal is of no batch");
    assert_eq!(batch(&with, "a", 1_500, 25), Some(1), "it came late");
    assert_eq!(batch(&with, "a", 2_500, 25), None);
    assert_eq!(batch(&with, "control", 2_500, 25), Some(2));
    // It was taken up before the batch came: its clock is ahead. A later batch changes nothing of what was counted.
    assert_eq!(batch(&with, "a", 2_500, 15), Some(1));
}

#[test]
fn after_a_variant_is_added_all_share_alike_in_a_time_of_its_own() {
    let measured = experiment("assignment: bandit");
    let (control, former): (Arc<str>, Arc<str>) = ("control".into(), "former".into());
    let batch = Batch::of_weights(7, [(&control, 0.5), (&former, 0.5)]).unwrap();
    let batches = vec![HeldSplit { order: 1, at: 1_000, batch }];
    let with = measured.as_settled(&settled(Splits { batches, dealt_since: Some(2_000), ..Splits::default() }));
    let id = dealt(&measured.definition, "a");
    let even = even_split(7, &measured.definition);
    assert_ne!(even, even_split(0, &measured.definition));
    assert_eq!(told(&with, &id, "a", 2_500, 5).batch, Some(even));
    assert_eq!(told(&with, &id, "a", 1_500, 5).batch, None, "batch 7 did not know it");
}

fn turn(order: u64, at: i64, enrols: bool) -> Turn {
    Turn { order, at, enrols }
}

#[test]
fn what_is_told_of_the_time_after_the_end_is_not_counted() {
    let is_met = |measured: &MeasuredExperiment, at: i64, order: u64| {
        let mut exposures = Exposures::default();
        tell(&mut exposures, "v", "a", at, order);
        measured.met(&exposures).is_some()
    };
    let turns = vec![turn(10, 1_000, false), turn(20, 2_000, true)];
    let splits = Splits { turns, ..Splits::default() };
    let stopped = experiment("").as_settled(&settled(splits.clone()));
    assert_eq!(stopped.fingerprint, experiment("").fingerprint, "whoever was counted before is counted as before");
    assert!(is_met(&stopped, 999, 15), "it came late");
    assert!(is_met(&stopped, 1_500, 9), "it was counted already");
    assert!(!is_met(&stopped, 1_500, 15));
    assert!(!is_met(&stopped, 1_500, 25));
    assert!(is_met(&stopped, 2_500, 25), "it went on");
    let external = experiment("assignment: external").as_settled(&settled(splits));
    assert!(is_met(&external, 1_500, 15), "its split is made elsewhere");
    let until = Timestamp::from_millisecond(86_400_000).unwrap();
    for split in ["", "assignment: external"] {
        let ended = experiment(&format!("{split}\nuntil: {until}"));
        assert!(is_met(&ended, 86_399_999, 1), "{split}");
        assert!(!is_met(&ended, 86_400_000, 2), "{split}");
    }
}
