//! Reads `metrics: {order_rate: {kind: conversion, event: order, ..}}`.

use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::metric::{Cap, Filter};
use super::percent::{parse_percent, percent};
use super::plan::whole;
use super::{Metric, MetricKind};
use crate::analysis::Direction;
use crate::content::Place;
use crate::profile::{Schema, Type, name, parse_span};
use crate::yaml::{Entry, Fields, Node, Reader, Value};

/// What `kind` may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Conversion,
    Count,
    Sum,
    Mean,
    Ratio,
    Quantile,
    Retention,
}

const KINDS: [(&str, Kind); 7] = [
    ("conversion", Kind::Conversion),
    ("count", Kind::Count),
    ("sum", Kind::Sum),
    ("mean", Kind::Mean),
    ("ratio", Kind::Ratio),
    ("quantile", Kind::Quantile),
    ("retention", Kind::Retention),
];

/// A later day is refused: nobody waits that long for a result.
pub const MAX_RETENTION_DAY: u64 = 365;

/// Four weeks: a whole number of weeks, and long enough for somebody who comes once a month.
const DEFAULT_BEFORE: SignedDuration = SignedDuration::from_hours(28 * 24);

pub(super) fn metric(reader: &mut Reader<'_>, entry: &Entry, schema: &Schema) -> Option<Metric> {
    let example = format!("{}: {{kind: conversion, event: order, direction: up}}", entry.key);
    let mut fields = reader.fields(&entry.value, entry.key_span, &example);
    let kind = fields
        .need(reader, "kind", "say what is measured, such as `kind: conversion`")
        .and_then(|node| reader.choice(node, "bad-value", "kind of metric", &KINDS));
    let event = fields.need(reader, "event", "say which event counts, such as `event: order`");
    let event = event.and_then(|node| event_named(reader, node, schema));
    let property = property(reader, &mut fields, kind, event.as_ref(), schema);
    let filter = fields.get("where").and_then(|node| {
        let place = Place { file: Arc::clone(reader.file), span: node.span };
        Some(Filter { text: Arc::clone(reader.text(node)?), place })
    });
    let within = within(reader, &mut fields, kind);
    let before = before(reader, &mut fields, kind);
    let cap = cap(reader, &mut fields, kind);
    let directions = [("up", Direction::Up), ("down", Direction::Down)];
    let direction = fields
        .need(reader, "direction", "say which way is better: `direction: up` or `direction: down`")
        .and_then(|node| reader.choice(node, "bad-value", "direction", &directions));
    let margin = fields.get("margin").and_then(|node| margin(reader, node, direction));
    let kind = details(reader, &mut fields, kind, schema);
    fields.close_with(reader, &where_else);
    Some(Metric {
        name: Arc::clone(&entry.key),
        kind: kind?,
        event: event?,
        property: property?,
        filter,
        within,
        before,
        cap,
        direction: direction?,
        margin,
        place: Place { file: Arc::clone(reader.file), span: entry.key_span },
    })
}

/// What a field is called that has another name elsewhere.
fn where_else(section: &str) -> Option<&'static str> {
    match section {
        "window" | "time_window" | "duration" | "during" => Some("write `within`, such as `within: 14 days`"),
        _ => name::where_else(section),
    }
}

/// What only some kinds have.
fn details(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    kind: Option<Kind>,
    schema: &Schema,
) -> Option<MetricKind> {
    let per = only_for(reader, fields, "per", kind, Kind::Ratio);
    let quantile = only_for(reader, fields, "quantile", kind, Kind::Quantile);
    let day = only_for(reader, fields, "day", kind, Kind::Retention);
    Some(match kind? {
        Kind::Conversion => MetricKind::Conversion,
        Kind::Count => MetricKind::Count,
        Kind::Sum => MetricKind::Sum,
        Kind::Mean => MetricKind::Mean,
        Kind::Ratio => {
            let example = "per: {event: page}";
            let mut inner = reader.fields(per?, per?.span, example);
            let event = inner.need(reader, "event", "say what it is divided by, such as `per: {event: page}`");
            let event = event.and_then(|node| event_named(reader, node, schema));
            let property = inner.get("property").and_then(|node| property_named(reader, node, event.as_ref(), schema));
            inner.close(reader);
            MetricKind::Ratio { event: event?, property }
        }
        Kind::Quantile => {
            if let Value::Text(text) = &quantile?.value
                && let Ok(share) = parse_percent(text)
            {
                return reader.wrong(quantile?, "a number", format!("write it without percent sign: {share}"));
            }
            let number = reader.number(quantile?)?;
            if number <= Decimal::ZERO || number >= Decimal::ONE {
                reader.error("bad-value", quantile?.span, "a quantile lies between 0 and 1", "write, for example, 0.9");
                return None;
            }
            MetricKind::Quantile(number)
        }
        Kind::Retention => MetricKind::Retention(whole(reader, day?, 1, MAX_RETENTION_DAY)?),
    })
}

