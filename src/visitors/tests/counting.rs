//! Whatever happens to visitors and to the process, what is counted in experiments is what a plain count of the list of
//! everything that happened comes to, bit for bit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use serde_json::json;

use super::super::Stage;
use super::super::entry::Entry;
use super::super::experiments::totals::{ChangedTotals, LiveTotals};
use super::super::submit::Attachment;
use super::*;
use crate::behaviour::Memory;
use crate::ingest::interpret;
use crate::measurement::{Exposure, Exposures, Meant, Sighting, ToldAt, Totals};
use crate::profile::ExperimentKey;
use crate::store::Changes;

pub(super) const NOW: &str = "2020-11-20T10:00:00Z";
/// When decisions are made: 27 hours before messages come.
pub(super) const DECIDED: &str = "2020-11-19T07:00:00Z";

const QUESTIONS: &str = r#"slot hero { otherwise show experiment banner }"#;

const BANNER: &str = "
experiment: banner
status: running
variants: [{name: control, value: plain}, {name: big, value: large}]
metrics: {primary: order_rate, secondary: [revenue, order_value, views_per_order, slow], guardrails: [back]}
breakdowns: [plan]
";

const TOLD: &str = "
experiment: told
status: running
assignment: external
variants: [{name: control, value: plain}, {name: big, value: large}]
metrics: {primary: order_rate, secondary: [revenue]}
";

pub(super) const METRICS: &str = "
metrics:
  order_rate: {kind: conversion, event: order, within: 2 days, direction: up}
  revenue: {kind: sum, event: order, property: amount, cap: 80, direction: up}
  order_value: {kind: mean, event: order, property: amount, direction: up}
  views_per_order: {kind: ratio, event: view, per: {event: order}, direction: down}
  slow: {kind: quantile, event: order, property: amount, quantile: 0.9, direction: up}
  back: {kind: retention, event: view, day: 1, direction: up}
";

/// The same experiments with other metrics.
pub(super) fn other_metrics() -> String {
    METRICS.replace("cap: 80", "cap: 40").replace("event: order, within: 2 days", "event: view, within: 1 days")
}

pub(super) fn compiled(metrics: &str) -> Arc<Release> {
    let files =
        [("experiments/banner.yaml", BANNER), ("experiments/told.yaml", TOLD), ("experiments/metrics.yaml", metrics)];
    release_of(QUESTIONS, &files)
}

pub(super) fn key(name: &str) -> ExperimentKey {
    ExperimentKey { name: name.into(), salt: name.into() }
}

pub(super) const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

pub(super) fn minutes_ago(minutes: i64) -> String {
    at(NOW).checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap().to_string()
}

/// The plain truth: every message once, and every exposure.
#[derive(Default)]
pub(super) struct Truth {
    seen: BTreeSet<String>,
    messages: Vec<Json>,
    exposures: Vec<(ExperimentKey, Exposure)>,
}

impl Truth {
    pub(super) fn hear(&mut self, message: &Json) {
        if self.seen.insert(message["messageId"].as_str().unwrap().to_owned()) {
            self.messages.push(message.clone());
        }
    }

    pub(super) fn decide(&mut self, answer: &Answer, id: &str) {
        for new in answer.exposures() {
            let exposure = Exposure {
                at: at(DECIDED).as_millisecond(),
                id: id.into(),
                variant: Arc::clone(&new.variant),
                probability: new.probability,
                batch: new.batch,
                dimensions: new.dimensions.clone(),
            };
            self.exposures.push((new.experiment.clone(), exposure));
        }
    }

    pub(super) fn forget(&mut self, id: &str) {
        let ids = self.ids(id);
        self.messages.retain(|message| !ids.iter().any(|id| message["userId"] == **id));
        self.exposures.retain(|(_, exposure)| !ids.iter().any(|id| *exposure.id == **id));
    }

    fn ids(&self, id: &str) -> Vec<String> {
        let mut ids = vec![id.to_owned()];
        let text = |message: &Json, name: &str| message[name].as_str().map(str::to_owned);
        let joins: Vec<_> =
            self.messages.iter().filter_map(|it| text(it, "userId").zip(text(it, "anonymousId"))).collect();
        loop {
            let more = joins.iter().flat_map(|(a, b)| [(a, b), (b, a)]);
            let next = more.filter(|(a, b)| ids.contains(a) && !ids.contains(b)).map(|(_, b)| b.clone()).next();
            match next {
                Some(next) => ids.push(next),
                None => return ids,
            }
        }
    }

    /// The first id of each person.
    fn persons(&self) -> Vec<Vec<String>> {
        let mut persons: Vec<Vec<String>> = Vec::new();
        for id in IDS {
            if !persons.iter().flatten().any(|known| known == id) {
                persons.push(self.ids(id));
            }
        }
        persons
    }

