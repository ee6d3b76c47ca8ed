//! What deciding costs at most: read off the trees, without a visitor.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::Compiled;
use super::code::{predicates_in, words};
use super::grow::SlotTree;
use super::node::{Child, Rank, Step, Subtree};
use super::predicate::PredicateId;
use super::terms::{Shape, SourceId};
use super::test::Test;
use crate::language::checked::Program;

/// The worst case is that of a visitor with so many entries in each list, and so many kinds of events and pages.
pub const WORST_ENTRIES: usize = 8;

/// What a release costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Different tests of all segments and rules.
    pub predicates: usize,
    /// Of the compiled rules in memory, about; the checked tree and the files not counted.
    pub bytes: usize,
    /// As in the program.
    pub slots: Vec<SlotCost>,
}

/// What one slot costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotCost {
    /// Its name.
    pub slot: Arc<str>,
    /// Its rules.
    pub rules: usize,
    /// Different tests of its rules, those of the segments that they name included.
    pub predicates: usize,
    /// The most steps from the root of its tree to a rule.
    pub depth: usize,
    /// The most rules that one decision tries.
    pub tries: usize,
    /// The most tests that one decision evaluates.
    pub evaluations: usize,
    /// Of its tree, about.
    pub bytes: usize,
}

/// What a search in a subtree does at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Worst {
    depth: usize,
    tries: usize,
    evaluations: usize,
}

impl Worst {
    /// Both are searched.
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            tries: self.tries + other.tries,
            evaluations: self.evaluations + other.evaluations,
        }
    }

    /// One of them is searched.
    fn or(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            tries: self.tries.max(other.tries),
            evaluations: self.evaluations.max(other.evaluations),
        }
    }
}

impl Compiled {
    /// What deciding costs at most. `program` is the one that was compiled.
    pub fn cost(&self, program: &Program) -> Cost {
        let slots = program.slots.iter().zip(&self.slots);
        let slots = slots.map(|(slot, tree)| self.slot_cost(Arc::clone(&slot.name), tree)).collect();
        Cost { predicates: self.predicates(), bytes: self.bytes(), slots }
    }

    fn slot_cost(&self, slot: Arc<str>, tree: &SlotTree) -> SlotCost {
        let tests: Vec<BTreeSet<PredicateId>> = tree.codes.iter().map(|code| self.tests_of(*code)).collect();
        let predicates = tests.iter().flatten().collect::<BTreeSet<_>>().len();
        let worst = self.worst(tree, tree.root, &tests);
        SlotCost {
            slot,
            rules: tree.codes.len(),
            predicates,
            depth: worst.depth,
            // What counts twice on the way is done once.
            tries: worst.tries.min(tree.codes.len()),
            evaluations: worst.evaluations.min(predicates),
            bytes: tree.bytes(),
        }
    }

    /// All tests of the condition at a place of the code, those inside segments included.
    fn tests_of(&self, code: u32) -> BTreeSet<PredicateId> {
        let mut found = BTreeSet::new();
        let mut places = vec![code];
        while let Some(place) = places.pop() {
            for id in predicates_in(words(&self.rules.code, place)) {
                if found.insert(id)
                    && let Some(Test::Segment(index)) = self.predicates.test(id)
                {
                    places.extend(self.rules.segment_code(*index));
                }
            }
        }
        found
    }

    fn worst(&self, tree: &SlotTree, child: Child, tests: &[BTreeSet<PredicateId>]) -> Worst {
        let tried =
            |rank: &Rank| Worst { depth: 0, tries: 1, evaluations: tests.get(*rank as usize).map_or(0, BTreeSet::len) };
        let node = match child.read() {
            Subtree::Nothing => return Worst::default(),
            Subtree::Rule(rank) => return tried(&rank),
            Subtree::Node(id) => tree.nodes.node(id),
        };
        let Some(node) = node else { return Worst::default() };
        let worst = |child: Child| self.worst(tree, child, tests);
        let below = match node.step {
            Step::Try(span) => tree.nodes.candidates(span).iter().map(tried).fold(Worst::default(), Worst::and),
            Step::Equal { source, edges, rest } => {
                let children = tree.nodes.children(edges).map(worst).collect();
                worst(rest).and(most(children, if self.has_many(source) { WORST_ENTRIES } else { 1 }))
            }
            Step::Cut { below, above, across, rest, .. } => {
                worst(rest).and(worst(across)).and(worst(below).or(worst(above)))
            }
            Step::Gate { then, rest, .. } => {
                worst(rest).and(worst(then)).and(Worst { evaluations: 1, ..Worst::default() })
            }
        };
        Worst { depth: below.depth + 1, ..below }
    }

    fn has_many(&self, source: SourceId) -> bool {
        self.predicates.terms.source(source).is_some_and(|source| source.shape == Shape::Many)
    }
}

/// So many of them are searched.
fn most(mut children: Vec<Worst>, count: usize) -> Worst {
    let depth = children.iter().map(|child| child.depth).max().unwrap_or_default();
    children.sort_by_key(|child| std::cmp::Reverse(child.tries));
    let tries = children.iter().take(count).map(|child| child.tries).sum();
    children.sort_by_key(|child| std::cmp::Reverse(child.evaluations));
    let evaluations = children.iter().take(count).map(|child| child.evaluations).sum();
    Worst { depth, tries, evaluations }
}
