//! The visitor, the context and the events of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::case::CASE_VISITOR;
use crate::diagnostic::Diagnostic;
use crate::language::Nouns;
use crate::profile::{
    CONTEXT_FIELDS, Context, Declaration, EVENT_TYPES, Event, EventDeclaration, FieldError, Ignored,
    MAX_VISITOR_ID_CHARS, TRACKING, Visitor, by_sent_name, cast_value, parse_moment, read_event, read_events,
    read_value,
};
use crate::yaml::{Entry, Node, Reader, Value};

/// The fields of an event that the tracking protocol knows.
const EVENT_FIELDS: &[&str] = &[
    "type",
    "event",
    "timestamp",
    "properties",
    "context",
    "messageId",
    "name",
    "category",
    "traits",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "sentAt",
    "originalTimestamp",
    "receivedAt",
    "integrations",
    "version",
    "channel",
];

/// Reads `{id, attributes, consent}`; without a visitor, somebody of whom nothing is known.
pub(super) fn visitor(reader: &mut Reader<'_>, node: Option<&Node>, known: Nouns<'_>) -> Visitor {
    let mut visitor = Visitor { id: CASE_VISITOR.into(), ..Visitor::default() };
    let Some(node) = node else { return visitor };
    let mut fields = reader.fields(node, node.span, "visitor: {id: v1, attributes: {age: 41}}");
    if let Some(id) = fields.get("id")
        && let Some(text) = reader.text(id)
    {
        if text.is_empty() || text.chars().count() > MAX_VISITOR_ID_CHARS {
            let message = format!("an id has 1 to {MAX_VISITOR_ID_CHARS} characters");
            reader.error("bad-value", id.span, message, "write an id such as `v1`");
        }
        visitor.id = Arc::clone(text);
    }
    for entry in fields.get("attributes").map(|node| reader.entries(node)).unwrap_or_default() {
        let declared = declared(reader, "attribute", entry, &known.schema.attributes);
        if let Some((declared, value)) = declared.and_then(|declared| Some((declared, typed(reader, declared, entry)?)))
        {
            visitor.attributes.insert(Arc::clone(&declared.name), value);
        }
    }
    for entry in fields.get("consent").map(|node| reader.entries(node)).unwrap_or_default() {
        if &*entry.key != TRACKING && !known.schema.purposes.contains_key(&entry.key) {
            let purposes = known.schema.purposes.keys().map(|name| &**name);
            let message = format!("unknown purpose `{}`", entry.key);
            reader.unknown("unknown-purpose", entry.key_span, message, &entry.key, purposes);
        } else if let Some(said) = reader.boolean(&entry.value) {
            visitor.consent.insert(Arc::clone(&entry.key), said);
        }
    }
    fields.close(reader);
    visitor
}

/// Reads the context of the request; every field by itself, so that each error stands at its own place.
pub(super) fn context(reader: &mut Reader<'_>, node: Option<&Node>, known: Nouns<'_>) -> Context {
    let mut good = Map::new();
    for entry in node.map(|node| reader.entries(node)).unwrap_or_default() {
        let names = CONTEXT_FIELDS.iter().copied().chain(known.schema.context.values().flat_map(names));
        if !names.clone().any(|name| name == &*entry.key) {
            let message = format!("unknown context fact `{}`", entry.key);
            reader.unknown("unknown-fact", entry.key_span, message, &entry.key, names);
            continue;
        }
        let alone: Map<String, Json> = [(entry.key.to_string(), entry.value.to_json())].into_iter().collect();
        match Context::read(known.schema, &alone) {
            Ok(_) => good.extend(alone),
            Err(error) => refuse(reader, &entry.value, &error),
        }
    }
    Context::read(known.schema, &good).map(|(context, _)| context).unwrap_or_default()
}

/// Reads the events, oldest first; one without a time happens when the case is decided.
pub(super) fn events(
    reader: &mut Reader<'_>,
    node: Option<&Node>,
    known: Nouns<'_>,
    at: Option<Timestamp>,
) -> Vec<Event> {
    let (decided, at) = (at, at.unwrap_or_default());
    let before = reader.findings.len();
    let mut sent = Vec::new();
    for node in node.and_then(|node| reader.list(node)).unwrap_or_default() {
        let json = node.to_json();
        if check_event(reader, node, known, decided)
            && let Json::Object(event) = &json
            && let Err(error) = read_event(known.schema, event, at, &mut Ignored::default())
        {
            let span = node.place(&error.field);
            reader.error("bad-event", span, error.message, error.help.replacen("send", "write", 1));
        }
        sent.push(json);
    }
    match read_events(known.schema, &sent, at) {
        Ok((events, _)) => events,
        Err(error) => {
            if reader.findings.len() == before
                && let Some(node) = node
            {
                reader.error(
                    "bad-event",
                    node.place(&error.field),
                    error.message,
                    error.help.replacen("send", "write", 1),
                );
            }
            Vec::new()
        }
    }
}

