//! Conditions on the properties of an event that stand outside of rules: the `where` of a metric.

use std::sync::Arc;

use super::checked::{self, EventQuery, Program};
use super::syntax::{Condition, Item, LeafKind};
use super::{Findings, Nouns, RuleFile, check, parse};
use crate::diagnostic::{Diagnostic, Severity};

/// Checks a condition on the properties of an event as if it stood in a rule: `did EVENT with (TEXT)`. Which events pass it.
///
/// # Errors
/// The first thing that is wrong. Its labels point into that rule, not into the file that the text came from.
pub fn check_filter(event: &str, text: &str, nouns: Nouns<'_>) -> Result<EventQuery, Box<Diagnostic>> {
    let file: Arc<str> = "where".into();
    // The line break ends a comment, so that none can hide the bracket.
    let whole: Arc<str> = format!("segment filter {{ did {event} with ({text}\n) }}").into();
    let mut findings = Findings::new();
    let tree = parse(&file, &whole, &mut findings);
    let alone = matches!(&tree.items[..], [Item::Segment(segment)] if is_one_test(&segment.condition));
    if findings.is_empty() && !alone {
        return Err(Box::new(not_one()));
    }
    let mut query = None;
    if findings.is_empty() {
        let file = RuleFile { inside: Arc::clone(&file), file, text: whole };
        query = subject(check(&[file], nouns, &mut findings));
    }
    let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
    match (query, wrong) {
        (Some(query), None) => Ok(query),
        (_, Some(finding)) => Err(Box::new(finding)),
        // INVARIANT: what is no behaviour was refused above.
        (None, None) => Err(Box::new(not_one())),
    }
}

/// The event of the only condition of the only segment.
fn subject(program: Program) -> Option<EventQuery> {
    match program.segments.into_iter().next()?.condition {
        checked::Condition::Leaf(leaf) => match &leaf.kind {
            checked::LeafKind::Behaviour(behaviour) => Some(behaviour.subject.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn not_one() -> Diagnostic {
    Diagnostic::error("not-in-filter", &"where".into(), Default::default(), "this is not one condition")
        .help("write tests of the event's properties, such as: amount > 0")
}

/// `did event with (..)` and nothing else: brackets in the text have closed nothing that they did not open.
fn is_one_test(condition: &Condition) -> bool {
    match condition {
        Condition::Leaf(leaf) => match &leaf.kind {
            LeafKind::Behaviour(behaviour) => {
                behaviour.chain.is_none() && behaviour.frequency.is_none() && behaviour.window.is_none()
            }
            _ => false,
        },
        _ => false,
    }
}
