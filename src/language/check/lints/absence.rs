//! Conditions that say only what was not done lately: they are true for everybody who has just come.

use jiff::SignedDuration;

use super::super::Checker;
use super::canonical::place;
use crate::language::checked::{Behaviour, Compare, Condition, Expr, ExprKind, Frequency, LeafKind, Window};
use crate::language::format::unit_word;
use crate::language::syntax::{self, SpanLiteral};

/// Who wants silence within a visit or a day does not think of new visitors.
const SHORTEST_WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl<'a> Checker<'a> {
    /// Warns of an absence with nothing beside it that says how long the visitor has been known.
    pub(in super::super) fn absence_without_age(&mut self, written: &syntax::Condition, checked: &Condition) {
        let absent = match checked {
            Condition::All(parts) => parts.iter().any(is_absence),
            other => is_absence(other),
        };
        if !absent {
            return;
        }
        let pieces: Vec<(&syntax::Condition, &Condition)> = match (written, checked) {
            (syntax::Condition::All(pieces), Condition::All(parts)) => {
                pieces.iter().map(|piece| &piece.condition).zip(parts).collect()
            }
            other => vec![other],
        };
        let absence = pieces.iter().find(|(_, checked)| is_absence(checked));
        let Some((written, _)) = absence else { return };
        if pieces.iter().any(|(_, checked)| says_something_of_the_past(checked, false)) {
            return;
        }
        let age = window_of(written).map_or_else(
            || "days since first visit_start >= 7".to_owned(),
            // The language knows the plural alone here.
            |span| format!("{} since first visit_start >= {}", unit_word(span.unit, 0), span.count),
        );
        let finding = self
            .warning("absence-without-age", place(written), "this is also true for visitors who have only just come")
            .label("what was never done was not done lately either")
            .help(format!("to leave new visitors out add: and {age}"));
        self.report(finding);
    }
}

/// `not did order in last 7 days`, in any of the ways to say it.
fn is_absence(condition: &Condition) -> bool {
    let (inner, negated) = match condition {
        Condition::Not(inner) => (&**inner, true),
        condition => (condition, false),
    };
    let Condition::Leaf(leaf) = inner else { return false };
    let LeafKind::Behaviour(behaviour) = &leaf.kind else { return false };
    let Behaviour { chain: None, frequency, window: Window::Last(span), .. } = behaviour else { return false };
    let says = if negated { frequency.is_none_or(asks_for_any) } else { frequency.is_some_and(asks_for_none) };
    says && *span >= SHORTEST_WINDOW
}

fn asks_for_any(frequency: Frequency) -> bool {
    matches!(frequency, Frequency::Times(Compare::AtLeast, 1) | Frequency::Times(Compare::MoreThan, 0))
}

fn asks_for_none(frequency: Frequency) -> bool {
    matches!(
        frequency,
        Frequency::Times(Compare::AtMost | Compare::Exactly, 0) | Frequency::Times(Compare::FewerThan, 1)
    )
}

fn window_of(condition: &syntax::Condition) -> Option<&SpanLiteral> {
    match condition {
        syntax::Condition::Not(negation) => window_of(&negation.condition),
        syntax::Condition::Leaf(leaf) => match &leaf.kind {
            syntax::LeafKind::Behaviour(syntax::Behaviour { window: Some(syntax::Window::Last(span)), .. }) => {
                Some(span)
            }
            _ => None,
        },
        syntax::Condition::All(_) | syntax::Condition::Any(_) => None,
    }
}

/// Whether a condition can hold only for visitors who have done something, or asks how long they are known.
fn says_something_of_the_past(condition: &Condition, negated: bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().any(|part| says_something_of_the_past(part, negated))
        }
        Condition::Not(part) => says_something_of_the_past(part, !negated),
        Condition::Leaf(leaf) => match &leaf.kind {
            LeafKind::Behaviour(Behaviour { frequency, .. }) => !negated && !frequency.is_some_and(asks_for_none),
            LeafKind::Segment(_) | LeafKind::List(_) => true,
            LeafKind::Consent(_) => false,
            LeafKind::Comparison(value, _) => !is_of_now(value),
        },
    }
}

/// Whether a value says nothing of the visitor's past: a fact of the request, a literal.
fn is_of_now(value: &Expr) -> bool {
    match &value.node {
        ExprKind::Constant(_) | ExprKind::Civil(_) | ExprKind::Property(_) => true,
        ExprKind::Fact { name, .. } => !matches!(&**name, "visit.number" | "visit.is_new"),
        _ => false,
    }
}
