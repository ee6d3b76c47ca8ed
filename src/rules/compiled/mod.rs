//! Compiles the rules of a release into a form in which a decision does not look at rules that cannot match.
//!
//! In: a [`Program`]. Out: [`Compiled`]: hash-consed predicates, and for each slot a tree that finds candidate rules by
//! the visitor's facts. It answers as the plain evaluator [`Situation`] does, which is kept as its oracle.
//! `docs/deciding.md` says how it works and where it was taken from.

mod code;
mod cost;
mod evaluate;
mod events;
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
mod test;

use std::sync::Arc;

use foldhash::HashMap;

pub use cost::{Cost, SlotCost, WORST_ENTRIES};
pub(in crate::rules) use events::page_required;
pub use search::{Effort, Search};

use grow::{BlockRules, SlotTree};
use predicate::Predicates;
use rules::Rules;

use super::Situation;
use crate::language::checked::{Block, Condition, Measure, Program, Segment};

/// More bodies than this, beside twice those in use, are not carried from edit to edit.
const A_FEW_BODIES: usize = 1_000;

/// The rules of a release, ready to decide.
#[derive(Debug, Default)]
pub struct Compiled {
    predicates: Predicates,
    rules: Rules,
    /// As in the program.
    slots: Vec<Arc<SlotTree>>,
    by_name: HashMap<Arc<str>, usize>,
    /// What the rest was compiled with.
    foundation: Foundation,
}

/// What numbers in rules refer to.
#[derive(Debug, Default)]
struct Foundation {
    segments: Vec<Segment>,
    measures: Vec<Measure>,
}

impl Compiled {
    /// Compiles a program.
    pub fn compile(program: &Program) -> Self {
        let (mut predicates, mut rules) = (Predicates::default(), Rules::default());
        rules.add_segments(&mut predicates, &program.segments);
        let slots = blocks(program, &mut predicates, &mut rules);
        Self::grown(program, predicates, rules, slots, &HashMap::default())
    }

    /// Compiles a program that was edited since the last time: what is known of a rule body that is still there
    /// (the same `Arc`) is kept, and so is the tree of a slot whose bodies and schedules are the same. Decides as
    /// [`Compiled::compile`] does.
    pub fn after(program: &Program, previous: Option<&Self>) -> Self {
        previous.and_then(|previous| previous.edited(program)).unwrap_or_else(|| Self::compile(program))
    }

    /// `None` when little of this would be of use.
    fn edited(&self, program: &Program) -> Option<Self> {
        if !self.foundation.is_of(program) {
            return None;
        }
        let (mut predicates, mut rules) = (self.predicates.clone(), self.rules.clone());
        predicates.compare_known();
        let slots = blocks(program, &mut predicates, &mut rules);
        let wanted: usize = slots.iter().flatten().map(|block| block.bodies.len()).sum();
        if predicates.is_outdated() || rules.len() > 2 * wanted + A_FEW_BODIES {
            return None;
        }
        let known = self.slots.iter().map(|tree| (&*tree.name, tree)).collect();
        Some(Self::grown(program, predicates, rules, slots, &known))
    }

    /// Grows the trees, but for those that are known.
    fn grown(
        program: &Program,
        mut predicates: Predicates,
        rules: Rules,
        slots: Vec<Vec<BlockRules>>,
        known: &HashMap<&str, &Arc<SlotTree>>,
    ) -> Self {
        predicates.terms.settle();
        let slots = program.slots.iter().zip(slots).map(|(slot, blocks)| match known.get(&*slot.name) {
            Some(tree) if tree.blocks == blocks => Arc::clone(tree),
            _ => Arc::new(SlotTree::grow(Arc::clone(&slot.name), blocks, &rules, &predicates)),
        });
        let slots: Vec<Arc<SlotTree>> = slots.collect();
        let by_name = slots.iter().enumerate().map(|(index, tree)| (Arc::clone(&tree.name), index)).collect();
        Self { predicates, rules, slots, by_name, foundation: Foundation::of(program) }
    }

    /// The place of a slot in the program.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
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

/// The bodies of every slot, by number.
fn blocks(program: &Program, predicates: &mut Predicates, rules: &mut Rules) -> Vec<Vec<BlockRules>> {
    let mut block = |block: &Block| BlockRules {
        active: block.active.as_ref().map(|active| predicates.of_active(active)),
        bodies: block.rules.iter().map(|rule| rules.body(predicates, &rule.body)).collect(),
    };
    program.slots.iter().map(|slot| slot.blocks.iter().map(&mut block).collect()).collect()
}

impl Foundation {
    fn of(program: &Program) -> Self {
        Self { segments: program.segments.clone(), measures: program.measures.clone() }
    }

    /// Whether a program has the same segments and measures.
    fn is_of(&self, program: &Program) -> bool {
        let same_segment = |(a, b): (&Segment, &Segment)| {
            a.name == b.name && alike(&a.active, &b.active) && same_condition(&a.condition, &b.condition)
        };
        self.segments.len() == program.segments.len()
            && self.measures.len() == program.measures.len()
            && self.segments.iter().zip(&program.segments).all(same_segment)
            && self.measures.iter().zip(&program.measures).all(|(a, b)| a.name == b.name && alike(&a.value, &b.value))
    }
}

fn same_condition(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::All(a), Condition::All(b)) | (Condition::Any(a), Condition::Any(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_condition(a, b))
        }
        (Condition::Not(a), Condition::Not(b)) => same_condition(a, b),
        (Condition::Leaf(a), Condition::Leaf(b)) => Arc::ptr_eq(a, b) || alike(a, b),
        _ => false,
    }
}

/// Whether two parts of checked trees are the same in every detail: they show every detail in their debug form.
fn alike(a: &impl std::fmt::Debug, b: &impl std::fmt::Debug) -> bool {
    format!("{a:?}") == format!("{b:?}")
}
