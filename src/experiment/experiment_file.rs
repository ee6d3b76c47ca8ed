//! Reads one experiment: a file with `experiment: cart_hero_test` and all that belongs to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bandit::{bandit, has_a_reward};
use super::breakdowns::breakdowns;
use super::definition::control;
use super::experiments_files::Named;
use super::layer::covering;
use super::layers_file::layer_named;
use super::percent::{range, share};
use super::plan::{looks_at_an_end, plan};
use super::schedule::schedule;
use super::unit::unit;
use super::variants_file::{forced, variant_index, variants};
use super::{Experiment, Experiments, Metrics, Placement, Plan, Range, Share, Split, Status, Stop, Unit, Variant};
use crate::content::{Catalogue, Place};
use crate::diagnostic::Span;
use crate::profile::{Schema, name};
use crate::yaml::{Fields, Node, Reader, Value};

/// A longer salt is refused: it is hashed for each assignment.
pub const MAX_SALT_BYTES: usize = 256;

/// What an experiment may refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub schema: &'a Schema,
    pub catalogue: &'a Catalogue,
    /// Layers, holdouts and metrics of all files.
    pub shared: &'a Experiments,
}

/// Reads the experiment that is called `named`; `None` when it cannot be told who gets what.
pub(super) fn experiment(
    reader: &mut Reader<'_>,
    root: &Node,
    mut fields: Fields<'_>,
    named: &Named,
    known: Known<'_>,
) -> Option<Experiment> {
    nothing_empty(reader, root);
    fields.blame(named.span);
    let hypothesis = fields.text(reader, "hypothesis").cloned();
    let owner = fields.text(reader, "owner").cloned();
    let help = "say what is compared: `variants: [{name: control, weight: 1, show: ..}, ..]`";
    let list = fields.need(reader, "variants", help);
    let variants = list.and_then(|node| variants(reader, node, known.catalogue));
    let of_variants = variants.as_deref().unwrap_or_default();
    let status = status(reader, &mut fields, of_variants);
    let salt = salt(reader, &mut fields);
    let written_unit = fields.get("unit");
    let unit = match written_unit {
        None => Some(Unit::Visitor),
        Some(node) => unit(reader, node, known.schema),
    };
    let layer = match fields.entry("layer") {
        None => Some(None),
        Some(entry) => placement(reader, &entry.value, entry.key_span, known.shared).map(Some),
    };
    let traffic = match fields.get("traffic") {
        None => Some(Share::ALL),
        Some(node) => share(reader, node),
    };
    let schedule = schedule(reader, &mut fields, &known.schema.zone);
    let forced = fields.get("forced").map(|node| forced(reader, node, of_variants)).unwrap_or_default();
    let split = fields.get("assignment").and_then(|node| split(reader, node)).unwrap_or_default();
    if split == Split::External {
        nothing_for_a_split_elsewhere(reader, &mut fields);
    }
    let measured = fields.entry("metrics");
    let metrics = measured.map(|entry| metrics(reader, &entry.value, known.shared)).unwrap_or_default();
    let bandit = bandit(reader, &mut fields, split, of_variants.len());
    if bandit.is_some() {
        let primary = metrics.primary.as_ref().and_then(|name| known.shared.metrics.get(name));
        has_a_reward(reader, measured.map_or(named.span, |entry| entry.value.span), &metrics, primary);
    }
    if let Some(entry) = measured.filter(|_| metrics.all().next().is_some()) {
        if metrics.primary.is_none() && split != Split::Bandit {
            let help = "name the metric that decides, such as `primary: order_rate`";
            reader.warning("missing-field", entry.key_span, "no metric decides: `primary` is missing", help);
        }
        if let (Some(Unit::Attribute(name)), Some(node)) = (&unit, written_unit) {
            let message =
                format!("each `{name}` gets one variant, and only visitors are measured: there will be no result");
            let help = "write `unit: visitor`, or export the data and use `segue analyse`";
            reader.warning("bad-field", node.span, message, help);
        }
        if split != Split::Bandit
            && let Some(node) = list
        {
            control_has_weight(reader, node, of_variants);
        }
    }
    let switches = [("on", true), ("off", false)];
    let has_breaker =
        fields.get("breaker").and_then(|node| reader.choice(node, "bad-value", "setting of a breaker", &switches));
    let planned = fields.entry("plan");
    let plan = planned.map_or_else(Plan::default, |entry| plan(reader, &entry.value, entry.key_span));
    if let Some(entry) = planned.filter(|_| plan.stop != Stop::Anytime) {
        let measured = metrics.all().filter_map(|name| known.shared.metrics.get(name));
        looks_at_an_end(reader, entry.key_span, split, measured);
    }
    let mut segments = Vec::new();
    let breakdowns = fields.get("breakdowns").map(|node| breakdowns(reader, node, known.schema, &mut segments));
    fields.close_with(reader, &where_else);
    let layer = layer?;
    let name = named.name.clone()?;
    let holdouts = covering(&known.shared.holdouts, layer.as_ref().map(|placement| &*placement.layer.name));
    Some(Experiment {
        salt: salt.unwrap_or_else(|| Arc::clone(&name)),
        name,
        hypothesis,
        owner,
        status: status?,
        schedule: schedule?,
        unit: unit?,
        layer,
        traffic: traffic?,
        variants: variants?,
        forced,
        split,
        bandit,
        holdouts,
        metrics,
        plan,
        breakdowns: breakdowns.unwrap_or_default(),
        segments,
        has_breaker: has_breaker.unwrap_or(true),
        place: Place { file: Arc::clone(reader.file), span: named.span },
    })
}