/// A field that one kind must have and no other may.
fn only_for<'n>(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'n>,
    name: &'static str,
    kind: Option<Kind>,
    only: Kind,
) -> Option<&'n Node> {
    let word = KINDS.iter().find(|(_, kind)| *kind == only).map_or("", |(word, _)| word);
    let example = match only {
        Kind::Ratio => "per: {event: page}",
        Kind::Quantile => "quantile: 0.9",
        _ => "day: 7",
    };
    if kind == Some(only) {
        return fields.need(reader, name, &format!("a {word} needs it: {example}"));
    }
    let entry = fields.entry(name)?;
    if kind.is_some() {
        let message = format!("`{name}` has a meaning for a {word} only");
        reader.error("bad-field", entry.key_span, message, format!("remove it, or write `kind: {word}`"));
    }
    None
}

/// `Some(None)`: this kind needs none. `None`: in error.
#[expect(clippy::option_option, reason = "no property and a property in error are two things")]
fn property(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    kind: Option<Kind>,
    event: Option<&Arc<str>>,
    schema: &Schema,
) -> Option<Option<Arc<str>>> {
    let needs = matches!(kind, Some(Kind::Sum | Kind::Mean | Kind::Quantile));
    if matches!(kind, Some(Kind::Conversion | Kind::Count | Kind::Retention)) {
        if let Some(entry) = fields.entry("property") {
            let help = "remove it; to sum it write `kind: sum`, to choose events by it use `where`";
            reader.error("bad-field", entry.key_span, "this kind of metric reads no property", help);
        }
        return Some(None);
    }
    if !needs {
        let Some(node) = fields.get("property") else { return Some(None) };
        return property_named(reader, node, event, schema).map(Some);
    }
    let node = fields.need(reader, "property", "say which number of the event, such as `property: amount`")?;
    property_named(reader, node, event, schema).map(Some)
}

/// A declared numeric property.
fn property_named(reader: &mut Reader<'_>, node: &Node, event: Option<&Arc<str>>, schema: &Schema) -> Option<Arc<str>> {
    let name = reader.text(node)?;
    let properties = &schema.events.get(event?)?.properties;
    match properties.get(name).map(|declared| declared.kind) {
        Some(Type::Number) => Some(Arc::clone(name)),
        Some(kind) => {
            let message = format!("`{name}` is a {}: only a number can be measured", kind.word());
            reader.error("bad-value", node.span, message, "name a property of type number");
            None
        }
        None => {
            let numbers = properties.values().filter(|declared| declared.kind == Type::Number);
            let names = numbers.map(|declared| &*declared.name);
            reader.unknown("unknown-property", node.span, format!("unknown property `{name}`"), name, names);
            None
        }
    }
}

fn event_named(reader: &mut Reader<'_>, node: &Node, schema: &Schema) -> Option<Arc<str>> {
    let written = reader.text(node)?;
    let built_in = name::BUILT_IN_EVENTS.iter().copied();
    if schema.events.contains_key(written) || built_in.clone().any(|known| *known == **written) {
        return Some(Arc::clone(written));
    }
    if let Some(declared) = schema.event_on_the_wire(written.trim()) {
        let message = format!("`{written}` is how clients send an event, not its name");
        reader.error("unknown-event", node.span, message, format!("write `{}`", declared.name));
        return None;
    }
    let names = schema.events.keys().map(|name| &**name).chain(built_in);
    reader.unknown("unknown-event", node.span, format!("unknown event `{written}`"), written, names);
    None
}

