//! Reads `layers: {hero: {salt: hero}}` and `holdouts: {global: {share: 2%, layers: all}}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::experiment_file::{nothing_empty, salt};
use super::percent::share;
use super::unit::unit;
use super::{Holdout, Layer, Layers, Unit};
use crate::content::Place;
use crate::profile::Schema;
use crate::yaml::{Entry, Node, Reader, Value};

pub(super) fn layer(reader: &mut Reader<'_>, entry: &Entry) -> Layer {
    nothing_empty(reader, &entry.value);
    let mut fields = reader.fields(&entry.value, entry.key_span, &format!("{0}: {{salt: {0}}}", entry.key));
    let salt = salt(reader, &mut fields).unwrap_or_else(|| Arc::clone(&entry.key));
    fields.close(reader);
    let place = Place { file: Arc::clone(reader.file), span: entry.key_span };
    Layer { name: Arc::clone(&entry.key), salt, place }
}

/// `layers` are those of all files.
pub(super) fn holdout(
    reader: &mut Reader<'_>,
    entry: &Entry,
    layers: &BTreeMap<Arc<str>, Layer>,
    schema: &Schema,
) -> Option<Holdout> {
    nothing_empty(reader, &entry.value);
    let example = format!("{}: {{share: 2%, layers: all}}", entry.key);
    let mut fields = reader.fields(&entry.value, entry.key_span, &example);
    let share = fields
        .need(reader, "share", "say how many are kept out, such as `share: 2%`")
        .and_then(|node| share(reader, node));
    let of_layers = fields
        .need(reader, "layers", "say out of which experiments: `layers: all` or `layers: [hero]`")
        .and_then(|node| named_layers(reader, node, layers));
    let salt = salt(reader, &mut fields).unwrap_or_else(|| Arc::clone(&entry.key));
    let unit = match fields.get("unit") {
        None => Some(Unit::Visitor),
        Some(node) => unit(reader, node, schema),
    };
    fields.close(reader);
    Some(Holdout { name: Arc::clone(&entry.key), salt, share: share?, layers: of_layers?, unit: unit? })
}

fn named_layers(reader: &mut Reader<'_>, node: &Node, layers: &BTreeMap<Arc<str>, Layer>) -> Option<Layers> {
    let nodes = match &node.value {
        Value::Text(text) if &**text == "all" => return Some(Layers::All),
        Value::Text(text) => return reader.wrong(node, "`all` or a list", format!("put it in brackets: [{text}]")),
        _ => reader.list(node)?,
    };
    let mut named = Vec::new();
    for node in nodes {
        let name = reader.text(node)?;
        if layer_named(reader, node, name, layers).is_some() {
            named.push(Arc::clone(name));
        }
    }
    if nodes.is_empty() {
        reader.error("bad-value", node.span, "this holdout is for no layer", "write `layers: all` or name some");
    }
    Some(Layers::Named(named))
}

/// The layer of this name; reports it if there is none.
pub(super) fn layer_named<'l>(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    layers: &'l BTreeMap<Arc<str>, Layer>,
) -> Option<&'l Layer> {
    let found = layers.get(name);
    if found.is_none() {
        let message = format!("unknown layer `{name}`");
        match layers.is_empty() {
            true => {
                let help = format!("declare it in experiments/layers.yaml: layers: {{{name}: {{salt: {name}}}}}");
                reader.error("unknown-layer", node.span, message, help);
            }
            false => reader.unknown("unknown-layer", node.span, message, name, layers.keys().map(|name| &**name)),
        }
    }
    found
}
