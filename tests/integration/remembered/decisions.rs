//! Whole decisions from what is remembered: random releases, limits, ranks, and what an explanation says.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use segue::behaviour::{Memory, RankSample, Ranks};
use segue::decision::{Answer, Decision, Past, Request, decide, decide_from};
use segue::profile::Visitor;
use segue::release::{FileSet, Release};
use serde_json::json;

use crate::deciding::generator::{Generated, Generator, NOW};

const SCHEMA: &str = "
zone: Europe/Berlin
events:
  order: {properties: {amount: {type: number}, payment: {type: text}}}
  product_view: {properties: {category: {type: text}}}
attributes: {points: {type: number}}
";

fn release(rules: &str) -> Release {
    let content = "slots: {hero: {type: text}}";
    let files = [("rules/a.rules", rules), ("rules/schema/a.yaml", SCHEMA), ("rules/content/a.yaml", content)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (release, report) = Release::compile(FileSet::from_files(files).unwrap());
    release.unwrap_or_else(|| panic!("{}", segue::diagnostic::draw(&report, false)))
}

fn ask(release: &Release, visitor: &serde_json::Value, now: Timestamp) -> Request {
    let body = json!({"visitor": visitor, "slots": ["hero"], "explain": true});
    Request::read(&serde_json::to_vec(&body).unwrap(), &release.schema, now).unwrap()
}

/// The memory of the events that a request brings.
fn memory_of(release: &Release, visitor: &Visitor) -> Memory {
    let mut memory = Memory::default();
    for (order, event) in visitor.events.iter().enumerate() {
        release.cells.record(&release.schema, &mut memory, event, order as u64, false);
    }
    memory
}

/// All but what explanations and shows say.
fn shown(answer: Answer) -> Vec<Decision> {
    let plain = |decision| Decision { explanation: None, show: None, exposure: None, ..decision };
    answer.decisions.into_iter().map(plain).collect()
}

fn compare(seed: u64, visitors: usize) -> usize {
    let now: Timestamp = NOW.parse().unwrap();
    let mut generator = Generator::new(seed);
    let Generated { files, hints } = generator.release(12);
    let (release, _) = Release::compile(FileSet::from_files(files).unwrap());
    let release = release.unwrap();
    let mut compared = 0;
    for _ in 0..visitors {
        let body = generator.visitor(&hints);
        let mut request = Request::read(&serde_json::to_vec(&body).unwrap(), &release.schema, now).unwrap();
        // Nothing is recorded before it happens.
        request.visitor.events.retain(|event| event.at <= now);
        let memory = memory_of(&release, &request.visitor);
        let mut bare = Request::read(&serde_json::to_vec(&body).unwrap(), &release.schema, now).unwrap();
        bare.visitor.events.clear();
        let past = Past { memory: Some(&memory), ..Past::default() };
        let expected = shown(decide(&release, &request, now).unwrap());
        let got = shown(decide_from(&release, &bare, past, now).unwrap());
        assert_eq!(got, expected, "seed {seed}, {body:#}");
        compared += got.len();
    }
    compared
}

#[test]
fn random_releases_decide_from_a_memory_as_from_all_events() {
    let compared: usize = (0..12).map(|seed| compare(seed, 40)).sum();
    assert!(compared > 1_000);
}

#[test]
fn a_rule_is_shown_as_often_as_its_limit_allows() {
    let release = release(
        "slot hero {\n  if points > 1 show \"often\" limit 2 per 3 hours\n  otherwise show \"else\" limit 1 per visit\n}",
    );
    let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let mut memory = Memory::default();
    let mut order = 0;
    let mut at = |minutes: i64, memory: &mut Memory| {
        let now = start + SignedDuration::from_mins(minutes);
        let request = ask(&release, &json!({"id": "v1", "attributes": {"points": 5}}), now);
        let answer = decide_from(&release, &request, Past { memory: Some(memory), ..Past::default() }, now).unwrap();
        let shows: Vec<_> = answer.shows().collect();
        for key in &shows {
            order += 1;
            release.cells.record_show(&release.schema, memory, *key, now, order);
        }
        answer.decisions[0].clone()
    };
    let value =
        |decision: &Decision| decision.value.clone().map_or("-".to_owned(), |value| value.as_str().unwrap().to_owned());
    assert_eq!(value(&at(0, &mut memory)), "often");
    assert_eq!(value(&at(1, &mut memory)), "often");
    let third = at(2, &mut memory);
    assert_eq!(value(&third), "else");
    let note = third.explanation.unwrap().passed_over[0].note.clone();
    assert_eq!(note.unwrap(), "its limit is reached: shown 2 of 2 times in the last 3h");
    assert_eq!(value(&at(3, &mut memory)), "-");
    assert_eq!(value(&at(179, &mut memory)), "else");
    assert_eq!(value(&at(180, &mut memory)), "often");
    assert_eq!(value(&at(180, &mut memory)), "else".replace("else", "-"));
    assert_eq!(value(&at(181, &mut memory)), "often");
    // The key is that of the rule's words, wherever it stands; another limit is another rule.
    let moved = "# a line more\n\nslot hero {\n  if points > 1 show \"often\" limit 2 per 3 hours\n}";
    let moved = self::release(moved);
    let now = start + SignedDuration::from_mins(182);
    let request = ask(&moved, &json!({"id": "v1", "attributes": {"points": 5}}), now);
    let past = Past { memory: Some(&memory), ..Past::default() };
    assert_eq!(decide_from(&moved, &request, past, now).unwrap().decisions[0].value, None);
    let mut kept = memory.clone();
    moved.cells.retain(&mut kept);
    assert_eq!(kept.ids().count(), 1);
}

#[test]
fn ranks_say_who_is_in_the_top() {
    let release = release("slot hero {\n  if points is in top 10 percent show \"gold\"\n}");
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let text = release.cells.ranked().keys().next().unwrap().clone();
    assert_eq!(&*text, "points");
    let ranks_of = |visitors: u64| {
        let mut sample = RankSample::default();
        (1..=visitors).for_each(|number| sample.offer(number, Decimal::from(number)));
        Ranks::of([(text.clone(), &sample)])
    };
    let decided = |points: u64, ranks: &Ranks| {
        let request = ask(&release, &json!({"id": "v1", "attributes": {"points": points}}), now);
        let past = Past { ranks: Some(ranks), ..Past::default() };
        let decision = decide_from(&release, &request, past, now).unwrap().decisions.remove(0);
        (decision.value.is_some(), decision.explanation.unwrap())
    };
    let (is_gold, explanation) = decided(181, &ranks_of(200));
    assert!(is_gold);
    assert_eq!(explanation.leaves[0].fact, "points = 181, the top 10 percent begin at 181");
    assert!(!decided(180, &ranks_of(200)).0);
    let (is_gold, explanation) = decided(1_000, &ranks_of(99));
    assert!(!is_gold);
    let fact = &explanation.passed_over[0].leaf.as_ref().unwrap().fact;
    assert_eq!(fact, "points = 1000, ranks are unknown: they need 100 visitors who have a value");
}

#[test]
fn explanations_name_buckets_and_since_when_a_cell_counts() {
    let release = release(
        "slot hero {\n  if sum of order.amount in last 90 days >= 500 show \"vip\"\n  \
         if did order at least 3 times in last 7 days show \"often\"\n}",
    );
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let events =
        json!([{"type": "track", "event": "order", "timestamp": "2026-11-19T10:00:00Z", "properties": {"amount": 70}}]);
    let request = ask(&release, &json!({"id": "v1", "events": events}), now);
    let mut memory = memory_of(&release, &request.visitor);
    let facts = |memory: &Memory| -> Vec<String> {
        let past = Past { memory: Some(memory), ..Past::default() };
        let decision = decide_from(&release, &request, past, now).unwrap().decisions.remove(0);
        let passed = decision.explanation.unwrap().passed_over;
        passed.into_iter().map(|passed| passed.leaf.unwrap().fact).collect()
    };
    let sum = "sum of order.amount in last 90 days = 70 (counted by day, from 2026-08-22T00:00:00Z)";
    assert_eq!(facts(&memory), [sum, "1 of order in the window"]);
    let often = release.cells.cells().into_iter().find(|cell| cell.description.starts_with("newest")).unwrap();
    memory.count_since(&[often.id].into(), "2026-11-18T00:00:00Z".parse().unwrap());
    assert_eq!(facts(&memory)[1], "1 of order in the window (counted since 2026-11-18T00:00:00Z)");
    memory.is_filled(&[often.id].into());
    assert_eq!(facts(&memory), [sum, "1 of order in the window"]);
}

#[test]
fn a_new_cell_is_filled_alone() {
    let before = release("slot hero {\n  if did order in last 7 days show \"a\"\n}");
    let after =
        release("slot hero {\n  if did order in last 9 days show \"a\"\n  if did order at least 2 times show \"b\"\n}");
    // The window is no part of a cell that keeps the last time.
    let missing = after.cells.missing_since(&before.cells);
    assert_eq!((missing.len(), before.cells.missing_since(&after.cells).len()), (1, 0));
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let order = |at: &str| json!({"type": "track", "event": "order", "timestamp": at, "properties": {}});
    let events = json!([order("2026-10-19T10:00:00Z"), order("2026-10-20T10:00:00Z")]);
    let request = ask(&before, &json!({"id": "v1", "events": events}), now);
    let mut memory = memory_of(&before, &request.visitor);
    for (number, event) in request.visitor.events.iter().enumerate() {
        after.cells.record_into(&missing, &after.schema, &mut memory, event, number as u64, false);
    }
    assert_eq!(memory, memory_of(&after, &request.visitor));
    let past = Past { memory: Some(&memory), ..Past::default() };
    let request = ask(&after, &json!({"id": "v1"}), now);
    assert_eq!(decide_from(&after, &request, past, now).unwrap().decisions[0].value, Some("b".into()));
}

#[test]
fn late_events_open_no_sequence() {
    let release = release(
        "slot hero {\n  if did product_view then did order within 1 hour show \"chain\"\n  \
         if count of order in last 90 days >= 1 show \"count\"\n}",
    );
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let event =
        |name: &str| json!({"type": "track", "event": name, "timestamp": "2026-11-01T10:00:00Z", "properties": {}});
    let request = ask(&release, &json!({"id": "v1", "events": [event("product_view"), event("order")]}), now);
    for (late, expected) in [(false, "chain"), (true, "count")] {
        let mut memory = Memory::default();
        for (order, event) in request.visitor.events.iter().enumerate() {
            release.cells.record(&release.schema, &mut memory, event, order as u64, late);
        }
        let past = Past { memory: Some(&memory), ..Past::default() };
        let answer = decide_from(&release, &request, past, now).unwrap();
        assert_eq!(answer.decisions[0].value, Some(expected.into()));
    }
}

#[test]
fn a_release_that_would_remember_too_much_is_refused() {
    let rules = "slot hero {\n  if did order show \"a\"\n  if sum of order.amount in last 90 days > 5 show \"b\"\n}";
    let files = |most: &str| {
        let schema = format!("max_state_per_visitor: {most}\n{SCHEMA}");
        let content = "slots: {hero: {type: text}}";
        let files = [("rules/a.rules", rules), ("rules/schema/a.yaml", &*schema), ("rules/content/a.yaml", content)];
        FileSet::from_files(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap()
    };
    let (release, report) = Release::compile(files("2000"));
    assert!(release.is_none());
    let found = segue::diagnostic::draw(&report, false);
    assert!(found.starts_with("error[too-much-state]: all rules together may remember "), "{found}");
    assert!(
        found.contains(" --> rules/a.rules:3:3\n") && found.contains("bytes of each visitor, more than 2000"),
        "{found}"
    );
    let (release, _) = Release::compile(files("4000"));
    let cost = release.unwrap().cells.cost(4_000);
    assert_eq!((cost.cells, cost.rules.len()), (2, 2));
    assert_eq!(cost.bytes, 4 + cost.rules.iter().map(|rule| rule.bytes).sum::<usize>());
    for wrong in ["0", "-1", "1.5", "many", "999999999"] {
        let (release, report) = Release::compile(files(wrong));
        assert!(release.is_none() && report.findings()[0].code == "bad-value", "{wrong}");
    }
}
