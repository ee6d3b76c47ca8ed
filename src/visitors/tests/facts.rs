//! Exposures are facts: nothing loses one, makes one up or gives it a meaning of its own.

use super::super::experiments::watch::Note;
use super::counting::{METRICS, NOW, key};
use super::*;
use crate::profile::ExperimentKey;
use crate::store::journal::JournalOptions;
use crate::trial::{Batch, Happening, Harm};

const TOLD: &str = "
experiment: told
status: running
assignment: external
variants: [{name: control, value: plain}, {name: big, value: large}]
metrics: {primary: order_rate, secondary: [revenue]}
breakdowns: [plan, device]
";

const BANNER: &str = "
experiment: banner
status: running
variants: [{name: control, value: plain}, {name: big, value: large}]
metrics: {primary: order_rate}
";

fn with(told: Option<&str>) -> Arc<Release> {
    let mut files = vec![("experiments/metrics.yaml", METRICS), ("experiments/banner.yaml", BANNER)];
    files.extend(told.map(|told| ("experiments/told.yaml", told)));
    release_of("slot hero { otherwise show experiment banner }", &files)
}

fn open(data: &Path, release: &Arc<Release>, limits: &Limits) -> House {
    House::open_release(data, Arc::clone(release), limits).unwrap()
}

fn seen(id: &str, user: &str, properties: Json) -> Json {
    track(id, user, "Experiment Viewed", properties, "2020-11-19T08:00:00Z")
}

fn rows(house: &House, name: &str) -> Vec<String> {
    let totals = house.totals(name).totals;
    let mut rows: Vec<String> = totals.rows().into_iter().map(|row| format!("{:?} {:?}", row.key, row.value)).collect();
    rows.sort();
    assert!(!rows.is_empty());
    rows
}

/// Whatever the releases were when they were told: those of a draft, of an experiment that nobody knew yet, of testers, of variants that came
/// later, and of breakdowns nobody had asked for.
#[test]
fn what_was_told_means_what_the_release_says_that_counts_it() {
    let full = with(Some(TOLD));
    let tester = TOLD.replace("assignment: external", "forced: {big: [v7]}");
    let former: [Option<String>; 5] = [
        None,
        Some(TOLD.replace("running", "draft")),
        Some(tester),
        Some(TOLD.replace("name: big", "name: large")),
        Some(TOLD.replace("breakdowns: [plan, device]", "")),
    ];
    let data = tempfile::tempdir().unwrap();
    let mut house = open(data.path(), &full, &Limits::default());
    for (round, told) in former.iter().enumerate() {
        let release = with(told.as_deref());
        house.visitors.follow(&release).unwrap();
        house.release = release;
        for (number, variant) in ["control", "big", "gone"].into_iter().enumerate() {
            let user = format!("v{}", round * 3 + number);
            let names = match number {
                0 => json!({ "experiment_name": "told", "variation_name": variant, "device": "watch" }),
                _ => json!({ "experiment_name": "Told?", "experiment_id": "told", "variation_name": variant }),
            };
            let order = track(&format!("o{user}"), &user, "Order Completed", json!({ "revenue": 9 }), NOW);
            let plan = json!({ "type": "identify", "messageId": format!("i{user}"), "userId": user, "traits": { "plan": "pro" }, "timestamp": NOW });
            house.send(&[plan, seen(&format!("s{user}"), &user, names), order], at(NOW));
        }
    }
    house.visitors.follow(&full).unwrap();
    house.release = Arc::clone(&full);
    let counted = rows(&house, "told");
    assert_eq!(house.totals("told").totals.units(), [5, 5]);
    let knows = |house: &House| house.visitors.profile("v4", &full, at(NOW)).unwrap().unwrap().experiments.len();
    assert_eq!(knows(&house), 1);
    drop(house);
    // Everything anew under the last release alone.
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = open(data.path(), &full, &Limits::default());
    assert_eq!(rows(&house, "told"), counted);
    assert_eq!(knows(&house), 1);
}

