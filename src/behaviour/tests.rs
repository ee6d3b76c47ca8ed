//! Laws of cells: what is kept follows from the set of occurrences; what was written is read back; foreign bytes are refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    Cell, CellId, Chain, FAVOURITE_COUNTERS, Frequent, Keep, Kept, Link, MAX_CHAIN_OCCURRENCES, MAX_REMEMBERED_VISITS,
    MIN_RANKED_VISITORS, Memory, Occurrence, Opening, Parts, RankSample, Ranks, StepOccurrence, Sums, Tally, Visits,
    value_fingerprint,
};
use crate::profile::Value;

/// An event that every kind of cell can take up.
#[derive(Debug, Clone)]
struct Fact {
    at: i64,
    order: u64,
    key: u64,
    amount: Option<i64>,
}

const KINDS: usize = 10;

fn new(kind: usize) -> Cell {
    match kind {
        0 => Cell::Kept(Kept::new(Keep::Newest(3))),
        1 => Cell::Kept(Kept::new(Keep::Oldest(2))),
        2 => Cell::Kept(Kept::new(Keep::PerKey(3))),
        3 => Cell::Kept(Kept::new(Keep::Ends { width_ms: 20, each: 2, parts: 3 })),
        4 => Cell::Sums(Parts::new(3)),
        5 => Cell::Frequent(Parts::new(3)),
        6 => Cell::Visits(Visits::new(5, MAX_REMEMBERED_VISITS)),
        7 => Cell::VisitSums(Visits::new(5, MAX_REMEMBERED_VISITS)),
        8 => Cell::Chain(Chain::new(Link::Then(vec![9, 4]))),
        _ => Cell::Chain(Chain::new(Link::Without(6))),
    }
}

fn add(cell: &mut Cell, fact: &Fact) {
    let Fact { at, order, key, amount } = *fact;
    let value = amount.map(|amount| Value::Number(Decimal::new(amount, 1)));
    match cell {
        Cell::Kept(kept) => kept.add(Occurrence { at, order, key, value }),
        Cell::Sums(parts) => parts.add(at.div_euclid(30), Sums::of(value, key > 2)),
        Cell::Frequent(parts) => parts.add(at.div_euclid(30), Frequent::of(Value::Boolean(key > 2), at, order)),
        Cell::Visits(visits) => visits.add(at, order, Opening { day: key as i32, fits: key > 1, value }),
        Cell::VisitSums(visits) => visits.add(at, order, Sums::of(value, false)),
        Cell::VisitFrequent(_) => {}
        Cell::Chain(chain) => chain.add(StepOccurrence { at, order, steps: key % 8 }),
    }
}

fn of(kind: usize, facts: &[Fact]) -> Cell {
    let mut cell = new(kind);
    facts.iter().for_each(|fact| add(&mut cell, fact));
    cell
}

/// Few instants, so that equal times and near misses are common; each with an order of its own.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (0_i64..120, 0_u64..5, proptest::option::of(-20_i64..20));
    proptest::collection::vec(one, 0..24).prop_map(|facts| {
        let numbered = facts.into_iter().enumerate();
        numbered.map(|(order, (at, key, amount))| Fact { at, order: order as u64, key, amount }).collect()
    })
}

fn memory(cells: impl IntoIterator<Item = Cell>) -> Memory {
    let mut memory = Memory::default();
    for (id, cell) in cells.into_iter().enumerate() {
        memory.cell_mut(CellId(id as u64 * 77), || cell);
    }
    memory
}

