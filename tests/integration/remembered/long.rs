//! Far more events than any cell keeps.

use std::sync::Arc;

use jiff::SignedDuration;
use segue::behaviour::Memory;
use segue::language::checked::{Condition, Leaf};
use segue::profile::{Context, Visitor};
use segue::rules::{CellPlan, Exactness, Situation};

use super::edges::span_of;
use super::generator::{Generator, program, schema};

/// Far more events than any cell keeps, as they come in the order of time: what is settled of them still counts.
fn compare_long(seed: u64) -> usize {
    let schema = schema();
    let mut generator = Generator::new(seed);
    let leaves: Vec<Arc<Leaf>> = (0..20).map(|_| generator.leaf()).collect();
    let is_exact = |leaf: &&Arc<Leaf>| {
        let cells = CellPlan::of(&program(std::slice::from_ref(*leaf)), &schema).cells();
        cells.iter().all(|cell| matches!(cell.exactness, Exactness::Exact | Exactness::LateWithin { .. }))
    };
    let leaves: Vec<Arc<Leaf>> = leaves.iter().filter(is_exact).cloned().collect();
    let whole = program(&leaves);
    let plan = CellPlan::of(&whole, &schema);
    let past = generator.long_past(1_500);
    let mut memory = Memory::default();
    past.iter().for_each(|arrived| plan.record(&schema, &mut memory, &arrived.event, arrived.order, false));
    let worst = plan.worst_bytes();
    assert!(memory.bytes() <= worst, "seed {seed}: {} bytes, at most {worst}", memory.bytes());
    let nobody = Visitor::default();
    let visitor = Visitor { events: past.iter().map(|arrived| arrived.event.clone()).collect(), ..Visitor::default() };
    let context = Context::default();
    let spans: Vec<SignedDuration> = leaves.iter().filter_map(|leaf| span_of(&leaf.kind)).collect();
    for _ in 0..4 {
        let now = generator.clock(&past, &spans);
        let reference = Situation::new(&whole, &schema, &visitor, &context, now);
        let live = Situation::new(&whole, &schema, &nobody, &context, now).remembering(&plan, &memory);
        for leaf in &leaves {
            let condition = Condition::Leaf(Arc::clone(leaf));
            let (got, expected) = (live.truth(&condition), reference.truth(&condition));
            assert_eq!(got, expected, "seed {seed}, now {now}, {} events\n{:#?}", past.len(), leaf.kind);
        }
    }
    4 * leaves.len()
}

#[test]
fn more_events_than_are_kept_answer_as_all_of_them_do() {
    let compared: usize = (0..40).map(compare_long).sum();
    assert!(compared > 1_000, "{compared}");
}

#[test]
#[ignore = "slow suite: 3,000 visitors with up to 1,500 events"]
fn more_events_than_are_kept_answer_as_all_of_them_do_for_3000_visitors() {
    let compared: usize = (1_000..4_000).map(compare_long).sum();
    assert!(compared > 100_000, "{compared}");
}
