//! What is remembered answers as the list of all events does.

mod decisions;
mod generator;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::seq::SliceRandom;
use segue::behaviour::{FAVOURITE_COUNTERS, Memory};
use segue::language::checked::{Condition, Expr, ExprKind, Function, Leaf, LeafKind, Window};
use segue::profile::{Context, Schema, Value, Visitor};
use segue::rules::{CellPlan, Exactness, Situation, Truth};

use generator::{Arrived, Generator, named, program, schema};

/// How one leaf is to be compared.
#[derive(Debug, Clone)]
enum Against {
    /// The reference at the same window.
    Itself,
    /// The reference at a window that begins (and ends) at the edge of a bucket of this width.
    Buckets(i64),
    /// A value that came as often as any other, at such a window; always, if there are no more values than counters.
    Favourite(Option<i64>),
    /// Nothing: days of several zones.
    Nothing,
}

#[derive(Default, Debug)]
struct Tally {
    comparisons: usize,
    exact: usize,
    bucketed: usize,
    favourites: usize,
    true_ones: usize,
}

fn window_of(kind: &LeafKind) -> Option<Window> {
    match kind {
        LeafKind::Behaviour(behaviour) => Some(behaviour.window),
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { window, .. }, .. }, _) => Some(*window),
        _ => None,
    }
}

/// The span after which an event leaves the window of a leaf.
fn span_of(kind: &LeafKind) -> Option<SignedDuration> {
    match window_of(kind)? {
        Window::Last(span) | Window::Ago { older: span, .. } => Some(span),
        _ => None,
    }
}

/// The same leaf with another window.
fn with_window(kind: &LeafKind, window: Window) -> LeafKind {
    let mut kind = kind.clone();
    match &mut kind {
        LeafKind::Behaviour(behaviour) => behaviour.window = window,
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { window: known, .. }, .. }, _) => *known = window,
        _ => {}
    }
    kind
}

fn against(leaf: &Arc<Leaf>, schema: &Schema, zones: bool) -> Against {
    let plan = CellPlan::of(&program(std::slice::from_ref(leaf)), schema);
    let cells = plan.cells();
    let favourite = matches!(
        &leaf.kind,
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { function: Function::Favourite, .. }, .. }, _)
    );
    let width = cells.iter().find_map(|cell| match cell.exactness {
        Exactness::Bucketed { width_ms } => Some(width_ms),
        _ => None,
    });
    let by_date = matches!(window_of(&leaf.kind), Some(Window::This(_) | Window::Since(_)))
        && cells
            .iter()
            .any(|cell| ["sums", "smallest", "favourites"].iter().any(|word| cell.description.starts_with(word)));
    match (favourite, width) {
        _ if by_date && zones => Against::Nothing,
        (true, _) => {
            let width = cells.iter().find_map(|cell| {
                let (width, _) = cell.description.strip_prefix("favourites by ")?.split_once(" for ")?;
                (!width.starts_with("local")).then(|| width_ms(width))
            });
            Against::Favourite(width)
        }
        (false, Some(width)) => Against::Buckets(width),
        (false, None) => Against::Itself,
    }
}

/// `3 days` in milliseconds.
fn width_ms(text: &str) -> i64 {
    let (count, unit) = text.split_once(' ').map_or((1, text), |(count, unit)| (count.parse().unwrap(), unit));
    count
        * match unit.trim_end_matches('s') {
            "day" => 86_400_000,
            "hour" => 3_600_000,
            "minute" => 60_000,
            "second" => 1_000,
            _ => 1,
        }
}

/// The window that a memory in buckets really looks at.
fn at_edges(window: Window, width: i64, now: Timestamp) -> Window {
    let (newer, older) = match window {
        Window::Last(span) => (None, span),
        Window::Ago { newer, older } => (Some(newer), older),
        other => return other,
    };
    let now_ms = now.as_millisecond();
    let from = now_ms - i64::try_from(older.as_millis()).unwrap();
    let start = (from + 1).div_euclid(width) * width;
    let instant = |ms| Timestamp::from_millisecond(ms).unwrap();
    let older = now.duration_since(instant(start)) + SignedDuration::from_nanos(1);
    match newer {
        None => Window::Last(older),
        Some(newer) => {
            let until = now_ms - i64::try_from(newer.as_millis()).unwrap();
            let end = (until.div_euclid(width) + 1) * width;
            Window::Ago { newer: now.duration_since(instant(end)) + SignedDuration::from_nanos(1), older }
        }
    }
}

