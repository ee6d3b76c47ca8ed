//! Conditions as keys: equal keys, equal meaning.

use crate::diagnostic::Span;
use crate::language::checked::Condition;
use crate::language::syntax;

/// The condition as text that is equal for equal conditions, in whatever order their parts stand.
///
/// It is built from the canonical texts of the leaves; within one scope a text means one thing.
pub(super) fn canonical(condition: &Condition) -> String {
    let joined = |parts: &[Condition], sign: &str| {
        let mut keys: Vec<String> = parts.iter().map(canonical).collect();
        keys.sort_unstable();
        format!("({})", keys.join(sign))
    };
    match condition {
        Condition::All(parts) => joined(parts, " & "),
        Condition::Any(parts) => joined(parts, " | "),
        Condition::Not(part) => format!("!{}", canonical(part)),
        Condition::Leaf(leaf) => leaf.text.to_string(),
    }
}

/// Where a condition stands.
pub(super) fn place(condition: &syntax::Condition) -> Span {
    match condition {
        syntax::Condition::All(pieces) | syntax::Condition::Any(pieces) => {
            let mut places = pieces.iter().map(|piece| place(&piece.condition));
            let first = places.next().unwrap_or_default();
            places.fold(first, Span::to)
        }
        syntax::Condition::Not(negation) => negation.at.0,
        syntax::Condition::Leaf(leaf) => leaf.at.0,
    }
}
