//! Values, windows and lists.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use segue::language::syntax::*;

use super::condition::event;
use super::literal::{at, calendar, characters, dotted, end, moment, moment_kind, number, span};

pub(super) fn window() -> BoxedStrategy<Window> {
    prop_oneof![
        3 => span().prop_map(Window::Last),
        1 => Just(Window::ThisVisit),
        1 => calendar().prop_map(Window::This),
        1 => (span(), span()).prop_map(|(newer, older)| Window::Ago(newer, older)),
        1 => moment().prop_map(Window::Since),
    ]
    .boxed()
}

pub(super) fn simple_value() -> BoxedStrategy<Value> {
    let kind = prop_oneof![
        3 => number().prop_map(ValueKind::Number),
        2 => characters().prop_map(ValueKind::Text),
        1 => any::<bool>().prop_map(ValueKind::Boolean),
        1 => moment_kind().prop_map(ValueKind::Moment),
        1 => span().prop_map(ValueKind::Span),
        4 => (option::of(end()), dotted()).prop_map(|(end, name)| ValueKind::Path(Path { end, name })),
    ];
    kind.prop_map(|kind| Value { at: at(), kind }).boxed()
}

pub(super) fn larger_value(inner: BoxedStrategy<Value>, filter: BoxedStrategy<Condition>) -> BoxedStrategy<Value> {
    let functions = {
        use Function::*;
        select(vec![Sum, Average, Smallest, Largest, Distinct, Favourite, Count])
    };
    let units = select(vec![Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month]);
    let aggregate = (functions, dotted(), option::weighted(0.2, filter.clone()), window()).prop_map(
        |(function, path, filter, window)| {
            ValueKind::Aggregate(Box::new(Aggregate { function, path, filter: filter.map(Box::new), window }))
        },
    );
    let elapsed = (units, end(), event(Some(filter)))
        .prop_map(|(unit, end, event)| ValueKind::Elapsed(Elapsed { unit, end, event }));
    let function = select(&["relevance", "recency", "engagement"][..]);
    let call = (function, vec(inner.clone(), 1..3))
        .prop_map(|(name, arguments)| ValueKind::Call(Name { text: name.to_owned(), at: at() }, arguments));
    let made = prop_oneof![3 => aggregate, 1 => elapsed, 1 => call].prop_map(|kind| Value { at: at(), kind });
    with_arithmetic(prop_oneof![6 => inner, 1 => made].boxed())
}

pub(super) fn with_arithmetic(single: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let compound = single.clone().prop_recursive(3, 4, 2, arithmetic);
    prop_oneof![5 => single, 1 => compound].boxed()
}

pub(super) fn arithmetic(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let operators = select(vec![Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide]);
    (inner.clone(), operators, inner)
        .prop_map(|(left, operator, right)| Value {
            at: at(),
            kind: ValueKind::Arithmetic(Box::new(left), operator, Box::new(right)),
        })
        .boxed()
}

pub(super) fn list(value: BoxedStrategy<Value>) -> BoxedStrategy<List> {
    prop_oneof![6 => vec(value.clone(), 1..4), 1 => vec(value, 8..14)]
        .prop_map(|values| List { at: at(), values })
        .boxed()
}
