//! Rules that can never show, because an earlier rule of the slot takes every visitor who would match.

use std::collections::HashMap;

use super::super::Checker;
use super::super::slots::Placed;
use super::canonical::{canonical, place};
use crate::diagnostic::Span;
use crate::language::checked::{Condition, Outcome, Rule};

/// Conditions that an earlier rule has taken whole: their keys, and where.
type Taken = HashMap<String, (usize, Span)>;

impl<'a> Checker<'a> {
    /// Warns of rules whose condition an earlier rule of the slot has taken whole, or a wider one.
    ///
    /// Only single keys are looked up, never pairs of rules: a slot of 100,000 rules takes one pass.
    pub(in super::super) fn unreachable(&mut self, placed: &[Placed<'a>]) {
        let mut taken = Taken::new();
        for block in placed {
            // What a block takes only while it is active, it takes from its own later rules alone.
            let mut taken_here = Taken::new();
            for (rule, written) in block.block.rules.iter().zip(&block.rules) {
                let keys = Keys::of(&rule.body.condition);
                let by = keys.covered(&taken).or_else(|| keys.covered(&taken_here));
                if let Some(by) = by {
                    self.file = block.file;
                    self.unreachable_rule(place(&written.condition), &keys, &taken, &taken_here, by);
                } else if takes_all(rule) {
                    let here = (block.file, written.at.0);
                    let taken = if block.block.active.is_none() { &mut taken } else { &mut taken_here };
                    for key in keys.wider() {
                        taken.entry(key).or_insert(here);
                    }
                }
            }
        }
    }

    fn unreachable_rule(&mut self, at: Span, keys: &Keys, taken: &Taken, here: &Taken, by: (usize, Span)) {
        let first = self.shown_place(by.0, by.1);
        let same = taken.contains_key(&keys.whole) || here.contains_key(&keys.whole);
        let label = if same {
            format!("the rule at {first} has the same condition and comes first")
        } else {
            format!("the rule at {first} comes first and matches whenever this one does")
        };
        let finding = self
            .warning("unreachable-rule", at, "this rule can never show")
            .label(label)
            .help("put the narrower rule first, take one of the two out, or change its condition");
        self.report(finding);
    }
}

/// Whether a rule shows to everybody who fulfils its condition; an experiment does not enrol everybody.
fn takes_all(rule: &Rule) -> bool {
    let then = &rule.body.then;
    then.active.is_none() && then.limit.is_none() && matches!(then.outcome, Outcome::Show(_))
}

/// The keys of a condition and of its parts.
struct Keys {
    whole: String,
    /// Each of these follows from the condition.
    needed: Vec<String>,
    /// From each of these the condition follows.
    enough: Vec<String>,
}

impl Keys {
    fn of(condition: &Condition) -> Self {
        let keys = |parts: &[Condition]| parts.iter().map(canonical).collect::<Vec<_>>();
        let (needed, enough) = match condition {
            Condition::All(parts) => (keys(parts), Vec::new()),
            Condition::Any(parts) => (Vec::new(), keys(parts)),
            Condition::Not(_) | Condition::Leaf(_) => (Vec::new(), Vec::new()),
        };
        Self { whole: canonical(condition), needed, enough }
    }

    /// The earlier rule that matches whenever this condition holds.
    fn covered(&self, taken: &Taken) -> Option<(usize, Span)> {
        let any = std::iter::once(&self.whole).chain(&self.needed).find_map(|key| taken.get(key).copied());
        any.or_else(|| {
            let all: Option<Vec<_>> = self.enough.iter().map(|key| taken.get(key).copied()).collect();
            all?.first().copied()
        })
    }

    /// Conditions that cannot hold unless this one does.
    fn wider(self) -> impl Iterator<Item = String> {
        std::iter::once(self.whole).chain(self.enough)
    }
}
