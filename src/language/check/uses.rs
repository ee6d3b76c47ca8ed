//! What a rule refers to that was not checked again.

use std::collections::HashSet;

use super::Used;
use crate::content::Shown;
use crate::language::checked::{Condition, Expr, ExprKind, Leaf, LeafKind, Outcome, RuleBody, Test};

impl<'a> Used<'a> {
    /// Notes the names in a body; `named` when there are segments or measures at all.
    pub fn note(&mut self, body: &'a RuleBody, named: bool) {
        match &body.then.outcome {
            Outcome::Show(Shown::Contents(names)) => self.content.extend(names.iter().map(|name| &**name)),
            Outcome::Show(_) => {}
            Outcome::Experiment(name) => drop(self.experiments.insert(name)),
        }
        if named {
            self.condition(&body.condition);
        }
    }

    fn condition(&mut self, condition: &'a Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::Not(part) => self.condition(part),
            // Rules share their leaves: each is looked into once.
            Condition::Leaf(leaf) => {
                if self.leaves.insert(std::ptr::from_ref::<Leaf>(leaf)) {
                    self.leaf(&leaf.kind);
                }
            }
        }
    }

    fn leaf(&mut self, leaf: &'a LeafKind) {
        match leaf {
            LeafKind::Segment(index) => drop(self.segments.insert(*index)),
            LeafKind::Comparison(value, test) => {
                self.value(value);
                match test {
                    Test::Is { value, .. } | Test::Order(_, value) => self.value(value),
                    Test::Between(low, high) => {
                        self.value(low);
                        self.value(high);
                    }
                    _ => {}
                }
            }
            // Inside `with (..)` names are properties.
            LeafKind::List(_) | LeafKind::Consent(_) | LeafKind::Behaviour(_) => {}
        }
    }

    fn value(&mut self, value: &'a Expr) {
        match &value.node {
            ExprKind::Measure(index) => drop(self.measures.insert(*index)),
            ExprKind::Arithmetic(left, _, right) => {
                self.value(left);
                self.value(right);
            }
            _ => {}
        }
    }
}

/// The leaves that were looked into, by address: the release before holds them all.
pub(super) type Seen = HashSet<*const Leaf>;
