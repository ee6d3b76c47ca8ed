//! Random syntax trees in the form that the parser makes them: every kind of node, no names that mean anything.
//!
//! Positions are left empty, since they take no part in equality.

use jiff::civil::{Date, DateTime, Time, date, time};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use segue::language::syntax::*;

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

fn at() -> At {
    At::default()
}

/// Plain words, and words that the language uses without reserving them.
fn word() -> BoxedStrategy<String> {
    const CONTEXTUAL: &str = "score limit visit tags active between contains count sum days day with within since at on \
                              a of times percent per priority from until zone top exactly includes matches list_price \
                              not_yet iffy yes_1";
    let contextual = select(CONTEXTUAL.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned);
    let plain = "[a-z][a-z0-9_]{0,11}".prop_filter("reserved", |word| !is_reserved(word));
    prop_oneof![3 => plain, 1 => contextual].boxed()
}

/// The reserved words of `language.md`.
fn is_reserved(word: &str) -> bool {
    const WORDS: &str = "and or not if show nothing experiment ranking otherwise because segment slot measure trigger \
                         when wait visited did then without is in known unknown one list consent yes no first last";
    WORDS.split_whitespace().any(|reserved| reserved == word)
}

fn name() -> BoxedStrategy<Name> {
    word().prop_map(|text| Name { text, at: at() }).boxed()
}

/// `order`, `order.amount`; reserved words may stand behind a dot.
fn dotted() -> BoxedStrategy<Name> {
    let behind = prop_oneof![4 => word(), 1 => select(&["first", "is", "known", "not"][..]).prop_map(str::to_owned)];
    (word(), vec(behind, 0..3))
        .prop_map(|(first, rest)| {
            let text = std::iter::once(first).chain(rest).collect::<Vec<_>>().join(".");
            Name { text, at: at() }
        })
        .boxed()
}

fn slot_name() -> BoxedStrategy<Name> {
    prop_oneof![
        dotted(),
        select(&["new-welcome-banner", "first", "if.x", "Home", "a.", "1st", "\u{20ac} \"x\"", "a\tb"][..])
            .prop_map(|text| Name { text: text.to_owned(), at: at() }),
        characters().prop_filter("empty", |text| !text.is_empty()).prop_map(|text| Name { text, at: at() }),
    ]
    .boxed()
}

/// Whatever can stand between quotes: all but a carriage return, for which there is no escape.
fn characters() -> BoxedStrategy<String> {
    let odd =
        select(&["\"", "\\", "\n", "\t", "#", "{", "}", "\\n", "if ", "\u{e4}", "\u{1f600}", "\u{0}", "\u{2028}"][..]);
    let part = prop_oneof![2 => "[ -~]{0,8}", 1 => odd.prop_map(str::to_owned), 1 => "\\PC{0,4}"];
    vec(part, 0..5).prop_map(|parts| parts.concat().replace('\r', "")).boxed()
}

fn text() -> BoxedStrategy<Text> {
    characters().prop_map(|text| Text { text, at: at() }).boxed()
}

fn integer() -> BoxedStrategy<Integer> {
    prop_oneof![6 => 0..200_u64, 1 => 0..=1_000_000_000_u64].prop_map(|value| Integer { value, at: at() }).boxed()
}

fn number() -> BoxedStrategy<Number> {
    let plain = (-10_000..10_000_i64, 0..4_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let large = (any::<i64>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let edge = select(vec![Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(0, 3)]);
    prop_oneof![8 => plain, 2 => large, 1 => edge].prop_map(|value| Number { value, at: at() }).boxed()
}

fn comments() -> BoxedStrategy<Comments> {
    let plain = prop_oneof![4 => "[ -~]{0,20}", 1 => Just(String::new()), 1 => "#{1,3} [a-z]{1,5}", 1 => "\\PC{0,8}"];
    let line = plain.prop_map(|text| Comment { text: text.replace(['\r', '\n'], "").trim().to_owned(), gap: false });
    prop_oneof![6 => Just(Vec::new()), 1 => vec(line, 1..3)].boxed()
}

fn clock() -> BoxedStrategy<Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0)).boxed()
}

fn day() -> BoxedStrategy<Date> {
    (1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day)).boxed()
}

fn moment_kind() -> BoxedStrategy<MomentKind> {
    prop_oneof![
        day().prop_map(MomentKind::Date),
        (day(), clock()).prop_map(|(day, clock)| MomentKind::DateTime(DateTime::from_parts(day, clock))),
        clock().prop_map(MomentKind::Time),
    ]
    .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    moment_kind().prop_map(|kind| Moment { kind, at: at() }).boxed()
}

