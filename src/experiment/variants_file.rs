//! Reads `variants: [{name: control, weight: 1, show: default_hero}, ..]` and `forced: {reminder: [qa_1]}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::definition::{MAX_FORCED, MAX_VARIANTS, MIN_VARIANTS};
use super::experiment_file::nothing_empty;
use super::{Range, Share, Variant};
use crate::content::{Catalogue, Shown};
use crate::diagnostic::Span;
use crate::profile::{MAX_VISITOR_ID_CHARS, name};
use crate::yaml::{Entry, Fields, Node, Reader, Value};

/// A larger weight is refused: shares that small enrol nobody.
pub const MAX_WEIGHT: u64 = 1_000_000_000;

/// Weights count in millionths: no share of a site's visitors is finer.
const WEIGHT_UNIT: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

const EXAMPLE: &str =
    "variants: [{name: control, weight: 1, show: default_hero}, {name: reminder, weight: 1, show: cart_reminder}]";

/// The variants with their ranges; `None` when one is in error.
pub(super) fn variants(reader: &mut Reader<'_>, node: &Node, catalogue: &Catalogue) -> Option<Vec<Variant>> {
    let nodes = reader.list(node)?;
    if !(MIN_VARIANTS..=MAX_VARIANTS).contains(&nodes.len()) {
        let message =
            format!("an experiment compares {MIN_VARIANTS} to {MAX_VARIANTS} variants, here are {}", nodes.len());
        reader.error("variant-count", node.span, message, format!("write {EXAMPLE}"));
    }
    let mut variants: Vec<Variant> = Vec::with_capacity(nodes.len());
    let mut complete = true;
    for node in nodes {
        let Some(variant) = variant(reader, node, catalogue) else {
            complete = false;
            continue;
        };
        if variants.iter().any(|other| other.name == variant.name) {
            let message = format!("two variants are called `{}`", variant.name);
            reader.error("duplicate-name", node.span, message, "give each its own name");
        }
        variants.push(variant);
    }
    if !complete || variants.is_empty() {
        return None;
    }
    let total: u64 = variants.iter().map(|variant| variant.weight).sum();
    if total == 0 {
        let help = "give a weight above 0 to at least one variant";
        reader.error("bad-weight", node.span, "no variant has any weight: nobody would get one", help);
        return None;
    }
    let mut before = 0;
    for variant in &mut variants {
        let start = Share::of_weights(before, total);
        before += variant.weight;
        variant.range = Range { start, end: Share::of_weights(before, total) };
    }
    Some(variants)
}

fn variant(reader: &mut Reader<'_>, node: &Node, catalogue: &Catalogue) -> Option<Variant> {
    if !matches!(node.value, Value::Map(_)) {
        return reader.wrong(node, "a variant", "write {name: control, weight: 1, show: default_hero}".to_owned());
    }
    nothing_empty(reader, node);
    let mut fields = reader.fields(node, node.span, "{name: control, weight: 1, show: default_hero}");
    let named = fields.need(reader, "name", "give it a name, such as `name: control`");
    let name = named.and_then(|node| variant_name(reader, node));
    let weight = match fields.get("weight") {
        None => Some(WEIGHT_UNIT.to_u64().unwrap_or_default()),
        Some(node) => weight(reader, node),
    };
    let shown = shown(reader, &mut fields, node.span, catalogue);
    fields.close(reader);
    Some(Variant { name: name?, weight: weight?, shown: shown?, range: Range::ALL })
}

fn variant_name(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    if let Err(bad) = name::check_shape(text) {
        reader.error(bad.code, node.span, bad.message, bad.help);
        return None;
    }
    Some(Arc::clone(text))
}

/// In millionths.
fn weight(reader: &mut Reader<'_>, node: &Node) -> Option<u64> {
    let number = match &node.value {
        Value::Text(text) if text.ends_with('%') => {
            let help =
                format!("write the number alone: {}; weights count against each other", text.trim_end_matches('%'));
            return reader.wrong(node, "a number", help);
        }
        _ => reader.number(node)?,
    };
    let millionths = number.checked_mul(WEIGHT_UNIT).filter(|_| number <= Decimal::from(MAX_WEIGHT));
    let exact = millionths.filter(|millionths| millionths.fract().is_zero()).and_then(|exact| exact.to_u64());
    if exact.is_none() {
        let message = format!("{} is no weight", node.described());
        let help = format!("write a number from 0 to {MAX_WEIGHT} with at most six decimals, such as 1 or 2.5");
        reader.error("bad-weight", node.span, message, help);
    }
    exact
}

