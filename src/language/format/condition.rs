//! Conditions as documents.

use super::layout::{Doc, above};
use super::value::{event, list, moment, number, quoted, span, value};
use crate::language::syntax::{
    Behaviour, CalendarUnit, Chain, Compare, Condition, Frequency, Leaf, LeafKind, Occurrence, Order, Piece, Test,
    Window,
};

/// A condition without brackets around it; its breaks belong to the group that it is put into.
pub(super) fn chain(condition: &Condition) -> Doc<'_> {
    match condition {
        Condition::All(pieces) => linked(pieces, "and "),
        Condition::Any(pieces) => linked(pieces, "or "),
        Condition::Not(_) | Condition::Leaf(_) => piece(condition),
    }
}

/// The comments above the first piece; they cannot stand on the line of the word before it.
pub(super) fn starts_with_comment(condition: &Condition) -> bool {
    match condition {
        Condition::All(pieces) | Condition::Any(pieces) => {
            pieces.first().is_some_and(|piece| !piece.comments.is_empty())
        }
        Condition::Not(_) | Condition::Leaf(_) => false,
    }
}

/// `(condition)`
pub(super) fn bracketed(condition: &Condition) -> Doc<'_> {
    let inside = Doc::Many(vec![Doc::Soft, chain(condition)]).nest();
    Doc::Many(vec![Doc::text("("), inside, Doc::Soft, Doc::text(")")]).group()
}

/// One test.
pub(super) fn leaf(leaf: &Leaf) -> Doc<'_> {
    match &leaf.kind {
        LeafKind::Segment(name) => Doc::text(format!("segment {}", name.text)),
        LeafKind::List(name) => Doc::text(format!("list {}", name.text)),
        LeafKind::Consent(name) => Doc::text(format!("consent {}", name.text)),
        LeafKind::Behaviour(it) => behaviour(it),
        LeafKind::Comparison(left, right) => Doc::Many(vec![value(left), Doc::text(" "), test(right)]),
    }
}

/// `in last 7 days`
pub(super) fn window(window: &Window) -> String {
    match window {
        Window::Last(length) => format!("in last {}", span(length)),
        Window::ThisVisit => "in this visit".to_owned(),
        Window::This(unit) => format!("in this {}", calendar(*unit, 1)),
        Window::Ago(newer, older) => format!("between {} and {} ago", span(newer), span(older)),
        Window::Since(start) => format!("since {}", moment(&start.kind)),
    }
}

fn linked<'a>(pieces: &'a [Piece], word: &'static str) -> Doc<'a> {
    let mut docs = Vec::with_capacity(pieces.len() * 4);
    for (index, each) in pieces.iter().enumerate() {
        if index > 0 {
            docs.push(Doc::Line);
        }
        docs.push(above(&each.comments));
        if index > 0 {
            docs.push(Doc::text(word));
        }
        docs.push(piece(&each.condition));
    }
    Doc::Many(docs)
}

fn piece(condition: &Condition) -> Doc<'_> {
    match condition {
        Condition::All(_) | Condition::Any(_) => bracketed(condition),
        Condition::Not(negation) => Doc::Many(vec![Doc::text("not "), piece(&negation.condition)]),
        Condition::Leaf(it) => leaf(it),
    }
}

/// A chain of events breaks before each step and before its window.
fn behaviour(behaviour: &Behaviour) -> Doc<'_> {
    let mut parts = Vec::new();
    match &behaviour.chain {
        Some(Chain::Then(steps)) => parts.extend(steps.iter().map(|step| {
            let within = Doc::text(format!(" within {}", span(&step.within)));
            Doc::Many(vec![Doc::text("then "), occurrence(&step.occurrence), within])
        })),
        Some(Chain::Without(missing, within)) => {
            let within = Doc::text(format!(" within {}", span(within)));
            parts.push(Doc::Many(vec![Doc::text("without "), event(missing), within]));
        }
        None => {}
    }
    parts.extend(behaviour.frequency.iter().map(|it| Doc::text(frequency(it))));
    parts.extend(behaviour.window.iter().map(|it| Doc::text(window(it))));
    let gap = || {
        if behaviour.chain.is_some() { Doc::Line } else { Doc::text(" ") }
    };
    let rest = parts.into_iter().flat_map(|part| [gap(), part]).collect();
    Doc::Many(vec![occurrence(&behaviour.subject), Doc::Many(rest).nest()]).group()
}

fn occurrence(occurrence: &Occurrence) -> Doc<'_> {
    match occurrence {
        Occurrence::Visited(page) => Doc::text(format!("visited {}", quoted(&page.text))),
        Occurrence::Did(it) => Doc::Many(vec![Doc::text("did "), event(it)]),
    }
}

fn frequency(frequency: &Frequency) -> String {
    match frequency {
        Frequency::Times(compare, count) => {
            format!("{} {} times", compare_words(*compare), count.value)
        }
        Frequency::Different(compare, count, unit) => {
            format!("on {} {} different {}", compare_words(*compare), count.value, calendar(*unit, count.value))
        }
        Frequency::InARow(count, unit) => format!("on {} {} in a row", count.value, calendar(*unit, count.value)),
    }
}

fn compare_words(compare: Compare) -> &'static str {
    match compare {
        Compare::AtLeast => "at least",
        Compare::AtMost => "at most",
        Compare::Exactly => "exactly",
        Compare::MoreThan => "more than",
        Compare::FewerThan => "fewer than",
    }
}

fn calendar(unit: CalendarUnit, count: u64) -> &'static str {
    match (unit, count) {
        (CalendarUnit::Day, 1) => "day",
        (CalendarUnit::Day, _) => "days",
        (CalendarUnit::Week, 1) => "week",
        (CalendarUnit::Week, _) => "weeks",
        (CalendarUnit::Month, 1) => "month",
        (CalendarUnit::Month, _) => "months",
    }
}

fn test(test: &Test) -> Doc<'_> {
    let not = |negated: bool| if negated { "not " } else { "" };
    match test {
        Test::Known(known) => Doc::text(if *known { "is known" } else { "is unknown" }),
        Test::OneOf { negated, list: values } => {
            Doc::Many(vec![Doc::text(format!("is {}one of ", not(*negated))), list(values)])
        }
        Test::Is { negated, value: right } => Doc::Many(vec![Doc::text(format!("is {}", not(*negated))), value(right)]),
        Test::Top(share) => Doc::text(format!("is in top {} percent", number(&share.value))),
        Test::Contains(text) => Doc::text(format!("contains {}", quoted(&text.text))),
        Test::StartsWith(text) => Doc::text(format!("starts with {}", quoted(&text.text))),
        Test::EndsWith(text) => Doc::text(format!("ends with {}", quoted(&text.text))),
        Test::Matches(text) => Doc::text(format!("matches {}", quoted(&text.text))),
        Test::Includes(text) => Doc::text(format!("includes {}", quoted(&text.text))),
        Test::IncludesAny(values) => Doc::Many(vec![Doc::text("includes any of "), list(values)]),
        Test::IncludesAll(values) => Doc::Many(vec![Doc::text("includes all of "), list(values)]),
        Test::Between(low, high) => Doc::Many(vec![Doc::text("between "), value(low), Doc::text(" and "), value(high)]),
        Test::Order(order, right) => Doc::Many(vec![Doc::text(order_sign(*order)), Doc::text(" "), value(right)]),
    }
}

fn order_sign(order: Order) -> &'static str {
    match order {
        Order::Less => "<",
        Order::AtMost => "<=",
        Order::Greater => ">",
        Order::AtLeast => ">=",
    }
}