/// Reports what a server would pass over in silence. `at` is when the case is decided, where that is known. Whether it makes sense to read the event at all.
fn check_event(reader: &mut Reader<'_>, node: &Node, known: Nouns<'_>, at: Option<Timestamp>) -> bool {
    for entry in reader.entries(node) {
        if !EVENT_FIELDS.contains(&&*entry.key) {
            let message = format!("unknown field `{}`", entry.key);
            reader.unknown("unknown-field", entry.key_span, message, &entry.key, EVENT_FIELDS.iter().copied());
        }
    }
    let field = |name: &str| node.fields().iter().find(|entry| &*entry.key == name).map(|entry| &entry.value);
    let text = |name: &str| match field(name).map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    if let Some(happened) = text("timestamp").and_then(|text| parse_moment(text).ok())
        && at.is_some_and(|at| happened > at)
        && let Some(node) = field("timestamp")
    {
        let message = "this event lies after the case's `at` and does not count";
        let help = "move it before `at`, or remove it";
        reader.findings.push(Diagnostic::warning("future-event", reader.file, node.span, message).help(help));
    }
    match (text("type").map(|kind| &**kind), text("event"), field("event")) {
        (Some("track"), Some(name), Some(node)) => match known.schema.event_on_the_wire(name) {
            Some(declared) => check_properties(reader, field("properties"), declared),
            None => {
                let names = known.schema.events.values().map(|event| &**event.sent_name());
                let message = format!("unknown event `{name}`");
                reader.unknown("unknown-event", node.span, message, name, names);
            }
        },
        (Some(kind), None, None) if !EVENT_TYPES.contains(&kind) && known.schema.event_on_the_wire(kind).is_some() => {
            if let Some(node) = field("type") {
                let help = format!("write `type: track, event: {kind}`");
                reader.error("bad-event", node.span, format!("`{kind}` is an event, not a type"), help);
            }
            return false;
        }
        _ => {}
    }
    true
}

fn check_properties(reader: &mut Reader<'_>, node: Option<&Node>, event: &EventDeclaration) {
    for entry in node.map(|node| reader.entries(node)).unwrap_or_default() {
        let Some(property) = declared(reader, "property", entry, &event.properties) else { continue };
        if !entry.value.is_null() && cast_value(property, &entry.value.to_json()).is_none() {
            // The strict reading knows what is wrong.
            let error = read_value(property, &entry.value.to_json()).err();
            let error = error.unwrap_or_else(|| FieldError::new("", "this value cannot be used", "check its type"));
            refuse(reader, &entry.value, &error);
        }
    }
}

/// The declaration of a name; reports one that is not declared.
fn declared<'a>(
    reader: &mut Reader<'_>,
    what: &str,
    entry: &Entry,
    declarations: &'a BTreeMap<Arc<str>, Declaration>,
) -> Option<&'a Declaration> {
    let found = by_sent_name(declarations, &entry.key);
    if found.is_none() {
        let code = if what == "property" { "unknown-property" } else { "unknown-attribute" };
        let message = format!("unknown {what} `{}`", entry.key);
        reader.unknown(code, entry.key_span, message, &entry.key, declarations.values().flat_map(names));
    }
    found
}

/// The names that a client may send for a declaration.
fn names(declared: &Declaration) -> impl Iterator<Item = &str> + Clone {
    declared.wire.as_deref().into_iter().chain(std::iter::once(&*declared.name))
}

/// A value of the declared type; reports one that is not.
fn typed(reader: &mut Reader<'_>, declared: &Declaration, entry: &Entry) -> Option<crate::profile::Value> {
    match read_value(declared, &entry.value.to_json()) {
        Ok(value) => value,
        Err(error) => {
            refuse(reader, &entry.value, &error);
            None
        }
    }
}

fn refuse(reader: &mut Reader<'_>, node: &Node, error: &FieldError) {
    let help = error.help.replacen("send", "write", 1);
    reader.error("wrong-value", node.span, error.message.clone(), help);
}
