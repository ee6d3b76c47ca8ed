//! Conditions on the properties of an event that stand outside of rules: the `where` of a metric.

use std::sync::Arc;

use super::syntax::{Condition, Item, LeafKind};
use super::{Findings, Nouns, RuleFile, check, parse};
use crate::diagnostic::{Diagnostic, Severity};

/// Checks a condition on the properties of an event as if it stood in a rule: `did EVENT with (TEXT)`.
///
/// # Errors
/// The first thing that is wrong. Its labels point into that rule, not into the file that the text came from.
pub fn check_filter(event: &str, text: &str, nouns: Nouns<'_>) -> Result<(), Box<Diagnostic>> {
    let file: Arc<str> = "where".into();
    // The line break ends a comment, so that none can hide the bracket.
    let whole: Arc<str> = format!("segment filter {{ did {event} with ({text}\n) }}").into();
    let mut findings = Findings::new();
    let tree = parse(&file, &whole, &mut findings);
    let alone = matches!(&tree.items[..], [Item::Segment(segment)] if is_one_test(&segment.condition));
    if findings.is_empty() && !alone {
        let finding = Diagnostic::error("not-in-filter", &file, Default::default(), "this is not one condition");
        return Err(Box::new(finding.help("write tests of the event's properties, such as: amount > 0")));
    }
    if findings.is_empty() {
        let file = RuleFile { inside: Arc::clone(&file), file, text: whole };
        check(&[file], nouns, &mut findings);
    }
    let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
    wrong.map_or(Ok(()), |finding| Err(Box::new(finding)))
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