/// An empty field would mean the default, which its author did not mean who began to write it.
pub(super) fn nothing_empty(reader: &mut Reader<'_>, node: &Node) {
    for entry in node.fields().iter().filter(|entry| entry.value.is_null()) {
        let message = format!("`{}` is empty", entry.key);
        reader.error("missing-value", entry.key_span, message, "write a value behind it, or remove the line");
    }
}

/// All are compared with the control.
fn control_has_weight(reader: &mut Reader<'_>, node: &Node, variants: &[Variant]) {
    let Some(control) = control(variants).filter(|control| control.weight == 0) else { return };
    let message = format!("nobody gets `{}`, with which the others are compared", control.name);
    let help = "give it a weight above 0, or call the variant `control` with which the others are to be compared";
    reader.warning("bad-weight", node.span, message, help);
}

/// Who is enrolled is said where the split is made.
fn nothing_for_a_split_elsewhere(reader: &mut Reader<'_>, fields: &mut Fields<'_>) {
    for name in ["layer", "traffic", "forced"] {
        if let Some(entry) = fields.entry(name) {
            let message = format!("`{name}` has no meaning for a split that is made elsewhere");
            reader.error("bad-field", entry.key_span, message, "remove it, or write `assignment: hash`");
        }
    }
}

/// Where a section belongs that stands in an experiment.
fn where_else(section: &str) -> Option<&'static str> {
    match section {
        "layers" | "holdouts" => Some("put it into a file of its own in the experiments folder, such as shared.yaml"),
        "primary" => Some("put it under `metrics`: metrics: {primary: order_rate}"),
        "secondary" => Some("put it under `metrics`: metrics: {primary: order_rate, secondary: [spend]}"),
        "guardrails" | "guardrail" => {
            Some("put it under `metrics`: metrics: {primary: order_rate, guardrails: [bounce_rate]}")
        }
        "alpha" | "power" | "minimum_effect" | "stop" | "visitors" | "looks" | "spending" => {
            Some("put it under `plan`: plan: {minimum_effect: 5%, stop: fixed, visitors: 40000}")
        }
        "control" | "baseline" => Some("call that variant `control`, or put it first: the others are compared with it"),
        _ => name::where_else(section),
    }
}