fn span() -> BoxedStrategy<SpanLiteral> {
    let units = [Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month];
    (0..100_u64, select(units.to_vec())).prop_map(|(count, unit)| SpanLiteral { count, unit, at: at() }).boxed()
}

fn calendar() -> BoxedStrategy<CalendarUnit> {
    select(vec![CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month]).boxed()
}

fn compare() -> BoxedStrategy<Compare> {
    use Compare::*;
    select(vec![AtLeast, AtMost, Exactly, MoreThan, FewerThan]).boxed()
}

fn window() -> BoxedStrategy<Window> {
    prop_oneof![
        3 => span().prop_map(Window::Last),
        1 => Just(Window::ThisVisit),
        1 => calendar().prop_map(Window::This),
        1 => (span(), span()).prop_map(|(newer, older)| Window::Ago(newer, older)),
        1 => moment().prop_map(Window::Since),
    ]
    .boxed()
}

fn frequency() -> BoxedStrategy<Frequency> {
    prop_oneof![
        (compare(), integer()).prop_map(|(compare, count)| Frequency::Times(compare, count)),
        (compare(), integer(), calendar())
            .prop_map(|(compare, count, unit)| Frequency::Different(compare, count, unit)),
        (integer(), calendar()).prop_map(|(count, unit)| Frequency::InARow(count, unit)),
    ]
    .boxed()
}

fn end() -> BoxedStrategy<End> {
    select(vec![End::First, End::Last]).boxed()
}

/// Values hold filters, and no filter holds another one.
fn conditions() -> (BoxedStrategy<Condition>, BoxedStrategy<Value>) {
    let filter = larger_condition(leaf(with_arithmetic(simple_value()), None)).prop_map(without_comments).boxed();
    let value = larger_value(simple_value(), filter.clone());
    (larger_condition(leaf(value.clone(), Some(filter))), value)
}

fn simple_value() -> BoxedStrategy<Value> {
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

fn larger_value(inner: BoxedStrategy<Value>, filter: BoxedStrategy<Condition>) -> BoxedStrategy<Value> {
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

fn with_arithmetic(single: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let compound = single.clone().prop_recursive(3, 4, 2, arithmetic);
    prop_oneof![5 => single, 1 => compound].boxed()
}

fn arithmetic(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let operators = select(vec![Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide]);
    (inner.clone(), operators, inner)
        .prop_map(|(left, operator, right)| Value {
            at: at(),
            kind: ValueKind::Arithmetic(Box::new(left), operator, Box::new(right)),
        })
        .boxed()
}

fn list(value: BoxedStrategy<Value>) -> BoxedStrategy<List> {
    prop_oneof![6 => vec(value.clone(), 1..4), 1 => vec(value, 8..14)]
        .prop_map(|values| List { at: at(), values })
        .boxed()
}

fn event(filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<EventRef> {
    match filter {
        Some(filter) => (name(), option::weighted(0.2, filter))
            .prop_map(|(name, filter)| EventRef { name, filter: filter.map(Box::new) })
            .boxed(),
        None => name().prop_map(|name| EventRef { name, filter: None }).boxed(),
    }
}

fn leaf(value: BoxedStrategy<Value>, filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<Condition> {
    let kind = prop_oneof![
        1 => name().prop_map(LeafKind::Segment),
        1 => name().prop_map(LeafKind::List),
        1 => name().prop_map(LeafKind::Consent),
        3 => behaviour(filter).prop_map(LeafKind::Behaviour),
        6 => (value.clone(), test(value)).prop_map(|(value, test)| LeafKind::Comparison(value, test)),
    ];
    kind.prop_map(|kind| Condition::Leaf(Leaf { at: at(), kind })).boxed()
}

fn behaviour(filter: Option<BoxedStrategy<Condition>>) -> BoxedStrategy<Behaviour> {
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

fn test(value: BoxedStrategy<Value>) -> BoxedStrategy<Test> {
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

fn larger_condition(inner: BoxedStrategy<Condition>) -> BoxedStrategy<Condition> {
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
fn without_comments(mut condition: Condition) -> Condition {
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
fn without_all(pieces: Vec<Piece>) -> Vec<Piece> {
    let flatten = |piece: Piece| match piece.condition {
        Condition::All(inner) => inner,
        _ => vec![piece],
    };
    pieces.into_iter().flat_map(flatten).collect()
}

/// The same for `or` in `or`.
fn without_any(pieces: Vec<Piece>) -> Vec<Piece> {
    let flatten = |piece: Piece| match piece.condition {
        Condition::Any(inner) => inner,
        _ => vec![piece],
    };
    pieces.into_iter().flat_map(flatten).collect()
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
