//! Rules that can never show, because an earlier rule of the slot takes every visitor who would match.

use foldhash::HashMap;

use super::super::Checker;
use super::super::slots::{Mark, Placed};
use super::canonical::place;
use super::key::key;
use crate::diagnostic::Span;
use crate::language::checked::{Condition, Outcome, Rule};
use crate::language::kept::Key;

/// Conditions that an earlier rule has taken whole: where it stands.
#[derive(Default)]
struct Taken {
    by_key: HashMap<Key, (usize, usize)>,
    /// Some of them may be parts of other conditions.
    parts: bool,
}

impl<'a> Checker<'a> {
    /// Warns of rules whose condition an earlier rule of the slot has taken whole, or a wider one.
    ///
    /// Only single keys are looked up, never pairs of rules: a slot of 100,000 rules takes one pass.
    pub(in super::super) fn unreachable(&mut self, placed: &[Placed]) {
        let mut taken = Taken::default();
        for block in placed {
            // What a block takes only while it is active, it takes from its own later rules alone.
            let mut taken_here = Taken::default();
            for (rule, mark) in block.block.rules.iter().zip(&block.marks) {
                let condition = &rule.body.condition;
                let by = taken.covers(mark.key, condition).or_else(|| taken_here.covers(mark.key, condition));
                if let Some(by) = by {
                    let same = taken.by_key.contains_key(&mark.key) || taken_here.by_key.contains_key(&mark.key);
                    self.unreachable_rule(block.file, mark, same, by);
                } else if takes_all(rule) {
                    let taken = if block.block.active.is_none() { &mut taken } else { &mut taken_here };
                    taken.take(mark.key, condition, (block.file, mark.unit.span.start));
                }
            }
        }
    }

    fn unreachable_rule(&mut self, file: usize, mark: &Mark, same: bool, by: (usize, usize)) {
        self.file = file;
        let first = self.shown_place(by.0, Span::new(by.1, by.1));
        let label = if same {
            format!("the rule at {first} has the same condition and comes first")
        } else {
            format!("the rule at {first} comes first and matches whenever this one does")
        };
        // Read again, because only few rules need the place of their condition.
        let outline = self.outlines.get(file);
        let rule = outline.and_then(|outline| self.reader.rule(outline, mark.unit, &mut 0, &mut Vec::new()));
        let at = rule.map_or(mark.unit.span, |rule| place(&rule.condition));
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

impl Taken {
    /// The earlier rule that matches whenever this condition holds.
    fn covers(&self, whole: Key, condition: &Condition) -> Option<(usize, usize)> {
        let find = |key: Key| self.by_key.get(&key).copied();
        find(whole).or_else(|| match condition {
            Condition::All(parts) if self.parts => parts.iter().find_map(|part| find(key(part))),
            Condition::Any(parts) => {
                let all: Option<Vec<_>> = parts.iter().map(|part| find(key(part))).collect();
                all?.first().copied()
            }
            _ => None,
        })
    }

    /// Takes a condition, and all that cannot hold unless it does.
    fn take(&mut self, whole: Key, condition: &Condition, at: (usize, usize)) {
        self.by_key.entry(whole).or_insert(at);
        self.parts |= !matches!(condition, Condition::All(_));
        if let Condition::Any(parts) = condition {
            for part in parts {
                self.by_key.entry(key(part)).or_insert(at);
            }
        }
    }
}
