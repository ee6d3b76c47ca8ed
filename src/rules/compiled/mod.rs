//! Compiles the rules of a release into a form in which a decision does not look at rules that cannot match.
//!
//! In: a [`Program`]. Out: [`Compiled`]: hash-consed predicates, and for each slot a tree that finds candidate rules by
//! the visitor's facts. It answers as the plain evaluator [`Situation`] does, which is kept as its oracle.
//! `docs/deciding.md` says how it works and where it was taken from.

mod code;
mod facts;
mod grow;
mod need;
mod node;
mod predicate;
mod rules;
mod scratch;
mod search;
mod split;
mod terms;

use std::sync::Arc;

pub use search::{Effort, Search};

use grow::{BlockRules, SlotTree};
use predicate::Predicates;
use rules::Rules;

use super::Situation;
use crate::language::checked::{Block, Program};

/// The rules of a release, ready to decide.
#[derive(Debug, Default)]
pub struct Compiled {
    predicates: Predicates,
    rules: Rules,
    /// As in the program.
    slots: Vec<Arc<SlotTree>>,
}

impl Compiled {
    /// Compiles a program.
    pub fn compile(program: &Program) -> Self {
        let (mut predicates, mut rules) = (Predicates::default(), Rules::default());
        rules.add_segments(&mut predicates, &program.segments);
        let slots: Vec<Vec<BlockRules>> = program
            .slots
            .iter()
            .map(|slot| {
                let block = |block: &Block| BlockRules {
                    active: block.active.as_ref().map(|active| predicates.of_active(active)),
                    bodies: block.rules.iter().map(|rule| rules.body(&mut predicates, &rule.body)).collect(),
                };
                slot.blocks.iter().map(block).collect()
            })
            .collect();
        predicates.terms.settle();
        let slots = slots.into_iter().map(|blocks| Arc::new(SlotTree::grow(blocks, &rules, &predicates))).collect();
        Self { predicates, rules, slots }
    }

    /// Begins a request: the slots that are asked of one search share what it finds out. `situation` must be of the same
    /// program.
    pub fn search<'a>(&'a self, situation: &'a Situation<'a>) -> Search<'a> {
        Search::new(self, situation)
    }

    /// About how many bytes all of it takes, the program that it shares not counted.
    pub fn bytes(&self) -> usize {
        let slots: usize = self.slots.iter().map(|slot| slot.bytes()).sum();
        self.predicates.bytes() + self.rules.bytes() + slots
    }

    /// How many different predicates the segments and rules have.
    pub fn predicates(&self) -> usize {
        self.predicates.len()
    }
}
