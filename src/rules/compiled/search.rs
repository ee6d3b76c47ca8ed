//! Finds the first rule of a slot that matches.
//!
//! In: a slot's tree and a situation. Out: the block and the place in it. Subtrees are looked at in the order of the
//! smallest rank inside, and the search ends when no subtree holds a smaller rank than the best match: so the first match is
//! exact, and rules after it cost nothing.

use std::cmp::Reverse;

use super::Compiled;
use super::facts::Fact;
use super::grow::SlotTree;
use super::node::{Child, Rank, Step, Subtree};
use super::scratch::Scratch;
use crate::rules::{Situation, Truth};

/// All that one request asks of a release. What it finds out for one slot serves the others.
#[derive(Debug)]
pub struct Search<'a> {
    compiled: &'a Compiled,
    situation: &'a Situation<'a>,
    scratch: Option<Box<Scratch>>,
    effort: Effort,
}

/// What a search did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Nodes of trees that were looked at.
    pub nodes: usize,
    /// Rules that were tried.
    pub rules: usize,
    /// Predicates that were evaluated.
    pub predicates: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(compiled: &'a Compiled, situation: &'a Situation<'a>) -> Self {
        let scratch = Scratch::take(compiled.predicates.len(), compiled.predicates.terms.source_count());
        Self { compiled, situation, scratch: Some(scratch), effort: Effort::default() }
    }

    /// The block and the place in it of the first rule of a slot whose block and rule are active, whose condition is true and
    /// which `accepts` takes. Slots, blocks and rules are counted as in the program.
    ///
    /// `accepts` is asked about rules that match, in no particular order and also about some after the first: its answer
    /// must depend on the rule alone.
    pub fn first(&mut self, slot: usize, mut accepts: impl FnMut(usize, usize) -> bool) -> Option<(usize, usize)> {
        let tree: &'a SlotTree = self.compiled.slots.get(slot)?;
        let mut scratch = self.scratch.take()?;
        let mut asking =
            Asking { compiled: self.compiled, situation: self.situation, scratch: &mut scratch, effort: self.effort };
        let found = asking.first(tree, &mut |rank| tree.place(rank).is_some_and(|(block, rule)| accepts(block, rule)));
        self.effort = asking.effort;
        self.scratch = Some(scratch);
        tree.place(found?)
    }

    /// What was done so far.
    pub fn effort(&self) -> Effort {
        self.effort
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        if let Some(scratch) = self.scratch.take() {
            scratch.keep();
        }
    }
}

/// A search with its memory at hand.
pub(super) struct Asking<'a, 's> {
    pub compiled: &'a Compiled,
    pub situation: &'a Situation<'a>,
    pub scratch: &'s mut Scratch,
    pub effort: Effort,
}

impl Asking<'_, '_> {
    fn first(&mut self, tree: &SlotTree, accepts: &mut impl FnMut(Rank) -> bool) -> Option<Rank> {
        let mut best: Option<Rank> = None;
        self.scratch.frontier.clear();
        let mut next = Some(tree.root);
        while let Some(child) = next.take().or_else(|| self.nearest(best)) {
            match child.read() {
                Subtree::Nothing => {}
                Subtree::Rule(rank) => self.attempt(tree, rank, &mut best, accepts),
                Subtree::Node(id) => {
                    let Some(node) = tree.nodes.node(id) else { continue };
                    self.effort.nodes += 1;
                    match node.step {
                        Step::Try(span) => {
                            for rank in tree.nodes.candidates(span) {
                                if best.is_some_and(|best| best <= *rank) {
                                    break;
                                }
                                self.attempt(tree, *rank, &mut best, accepts);
                            }
                        }
                        step => next = self.divide(tree, step, best),
                    }
                }
            }
        }
        best
    }

    /// The subtree with the smallest rank, unless a better rule is found already.
    fn nearest(&mut self, best: Option<Rank>) -> Option<Child> {
        let Reverse((least, child)) = self.scratch.frontier.pop()?;
        best.is_none_or(|best| least < best).then_some(child)
    }

    fn attempt(
        &mut self,
        tree: &SlotTree,
        rank: Rank,
        best: &mut Option<Rank>,
        accepts: &mut impl FnMut(Rank) -> bool,
    ) {
        if best.is_some_and(|best| best <= rank) {
            return;
        }
        self.effort.rules += 1;
        if tree.codes.get(rank as usize).is_some_and(|code| self.holds(*code as usize)) && accepts(rank) {
            *best = Some(rank);
        }
    }

    /// Takes up the subtrees that may hold a match; gives the one to go on with.
    fn divide(&mut self, tree: &SlotTree, step: Step, best: Option<Rank>) -> Option<Child> {
        let mut hand = Hand { tree, best, held: None };
        match step {
            Step::Try(_) => {}
            Step::Equal { source, edges, rest } => {
                hand.take(rest, self.scratch);
                match self.fact(source) {
                    Fact::One(Some(value)) | Fact::Ordered(_, Some(value)) => {
                        hand.take(tree.nodes.follow(edges, value), self.scratch);
                    }
                    Fact::Many(span) => {
                        for place in span.start..span.start + span.len {
                            let Some(value) = self.scratch.entries.get(place as usize) else { break };
                            hand.take(tree.nodes.follow(edges, *value), self.scratch);
                        }
                    }
                    Fact::Unknown | Fact::One(None) | Fact::Ordered(_, None) => {}
                }
            }
            Step::Cut { source, at, below, above, across, rest } => {
                hand.take(rest, self.scratch);
                if let Fact::Ordered(position, _) = self.fact(source) {
                    let at = self.source(source).map_or(0, |source| source.position(at));
                    hand.take(across, self.scratch);
                    match position.cmp(&at) {
                        std::cmp::Ordering::Less => hand.take(below, self.scratch),
                        std::cmp::Ordering::Equal => {}
                        std::cmp::Ordering::Greater => hand.take(above, self.scratch),
                    }
                }
            }
            Step::Gate { predicate, then, rest } => {
                hand.take(rest, self.scratch);
                if self.truth(predicate) == Truth::True {
                    hand.take(then, self.scratch);
                }
            }
        }
        hand.give(self.scratch)
    }
}

/// Subtrees in hand: the nearest is gone on with, the others wait.
struct Hand<'t> {
    tree: &'t SlotTree,
    best: Option<Rank>,
    held: Option<(Rank, Child)>,
}

impl Hand<'_> {
    fn take(&mut self, child: Child, scratch: &mut Scratch) {
        let Some(least) = self.tree.nodes.least(child) else { return };
        if self.best.is_some_and(|best| best <= least) {
            return;
        }
        match &mut self.held {
            Some(held) if least < held.0 => {
                let later = std::mem::replace(held, (least, child));
                scratch.frontier.push(Reverse(later));
            }
            Some(_) => scratch.frontier.push(Reverse((least, child))),
            held => *held = Some((least, child)),
        }
    }

    /// The one to go on with: the nearest in hand, unless one that waits is nearer.
    fn give(self, scratch: &mut Scratch) -> Option<Child> {
        let held = self.held?;
        match scratch.frontier.peek_mut() {
            Some(mut waiting) if waiting.0.0 < held.0 => Some(std::mem::replace(&mut *waiting, Reverse(held)).0.1),
            _ => Some(held.1),
        }
    }
}
