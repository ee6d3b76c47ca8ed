//! Random syntax trees in the form that the parser makes them: every kind of node, no names that mean anything.
//!
//! Positions are left empty, since they take no part in equality.

mod condition;
mod literal;
mod value;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use segue::language::syntax::*;

use condition::conditions;
use literal::{at, characters, comments, integer, moment, name, number, slot_name, span, text};
use value::list;

/// A whole file.
pub fn file() -> BoxedStrategy<File> {
    (vec(item(), 0..5), comments(), any::<bool>())
        .prop_map(|(items, mut closing, gap)| {
            if let [first, _, ..] = closing.as_mut_slice() {
                first.gap = gap;
            }
            File { items, closing, ..File::default() }
        })
        .boxed()
}

/// A condition.
pub fn condition() -> BoxedStrategy<Condition> {
    conditions().0
}

/// A value.
pub fn value() -> BoxedStrategy<Value> {
    conditions().1
}

fn active() -> BoxedStrategy<Clause> {
    let bounds = prop_oneof![
        moment().prop_map(|from| (Some(from), None)),
        moment().prop_map(|until| (None, Some(until))),
        (moment(), moment()).prop_map(|(from, until)| (Some(from), Some(until))),
    ];
    clause((bounds, option::of(text())).prop_map(|((from, until), zone)| ClauseKind::Active { from, until, zone }))
        .boxed()
}

fn clause(kind: impl Strategy<Value = ClauseKind> + 'static) -> BoxedStrategy<Clause> {
    (comments(), kind).prop_map(|(comments, kind)| Clause { comments, at: at(), kind }).boxed()
}

/// Each kind at most once, in any order.
fn clauses(with_limit: bool) -> BoxedStrategy<Vec<Clause>> {
    let per = prop_oneof![Just(Per::Visit), span().prop_map(Per::Span)];
    let limit = (integer(), per).prop_map(|(count, per)| ClauseKind::Limit { count, per });
    let because = clause(text().prop_map(ClauseKind::Because));
    let tags = list(characters().prop_map(|text| Value { at: at(), kind: ValueKind::Text(text) }).boxed());
    let kinds = (
        option::weighted(0.3, because),
        option::weighted(0.2, active()),
        option::weighted(0.2, clause(limit)),
        option::weighted(0.2, clause(tags.prop_map(ClauseKind::Tags))),
    );
    kinds
        .prop_map(move |(because, active, limit, tags)| {
            let limit = limit.filter(|_| with_limit);
            [because, active, limit, tags].into_iter().flatten().collect::<Vec<_>>()
        })
        .prop_shuffle()
        .boxed()
}

fn outcome() -> BoxedStrategy<Outcome> {
    let literal = prop_oneof![
        any::<bool>().prop_map(LiteralKind::Boolean),
        number().prop_map(|number| LiteralKind::Number(number.value)),
        characters().prop_map(LiteralKind::Text),
    ];
    let kind = prop_oneof![
        1 => Just(OutcomeKind::Nothing),
        1 => name().prop_map(OutcomeKind::Experiment),
        1 => name().prop_map(OutcomeKind::Ranking),
        4 => vec(name(), 1..4).prop_map(OutcomeKind::Contents),
        2 => literal.prop_map(|kind| OutcomeKind::Literal(Literal { at: at(), kind })),
    ];
    (comments(), kind).prop_map(|(comments, kind)| Outcome { comments, at: at(), kind }).boxed()
}

fn rule() -> BoxedStrategy<Rule> {
    (comments(), condition(), outcome(), clauses(true))
        .prop_map(|(comments, condition, outcome, clauses)| Rule { comments, at: at(), condition, outcome, clauses })
        .boxed()
}

fn otherwise() -> BoxedStrategy<Otherwise> {
    (comments(), outcome(), clauses(true))
        .prop_map(|(comments, outcome, clauses)| Otherwise { comments, at: at(), outcome, clauses })
        .boxed()
}

fn slot() -> BoxedStrategy<Slot> {
    let parts = (
        comments(),
        slot_name(),
        option::of(integer()),
        option::weighted(0.3, active()),
        vec(rule(), 0..4),
        option::of(otherwise()),
        comments(),
    );
    parts
        .prop_map(|(comments, name, priority, active, rules, otherwise, closing)| Slot {
            comments,
            at: at(),
            name,
            priority,
            active,
            rules,
            otherwise,
            closing,
        })
        .boxed()
}

fn item() -> BoxedStrategy<Item> {
    let segment = (comments(), name(), condition(), clauses(false), comments()).prop_map(
        |(comments, name, condition, clauses, closing)| {
            Item::Segment(Segment { comments, at: at(), name, condition, clauses, closing })
        },
    );
    let measure = (comments(), name(), value())
        .prop_map(|(comments, name, value)| Item::Measure(Measure { comments, at: at(), name, value }));
    let item = prop_oneof![
        2 => segment,
        1 => measure,
        3 => slot().prop_map(Item::Slot),
        1 => rule().prop_map(Item::Rule),
    ];
    (item, vec(any::<bool>(), 2)).prop_map(|(item, gaps)| with_gaps(item, &gaps)).boxed()
}

/// Blank lines after some of the comments above an item.
fn with_gaps(mut item: Item, gaps: &[bool]) -> Item {
    let comments = match &mut item {
        Item::Segment(it) => &mut it.comments,
        Item::Measure(it) => &mut it.comments,
        Item::Slot(it) => &mut it.comments,
        Item::Rule(it) => &mut it.comments,
    };
    comments.iter_mut().zip(gaps).for_each(|(comment, gap)| comment.gap = *gap);
    item
}
