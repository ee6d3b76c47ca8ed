//! Why a condition holds or does not: its leaves, each with the fact it used.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::{Situation, Truth};
use crate::language::checked::{Condition, Leaf, LeafKind};

/// One leaf and the fact it used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeafExplanation {
    /// The leaf in canonical form; under an odd number of `not`, with `not` before it.
    pub leaf: Arc<str>,
    /// What it came to, its `not` included.
    pub truth: Truth,
    /// The fact it used, in words: `spend_90d = 612.40`.
    pub fact: String,
    /// For a `segment` leaf, the leaves of the segment; only where the explanation names that segment first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<LeafExplanation>,
}

impl Situation<'_> {
    /// Every leaf of a condition in text order.
    pub fn explain(&self, condition: &Condition) -> Vec<LeafExplanation> {
        let mut leaves = Vec::new();
        self.explain_into(condition, false, &mut BTreeSet::new(), &mut leaves);
        leaves
    }

    /// The first leaf that keeps a condition from being true; `None` when it is true.
    pub fn blame(&self, condition: &Condition) -> Option<LeafExplanation> {
        let (leaf, negated) = self.first_untrue(condition, false)?;
        Some(self.explain_leaf(leaf, negated, &mut BTreeSet::new()))
    }

    fn explain_into(
        &self,
        condition: &Condition,
        negated: bool,
        shown: &mut BTreeSet<usize>,
        leaves: &mut Vec<LeafExplanation>,
    ) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    self.explain_into(part, negated, shown, leaves);
                }
            }
            Condition::Not(inner) => self.explain_into(inner, !negated, shown, leaves),
            Condition::Leaf(leaf) => leaves.push(self.explain_leaf(leaf, negated, shown)),
        }
    }

    fn explain_leaf(&self, leaf: &Leaf, negated: bool, shown: &mut BTreeSet<usize>) -> LeafExplanation {
        let truth = self.leaf_truth(leaf, None);
        let mut within = Vec::new();
        if let LeafKind::Segment(index) = leaf.kind
            && let Some(segment) = self.program.segments.get(index)
            && shown.insert(index)
        {
            self.explain_into(&segment.condition, false, shown, &mut within);
        }
        LeafExplanation {
            leaf: if negated { format!("not {}", leaf.text).into() } else { Arc::clone(&leaf.text) },
            truth: if negated { truth.negate() } else { truth },
            fact: self.fact(leaf),
            within,
        }
    }

    /// The first leaf, with whether it stands under `not`, that is not true where its condition is not true.
    fn first_untrue<'c>(&self, condition: &'c Condition, negated: bool) -> Option<(&'c Leaf, bool)> {
        let truth = self.truth(condition);
        if (if negated { truth.negate() } else { truth }) == Truth::True {
            return None;
        }
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().find_map(|part| self.first_untrue(part, negated))
            }
            Condition::Not(inner) => self.first_untrue(inner, !negated),
            Condition::Leaf(leaf) => Some((leaf, negated)),
        }
    }
}
