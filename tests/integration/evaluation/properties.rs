//! What holds for every condition and every visitor, on checked trees made at random.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;
use segue::language::checked::{
    Behaviour, CalendarUnit, Chain, Compare, Condition, End, EventKind, EventQuery, Expr, ExprKind, Frequency,
    Function, Leaf, LeafKind, Order, PagePattern, Place, Program, Segment, Test, Unit, Window,
};
use segue::profile::{Context, Event, Schema, Type, Value, Visitor};
use segue::rules::{Situation, Truth};

const STEP: SignedDuration = SignedDuration::from_mins(15);

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// An event some steps before now (or after it, when negative).
fn event(name: &str, steps_ago: i32, amount: Option<i64>) -> Event {
    Event {
        name: name.into(),
        at: now() - STEP * steps_ago,
        properties: amount.map(|amount| ("amount".into(), Value::Number(amount.into()))).into_iter().collect(),
        path: (name == "page").then(|| "/pricing".into()),
        context: Context::default(),
    }
}

/// Few names and few instants, so that equal times and near misses are common.
fn events(steps: std::ops::Range<i32>) -> impl Strategy<Value = Vec<Event>> {
    let name = prop_oneof![Just("order"), Just("cart_add"), Just("page")];
    let one = (name, steps, proptest::option::of(0_i64..4)).prop_map(|(name, ago, amount)| event(name, ago, amount));
    proptest::collection::vec(one, 0..12).prop_map(|mut events| {
        events.sort_by_key(|event| event.at);
        events
    })
}

fn visitor(events: Vec<Event>, age: Option<i64>, tracking: Option<bool>) -> Visitor {
    Visitor {
        id: "v1".into(),
        attributes: age.map(|age| ("age".into(), Value::Number(age.into()))).into_iter().collect(),
        consent: tracking.map(|said| ("tracking".into(), said)).into_iter().collect(),
        events,
        ..Visitor::default()
    }
}

fn visitors() -> impl Strategy<Value = Visitor> {
    let tracking = prop_oneof![4 => Just(None), 1 => Just(Some(false))];
    (events(0..300), proptest::option::of(0_i64..4), tracking)
        .prop_map(|(events, age, tracking)| visitor(events, age, tracking))
}

fn expr(kind: Type, node: ExprKind) -> Expr {
    Expr { kind, node, text: "value".into() }
}

fn number(number: i64) -> Expr {
    expr(Type::Number, ExprKind::Constant(Value::Number(Decimal::from(number))))
}

fn leaf(kind: LeafKind) -> Condition {
    Condition::Leaf(std::sync::Arc::new(Leaf { text: "leaf".into(), kind }))
}

fn at_least(left: Expr, right: i64) -> LeafKind {
    LeafKind::Comparison(left, Test::Order(Order::AtLeast, number(right)))
}

fn queries() -> impl Strategy<Value = EventQuery> {
    let kind = prop_oneof![
        3 => Just(EventKind::Named("order".into())),
        3 => Just(EventKind::Named("cart_add".into())),
        1 => Just(EventKind::Page(PagePattern { segments: vec![Some("pricing".into())], everything_below: false })),
        1 => Just(EventKind::VisitStart),
    ];
    let filter = (0_i64..4)
        .prop_map(|least| Box::new(leaf(at_least(expr(Type::Number, ExprKind::Property("amount".into())), least))));
    (kind, proptest::option::weighted(0.2, filter)).prop_map(|(kind, filter)| EventQuery {
        filter: filter.filter(|_| kind_has_amount(&kind)),
        kind,
        purposes: Vec::new(),
    })
}

fn kind_has_amount(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Named(_))
}

fn spans() -> impl Strategy<Value = SignedDuration> {
    (1_i32..120).prop_map(|steps| STEP * steps)
}

fn windows() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Ever),
        spans().prop_map(Window::Last),
        Just(Window::ThisVisit),
        prop_oneof![Just(CalendarUnit::Day), Just(CalendarUnit::Week)].prop_map(Window::This),
        (spans(), spans()).prop_map(|(a, b)| Window::Ago { newer: a.min(b), older: a.max(b) }),
        (1_i8..22).prop_map(|day| Window::Since(jiff::civil::date(2026, 11, day).at(0, 0, 0, 0))),
    ]
}