/// How often each value of a favourite came in a window, by the reference.
fn counts(leaf: &Leaf, window: Window, events: &[&Arrived], now: Timestamp, schema: &Schema) -> BTreeMap<String, u64> {
    let LeafKind::Comparison(Expr { node: ExprKind::Aggregate { query, .. }, .. }, _) = &leaf.kind else {
        panic!("a favourite")
    };
    let mut counts = BTreeMap::new();
    let count = generator::expr(
        segue::profile::Type::Number,
        ExprKind::Aggregate { function: Function::Count, query: query.clone(), property: None, window },
    );
    let empty = program(&[]);
    for kind in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
        let value = Value::Text(kind.into());
        // Visits depend on all events: those with another value stay, under a name that nobody asks for.
        let visitor = Visitor {
            events: events
                .iter()
                .map(|arrived| {
                    let mut event = arrived.event.clone();
                    if event.properties.get("kind") != Some(&value) {
                        event.name = "noise".into();
                    }
                    event
                })
                .collect(),
            ..Visitor::default()
        };
        let context = Context::default();
        let situation = Situation::new(&empty, schema, &visitor, &context, now);
        if let Some(Value::Number(count)) = situation.value(&count) {
            counts.insert(kind.to_owned(), u64::try_from(count).unwrap());
        }
    }
    counts
}

/// Records a past into several memories, each in an order of its own, and merges them in any order.
fn remembered(generator: &mut Generator, plan: &CellPlan, schema: &Schema, past: &[Arrived]) -> Memory {
    let parts = generator.random.random_range(1..5_usize);
    let mut split: Vec<Vec<&Arrived>> = vec![Vec::new(); parts];
    past.iter().for_each(|arrived| split[generator.random.random_range(0..parts)].push(arrived));
    let mut memories: Vec<Memory> = Vec::new();
    for mut part in split {
        if generator.random.random_bool(0.5) {
            part.shuffle(&mut generator.random);
        }
        let mut memory = Memory::default();
        part.iter().for_each(|arrived| plan.record(schema, &mut memory, &arrived.event, arrived.order, false));
        assert_eq!(Memory::decode(&memory.encode()).as_ref(), Ok(&memory));
        memories.push(memory);
    }
    memories.shuffle(&mut generator.random);
    while let [.., _, _] = memories.as_slice() {
        let last = memories.pop().unwrap();
        let into = generator.random.random_range(0..memories.len());
        plan.merge(&mut memories[into], &last);
    }
    memories.pop().unwrap()
}

fn compare(seed: u64, leaves: usize, clocks: usize, tally: &mut Tally) {
    let schema = schema();
    let mut generator = Generator::new(seed);
    let zones = seed.is_multiple_of(3);
    let leaves: Vec<Arc<Leaf>> = (0..leaves).map(|_| generator.leaf()).collect();
    let how: Vec<Against> = leaves.iter().map(|leaf| against(leaf, &schema, zones)).collect();
    let whole = program(&leaves);
    let plan = CellPlan::of(&whole, &schema);
    let past = generator.past(if seed.is_multiple_of(2) { 14 } else { 60 }, zones);
    let memory = remembered(&mut generator, &plan, &schema, &past);
    let nobody = Visitor::default();
    let visitor = Visitor { events: past.iter().map(|arrived| arrived.event.clone()).collect(), ..Visitor::default() };
    let context = Context::default();
    let worst: usize = plan.cells().iter().map(|cell| cell.worst_bytes).sum();
    assert!(memory.bytes() <= worst + 8, "seed {seed}: {} bytes, at most {worst}", memory.bytes());
    for _ in 0..clocks {
        let spans: Vec<SignedDuration> = leaves.iter().filter_map(|leaf| span_of(&leaf.kind)).collect();
        let now = generator.clock(&past, &spans);
        let reference = Situation::new(&whole, &schema, &visitor, &context, now);
        let live = Situation::new(&whole, &schema, &nobody, &context, now).remembering(&plan, &memory);
        for (leaf, how) in leaves.iter().zip(&how) {
            let condition = |kind: LeafKind| Condition::Leaf(named(kind));
            let got = live.truth(&Condition::Leaf(Arc::clone(leaf)));
            let show = || {
                let events: String = past
                    .iter()
                    .map(|arrived| {
                        let event = &arrived.event;
                        format!(
                            "  {} {} {:?} {:?} {:?} #{}\n",
                            event.at, event.name, event.properties, event.path, event.context, arrived.order
                        )
                    })
                    .collect();
                let cells = CellPlan::of(&program(std::slice::from_ref(leaf)), &schema).cells();
                format!("seed {seed}, now {now}\n{:#?}\n{cells:#?}\n{events}", leaf.kind)
            };
            match how {
                Against::Nothing => continue,
                Against::Itself => {
                    let expected = reference.truth(&Condition::Leaf(Arc::clone(leaf)));
                    assert_eq!(got, expected, "{}", show());
                    if let LeafKind::Comparison(expr, _) = &leaf.kind
                        && !matches!(&expr.node, ExprKind::Aggregate { function: Function::Distinct, .. })
                    {
                        assert_eq!(live.value(expr), reference.value(expr), "{}", show());
                    }
                    tally.exact += 1;
                    tally.true_ones += usize::from(got == Truth::True);
                }
                Against::Buckets(width) => {
                    let window = at_edges(window_of(&leaf.kind).unwrap(), *width, now);
                    let expected = reference.truth(&condition(with_window(&leaf.kind, window)));
                    assert_eq!(got, expected, "at {window:?} {}", show());
                    tally.bucketed += 1;
                }
                Against::Favourite(width) => {
                    let window = window_of(&leaf.kind).unwrap();
                    let window = width.map_or(window, |width| at_edges(window, width, now));
                    let LeafKind::Comparison(expr, _) = &leaf.kind else { panic!() };
                    let mut known: Vec<&Arrived> = past.iter().collect();
                    known.sort_by_key(|arrived| (arrived.event.at, arrived.order));
                    let counts = counts(leaf, window, &known, now, &schema);
                    let (most, all) = (counts.values().max().copied().unwrap_or(0), counts.values().sum::<u64>());
                    let few = counts.values().filter(|count| **count > 0).count() <= FAVOURITE_COUNTERS;
                    match live.value(expr) {
                        got if few => {
                            let LeafKind::Comparison(exact, _) = with_window(&leaf.kind, window) else { panic!() };
                            assert_eq!(got, reference.value(&exact), "{counts:?} {}", show());
                        }
                        Some(Value::Text(value)) => {
                            let count = counts[&*value];
                            assert!(count + all / 9 >= most, "{value}: {counts:?} {}", show());
                        }
                        other => assert_eq!((other, all), (None, 0), "{counts:?} {}", show()),
                    }
                    tally.favourites += 1;
                }
            }
            tally.comparisons += 1;
        }
    }
}