/// `show: a`, `show: [a, b]`, `show: nothing`, `show: true`, `show: 3`, or `value: a text`.
fn shown(reader: &mut Reader<'_>, fields: &mut Fields<'_>, at: Span, catalogue: &Catalogue) -> Option<Shown> {
    let (show, value) = (fields.get("show"), fields.get("value"));
    match (show, value) {
        (Some(_), Some(value)) => {
            let help = "keep `show` for content by its name, or `value` for a value written out";
            reader.error("bad-field", value.span, "a variant has either `show` or `value`", help);
            None
        }
        (None, None) => {
            let help =
                "say what it shows: `show: default_hero`, `show: nothing`, or a value written out, `value: blue`";
            reader.error("missing-field", at, "`show` is missing", help);
            None
        }
        (None, Some(value)) => Some(Shown::Literal(value.to_json())),
        (Some(show), None) => match &show.value {
            Value::Boolean(_) | Value::Number(_) => Some(Shown::Literal(show.to_json())),
            Value::Text(text) if &**text == "nothing" => Some(Shown::Nothing),
            Value::Text(text) => {
                content_named(reader, show, text, catalogue).map(|name| Shown::Contents(Arc::from([name])))
            }
            Value::List(nodes) if !nodes.is_empty() => {
                let names: Vec<Option<Arc<str>>> = nodes
                    .iter()
                    .map(|node| {
                        let name = reader.text(node)?;
                        content_named(reader, node, name, catalogue)
                    })
                    .collect();
                Some(Shown::Contents(names.into_iter().collect::<Option<_>>()?))
            }
            _ => reader.wrong(show, "content", "name a content item, or write a value with `value: ..`".to_owned()),
        },
    }
}

fn content_named(reader: &mut Reader<'_>, node: &Node, name: &str, catalogue: &Catalogue) -> Option<Arc<str>> {
    if let Some(item) = catalogue.items.get(name) {
        return Some(Arc::clone(&item.name));
    }
    let message = format!("unknown content `{name}`");
    match name {
        "yes" | "no" => {
            let help = format!("for yes or no write: show: {}", name == "yes");
            reader.error("unknown-content", node.span, message, help);
        }
        _ => reader.unknown("unknown-content", node.span, message, name, catalogue.items.keys().map(|name| &**name)),
    }
    None
}

/// `forced: {reminder: [qa_1]}`: which testers see which variant, by visitor id.
pub(super) fn forced(reader: &mut Reader<'_>, node: &Node, variants: &[Variant]) -> BTreeMap<Arc<str>, usize> {
    let mut forced = BTreeMap::new();
    for entry in reader.entries(node) {
        let Some(index) = variant_index(reader, &entry.key, entry.key_span, variants) else { continue };
        forced_ids(reader, entry, index, &mut forced);
    }
    if forced.len() > MAX_FORCED {
        let message = format!("more than {MAX_FORCED} forced visitors");
        reader.error("too-large", node.span, message, "forced variants are for testers; enrol visitors by `traffic`");
    }
    forced
}

fn forced_ids(reader: &mut Reader<'_>, entry: &Entry, index: usize, forced: &mut BTreeMap<Arc<str>, usize>) {
    for node in reader.list(&entry.value).unwrap_or_default() {
        let Some(id) = reader.text(node) else { continue };
        if id.is_empty() || id.chars().count() > MAX_VISITOR_ID_CHARS {
            let help = format!("write a visitor id of 1 to {MAX_VISITOR_ID_CHARS} characters");
            reader.error("bad-value", node.span, format!("{} is no visitor id", node.described()), help);
        } else if forced.insert(Arc::clone(id), index).is_some() {
            reader.error("duplicate-name", node.span, format!("`{id}` is forced twice"), "keep one of the two");
        }
    }
}

/// The position of a variant by name; reports it if there is none.
pub(super) fn variant_index(reader: &mut Reader<'_>, name: &str, at: Span, variants: &[Variant]) -> Option<usize> {
    let found = variants.iter().position(|variant| &*variant.name == name);
    if found.is_none() && !variants.is_empty() {
        let names = variants.iter().map(|variant| &*variant.name);
        reader.unknown("unknown-variant", at, format!("unknown variant `{name}`"), name, names);
    }
    found
}