/// Reads `status` and, for a stopped experiment, `winner`; absent is a draft.
fn status(reader: &mut Reader<'_>, fields: &mut Fields<'_>, variants: &[Variant]) -> Option<Status> {
    let stopped = Status::Stopped { winner: None };
    let choices = [Status::Draft, Status::Running, Status::Paused, stopped].map(|status| (status.word(), status));
    let status = match fields.get("status") {
        None => Some(Status::Draft),
        Some(node) => reader.choice(node, "bad-value", "status", &choices),
    };
    let Some(entry) = fields.entry("winner") else { return status };
    if status.is_some() && status != Some(stopped) {
        let help = "write `status: stopped`, or remove `winner`";
        reader.error("bad-field", entry.key_span, "only a stopped experiment has a winner", help);
        return status;
    }
    let winner = reader.text(&entry.value).and_then(|name| variant_index(reader, name, entry.value.span, variants));
    Some(Status::Stopped { winner })
}

/// Reads `salt`.
pub(super) fn salt(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Arc<str>> {
    let node = fields.get("salt")?;
    let salt = reader.text(node)?;
    if salt.is_empty() || salt.len() > MAX_SALT_BYTES {
        let message = format!("a salt has 1 to {MAX_SALT_BYTES} bytes");
        reader.error("bad-value", node.span, message, "write a short text, such as the experiment's first name");
        return None;
    }
    Some(Arc::clone(salt))
}

/// Reads `layer: {name: hero, range: 0%..50%}`.
fn placement(reader: &mut Reader<'_>, node: &Node, key: Span, shared: &Experiments) -> Option<Placement> {
    if let Value::Text(name) = &node.value {
        return reader.wrong(node, "fields", format!("write: layer: {{name: {name}, range: 0%..50%}}"));
    }
    nothing_empty(reader, node);
    let mut fields = reader.fields(node, key, "layer: {name: hero, range: 0%..50%}");
    let named = fields.need(reader, "name", "name the layer, such as `name: hero`");
    let layer = named.and_then(|node| {
        let name = reader.text(node)?;
        layer_named(reader, node, name, &shared.layers)
    });
    let range = match fields.get("range") {
        None => Some(Range::ALL),
        Some(node) => range(reader, node),
    };
    fields.close(reader);
    Some(Placement { layer: layer?.clone(), range: range? })
}

/// Reads `assignment: hash | external | bandit`.
fn split(reader: &mut Reader<'_>, node: &Node) -> Option<Split> {
    let choices = [("hash", Split::Hash), ("external", Split::External), ("bandit", Split::Bandit)];
    reader.choice(node, "bad-value", "assignment", &choices)
}

/// Reads `metrics: {primary: a, secondary: [b], guardrails: [c]}`.
fn metrics(reader: &mut Reader<'_>, node: &Node, shared: &Experiments) -> Metrics {
    let mut fields = reader.fields(node, node.span, "metrics: {primary: order_rate, guardrails: [bounce_rate]}");
    let mut seen = BTreeSet::new();
    let mut metric_named = |reader: &mut Reader<'_>, node: &Node| {
        let name = metric_named(reader, node, shared)?;
        if !seen.insert(Arc::clone(&name)) {
            let help = "keep the place where it decides most: as the primary metric, else as a guardrail";
            reader.error("duplicate-name", node.span, format!("`{name}` is named twice"), help);
            return None;
        }
        Some(name)
    };
    let primary = fields.get("primary").and_then(|node| metric_named(reader, node));
    let mut list = |reader: &mut Reader<'_>, name| {
        let nodes = fields.get(name).and_then(|node| reader.list(node)).unwrap_or_default();
        nodes.iter().filter_map(|node| metric_named(reader, node)).collect()
    };
    let secondary = list(reader, "secondary");
    let guardrails = list(reader, "guardrails");
    fields.close(reader);
    Metrics { primary, secondary, guardrails }
}

fn metric_named(reader: &mut Reader<'_>, node: &Node, shared: &Experiments) -> Option<Arc<str>> {
    let name = reader.text(node)?;
    let known = &shared.metrics;
    if known.contains_key(name) || shared.faulty.contains(name) {
        return Some(Arc::clone(name));
    }
    let message = format!("unknown metric `{name}`");
    if known.is_empty() {
        let help = format!(
            "declare it in experiments/metrics.yaml: metrics: {{{name}: {{kind: conversion, event: .., direction: up}}}}"
        );
        reader.error("unknown-metric", node.span, message, help);
    } else {
        reader.unknown("unknown-metric", node.span, message, name, known.keys().map(|name| &**name));
    }
    None
}
