//! Names, texts, numbers, times and comments.

use jiff::civil::{Date, DateTime, Time, date, time};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use segue::language::syntax::*;
use segue::profile::name::RESERVED;

pub(super) fn at() -> At {
    At::default()
}

/// Plain words, and words that the language uses without reserving them.
pub(super) fn word() -> BoxedStrategy<String> {
    const CONTEXTUAL: &str = "score limit visit tags active between contains count sum days day with within since at on \
                              a of times percent per priority from until zone top exactly includes matches list_price \
                              not_yet iffy yes_1";
    let contextual = select(CONTEXTUAL.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned);
    let plain = "[a-z][a-z0-9_]{0,11}".prop_filter("reserved", |word| !RESERVED.contains(&word.as_str()));
    prop_oneof![3 => plain, 1 => contextual].boxed()
}

pub(super) fn name() -> BoxedStrategy<Name> {
    word().prop_map(|text| Name { text, at: at() }).boxed()
}

/// `order`, `order.amount`; reserved words may stand behind a dot.
pub(super) fn dotted() -> BoxedStrategy<Name> {
    let behind = prop_oneof![4 => word(), 1 => select(&["first", "is", "known", "not"][..]).prop_map(str::to_owned)];
    (word(), vec(behind, 0..3))
        .prop_map(|(first, rest)| {
            let text = std::iter::once(first).chain(rest).collect::<Vec<_>>().join(".");
            Name { text, at: at() }
        })
        .boxed()
}

pub(super) fn slot_name() -> BoxedStrategy<Name> {
    prop_oneof![
        dotted(),
        select(&["new-welcome-banner", "first", "if.x", "Home", "a.", "1st", "\u{20ac} \"x\"", "a\tb"][..])
            .prop_map(|text| Name { text: text.to_owned(), at: at() }),
        characters().prop_filter("empty", |text| !text.is_empty()).prop_map(|text| Name { text, at: at() }),
    ]
    .boxed()
}

/// Whatever can stand between quotes: all but a carriage return, for which there is no escape.
pub(super) fn characters() -> BoxedStrategy<String> {
    let odd =
        select(&["\"", "\\", "\n", "\t", "#", "{", "}", "\\n", "if ", "\u{e4}", "\u{1f600}", "\u{0}", "\u{2028}"][..]);
    let part = prop_oneof![2 => "[ -~]{0,8}", 1 => odd.prop_map(str::to_owned), 1 => "\\PC{0,4}"];
    vec(part, 0..5).prop_map(|parts| parts.concat().replace('\r', "")).boxed()
}

pub(super) fn text() -> BoxedStrategy<Text> {
    characters().prop_map(|text| Text { text, at: at() }).boxed()
}

pub(super) fn integer() -> BoxedStrategy<Integer> {
    prop_oneof![6 => 0..200_u64, 1 => 0..=1_000_000_000_u64].prop_map(|value| Integer { value, at: at() }).boxed()
}

pub(super) fn number() -> BoxedStrategy<Number> {
    let plain = (-10_000..10_000_i64, 0..4_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let large = (any::<i64>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let edge = select(vec![Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(0, 3)]);
    prop_oneof![8 => plain, 2 => large, 1 => edge].prop_map(|value| Number { value, at: at() }).boxed()
}

pub(super) fn comments() -> BoxedStrategy<Comments> {
    let plain = prop_oneof![4 => "[ -~]{0,20}", 1 => Just(String::new()), 1 => "#{1,3} [a-z]{1,5}", 1 => "\\PC{0,8}"];
    let line = plain.prop_map(|text| Comment { text: text.replace(['\r', '\n'], "").trim().to_owned(), gap: false });
    prop_oneof![6 => Just(Vec::new()), 1 => vec(line, 1..3)].boxed()
}

pub(super) fn clock() -> BoxedStrategy<Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0)).boxed()
}

pub(super) fn day() -> BoxedStrategy<Date> {
    (1..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day)).boxed()
}

pub(super) fn moment_kind() -> BoxedStrategy<MomentKind> {
    prop_oneof![
        day().prop_map(MomentKind::Date),
        (day(), clock()).prop_map(|(day, clock)| MomentKind::DateTime(DateTime::from_parts(day, clock))),
        clock().prop_map(MomentKind::Time),
    ]
    .boxed()
}

pub(super) fn moment() -> BoxedStrategy<Moment> {
    moment_kind().prop_map(|kind| Moment { kind, at: at() }).boxed()
}

pub(super) fn span() -> BoxedStrategy<SpanLiteral> {
    let units = [Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month];
    (0..100_u64, select(units.to_vec())).prop_map(|(count, unit)| SpanLiteral { count, unit, at: at() }).boxed()
}

pub(super) fn calendar() -> BoxedStrategy<CalendarUnit> {
    select(vec![CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month]).boxed()
}

pub(super) fn compare() -> BoxedStrategy<Compare> {
    use Compare::*;
    select(vec![AtLeast, AtMost, Exactly, MoreThan, FewerThan]).boxed()
}

pub(super) fn end() -> BoxedStrategy<End> {
    select(vec![End::First, End::Last]).boxed()
}