fn window(reader: &mut Reader<'_>, node: &Node) -> Option<SignedDuration> {
    let span = match &node.value {
        Value::Text(text) => {
            let span = parse_span(text.strip_prefix('-').unwrap_or(text)).ok();
            if span.is_some_and(|span| span.is_zero() || text.starts_with('-')) {
                let message = format!("{} is no length of time", node.described());
                reader.error("bad-value", node.span, message, "write more than nothing, such as `14 days`");
                return None;
            }
            span
        }
        _ => None,
    };
    if span.is_none() {
        let message = format!("expected a span, found {}", node.described());
        reader.error("wrong-type", node.span, message, "write a number and a unit, such as `14 days`");
    }
    span
}

/// How long after the exposure events count; of a retention its `day` says so.
fn within(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<SignedDuration> {
    let entry = fields.entry("within")?;
    if kind == Some(Kind::Retention) {
        let message = "a retention looks at one day only, which its `day` names";
        reader.error("bad-field", entry.key_span, message, "remove `within`");
        return None;
    }
    window(reader, &entry.value)
}

/// How long before the exposure the same is measured; 28 days unless said otherwise. What a quantile was says nothing of one visitor.
fn before(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<SignedDuration> {
    let entry = fields.entry("before");
    if kind == Some(Kind::Quantile) {
        if let Some(entry) = entry {
            reader.error(
                "bad-field",
                entry.key_span,
                "a quantile is not adjusted by what was before",
                "remove `before`",
            );
        }
        return None;
    }
    match entry.map(|entry| &entry.value) {
        None => Some(DEFAULT_BEFORE),
        Some(node) if matches!(&node.value, Value::Text(text) if &**text == "none") => None,
        Some(node) if is_no(node) => reader.wrong(
            node,
            "a span",
            "write `before: none` where nothing is adjusted, or a span such as `28 days`".to_owned(),
        ),
        Some(node) => window(reader, node),
    }
}

fn is_no(node: &Node) -> bool {
    match &node.value {
        Value::Boolean(is_yes) => !is_yes,
        Value::Text(text) => ["no", "off", "never", "nothing"].contains(&text.to_ascii_lowercase().as_str()),
        _ => false,
    }
}

const CAP_HELP: &str = "write an amount, such as 1000, or a percentile, such as 99%";

fn cap(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<Cap> {
    let entry = fields.entry("cap")?;
    if !matches!(kind, None | Some(Kind::Sum | Kind::Mean | Kind::Count | Kind::Ratio)) {
        let message = "only a sum, a mean, a count or a ratio has a cap";
        reader.error("bad-field", entry.key_span, message, "remove `cap`");
        return None;
    }
    let node = &entry.value;
    let refused = match &node.value {
        Value::Text(text) => {
            let Ok(share) = parse_percent(text) else {
                return reader.wrong(node, "an amount or a percentage", CAP_HELP.to_owned());
            };
            if share > Decimal::ZERO && share < Decimal::ONE {
                return Some(Cap::Percentile(share));
            }
            "a percentile lies between 0% and 100%"
        }
        _ => {
            let number = reader.number(node)?;
            if number > Decimal::ZERO {
                if number < Decimal::ONE {
                    let message = format!("a cap of {number} lets no visitor count for more than {number}");
                    let percent = number.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(number).normalize();
                    let help = format!(
                        "if a percentile is meant, write `cap: {percent}%`; an amount is in the metric's own unit, such as 1000"
                    );
                    reader.warning("bad-value", node.span, message, help);
                }
                return Some(Cap::Value(number));
            }
            "a cap is more than 0"
        }
    };
    reader.error("bad-value", node.span, refused, CAP_HELP);
    None
}

/// How much worse a guardrail may get. Nothing that should go up can get worse by more than all of it.
fn margin(reader: &mut Reader<'_>, node: &Node, direction: Option<Direction>) -> Option<Decimal> {
    let share = percent(reader, node)?;
    if share >= Decimal::ONE && direction == Some(Direction::Up) {
        let message =
            "a metric of which more is better cannot get worse by 100% and more: this margin allows everything";
        reader.error("bad-value", node.span, message, "write how much worse is still tolerated, such as 2%");
        return None;
    }
    if share <= Decimal::ZERO {
        let help = "write how much worse is still tolerated, such as 2%";
        reader.error("bad-value", node.span, "a margin is more than nothing", help);
        return None;
    }
    Some(share)
}
