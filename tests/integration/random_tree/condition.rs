//! Conditions and what they test.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use segue::language::syntax::*;

use super::literal::{at, calendar, comments, compare, integer, name, number, span, text};
use super::value::{larger_value, list, simple_value, window, with_arithmetic};

/// Values hold filters, and no filter holds another one.
pub(super) fn conditions() -> (BoxedStrategy<Condition>, BoxedStrategy<Value>) {
    let filter = larger_condition(leaf(with_arithmetic(simple_value()), None)).prop_map(without_comments).boxed();
    let value = larger_value(simple_value(), filter.clone());
    (larger_condition(leaf(value.clone(), Some(filter))), value)
}

pub(super) fn frequency() -> BoxedStrategy<Frequency> {
    prop_oneof![
        (compare(), integer()).prop_map(|(compare, count)| Frequency::Times(compare, count)),
        (compare(), integer(), calendar())
            .prop_map(|(compare, count, unit)| Frequency::Different(compare, count, unit)),
        (integer(), calendar()).prop_map(|(count, unit)| Frequency::InARow(count, unit)),
    ]
    .boxed()
}

pub(super) fn event(filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<EventRef> {
    match filter {
        Some(filter) => (name(), option::weighted(0.2, filter))
            .prop_map(|(name, filter)| EventRef { name, filter: filter.map(Box::new) })
            .boxed(),
        None => name().prop_map(|name| EventRef { name, filter: None }).boxed(),
    }
}

pub(super) fn leaf(value: BoxedStrategy<Value>, filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<Condition> {
    let kind = prop_oneof![
        1 => name().prop_map(LeafKind::Segment),
        1 => name().prop_map(LeafKind::List),
        1 => name().prop_map(LeafKind::Consent),
        3 => behaviour(filter).prop_map(LeafKind::Behaviour),
        6 => (value.clone(), test(value)).prop_map(|(value, test)| LeafKind::Comparison(value, test)),
    ];
    kind.prop_map(|kind| Condition::Leaf(Leaf { at: at(), kind })).boxed()
}

pub(super) fn behaviour(filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<Behaviour> {
    let event = event(filter);
    let occurrence =
        prop_oneof![1 => text().prop_map(Occurrence::Visited), 3 => event.clone().prop_map(Occurrence::Did)].boxed();
    let step = (occurrence.clone(), span()).prop_map(|(occurrence, within)| Step { occurrence, within });
    let chain = prop_oneof![
        vec(step, 1..4).prop_map(Chain::Then),
        (event, span()).prop_map(|(missing, within)| Chain::Without(missing, within)),
    ];
    // A frequency after a chain is an error, so at most one of the two is there.
    let more = prop_oneof![
        Just((None, None)),
        chain.prop_map(|chain| (Some(chain), None)),
        frequency().prop_map(|frequency| (None, Some(frequency))),
    ];
    (occurrence, more, option::of(window()))
        .prop_map(|(subject, (chain, frequency), window)| Behaviour { subject, chain, frequency, window })
        .boxed()
}

pub(super) fn test(value: BoxedStrategy<Value>) -> BoxedStrategy<Test> {
    let orders = select(vec![Order::Less, Order::AtMost, Order::Greater, Order::AtLeast]);
    let of_text = select(vec![
        Test::Contains as fn(Text) -> Test,
        Test::StartsWith,
        Test::EndsWith,
        Test::Matches,
        Test::Includes,
    ]);
    prop_oneof![
        1 => any::<bool>().prop_map(Test::Known),
        1 => (any::<bool>(), list(value.clone())).prop_map(|(negated, list)| Test::OneOf { negated, list }),
        2 => (any::<bool>(), value.clone()).prop_map(|(negated, value)| Test::Is { negated, value }),
        1 => number().prop_map(Test::Top),
        2 => (of_text, text()).prop_map(|(test, text)| test(text)),
        1 => list(value.clone()).prop_map(Test::IncludesAny),
        1 => list(value.clone()).prop_map(Test::IncludesAll),
        1 => (value.clone(), value.clone()).prop_map(|(low, high)| Test::Between(low, high)),
        2 => (orders, value).prop_map(|(order, value)| Test::Order(order, value)),
    ]
    .boxed()
}

pub(super) fn larger_condition(inner: BoxedStrategy<Condition>) -> BoxedStrategy<Condition> {
    inner
        .prop_recursive(3, 6, 3, |inner| {
            let piece = (comments(), inner.clone()).prop_map(|(comments, condition)| Piece { comments, condition });
            let pieces = vec(piece, 2..4).boxed();
            let negation = inner.prop_map(|condition| Condition::Not(Box::new(Negation { at: at(), condition })));
            prop_oneof![
                1 => negation,
                2 => pieces.clone().prop_map(|pieces| Condition::All(without_all(pieces))),
                2 => pieces.prop_map(|pieces| Condition::Any(without_any(pieces))),
            ]
        })
        .boxed()
}

/// Comments inside `with (..)` stand above the piece that holds the event, so such trees do not occur.
pub(super) fn without_comments(mut condition: Condition) -> Condition {
    match &mut condition {
        Condition::All(pieces) | Condition::Any(pieces) => {
            for piece in pieces {
                piece.comments.clear();
                piece.condition = without_comments(piece.condition.clone());
            }
        }
        Condition::Not(negation) => negation.condition = without_comments(negation.condition.clone()),
        Condition::Leaf(_) => {}
    }
    condition
}

/// The parser flattens `and` in `and`, so such trees do not occur.
pub(super) fn without_all(pieces: Vec<Piece>) -> Vec<Piece> {
    let flatten = |piece: Piece| match piece.condition {
        Condition::All(inner) => inner,
        _ => vec![piece],
    };
    pieces.into_iter().flat_map(flatten).collect()
}

/// The same for `or` in `or`.
pub(super) fn without_any(pieces: Vec<Piece>) -> Vec<Piece> {
    let flatten = |piece: Piece| match piece.condition {
        Condition::Any(inner) => inner,
        _ => vec![piece],
    };
    pieces.into_iter().flat_map(flatten).collect()
}