    fn totals(&self, release: &Release, experiment: &ExperimentKey) -> Totals {
        let mut totals = Totals::default();
        for ids in self.persons() {
            let (mut memory, mut exposures) = (Memory::default(), Exposures::default());
            let is_theirs = |id: &str| ids.iter().any(|known| *known == *id);
            for (experiment, exposure) in self.exposures.iter().filter(|(_, exposure)| is_theirs(&exposure.id)) {
                exposures.record(experiment.clone(), exposure.clone());
            }
            for (order, message) in (1..).zip(&self.messages) {
                let id = message["userId"].as_str().unwrap();
                if !is_theirs(id) || message["type"] != "track" {
                    continue;
                }
                if message["event"] == "Experiment Viewed" {
                    let sighting = Sighting {
                        of: Meant::Known(key("told")),
                        variant: message["properties"]["variation_name"].as_str().unwrap().into(),
                        variant_id: None,
                        id: id.into(),
                    };
                    let at = at(message["timestamp"].as_str().unwrap()).as_millisecond();
                    exposures.tell(sighting, ToldAt { at, order, dimensions: BTreeMap::new() });
                    continue;
                }
                let event = interpret(&release.schema, &message.to_string()).unwrap().event.unwrap();
                release.cells.record(&release.schema, &mut memory, &event, order, false);
            }
            let measured = release.measured.get(experiment).unwrap();
            if let Some(contribution) = measured.contribution(&exposures, &memory) {
                totals.add(&contribution).unwrap();
            }
        }
        totals
    }

    fn visitors(&self) -> u64 {
        let speaks = |ids: &Vec<String>| self.messages.iter().any(|it| ids.iter().any(|id| it["userId"] == **id));
        self.persons().iter().filter(|ids| speaks(ids)).count() as u64
    }
}

impl House {
    /// An exposure of a stranger is journalled by a thread of its own.
    pub(super) fn settle(&self) {
        soon("no stranger is on the way", || self.visitors.core.people.strangers.is_empty().then_some(()));
        self.visitors.core.committer().unwrap().between(|_, _| ()).wait().unwrap();
    }

    /// The totals of an experiment, once they are whole.
    pub(super) fn totals(&self, name: &str) -> LiveTotals {
        self.totals_of(&key(name))
    }

    pub(super) fn totals_of(&self, experiment: &ExperimentKey) -> LiveTotals {
        self.settle();
        let counted = || self.visitors.core.totals(experiment).unwrap().filter(|live| live.stage == Stage::Whole);
        soon("all are counted", counted)
    }

    fn changed_totals(&self, since: u64) -> ChangedTotals {
        self.visitors.core.committer().unwrap().between(move |_, folding| folding.changed_totals(since)).wait().unwrap()
    }

    /// Loses what was counted, as no fault that is known of does.
    pub(super) fn lose_totals(&self, name: &str) {
        let key = key(name);
        let lose = move |folding: &mut super::super::fold::Folding| {
            folding.tallies.by_key.get_mut(&key).unwrap().totals = Totals::default();
        };
        self.visitors.core.committer().unwrap().between(move |_, folding| lose(folding)).wait().unwrap();
    }

    pub(super) fn decide(&self, id: &str, truth: &mut Truth) {
        let answer = self.answer(json!({ "visitor": { "id": id } }), at(DECIDED));
        truth.decide(&answer, id);
        self.settle();
    }

    /// Ends as a crash does: nothing more is written. Of what sled was not told yet, some batches of one person each are.
    pub(super) fn crash(self, mut batches: usize) {
        let core = &self.visitors.core;
        let turn = core.saving.lock().unwrap();
        let committer = core.committer().unwrap();
        let journal = committer.view().id();
        let unsaved = committer.between(move |_, folding| folding.take_unsaved(journal)).wait().unwrap();
        let count = |changes: &mut Changes| -> Result<(), Error> {
            batches = batches.checked_sub(1).ok_or(Error::Stopped)?;
            committer.between(|_, folding| folding.counted()).wait()?.put(changes);
            Ok(())
        };
        drop(unsaved.map(|unsaved| unsaved.save(&core.people, 1, count)));
        core.failed.store(true, Ordering::Release);
        drop(turn);
    }
}

pub(super) fn check(house: &House, truth: &Truth) {
    for name in ["banner", "told"] {
        let found = house.totals(name);
        let wanted = truth.totals(&house.release, &key(name));
        let rows = |totals: &Totals| -> Vec<String> {
            totals.rows().into_iter().map(|row| format!("{} {}", text(&row.key), text(&row.value.unwrap()))).collect()
        };
        assert_eq!(rows(&found.totals), rows(&wanted), "{name}");
        assert!(found.totals == wanted);
    }
    house.size("none");
    assert_eq!(house.visitors.core.sizes.load().visitors, truth.visitors());
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn order(id: &str, user: &str) -> Json {
    track(id, user, "Order Completed", json!({ "revenue": 12 }), "2020-11-20T09:30:00Z")
}

/// Each is decided for, then orders something.
fn everybody_orders(house: &House, truth: &mut Truth) {
    for id in IDS {
        house.decide(id, truth);
        let order = order(id, id);
        house.send(std::slice::from_ref(&order), at(NOW));
        truth.hear(&order);
    }
}

/// What was whole is whole after a start at once: nobody is counted anew.
#[test]
fn whole_totals_live_through_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let mut truth = Truth::default();
    let open = || House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    let house = open();
    everybody_orders(&house, &mut truth);
    drop(house);
    let house = open();
    assert_eq!(house.visitors.core.totals(&key("banner")).unwrap().unwrap().stage, Stage::Whole);
    check(&house, &truth);
    let all = house.changed_totals(0);
    let clock = all.clock;
    assert_eq!(all.totals.len(), 2, "whoever asks for the first time is told of all");
    assert!(house.changed_totals(clock).totals.is_empty());
    let order = order("more", "a");
    house.send(std::slice::from_ref(&order), at(NOW));
    let changed = house.changed_totals(clock);
    assert_eq!(changed.totals.iter().map(|one| &*one.experiment.key.name).collect::<Vec<_>>(), ["banner"]);
}

