//! What is remembered answers as the list of all events does.

mod changes;
mod decisions;
mod edges;
mod generator;
mod long;

use std::sync::Arc;

use jiff::SignedDuration;
use rand::Rng;
use rand::seq::SliceRandom;
use segue::behaviour::{FAVOURITE_COUNTERS, Memory};
use segue::language::checked::{Condition, ExprKind, Function, Leaf, LeafKind};
use segue::profile::{Context, Schema, Value, Visitor};
use segue::rules::{CellPlan, Situation, Truth};

use edges::{Against, against, at_edges, counts, span_of, window_of, with_window};
use generator::{Arrived, Generator, named, program, schema};

#[derive(Default, Debug)]
struct Tally {
    comparisons: usize,
    exact: usize,
    bucketed: usize,
    favourites: usize,
    true_ones: usize,
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
