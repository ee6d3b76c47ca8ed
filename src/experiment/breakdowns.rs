//! Reads `breakdowns: [device, [device, country]]`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::content::Place;
use crate::profile::{Schema, Type, facts};
use crate::yaml::{Node, Reader, Value};

/// More breakdowns of one experiment are refused: each multiplies what is kept.
pub const MAX_BREAKDOWNS: usize = 20;

/// By what the results are broken down; names that only rules can declare are added to `segments`.
pub(super) fn breakdowns(
    reader: &mut Reader<'_>,
    node: &Node,
    schema: &Schema,
    segments: &mut Vec<(Arc<str>, Place)>,
) -> Vec<Vec<Arc<str>>> {
    let nodes = reader.list(node).unwrap_or_default();
    if nodes.len() > MAX_BREAKDOWNS {
        let message = format!("more than {MAX_BREAKDOWNS} breakdowns");
        reader.error("too-large", node.span, message, "keep those that somebody will act on");
    }
    let mut breakdowns = Vec::new();
    let mut seen = BTreeSet::new();
    for node in nodes {
        let by: Vec<Arc<str>> = match &node.value {
            Value::List(pair) => pair.iter().filter_map(|node| dimension(reader, node, schema, segments)).collect(),
            _ => dimension(reader, node, schema, segments).into_iter().collect(),
        };
        if matches!(&node.value, Value::List(pair) if pair.len() != 2) {
            let help = "write one name, or two in brackets: [device, country]";
            reader.error("bad-value", node.span, "a breakdown is by one thing or by a pair", help);
        } else if let [first, second] = &by[..]
            && first == second
        {
            let help = format!("write `{first}` alone, or two different names");
            reader.error("duplicate-name", node.span, format!("both of this pair are `{first}`"), help);
        } else if !by.is_empty() && !seen.insert(by.iter().cloned().collect::<BTreeSet<_>>()) {
            let message = format!("the results are broken down by {} already", by.join(" and "));
            reader.error(
                "duplicate-name",
                node.span,
                message,
                "remove one of the two; the order in a pair does not matter",
            );
        }
        breakdowns.push(by);
    }
    breakdowns
}

/// An attribute, a built-in fact without its `visit.`, or else a segment, which is looked for when all rules are read.
fn dimension(
    reader: &mut Reader<'_>,
    node: &Node,
    schema: &Schema,
    segments: &mut Vec<(Arc<str>, Place)>,
) -> Option<Arc<str>> {
    let name = reader.text(node)?;
    match schema.attributes.get(name) {
        Some(declared) if declared.sensitive => {
            let message = format!("`{name}` is sensitive: its values would stand in every result");
            reader.error("bad-value", node.span, message, "break the result down by something that names nobody");
            return None;
        }
        Some(declared) if declared.kind == Type::Moment => {
            let message = format!("`{name}` is a moment: nearly every visitor has another");
            let help = "write a segment of those whom you want to compare, and name that here";
            reader.error("bad-value", node.span, message, help);
            return None;
        }
        Some(_) => {}
        None if is_fact(name) => {}
        None => {
            if let Some(meant) = meant(name) {
                let message = format!("nothing is called `{name}` that a result can be broken down by");
                reader.error("unknown-attribute", node.span, message, format!("write {meant}"));
                return None;
            }
            segments.push((Arc::clone(name), Place { file: Arc::clone(reader.file), span: node.span }));
        }
    }
    Some(Arc::clone(name))
}

fn is_fact(name: &str) -> bool {
    facts::of_visit().any(|known| known == name)
}

/// What somebody means who writes it as rules do, or as a product.
fn meant(written: &str) -> Option<String> {
    if let Some(fact) = written.strip_prefix("visit.").filter(|fact| is_fact(fact)) {
        return Some(format!("`{fact}`"));
    }
    if let Some(name) = written.strip_prefix("segment ") {
        return Some(format!("`{}`", name.trim()));
    }
    let pair = [" x ", "*", " and ", "+", "/", ","].into_iter().find_map(|sign| written.split_once(sign));
    let (first, second) = pair.map(|(first, second)| (first.trim(), second.trim()))?;
    let are_names = ![first, second].iter().any(|name| name.is_empty() || name.contains(' '));
    are_names.then(|| format!("a pair in brackets: `[{first}, {second}]`"))
}