/// Batches stand in the checkpoint beside the persons whom they dealt.
#[test]
fn told_of_a_bandit_counts_in_its_batch_after_a_checkpoint_too() {
    let release = with(Some(&TOLD.replace("external", "bandit").replace("[revenue]}", "[]}")));
    let data = tempfile::tempdir().unwrap();
    let house = open(data.path(), &release, &Limits::default());
    let weights = vec![("control".into(), 0.0), ("big".into(), 1.0)];
    let what = Happening::Weights(Batch { number: 1, weights });
    let since = at("2020-11-18T08:00:00Z");
    house.visitors.core.keep(&[Note { experiment: key("told"), what }], since).unwrap();
    for user in ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"] {
        let names = json!({ "experiment_name": "told", "variation_name": "big" });
        house.send(&[seen(&format!("s{user}"), user, names)], at(NOW));
    }
    let counted = rows(&house, "told");
    house.visitors.core.save().unwrap();
    house.visitors.core.checkpoint().unwrap().unwrap();
    drop(house);
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    assert_eq!(rows(&open(data.path(), &release, &Limits::default()), "told"), counted);
}

#[test]
fn what_is_told_after_a_breaker_tripped_counts_nobody() {
    let release = with(Some(&TOLD.replace("external", "hash")));
    let data = tempfile::tempdir().unwrap();
    let house = open(data.path(), &release, &Limits::default());
    let see = |user: &str| {
        let names = json!({ "experiment_name": "told", "variation_name": "big" });
        house.send(&[seen(&format!("s{user}"), user, names)], at(NOW));
    };
    see("v0");
    let harm = Harm { metric: "back".to_owned(), variant: "big".to_owned(), because: "worse".to_owned() };
    let note = Note { experiment: key("told"), what: Happening::Tripped(harm) };
    house.visitors.core.keep(&[note], at("2020-11-18T08:00:00Z")).unwrap();
    see("v1");
    let counted = rows(&house, "told");
    assert_eq!(house.totals("told").totals.units(), [0, 1]);
    drop(house);
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    assert_eq!(rows(&open(data.path(), &release, &Limits::default()), "told"), counted);
}

#[test]
fn under_another_salt_nobody_was_exposed_yet() {
    let data = tempfile::tempdir().unwrap();
    let (first, second) = (with(Some(TOLD)), with(Some(&format!("{TOLD}salt: again\n"))));
    let mut house = open(data.path(), &first, &Limits::default());
    house.send(&[seen("m1", "v1", json!({ "experiment_name": "told", "variation_name": "big" }))], at(NOW));
    house.visitors.follow(&second).unwrap();
    house.release = Arc::clone(&second);
    house.send(&[seen("m2", "v2", json!({ "experiment_name": "told", "variation_name": "big" }))], at(NOW));
    let units = |house: &House, salt: &str| -> u64 {
        let experiment = ExperimentKey { name: "told".into(), salt: salt.into() };
        house.totals_of(&experiment).totals.units().iter().sum()
    };
    assert_eq!(units(&house, "again"), 1);
    house.visitors.follow(&first).unwrap();
    assert_eq!(units(&house, "told"), 1, "and those of before are there still");
}

fn numbers(house: &House) -> (u64, u64) {
    let numbers: std::collections::BTreeMap<_, _> = house.visitors.numbers().others().into_iter().collect();
    (numbers["exposed"], numbers["exposures_lost"])
}

fn exposures(house: &House, id: &str) -> usize {
    house.answer(json!({ "visitor": { "id": id } }), at(NOW)).exposures().count()
}