/// Truths stay what they are until the instant that was said, in memory and by the reference.
fn compare_changes(seed: u64) -> usize {
    let schema = schema();
    let mut generator = Generator::new(seed);
    let leaves: Vec<Arc<Leaf>> = (0..6).map(|_| generator.timed_leaf()).collect();
    let mut whole = program(&leaves);
    whole.segments[0].active = generator.active();
    let plan = CellPlan::of(&whole, &schema);
    let past = generator.past(20, false);
    let memory = remembered(&mut generator, &plan, &schema, &past);
    let (nobody, context) = (Visitor::default(), Context::default());
    let now = generator.clock(&past, &[]);
    let mut checked = 0;
    for (index, leaf) in leaves.iter().enumerate() {
        let next = plan.next_change(&whole, &schema, &[index], &memory, now);
        assert!(next.is_none_or(|next| next > now));
        let truth = |at: Timestamp| {
            let situation = Situation::new(&whole, &schema, &nobody, &context, at).remembering(&plan, &memory);
            situation.truth(&segue::language::checked::Condition::Leaf(named(LeafKind::Segment(index))))
        };
        let last = next.unwrap_or(now + SignedDuration::from_hours(24 * 500)) - SignedDuration::from_nanos(1);
        let length = i64::try_from(last.duration_since(now).as_nanos().min(i128::from(i64::MAX))).unwrap();
        let known = truth(now);
        for _ in 0..12 {
            let at = now + SignedDuration::from_nanos(generator.random.random_range(0..=length));
            assert_eq!(truth(at), known, "seed {seed}, {:#?}\nfrom {now} to {at}, said {next:?}", leaf.kind);
            checked += 1;
        }
        assert_eq!(truth(last), known, "seed {seed}, {:#?}\nfrom {now} to {last}, said {next:?}", leaf.kind);
    }
    checked
}

#[test]
fn truths_change_by_themselves_only_when_it_was_said() {
    let checked: usize = (0..400).map(compare_changes).sum();
    assert!(checked > 20_000);
}

#[test]
#[ignore = "slow suite: a million instants"]
fn truths_change_by_themselves_only_when_it_was_said_a_million_times() {
    let checked: usize = (1_000..15_000).map(compare_changes).sum();
    assert!(checked > 1_000_000);
}

#[test]
fn memories_answer_as_the_list_of_events_does() {
    let mut tally = Tally::default();
    for seed in 0..150 {
        compare(seed, 20, 4, &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.comparisons >= 8_000 && tally.true_ones * 8 > tally.exact, "{tally:?}");
}

#[test]
#[ignore = "slow suite: a million comparisons"]
fn memories_answer_as_the_list_of_events_does_a_million_times() {
    let mut tally = Tally::default();
    let mut seed = 10_000;
    while tally.comparisons < 1_000_000 {
        compare(seed, 40, 8, &mut tally);
        seed += 1;
    }
    println!("{tally:?}");
    assert!(tally.true_ones * 8 > tally.exact && tally.bucketed > 10_000, "{tally:?}");
}
