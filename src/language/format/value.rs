//! Values and events as documents, literals as text.

use rust_decimal::Decimal;

use super::condition::{bracketed, window};
use super::layout::Doc;
use crate::language::syntax::{
    Aggregate, Elapsed, End, EventRef, Function, List, MomentKind, Operator, SpanLiteral, Unit, Value, ValueKind,
};

/// A value; arithmetic breaks before its signs.
pub(super) fn value(it: &Value) -> Doc<'_> {
    match &it.kind {
        ValueKind::Number(written) => Doc::text(number(&written.value)),
        ValueKind::Text(text) => Doc::text(quoted(text)),
        ValueKind::Boolean(yes) => Doc::text(boolean(*yes)),
        ValueKind::Moment(kind) => Doc::text(moment(kind)),
        ValueKind::Span(length) => Doc::text(span(length)),
        ValueKind::Path(path) => match path.end {
            Some(end) => Doc::text(format!("{} {}", end_word(end), path.name.text)),
            None => Doc::text(path.name.text.as_str()),
        },
        ValueKind::Aggregate(it) => aggregate(it),
        ValueKind::Elapsed(it) => elapsed(it),
        ValueKind::Call(name, arguments) => {
            let mut docs = vec![Doc::text(name.text.as_str()), Doc::text("(")];
            for (index, argument) in arguments.iter().enumerate() {
                docs.extend((index > 0).then(|| Doc::text(", ")));
                docs.push(value(argument));
            }
            docs.push(Doc::text(")"));
            Doc::Many(docs)
        }
        ValueKind::Arithmetic(..) => arithmetic(it),
    }
}

/// `[a, b]`, or one value per line with a comma after each.
pub(super) fn list(list: &List) -> Doc<'_> {
    let mut inside = Vec::with_capacity(list.values.len() * 3 + 1);
    for (index, each) in list.values.iter().enumerate() {
        inside.push(if index == 0 { Doc::Soft } else { Doc::Line });
        inside.push(value(each));
        inside.push(if index + 1 < list.values.len() { Doc::text(",") } else { Doc::Broken(",") });
    }
    Doc::Many(vec![Doc::text("["), Doc::Many(inside).nest(), Doc::Soft, Doc::text("]")]).group()
}

/// `order with (amount > 50)`
pub(super) fn event(event: &EventRef) -> Doc<'_> {
    match &event.filter {
        Some(filter) => Doc::Many(vec![Doc::text(event.name.text.as_str()), Doc::text(" with "), bracketed(filter)]),
        None => Doc::text(event.name.text.as_str()),
    }
}

/// In quotes, with `\"`, `\\`, `\n` and `\t`.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Digits with the written scale: `1.0` stays `1.0`.
pub(super) fn number(value: &Decimal) -> String {
    value.to_string()
}

pub(super) fn boolean(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `1 day`, `7 days`
pub(super) fn span(length: &SpanLiteral) -> String {
    format!("{} {}", length.count, unit_word(length.unit, length.count))
}

/// The unit as it follows a count.
pub(in crate::language) fn unit_word(unit: Unit, count: u64) -> &'static str {
    match (unit, count) {
        (Unit::Second, 1) => "second",
        (Unit::Second, _) => "seconds",
        (Unit::Minute, 1) => "minute",
        (Unit::Minute, _) => "minutes",
        (Unit::Hour, 1) => "hour",
        (Unit::Hour, _) => "hours",
        (Unit::Day, 1) => "day",
        (Unit::Day, _) => "days",
        (Unit::Week, 1) => "week",
        (Unit::Week, _) => "weeks",
        (Unit::Month, 1) => "month",
        (Unit::Month, _) => "months",
    }
}

/// `2026-11-27`, `2026-11-27T18:30`, `18:30`
pub(super) fn moment(kind: &MomentKind) -> String {
    let clock = |time: jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
    match kind {
        MomentKind::Date(date) => date.to_string(),
        MomentKind::DateTime(moment) => format!("{}T{}", moment.date(), clock(moment.time())),
        MomentKind::Time(time) => clock(*time),
    }
}

fn end_word(end: End) -> &'static str {
    match end {
        End::First => "first",
        End::Last => "last",
    }
}

/// The word of a function.
pub(in crate::language) fn function_word(function: Function) -> &'static str {
    match function {
        Function::Sum => "sum",
        Function::Average => "average",
        Function::Smallest => "smallest",
        Function::Largest => "largest",
        Function::Distinct => "distinct",
        Function::Favourite => "favourite",
        Function::Count => "count",
    }
}

fn aggregate(aggregate: &Aggregate) -> Doc<'_> {
    let mut docs = vec![Doc::text(format!("{} of {} ", function_word(aggregate.function), aggregate.path.text))];
    if let Some(filter) = &aggregate.filter {
        docs.extend([Doc::text("with "), bracketed(filter), Doc::text(" ")]);
    }
    docs.push(Doc::text(window(&aggregate.window)));
    Doc::Many(docs)
}

fn elapsed(elapsed: &Elapsed) -> Doc<'_> {
    // The language knows the plural alone here.
    let words = format!("{} since {} ", unit_word(elapsed.unit, 0), end_word(elapsed.end));
    Doc::Many(vec![Doc::text(words), event(&elapsed.event)])
}

/// A chain of operations of one precedence, written without brackets: `a - b + c` is `(a - b) + c`.
fn arithmetic(whole: &Value) -> Doc<'_> {
    let level = precedence(whole);
    let mut steps = Vec::new();
    let mut first = whole;
    while let ValueKind::Arithmetic(left, operator, right) = &first.kind
        && precedence(first) == level
    {
        steps.push((*operator, right.as_ref()));
        first = left;
    }
    let mut rest = Vec::with_capacity(steps.len() * 3);
    for (operator, right) in steps.into_iter().rev() {
        rest.extend([Doc::Line, Doc::text(sign(operator)), operand(right, level + 1)]);
    }
    Doc::Many(vec![operand(first, level), Doc::Many(rest).nest()]).group()
}

/// In brackets if it binds less than `level`.
fn operand(it: &Value, level: u8) -> Doc<'_> {
    if precedence(it) < level { Doc::Many(vec![Doc::text("("), value(it), Doc::text(")")]) } else { value(it) }
}

fn precedence(value: &Value) -> u8 {
    match value.kind {
        ValueKind::Arithmetic(_, Operator::Add | Operator::Subtract, _) => 1,
        ValueKind::Arithmetic(_, Operator::Multiply | Operator::Divide, _) => 2,
        _ => 3,
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+ ",
        Operator::Subtract => "- ",
        Operator::Multiply => "* ",
        Operator::Divide => "/ ",
    }
}