#[test]
fn the_very_next_decision_keeps_the_variant_and_writes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let house = House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    let ask = |id: &str| house.answer(json!({ "visitor": { "id": id } }), at(NOW));
    for id in IDS {
        let first = ask(id);
        assert_eq!(first.exposures().count(), 1);
        // Not folded yet, perhaps.
        let second = ask(id);
        assert_eq!((second.exposures().count(), &second.decisions[0].variant), (0, &first.decisions[0].variant));
    }
    house.settle();
    assert!(IDS.iter().all(|id| ask(id).exposures().count() == 0));
    house.settle();
    let numbers: BTreeMap<_, _> = house.visitors.numbers().others().into_iter().collect();
    assert_eq!((numbers["exposed"], numbers["exposures_lost"]), (5, 0));
    let profile = house.visitors.profile("a", &house.release, at(NOW)).unwrap().unwrap();
    assert_eq!(&*profile.experiments[0].experiment, "banner");
}

#[test]
fn an_erasure_that_a_crash_cut_short_leaves_nobody_counted() {
    let data = tempfile::tempdir().unwrap();
    let mut truth = Truth::default();
    let open = || House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    let house = open();
    everybody_orders(&house, &mut truth);
    house.visitors.core.save().unwrap();
    let core = &house.visitors.core;
    let turn = core.saving.lock().unwrap();
    // The keys go with the fold; the rows would go with the next batch.
    let id = core.id("b", &house.release.schema).unwrap();
    let entry = Entry::Erase { ids: vec![id] }.encode();
    core.committer().unwrap().submit(vec![entry], Attachment::default()).unwrap().wait().unwrap();
    core.failed.store(true, Ordering::Release);
    drop(turn);
    drop(house);
    truth.forget("b");
    let house = open();
    check(&house, &truth);
}

#[test]
fn crawlers_and_own_people_count_in_no_experiment() {
    let data = tempfile::tempdir().unwrap();
    let mut truth = Truth::default();
    let house = House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    IDS.iter().for_each(|id| house.decide(id, &mut truth));
    let units = |house: &House| house.totals("banner").totals.units().iter().sum::<u64>();
    assert_eq!(units(&house), 5);
    let mut crawling = order("m1", "a");
    crawling["context"] =
        json!({ "userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" });
    house.send(&[crawling], at(NOW));
    assert_eq!(units(&house), 4);
}

#[test]
fn totals_that_contradict_a_visitor_are_counted_anew_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut truth = Truth::default();
    let house = House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    IDS.iter().for_each(|id| house.decide(id, &mut truth));
    for number in 0..5 {
        house.totals("banner");
        house.lose_totals("banner");
        let turn = house.visitors.core.saving.lock().unwrap();
        let order = order(&format!("m{number}"), "a");
        house.send(std::slice::from_ref(&order), at(NOW));
        truth.hear(&order);
        // Nobody can be counted as long as sled's turn is taken.
        assert_eq!(house.visitors.core.totals(&key("banner")).unwrap().unwrap().stage, Stage::Counting);
        drop(turn);
        if number < 3 {
            check(&house, &truth);
            continue;
        }
        // It would go on for ever.
        let wanted = house.visitors.core.committer().unwrap().between(|_, folding| folding.tallies.next_stretch());
        assert!(wanted.wait().unwrap().is_none());
        break;
    }
    // What is counted otherwise goes on, and a start counts.
    assert_eq!(house.totals("told").stage, Stage::Whole);
    drop(house);
    check(&House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap(), &truth);
}

/// As a batch of sled holds some thousand persons.
#[test]
fn a_crash_between_batches_counts_nobody_twice() {
    for batches in 0..6 {
        let data = tempfile::tempdir().unwrap();
        let mut truth = Truth::default();
        let open = || House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
        let house = open();
        for round in 0..3 {
            for id in IDS {
                house.decide(id, &mut truth);
                let order = order(&format!("{id}{round}"), id);
                house.send(std::slice::from_ref(&order), at(NOW));
                truth.hear(&order);
            }
        }
        house.crash(batches);
        let house = open();
        check(&house, &truth);
    }
}