#[test]
fn an_exposure_that_the_journal_refuses_is_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let journal = JournalOptions { segment_bytes: 4 << 10, cap_bytes: 16 << 10, ..JournalOptions::default() };
    let limits = Limits { journal, ..Limits::default() };
    let house = open(data.path(), &with(None), &limits);
    house.send(&[track("m", "known", "view", json!({}), NOW)], at(NOW));
    // Fills the journal.
    let mut number = 0;
    loop {
        number += 1;
        let body = json!({ "batch": [track(&format!("m{number}"), "known", "view", json!({}), NOW)] }).to_string();
        let call =
            Call { kind: None, body: body.as_bytes(), received: at(NOW), nonce: number, sender: Sender::default() };
        let batch = read_call(&call, &Settings::default(), &house.release.schema).unwrap();
        if house.visitors.submit(batch, &house.release).unwrap().wait().is_err() {
            break;
        }
    }
    let (exposed, _) = numbers(&house);
    for (round, id) in [(1, "known"), (2, "stranger"), (3, "known"), (4, "stranger")] {
        assert_eq!(exposures(&house, id), 1, "{id}: the former one is not known, as nothing keeps it");
        soon("it is tried again", || (numbers(&house).1 == round).then_some(()));
    }
    assert_eq!(numbers(&house), (exposed, 4));
    assert!(house.visitors.core.people.strangers.is_empty());
}

#[test]
fn nobody_is_exposed_while_the_disk_is_full() {
    let data = tempfile::tempdir().unwrap();
    let house = open(data.path(), &with(None), &Limits::default());
    house.send(&[track("m", "known", "view", json!({}), NOW)], at(NOW));
    let core = &house.visitors.core;
    let turn = core.saving.lock().unwrap();
    core.is_full.store(true, std::sync::atomic::Ordering::Release);
    for id in ["known", "stranger"] {
        assert_eq!((exposures(&house, id), exposures(&house, id)), (1, 1), "{id} is answered");
    }
    assert_eq!(numbers(&house), (0, 4));
    core.is_full.store(false, std::sync::atomic::Ordering::Release);
    drop(turn);
    for id in ["known", "stranger"] {
        assert_eq!((exposures(&house, id), exposures(&house, id)), (1, 0), "{id}");
    }
    house.settle();
    assert_eq!(numbers(&house), (2, 4));
}

#[test]
fn crawlers_and_own_people_are_answered_and_never_exposed() {
    let data = tempfile::tempdir().unwrap();
    let house = open(data.path(), &with(None), &Limits::default());
    let crawler = json!({ "user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" });
    let mut crawling = track("m", "known", "view", json!({}), NOW);
    crawling["context"] = json!({ "userAgent": crawler["user_agent"] });
    let ask = |id: &str, context: &Json| {
        house.answer(json!({ "visitor": { "id": id }, "context": context }), at(NOW)).decisions[0].variant.clone()
    };
    for id in ["stranger", "known"] {
        assert!(ask(id, &crawler).is_some());
        house.send(std::slice::from_ref(&crawling), at(NOW));
    }
    // Known as a crawler by now, whatever it calls itself.
    assert!(ask("known", &json!({})).is_some());
    house.settle();
    assert_eq!(numbers(&house), (0, 0));
    assert!(ask("somebody", &json!({})).is_some());
    house.settle();
    assert_eq!(numbers(&house), (1, 0));
}

/// Of equal facts the same one stays, in whatever order they come.
#[test]
fn equal_exposures_come_to_one() {
    use crate::measurement::{Exposure, Exposures};
    let exposure = |batch: u32, plan: &str| Exposure {
        at: 1,
        id: "v".into(),
        variant: "big".into(),
        probability: 0.5,
        batch,
        dimensions: [("plan".into(), plan.into())].into(),
    };
    let all = [exposure(2, "pro"), exposure(1, "free"), exposure(1, "pro")];
    for first in 0..3 {
        let mut exposures = Exposures::default();
        (0..3).for_each(|number| exposures.record(key("told"), all[(first + number) % 3].clone()));
        assert_eq!(exposures.decided(&key("told")), &all[1..2]);
    }
}
