//! The events without which a behaviour is not true.

use std::sync::Arc;

use super::need::below;
use super::terms::Terms;
use super::test::Required;
use crate::language::checked::{Behaviour, Chain, EventKind, EventQuery, Frequency, PagePattern};

/// The names and pages that must be among the visitor's events for a behaviour to be true; empty when it may hold without
/// any.
pub(super) fn required(behaviour: &Behaviour, terms: &mut Terms) -> Vec<Required> {
    let holds_for_none = match behaviour.frequency {
        None => false,
        Some(Frequency::Times(compare, count) | Frequency::Different(compare, count, _)) => compare.holds(0, count),
        Some(Frequency::InARow(count, _)) => count == 0,
    };
    if holds_for_none {
        return Vec::new();
    }
    let steps = steps(behaviour).filter_map(|step| match &step.kind {
        EventKind::Named(name) => Some(Required { source: terms.events(), text: terms.text(name) }),
        EventKind::Page(pattern) => Some(Required { source: terms.pages(), text: terms.text(&page_required(pattern)) }),
        EventKind::VisitStart => None,
    });
    steps.collect()
}

/// Whether a behaviour is known for whoever may be tracked.
pub(super) fn needs_tracking_alone(behaviour: &Behaviour) -> bool {
    let other = match &behaviour.chain {
        Some(Chain::Without(other, _)) => Some(other),
        _ => None,
    };
    steps(behaviour).chain(other).all(|query| query.purposes.is_empty())
}

/// What must have happened: the subject, and in a sequence what follows it.
fn steps(behaviour: &Behaviour) -> impl Iterator<Item = &EventQuery> {
    let further = match &behaviour.chain {
        Some(Chain::Then(steps)) => steps.as_slice(),
        Some(Chain::Without(..)) | None => &[],
    };
    std::iter::once(&behaviour.subject).chain(further.iter().map(|(query, _)| query))
}

/// The path of a pattern without gaps; else [`below`] the part before the first gap.
pub(in crate::rules) fn page_required(pattern: &PagePattern) -> Arc<str> {
    let fixed: Vec<&str> = pattern.segments.iter().map_while(Option::as_deref).collect();
    let path = if fixed.is_empty() { String::new() } else { format!("/{}", fixed.join("/")) };
    let exact = fixed.len() == pattern.segments.len() && !pattern.everything_below;
    match exact {
        true if path.is_empty() => "/".into(),
        true => path.into(),
        false => below(&path).into(),
    }
}
