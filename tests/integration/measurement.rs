//! What visitors bring to experiments: contributions and totals, against a slow and obvious implementation from the lists of all events.

mod edges;
mod obvious;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use segue::behaviour::Memory;
use segue::diagnostic::draw;
use segue::measurement::{Exposure, Exposures, MeasuredExperiment, Totals, TotalsChange, TotalsRow};
use segue::profile::{Context, Event, ExperimentKey, Value};
use segue::release::{FileSet, Release};

/// Metrics of every kind, with windows, caps and filters of every kind.
const METRICS: &str = "
metrics:
  bought: {kind: conversion, event: order, where: 'amount > 2', within: 3 days, direction: up}
  orders: {kind: count, event: order, cap: 2, before: 2 days, direction: up}
  spend: {kind: sum, event: order, property: amount, within: 5 days, cap: 20.5, before: 5 days, direction: up}
  value: {kind: mean, event: order, property: amount, cap: 9.99, before: none, direction: up}
  share: {kind: ratio, event: order, property: amount, per: {event: look, property: seconds}, direction: up}
  looks_each: {kind: ratio, event: look, per: {event: order}, within: 4 days, direction: up}
  slow: {kind: quantile, event: look, property: seconds, quantile: 0.5, direction: down}
  back: {kind: retention, event: look, day: 2, before: 3 days, direction: up}
";

const EXPERIMENT: &str = "
experiment: test
status: running
assignment: bandit
variants: [{name: b, value: x}, {name: control, value: y}, {name: a, value: z}]
metrics: {primary: bought, secondary: [orders, spend, value, share, looks_each, slow], guardrails: [back]}
breakdowns: [device, [device, plan]]
";

const DAY: i64 = 86_400_000;

/// The experiment as it is measured.
fn measured_of(release: &Release) -> &Arc<MeasuredExperiment> {
    release.measured.get(&release.experiments.get("test").unwrap().key()).unwrap()
}

