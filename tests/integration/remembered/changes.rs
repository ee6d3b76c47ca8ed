//! When truths change by themselves.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use segue::language::checked::{Condition, Leaf, LeafKind};
use segue::profile::{Context, Visitor};
use segue::rules::{CellPlan, Situation};

use super::generator::{Generator, named, program, schema};
use super::remembered;

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
            situation.truth(&Condition::Leaf(named(LeafKind::Segment(index))))
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