fn frequencies() -> impl Strategy<Value = Frequency> {
    let compare = prop_oneof![
        Just(Compare::AtLeast),
        Just(Compare::AtMost),
        Just(Compare::Exactly),
        Just(Compare::MoreThan),
        Just(Compare::FewerThan)
    ];
    (compare, 0_u64..4, 0..3).prop_map(|(compare, number, kind)| match kind {
        0 => Frequency::Times(compare, number),
        1 => Frequency::Different(compare, number, CalendarUnit::Day),
        _ => Frequency::InARow(number.max(1), CalendarUnit::Day),
    })
}

fn chains() -> impl Strategy<Value = Chain> {
    prop_oneof![
        proptest::collection::vec((queries(), spans()), 1..3).prop_map(Chain::Then),
        (queries(), spans()).prop_map(|(other, span)| Chain::Without(other, span)),
    ]
}

fn behaviours() -> impl Strategy<Value = Behaviour> {
    let extra = prop_oneof![
        Just((None, None)),
        frequencies().prop_map(|frequency| (Some(frequency), None)),
        chains().prop_map(|chain| (None, Some(chain))),
    ];
    (queries(), windows(), extra).prop_map(|(subject, window, (frequency, chain))| Behaviour {
        subject,
        chain,
        frequency,
        window,
    })
}

/// Leaves that may be true, false or unknown; none of them asks for one event among equals.
fn leaves() -> impl Strategy<Value = LeafKind> {
    let age = expr(Type::Number, ExprKind::Attribute { name: "age".into(), purpose: None });
    let visit = expr(Type::Number, ExprKind::Fact { name: "visit.number".into(), purpose: None });
    prop_oneof![
        4 => behaviours().prop_map(LeafKind::Behaviour),
        1 => (0_i64..4).prop_map(move |least| at_least(age.clone(), least)),
        1 => (1_i64..4).prop_map(move |least| at_least(visit.clone(), least)),
        1 => (queries().prop_filter("an amount", |query| kind_has_amount(&query.kind)), windows(), 0_i64..9, 0..5_usize)
            .prop_map(|(query, window, least, which)| at_least(aggregate(which, query, window), least)),
        1 => (queries(), 0_i64..9).prop_map(|(query, least)| {
            at_least(expr(Type::Number, ExprKind::Elapsed { unit: Unit::Hour, end: End::Last, query }), least)
        }),
        1 => Just(LeafKind::Segment(0)),
        1 => Just(LeafKind::Consent("tracking".into())),
    ]
}

fn aggregate(which: usize, query: EventQuery, window: Window) -> Expr {
    let functions = [Function::Sum, Function::Average, Function::Smallest, Function::Largest, Function::Distinct];
    let property = Some(Arc::from("amount"));
    expr(Type::Number, ExprKind::Aggregate { function: functions[which], query, property, window })
}