proptest! {
    #[test]
    fn what_is_kept_follows_from_the_set_of_occurrences(facts in facts().prop_flat_map(|facts| {
        (Just(facts.clone()), Just(facts).prop_shuffle())
    })) {
        for kind in 0..KINDS {
            prop_assert_eq!(of(kind, &facts.0), of(kind, &facts.1), "kind {}", kind);
        }
    }

    #[test]
    fn merging_is_commutative_and_associative_and_the_same_as_recording(
        facts in facts(), cuts in (0.0_f64..1.0, 0.0_f64..1.0)
    ) {
        let cut = |share: f64| (facts.len() as f64 * share) as usize;
        let (first, second) = (cut(cuts.0).min(cut(cuts.1)), cut(cuts.0).max(cut(cuts.1)));
        for kind in 0..KINDS {
            let [a, b, c] = [&facts[..first], &facts[first..second], &facts[second..]].map(|facts| of(kind, facts));
            let merged = |mut into: Cell, from: &Cell| { into.merge(from); into };
            let all = of(kind, &facts);
            prop_assert_eq!(&merged(merged(a.clone(), &b), &c), &all, "kind {}", kind);
            prop_assert_eq!(&merged(a.clone(), &merged(b.clone(), &c)), &all, "kind {}", kind);
            prop_assert_eq!(&merged(merged(c, &b), &a), &all, "kind {}", kind);
        }
    }

    #[test]
    fn what_was_written_is_read_back(facts in facts(), since in proptest::option::of(0_i64..1_000_000)) {
        let mut memory = memory((0..KINDS).map(|kind| of(kind, &facts)));
        if let Some(since) = since {
            let ids = BTreeSet::from([CellId(77), CellId(1)]);
            memory.count_since(&ids, Timestamp::from_second(since).unwrap());
        }
        prop_assert_eq!(Memory::decode(&memory.encode()), Ok(memory));
    }

    #[test]
    fn foreign_bytes_are_refused_or_are_a_memory(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(memory) = Memory::decode(&bytes) {
            prop_assert_eq!(Memory::decode(&memory.encode()), Ok(memory));
        }
    }

    #[test]
    fn a_damaged_memory_is_refused_or_is_another_one(facts in facts(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = memory((0..KINDS).map(|kind| of(kind, &facts))).encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Memory::decode(&bytes);
        let _ = Memory::decode(&bytes[..at]);
    }

    #[test]
    fn the_favourite_is_within_its_bound(
        values in proptest::collection::vec(0_i64..30, 0..200), parts in 1_usize..6
    ) {
        let mut pieces = vec![Frequent::default(); parts];
        for (order, value) in values.iter().enumerate() {
            let value = Value::Number(Decimal::from(value * value / 30));
            pieces[order % parts].absorb(Frequent::of(value, order as i64, order as u64));
        }
        let mut all = Frequent::default();
        pieces.into_iter().for_each(|piece| all.absorb(piece));
        prop_assert!(all.counters.len() <= FAVOURITE_COUNTERS);
        prop_assert!(all.lost <= all.values / (FAVOURITE_COUNTERS as u64 + 1), "{:?}", all);
        let count = |wanted: &Value| {
            values.iter().filter(|value| Value::Number(Decimal::from(*value * *value / 30)) == *wanted).count() as u64
        };
        let most = values.iter().map(|value| count(&Value::Number(Decimal::from(value * value / 30)))).max().unwrap_or(0);
        let found = all.favourite().map_or(0, count);
        prop_assert!(found + all.lost >= most, "{} of {}, {:?}", found, most, all);
    }
}

#[test]
fn chains_with_many_occurrences_settle_the_oldest_and_forget_nothing_that_counts() {
    let mut long = Chain::new(Link::Then(vec![1_000]));
    let step = |at, steps| StepOccurrence { at, order: at as u64, steps };
    long.add(step(10, 1));
    long.add(step(20, 2));
    // Many more starts: the completed sequence lies far behind what is kept.
    (0..1_000).for_each(|index| long.add(step(5_000 + index, 1)));
    assert_eq!(long.progress(10_000).reached, [Some(5_999), Some(20)]);
    let mut undone = Chain::new(Link::Without(50));
    (0..300).for_each(|index| undone.add(step(index * 10, 1)));
    assert_eq!(undone.progress(299 * 10 + 49).abandoned, None);
    assert_eq!(undone.progress(299 * 10 + 50).abandoned, Some(299 * 10 + 50));
    let most = Chain::worst_bytes(2);
    let bytes = memory([Cell::Chain(long)]).encode().len();
    assert!(bytes <= most + 12 && MAX_CHAIN_OCCURRENCES == 64, "{bytes} of {most}");
}

#[test]
fn visits_beyond_those_that_are_remembered_are_counted() {
    let mut visits: Visits<Opening> = Visits::new(30, MAX_REMEMBERED_VISITS);
    (0..500)
        .for_each(|index| visits.add(index * 100, index as u64, Opening { day: index as i32, ..Opening::default() }));
    assert_eq!((visits.count(), visits.visits().len()), (500, 65));
    assert_eq!(visits.visits()[0].content.day, 0);
    assert_eq!(visits.visits()[1].start, 43_600);
    // An event between two visits makes one of them; a late one among the dropped ones makes none.
    visits.add(49_829, 999, Opening::default());
    assert_eq!(visits.count(), 500);
    visits.add(49_871, 1_000, Opening::default());
    assert_eq!(visits.count(), 500);
    visits.add(49_850, 1_001, Opening::default());
    assert_eq!(visits.count(), 499);
    visits.add(20_050, 1_002, Opening::default());
    assert_eq!(visits.count(), 499);
}

#[test]
fn equal_values_have_equal_fingerprints() {
    let number = |text: &str| value_fingerprint(&Value::Number(text.parse().unwrap()));
    assert_eq!(number("1"), number("1.00"));
    assert_ne!(number("1"), number("10"));
    let version = |text: &str| value_fingerprint(&Value::Version(text.parse().unwrap()));
    assert_eq!(version("2.1"), version("2.1.0+build"));
    assert_ne!(version("2.1"), version("2.10"));
    // The fingerprints of this program's cells are kept on disk: they must never change.
    assert_eq!(super::fingerprint(b"newest 1 of order"), 372_711_111_071_391_630);
}

#[test]
fn ranks_need_a_hundred_visitors() {
    let of = |visitors: u64| {
        let mut sample = RankSample::default();
        (1..=visitors)
            .for_each(|number| sample.offer(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), Decimal::from(number)));
        let ranks = Ranks::of([("spend".into(), &sample)]);
        move |percent: i64| ranks.threshold("spend", Decimal::from(percent))
    };
    assert_eq!(of(MIN_RANKED_VISITORS - 1)(10), None);
    assert_eq!(of(100)(10), Some(Decimal::from(91)));
    assert_eq!(of(100)(1), Some(Decimal::from(100)));
    assert_eq!(of(1_000)(25), Some(Decimal::from(751)));
    let many = of(200_000)(10).unwrap();
    assert!((177_000..183_000).contains(&i64::try_from(many).unwrap()), "{many}");
}
