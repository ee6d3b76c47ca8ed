//! The memory of one decision, kept for the next one on the same thread.
//!
//! A release may have 100,000 predicates and a decision may look at ten: nothing is cleared between decisions. What is kept
//! carries the number of its decision, so what an earlier decision left is not seen.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::facts::Fact;
use super::node::{Child, Rank};
use super::terms::ConstantId;
use crate::rules::Truth;

/// What one decision has found out so far.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The number of this decision; each number is used once.
    decision: u32,
    /// By predicate: the decision and the truth.
    truths: Vec<u32>,
    /// By source: the decision and the fact.
    facts: Vec<(u32, Fact)>,
    /// The entries of lists.
    pub entries: Vec<ConstantId>,
    /// How many behaviours were asked for so far.
    pub behaviours: usize,
    /// Subtrees to be looked at, the one with the smallest rank first.
    pub frontier: BinaryHeap<Reverse<(Rank, Child)>>,
}

/// The numbers of decisions leave room for a truth.
const LAST_DECISION: u32 = (1 << 30) - 1;

thread_local! {
    static KEPT: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    /// Memory for a decision with so many predicates and sources.
    pub(super) fn take(predicates: usize, sources: usize) -> Box<Self> {
        let mut scratch = KEPT.take().unwrap_or_default();
        if scratch.decision == LAST_DECISION {
            *scratch = Self::default();
        }
        scratch.decision += 1;
        // Decision 0 is none.
        if scratch.truths.len() < predicates {
            scratch.truths.resize(predicates, 0);
        }
        if scratch.facts.len() < sources {
            scratch.facts.resize(sources, (0, Fact::Unknown));
        }
        scratch.entries.clear();
        scratch.behaviours = 0;
        scratch
    }

    /// Keeps the memory for the next decision.
    pub(super) fn keep(self: Box<Self>) {
        KEPT.set(Some(self));
    }

    /// What a predicate came to, if it was asked already.
    #[inline]
    pub(super) fn truth(&self, predicate: u32) -> Option<Truth> {
        let kept = self.truths.get(predicate as usize)?;
        (kept >> 2 == self.decision).then_some(match kept & 3 {
            0 => Truth::False,
            1 => Truth::True,
            _ => Truth::Unknown,
        })
    }

    #[inline]
    pub(super) fn set_truth(&mut self, predicate: u32, truth: Truth) {
        let bits = match truth {
            Truth::False => 0,
            Truth::True => 1,
            Truth::Unknown => 2,
        };
        if let Some(kept) = self.truths.get_mut(predicate as usize) {
            *kept = self.decision << 2 | bits;
        }
    }

    /// The fact of a source, if it was asked already.
    #[inline]
    pub(super) fn fact(&self, source: u32) -> Option<Fact> {
        self.facts.get(source as usize).filter(|(decision, _)| *decision == self.decision).map(|(_, fact)| *fact)
    }

    #[inline]
    pub(super) fn set_fact(&mut self, source: u32, fact: Fact) {
        if let Some(kept) = self.facts.get_mut(source as usize) {
            *kept = (self.decision, fact);
        }
    }
}