fn conditions() -> impl Strategy<Value = Condition> {
    leaves().prop_map(leaf).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

/// A program whose only segment is this behaviour.
fn program(behaviour: Behaviour) -> Program {
    let segment = Segment {
        name: "probe".into(),
        condition: leaf(LeafKind::Behaviour(behaviour)),
        active: None,
        because: None,
        place: Place { file: "probe.rules".into(), line: 1 },
    };
    Program { segments: vec![segment], ..Program::default() }
}

fn truth(program: &Program, visitor: &Visitor, condition: &Condition) -> Truth {
    let schema = Schema { zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(), ..Schema::default() };
    Situation::new(program, &schema, visitor, &Context::default(), now()).truth(condition)
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

proptest! {
    #[test]
    fn de_morgan_holds(a in conditions(), b in conditions(), segment in behaviours(), visitor in visitors()) {
        let program = program(segment);
        let neither = not(Condition::Any(vec![a.clone(), b.clone()]));
        let both_not = Condition::All(vec![not(a.clone()), not(b.clone())]);
        prop_assert_eq!(truth(&program, &visitor, &neither), truth(&program, &visitor, &both_not));
        let not_both = not(Condition::All(vec![a.clone(), b.clone()]));
        let either_not = Condition::Any(vec![not(a), not(b)]);
        prop_assert_eq!(truth(&program, &visitor, &not_both), truth(&program, &visitor, &either_not));
    }

    #[test]
    fn what_happens_after_now_changes_nothing(
        condition in conditions(), segment in behaviours(), visitor in visitors(), later in events(-300..0)
    ) {
        let program = program(segment);
        let mut warned = visitor.clone();
        warned.events.extend(later);
        prop_assert_eq!(truth(&program, &visitor, &condition), truth(&program, &warned, &condition));
    }

    #[test]
    fn the_order_of_events_at_one_instant_changes_nothing(
        condition in conditions(), segment in behaviours(), visitor in visitors()
    ) {
        // The first of several events at one instant is the one that opens a visit: only a filter could tell.
        let program = program(segment);
        let mut turned = visitor.clone();
        turned.events.reverse();
        turned.events.sort_by_key(|event| event.at);
        prop_assert_eq!(truth(&program, &visitor, &condition), truth(&program, &turned, &condition));
    }

    #[test]
    fn a_condition_is_explained_by_the_truth_of_its_leaves(
        condition in conditions(), segment in behaviours(), visitor in visitors()
    ) {
        let program = program(segment);
        let (schema, context) = (Schema::default(), Context::default());
        let situation = Situation::new(&program, &schema, &visitor, &context, now());
        match situation.blame(&condition) {
            None => prop_assert_eq!(situation.truth(&condition), Truth::True),
            Some(leaf) => {
                prop_assert_ne!(situation.truth(&condition), Truth::True);
                prop_assert_ne!(leaf.truth, Truth::True);
                prop_assert!(situation.explain(&condition).iter().any(|other| other.fact == leaf.fact));
            }
        }
    }

    #[test]
    fn sequences_agree_with_trying_every_choice_of_events(
        events in events(0..40), first in 1_i32..20, second in 1_i32..20, window in 1_i32..40
    ) {
        let query = |name: &str| EventQuery { kind: EventKind::Named(name.into()), purposes: Vec::new(), filter: None };
        let behaviour = Behaviour {
            subject: query("cart_add"),
            chain: Some(Chain::Then(vec![(query("order"), STEP * first), (query("order"), STEP * second)])),
            frequency: None,
            window: Window::Last(STEP * window),
        };
        let named = |name: &'static str| {
            events.iter().enumerate().filter(move |(_, event)| &*event.name == name).map(|(index, event)| (index, event.at))
        };
        let follows = |a: Timestamp, b: Timestamp, within: i32| a <= b && b <= a + STEP * within;
        let expected = named("cart_add").any(|(_, a)| {
            named("order").any(|(i, b)| {
                named("order").any(|(j, c)| {
                    i != j && follows(a, b, first) && follows(b, c, second) && c > now() - STEP * window && c <= now()
                })
            })
        });
        let condition = leaf(LeafKind::Behaviour(behaviour));
        prop_assert_eq!(truth(&Program::default(), &visitor(events.clone(), None, None), &condition), Truth::from(expected));
    }

    #[test]
    fn runs_agree_with_trying_every_day(
        days in proptest::collection::btree_set(0_i32..12, 0..8), length in 1_u64..5
    ) {
        let noon_days_ago = |days: i32| event("order", days * 96, None);
        let visitor = visitor(days.iter().rev().copied().map(noon_days_ago).collect(), None, None);
        let behaviour = Behaviour {
            subject: EventQuery { kind: EventKind::Named("order".into()), purposes: Vec::new(), filter: None },
            chain: None,
            frequency: Some(Frequency::InARow(length, CalendarUnit::Day)),
            window: Window::Ever,
        };
        let length = i32::try_from(length).unwrap();
        let expected = (0..=1).any(|ends| (ends..ends + length).all(|day| days.contains(&day)));
        let condition = leaf(LeafKind::Behaviour(behaviour));
        prop_assert_eq!(truth(&Program::default(), &visitor, &condition), Truth::from(expected));
    }
}