fn release() -> Release {
    let schema = "
events:
  order: {properties: {amount: {type: number}}}
  look: {properties: {seconds: {type: number}}}
attributes: {plan: {type: text}}
";
    let files = [
        ("rules/schema/shop.yaml", schema),
        ("rules/content/shop.yaml", "slots: {hero: {type: text}}"),
        ("rules/home.rules", "slot hero { otherwise show experiment test }"),
        ("experiments/metrics.yaml", METRICS),
        ("experiments/test.yaml", EXPERIMENT),
    ];
    let files = FileSet::from_files(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
    let (release, report) = Release::compile(files);
    release.unwrap_or_else(|| panic!("{}", draw(&report, false)))
}

/// One thing that a visitor did.
#[derive(Debug, Clone)]
struct Did {
    at: i64,
    name: &'static str,
    /// In hundredths; `None`: without the property.
    number: Option<i64>,
}

impl Did {
    fn event(&self) -> Event {
        let property = if self.name == "order" { "amount" } else { "seconds" };
        let value =
            self.number.map(|number| (Arc::from(property), Value::Number(rust_decimal::Decimal::new(number, 2))));
        Event {
            name: self.name.into(),
            at: Timestamp::from_millisecond(self.at).unwrap(),
            properties: value.into_iter().collect(),
            path: None,
            context: Context::default(),
        }
    }
}

/// A visitor with all they did and saw, in the order in which it came.
#[derive(Debug, Clone)]
struct Life {
    exposures: Vec<Exposure>,
    did: Vec<Did>,
}

fn key() -> ExperimentKey {
    ExperimentKey { name: "test".into(), salt: "test".into() }
}

impl Life {
    fn exposed(&self) -> Exposures {
        let mut exposures = Exposures::default();
        self.exposures.iter().for_each(|exposure| exposures.record(key(), exposure.clone()));
        exposures
    }

    /// When they were exposed first.
    fn at(&self) -> i64 {
        self.exposures.iter().map(|exposure| exposure.at).min().unwrap()
    }

    /// What is remembered of them; the numbers of entries begin at `first`.
    fn memory(&self, release: &Release, first: u64) -> Memory {
        let mut memory = Memory::default();
        for (order, did) in (first..).zip(&self.did) {
            release.cells.record(&release.schema, &mut memory, &did.event(), order, false);
        }
        memory
    }
}

fn did() -> impl Strategy<Value = Did> {
    let number = prop_oneof![1 => Just(None), 4 => (-200_i64..2_000).prop_map(Some)];
    let at = prop_oneof![(0..12 * DAY), (0..12_i64).prop_map(|day| day * DAY)];
    (at, prop::sample::select(vec!["order", "look"]), number).prop_map(|(at, name, number)| Did { at, name, number })
}

fn exposure() -> impl Strategy<Value = Exposure> {
    let variant = prop::sample::select(vec!["control", "a", "b", "gone"]);
    let dimensions = (prop::option::of(prop::sample::select(vec!["mobile", "desktop"])), prop::option::of(Just("pro")));
    let at = prop_oneof![(3 * DAY..8 * DAY), (3..8_i64).prop_map(|day| day * DAY)];
    (at, variant, 0..3_u32, dimensions).prop_map(|(at, variant, batch, (device, plan))| {
        let named = |name: &str, value: Option<&str>| value.map(|value| (Arc::from(name), Arc::from(value)));
        let dimensions = [named("device", device), named("plan", plan)].into_iter().flatten().collect();
        let (variant, id) = (variant.into(), "v".into());
        Exposure { at, id, variant, probability: 0.5, batch, dimensions }
    })
}

fn life() -> impl Strategy<Value = Life> {
    let parts = (prop::collection::vec(exposure(), 1..3), prop::collection::vec(did(), 0..12));
    parts.prop_map(|(exposures, did)| Life { exposures, did })
}

fn total(lives: &[Life], release: &Release, measured: &MeasuredExperiment) -> Totals {
    let mut totals = Totals::default();
    for life in lives {
        totals.add(&measured.contribution(&life.exposed(), &life.memory(release, 1)).unwrap()).unwrap();
    }
    totals
}

fn read(rows: &BTreeMap<Vec<u8>, Vec<u8>>) -> Totals {
    Totals::read(rows.iter().map(|(key, value)| (&**key, &**value))).unwrap()
}

/// What happens to a store of rows.
fn keep(changes: Vec<TotalsChange>, kept: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
    for TotalsRow { key, value } in changes.iter().map(TotalsChange::row) {
        assert!(key.len() + value.as_ref().map_or(0, Vec::len) <= segue::measurement::MAX_TOTALS_ROW_BYTES);
        match value {
            Some(value) => drop(kept.insert(key, value)),
            None => assert!(kept.remove(&key).is_some() || value.is_none()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Bit for bit.
    #[test]
    fn data_are_those_of_the_list_of_everything(lives in prop::collection::vec(life(), 0..12), now in 4 * DAY..14 * DAY) {
        let release = release();
        let measured = measured_of(&release);
        let now = Timestamp::from_millisecond(now).unwrap();
        let totals = total(&lives, &release, measured);
        let (data, expected) = (totals.data(measured, now), obvious::data(&lives, now));
        prop_assert_eq!(&data.variants, &expected.variants);
        prop_assert_eq!(&data.metrics, &expected.metrics);
        prop_assert_eq!(&data.breakdowns, &expected.breakdowns);
        prop_assert_eq!(&data.quality, &expected.quality);
        prop_assert_eq!(data, expected);
        let batches = totals.batches(measured, now);
        let batches: Vec<(u32, Vec<u64>)> = batches.into_iter().map(|batch| (batch.number, batch.units)).collect();
        prop_assert_eq!(batches, obvious::batches(&lives));
    }

    /// An event touches few numbers; by that the totals become what counting everybody anew gives, and whoever reads is not disturbed.
    #[test]
    fn what_an_event_touches_is_all_that_it_changes(
        lives in prop::collection::vec(life(), 1..6), more in prop::collection::vec((any::<prop::sample::Index>(), did()), 0..20),
        has_looks in any::<bool>(),
    ) {
        let release = release();
        let measured = &MeasuredExperiment { has_looks, ..MeasuredExperiment::clone(measured_of(&release)) };
        let mut lives = lives;
        let mut totals = total(&lives, &release, measured);
        let mut kept: BTreeMap<_, _> = totals.rows().into_iter().map(|row| (row.key, row.value.unwrap())).collect();
        totals.take_changed();
        for (who, did) in more {
            let (reading, rows) = (totals.reading(), totals.rows());
            let who = who.index(lives.len());
            let life = &mut lives[who];
            let was = measured.touched(&life.exposed(), &life.memory(&release, 1), did.name).unwrap();
            life.did.push(did.clone());
            let is = measured.touched(&life.exposed(), &life.memory(&release, 1), did.name).unwrap();
            totals.exchange(&was, &is).unwrap();
            keep(totals.take_changed(), &mut kept);
            prop_assert_eq!(reading.rows(), rows);
        }
        let expected = total(&lives, &release, measured);
        prop_assert_eq!(totals.rows(), expected.rows());
        prop_assert!(totals == expected);
        prop_assert_eq!(read(&kept), expected);
    }

    /// A planned look counts everybody of some days and nobody else; between looks everybody counts as without them.
    #[test]
    fn a_planned_look_counts_whole_days(lives in prop::collection::vec(life(), 0..12), now in 4 * DAY..14 * DAY) {
        let release = release();
        let plain = measured_of(&release);
        let mut planned = MeasuredExperiment::clone(plain);
        planned.has_looks = true;
        let totals = total(&lives, &release, &planned);
        let now = Timestamp::from_millisecond(now).unwrap();
        prop_assert_eq!(totals.data(&planned, now), total(&lives, &release, plain).data(plain, now));
        for day in 2..9 {
            let exposed: Vec<Life> = lives.iter().filter(|life| life.at() < (day + 1) * DAY).cloned().collect();
            let everything_is_over = Timestamp::from_millisecond(100 * DAY).unwrap();
            let expected = obvious::data(&exposed, everything_is_over);
            let found = totals.data_until(&planned, day);
            prop_assert_eq!(&found.variants, &expected.variants);
            prop_assert_eq!(&found.metrics, &expected.metrics);
            let units: u64 = expected.variants.iter().map(|variant| variant.units).sum();
            prop_assert_eq!(totals.units_until(day), units);
            prop_assert_eq!(units > 0, totals.day_of_units(1).is_some_and(|first| first <= day));
        }
        prop_assert_eq!(&read(&totals.rows().into_iter().map(|row| (row.key, row.value.unwrap())).collect()), &totals);
    }

    /// In any order, with visitors who come in two halves that are joined, late events, and some who are erased.
    #[test]
    fn totals_know_nothing_of_the_way(
        lives in prop::collection::vec((life(), any::<prop::sample::Index>(), any::<bool>()), 1..8),
    ) {
        let release = release();
        let measured = measured_of(&release);
        let mut totals = Totals::default();
        let mut kept = BTreeMap::new();
        let mut stay = Vec::new();
        for (life, cut, leaves) in &lives {
            let contribution = |exposed: &Exposures, memory: &Memory| measured.contribution(exposed, memory).unwrap();
            let exposed = life.exposed();
            // Two halves, each with an id of its own and the later events first; then they turn out to be one.
            let (early, late) = life.did.split_at(cut.index(life.did.len() + 1));
            let half = |did: &[Did]| Life { exposures: life.exposures.clone(), did: did.to_vec() };
            let (early, late) = (half(early), half(late));
            let first = early.did.len() as u64 + 1;
            let (one, other) = (early.memory(&release, 1), late.memory(&release, first));
            totals.add(&contribution(&exposed, &other)).unwrap();
            totals.add(&contribution(&exposed, &one)).unwrap();
            keep(totals.take_changed(), &mut kept);
            totals.subtract(&contribution(&exposed, &other)).unwrap();
            totals.subtract(&contribution(&exposed, &one)).unwrap();
            let mut joined = other;
            release.cells.merge(&mut joined, &one);
            prop_assert_eq!(contribution(&exposed, &joined), contribution(&exposed, &life.memory(&release, 1)));
            totals.add(&contribution(&exposed, &joined)).unwrap();
            stay.push((life.clone(), *leaves, contribution(&exposed, &joined)));
        }
        for (_, _, contribution) in stay.iter().rev().filter(|(_, leaves, _)| *leaves) {
            totals.subtract(contribution).unwrap();
        }
        keep(totals.take_changed(), &mut kept);
        let stay: Vec<Life> = stay.into_iter().filter(|(_, leaves, _)| !leaves).map(|(life, ..)| life).collect();
        let expected = total(&stay, &release, measured);
        prop_assert_eq!(&totals, &expected);
        prop_assert_eq!(&read(&kept), &expected);
        let rows = expected.rows().into_iter().map(|row| (row.key, row.value.unwrap())).collect();
        prop_assert_eq!(&kept, &rows);
    }
}

#[test]
fn who_was_not_counted_cannot_be_taken_out() {
    let release = release();
    let measured = measured_of(&release);
    let exposures = vec![Exposure {
        at: 3 * DAY,
        id: "v".into(),
        variant: "a".into(),
        probability: 0.5,
        batch: 0,
        dimensions: BTreeMap::new(),
    }];
    let life = Life { exposures, did: Vec::new() };
    let contribution = measured.contribution(&life.exposed(), &Memory::default()).unwrap();
    let mut totals = Totals::default();
    assert!(totals.subtract(&contribution).is_err());
    let mut totals = Totals::default();
    totals.add(&contribution).unwrap();
    totals.subtract(&contribution).unwrap();
    assert!(totals == Totals::default());
    assert!(totals.subtract(&contribution).is_err());
}

#[test]
fn outcomes_accumulate_until_every_window_is_over() {
    let release = release();
    let mut measured = MeasuredExperiment::clone(measured_of(&release));
    // A window of three days, and the second day.
    measured.metrics.retain(|metric| ["bought", "back"].contains(&&*metric.definition.name));
    measured.has_looks = true;
    let day = |day: i64| Timestamp::from_millisecond(day * DAY).unwrap();
    assert_eq!(measured.ripe_from(4), Some(day(8)));
    for (now, ripe) in [(day(7), 3), (day(8) - std::time::Duration::from_millis(1), 3), (day(8), 4)] {
        assert_eq!(measured.ripe_day(now), Some(ripe), "{now}");
    }
    let order = |at: i64| Did { at, name: "order", number: Some(300) };
    let exposures = exposure_at(4 * DAY);
    for (did, accumulates_at) in
        [(vec![], [false; 3]), (vec![order(4 * DAY)], [false; 3]), (vec![order(5 * DAY)], [true, true, false])]
    {
        let totals = total(&[Life { exposures: exposures.clone(), did }], &release, &measured);
        let found = [day(5), day(7), day(8)].map(|now| totals.data(&measured, now).accumulates);
        assert_eq!(found, accumulates_at);
    }
    // A metric without an end is never complete, unless the experiment has one.
    let mut endless = MeasuredExperiment::clone(measured_of(&release));
    endless.has_looks = true;
    assert_eq!((endless.ripe_day(day(9)), endless.ripe_from(4)), (None, None));
    endless.until = Some(day(30));
    assert_eq!((endless.ripe_day(day(9)), endless.ripe_from(4)), (None, Some(day(30))));
}

fn exposure_at(at: i64) -> Vec<Exposure> {
    vec![Exposure { at, id: "v".into(), variant: "a".into(), probability: 0.5, batch: 0, dimensions: BTreeMap::new() }]
}

#[test]
fn no_two_pairs_of_a_breakdown_look_the_same() {
    let release = release();
    let measured = measured_of(&release);
    let shown = |device: &str, plan: &str| {
        let dimensions = BTreeMap::from([("device".into(), device.into()), ("plan".into(), plan.into())]);
        let exposure = Exposure { dimensions, ..exposure_at(3 * DAY).remove(0) };
        let life = Life { exposures: vec![exposure], did: Vec::new() };
        let values = measured.contribution(&life.exposed(), &Memory::default()).unwrap().values;
        [values[0].to_string(), values[1].to_string()]
    };
    assert_eq!(shown("mobile", "pro"), ["mobile", "mobile, pro"]);
    assert_eq!(shown("a, b", "c"), ["a, b", "\"a, b\", c"]);
    assert_eq!(shown("a", "b, c"), ["a", "a, \"b, c\""]);
    assert_eq!(shown("\"a", "b"), ["\"a", "\"\"\"a\", b"]);
}

#[test]
fn a_breakdown_of_too_many_values_is_given_up() {
    let release = release();
    let measured = measured_of(&release);
    let mut totals = Totals::default();
    let one = |number: usize| {
        let device = (Arc::from("device"), Arc::from(format!("d{number:04}").as_str()));
        let exposure = Exposure {
            at: 3 * DAY,
            id: "v".into(),
            variant: "a".into(),
            probability: 0.5,
            batch: 0,
            dimensions: BTreeMap::from([device]),
        };
        let life = Life { exposures: vec![exposure], did: Vec::new() };
        measured.contribution(&life.exposed(), &Memory::default()).unwrap()
    };
    let now = Timestamp::from_millisecond(9 * DAY).unwrap();
    (0..1_000).for_each(|number| totals.add(&one(number)).unwrap());
    let shown = totals.data(measured, now).breakdowns;
    assert_eq!(shown.iter().map(|breakdown| breakdown.values.len()).collect::<Vec<_>>(), [51, 51]);
    assert_eq!(shown[0].values[50].value, "(other)");
    assert_eq!(shown[0].values[50].units, [0, 950, 0]);
    totals.add(&one(1_000)).unwrap();
    let data = totals.data(measured, now);
    assert!(data.breakdowns.is_empty());
    assert_eq!(data.quality.breakdowns_given_up, ["device", "device, plan"]);
    (0..=1_000).for_each(|number| totals.subtract(&one(number)).unwrap());
    assert_eq!(totals.units(), Vec::<u64>::new());
}

/// What a change of a definition means for what was counted.
#[test]
fn only_what_changes_the_counting_changes_the_fingerprint() {
    let fingerprint = |experiment: &str, metrics: &str| {
        let plain = release();
        let files = plain.files.iter().map(|(name, text)| match &**name {
            "experiments/metrics.yaml" => (name.to_string(), metrics.to_owned()),
            "experiments/test.yaml" => (name.to_string(), experiment.to_owned()),
            _ => (name.to_string(), text.to_string()),
        });
        let files: Vec<(String, String)> = files.collect();
        let (release, report) = Release::compile(FileSet::from_files(files).unwrap());
        let release = release.unwrap_or_else(|| panic!("{}", draw(&report, false)));
        let (experiment, metrics) = (&release.experiments.experiments["test"], &release.experiments.metrics);
        let terms = segue::experiment::Terms::of(experiment, metrics).hash();
        (measured_of(&release).fingerprint, terms)
    };
    let plain = fingerprint(EXPERIMENT, METRICS);
    let with = |more: &str| fingerprint(&format!("{EXPERIMENT}{more}"), METRICS);
    assert_eq!(with("owner: somebody else"), plain);
    let (counting, terms) = with("plan: {alpha: 0.1}");
    assert!(counting == plain.0 && terms != plain.1);
    let (counting, terms) = with("salt: other");
    assert!(counting != plain.0 && terms != plain.1);
    for (from, to) in [("within: 3 days", "within: 4 days"), ("amount > 2", "amount > 3"), ("cap: 20.5", "cap: 21")] {
        let (counting, terms) = fingerprint(EXPERIMENT, &METRICS.replace(from, to));
        assert!(counting != plain.0 && terms != plain.1, "{to}");
    }
    let (counting, terms) = fingerprint(EXPERIMENT, &METRICS.replace("direction: down", "direction: up"));
    assert!(counting == plain.0 && terms != plain.1);
}
