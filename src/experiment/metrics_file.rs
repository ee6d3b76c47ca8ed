//! Reads `metrics: {order_rate: {kind: conversion, event: order, ..}}`.

use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::metric::{Cap, Filter};
use super::percent::percent;
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
    let within = fields.get("within").and_then(|node| window(reader, node));
    let before = before(reader, &mut fields, kind);
    let cap = cap(reader, &mut fields, kind);
    let directions = [("up", Direction::Up), ("down", Direction::Down)];
    let direction = fields
        .need(reader, "direction", "say which way is better: `direction: up` or `direction: down`")
        .and_then(|node| reader.choice(node, "bad-value", "direction", &directions));
    let margin = fields.get("margin").and_then(|node| positive_percent(reader, node));
    let kind = details(reader, &mut fields, kind, schema);
    fields.close_with(reader, &name::where_else);
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
    let names = schema.events.keys().map(|name| &**name).chain(built_in);
    reader.unknown("unknown-event", node.span, format!("unknown event `{written}`"), written, names);
    None
}

fn window(reader: &mut Reader<'_>, node: &Node) -> Option<SignedDuration> {
    let span = match &node.value {
        Value::Text(text) => parse_span(text).ok().filter(SignedDuration::is_positive),
        _ => None,
    };
    if span.is_none() {
        let message = format!("expected a span, found {}", node.described());
        reader.error("wrong-type", node.span, message, "write a number and a unit, such as `14 days`");
    }
    span
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
        Some(node) => window(reader, node),
    }
}

fn cap(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<Cap> {
    let entry = fields.entry("cap")?;
    if !matches!(kind, None | Some(Kind::Sum | Kind::Mean | Kind::Count | Kind::Ratio)) {
        let message = "only a sum, a mean, a count or a ratio has a cap";
        reader.error("bad-field", entry.key_span, message, "remove `cap`");
        return None;
    }
    let node = &entry.value;
    let refused = match &node.value {
        Value::Text(_) => {
            let share = percent(reader, node)?;
            if share > Decimal::ZERO && share < Decimal::ONE {
                return Some(Cap::Percentile(share));
            }
            "a percentile lies between 0% and 100%"
        }
        _ => {
            let number = reader.number(node)?;
            if number > Decimal::ZERO {
                return Some(Cap::Value(number));
            }
            "a cap is more than 0"
        }
    };
    reader.error("bad-value", node.span, refused, "write an amount, such as 1000, or a percentile, such as 99%");
    None
}

fn positive_percent(reader: &mut Reader<'_>, node: &Node) -> Option<Decimal> {
    let share = percent(reader, node)?;
    if share <= Decimal::ZERO {
        let help = "write how much worse is still tolerated, such as 2%";
        reader.error("bad-value", node.span, "a margin is more than nothing", help);
        return None;
    }
    Some(share)
}
