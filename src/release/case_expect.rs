//! What a case expects of its slots.

use std::sync::Arc;

use super::Expected;
use crate::language::Nouns;
use crate::yaml::{Entry, Fields, Node, Reader, Value};

/// Why a slot may show what it shows, as decisions say it.
const REASONS: [&str; 7] = ["rule", "experiment", "otherwise", "nothing", "no_match", "inactive", "error"];

/// Reads `{slot: content, ..}`.
pub(super) fn expectations(reader: &mut Reader<'_>, node: &Node, known: Nouns<'_>) -> Vec<(Arc<str>, Expected)> {
    let mut expectations = Vec::new();
    for entry in reader.entries(node) {
        if !known.catalogue.slots.contains_key(&entry.key) {
            let slots = known.catalogue.slots.keys().map(|name| &**name);
            let message = format!("unknown slot `{}`", entry.key);
            reader.unknown("unknown-slot", entry.key_span, message, &entry.key, slots);
        }
        expectations.push((Arc::clone(&entry.key), expected(reader, entry, known)));
    }
    expectations
}

/// `content`, `[content, ..]` or `{content, value, rule, reason}`.
fn expected(reader: &mut Reader<'_>, entry: &Entry, known: Nouns<'_>) -> Expected {
    match &entry.value.value {
        Value::Map(_) => fields(reader, entry, known),
        Value::Text(_) | Value::List(_) => {
            Expected { content: Some(Some(contents(reader, &entry.value, known))), ..Expected::default() }
        }
        Value::Null => {
            let help = "write a content's name, `{value: ..}` for a literal or `{content: null}` for nothing";
            reader.error("missing-field", entry.key_span, format!("nothing is expected of `{}`", entry.key), help);
            Expected::default()
        }
        Value::Boolean(_) | Value::Number(_) => {
            let literal = entry.value.to_json();
            let help = format!("for a literal write {{value: {literal}}}");
            reader.wrong::<()>(&entry.value, "a content's name", help);
            Expected::default()
        }
    }
}

fn fields(reader: &mut Reader<'_>, entry: &Entry, known: Nouns<'_>) -> Expected {
    let mut fields = reader.fields(&entry.value, entry.key_span, "{content: .., rule: ..}");
    let content = fields.given("content").map(|content| {
        let names = (!content.value.is_null()).then(|| contents(reader, &content.value, known));
        names.filter(|names| !names.is_empty())
    });
    let value = fields.given("value").map(|value| {
        let json = value.value.to_json();
        // Several contents give a list, whatever the slot's type.
        if let Some(slot) = known.catalogue.slots.get(&entry.key)
            && !json.is_array()
            && !json.is_null()
            && let Err(message) = slot.kind.fits(&json)
        {
            let help = format!("the slot `{}` takes {}", entry.key, slot.kind.described());
            reader.error("wrong-value", value.value.span, message, help);
        }
        json
    });
    let rule = rule(reader, &mut fields);
    let reasons = REASONS.map(|reason| (reason, reason));
    let reason = fields.get("reason").and_then(|node| reader.choice(node, "bad-value", "reason", &reasons));
    let experiment = fields.given("experiment").map(|entry| experiment(reader, &entry.value, known));
    let variant = fields.given("variant");
    let variant = variant.map(|entry| variant_named(reader, &entry.value, experiment.as_ref(), known));
    fields.close(reader);
    Expected { content, value, rule, reason: reason.map(Arc::from), experiment, variant }
}

/// A defined experiment; `null` is none.
fn experiment(reader: &mut Reader<'_>, node: &Node, known: Nouns<'_>) -> Option<Arc<str>> {
    if node.is_null() {
        return None;
    }
    let name = reader.text(node)?;
    if known.experiments.get(name).is_none() && !known.experiments.faulty.contains(name) {
        let names = known.experiments.experiments.keys().map(|name| &**name);
        reader.unknown("unknown-experiment", node.span, format!("unknown experiment `{name}`"), name, names);
    }
    Some(Arc::clone(name))
}

/// A variant, of that experiment where the case names one; `null` is none.
fn variant_named(
    reader: &mut Reader<'_>,
    node: &Node,
    experiment: Option<&Option<Arc<str>>>,
    known: Nouns<'_>,
) -> Option<Arc<str>> {
    if node.is_null() {
        return None;
    }
    let name = reader.text(node)?;
    let named = match experiment {
        Some(Some(experiment)) => known.experiments.get(experiment).into_iter().collect(),
        _ => known.experiments.experiments.values().collect::<Vec<_>>(),
    };
    let names = named.iter().flat_map(|experiment| &experiment.variants).map(|variant| &*variant.name);
    if !named.is_empty() && !names.clone().any(|known| *known == **name) {
        reader.unknown("unknown-variant", node.span, format!("unknown variant `{name}`"), name, names);
    }
    Some(Arc::clone(name))
}

/// One name or a list of names, all of them declared.
fn contents(reader: &mut Reader<'_>, node: &Node, known: Nouns<'_>) -> Vec<Arc<str>> {
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for node in nodes {
        let Some(name) = reader.text(node) else { continue };
        if !known.catalogue.items.contains_key(name) {
            let items = known.catalogue.items.keys().map(|name| &**name);
            let message = format!("unknown content `{name}`");
            reader.unknown("unknown-content", node.span, message, name, items);
        }
        names.push(Arc::clone(name));
    }
    names
}

/// `home.rules:6`
fn rule(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Arc<str>> {
    let node = fields.get("rule")?;
    let text = reader.text(node)?;
    let good = text
        .rsplit_once(':')
        .is_some_and(|(file, line)| file.ends_with(".rules") && line.parse::<usize>().is_ok_and(|line| line > 0));
    if !good {
        let help = "write the file inside the rules folder and the line of its `if` or `otherwise`: `home.rules:6`";
        reader.error("bad-value", node.span, format!("`{text}` is no place of a rule"), help);
    }
    Some(Arc::clone(text))
}
