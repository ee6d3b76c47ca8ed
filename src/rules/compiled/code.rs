//! Conditions as words: a predicate's number, or a connective with the count of words that belong to it.
//!
//! `a and (b or not c)` is `all 5, a, any 3, b, not 1, c`. One vector holds all conditions of a release, so that trying a
//! rule reads a few neighbouring words. In a group, what is cheap comes first: the order changes no truth.

use super::predicate::{PredicateId, Predicates};
use super::terms::number;
use crate::language::checked::Condition;

/// The bits of a word that are not its kind.
const PAYLOAD: u32 = (1 << 30) - 1;
const NOT: u32 = 1 << 30;
const ALL: u32 = 2 << 30;
const ANY: u32 = 3 << 30;

/// One word of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Predicate(PredicateId),
    /// The opposite of the words that follow.
    Not(usize),
    /// All parts among the next words hold.
    All(usize),
    /// Any part does.
    Any(usize),
}

impl Word {
    #[inline]
    pub(super) fn read(word: u32) -> Self {
        let len = (word & PAYLOAD) as usize;
        match word & !PAYLOAD {
            0 => Self::Predicate(word),
            NOT => Self::Not(len),
            ALL => Self::All(len),
            _ => Self::Any(len),
        }
    }

    /// How many words this and what belongs to it take.
    #[inline]
    pub(super) fn size(self) -> usize {
        match self {
            Self::Predicate(_) => 1,
            Self::Not(len) | Self::All(len) | Self::Any(len) => 1 + len,
        }
    }
}

/// Appends the code of a condition, and of the predicate that must hold beside it, if any. Gives the place of the first word.
pub(super) fn write(
    condition: &Condition,
    beside: Option<PredicateId>,
    predicates: &mut Predicates,
    code: &mut Vec<u32>,
) -> u32 {
    let start = code.len();
    match beside {
        Some(beside) => group(code, ALL, |code| {
            code.push(beside);
            condition_code(condition, predicates, code);
        }),
        None => condition_code(condition, predicates, code),
    }
    number(start)
}

fn condition_code(condition: &Condition, predicates: &mut Predicates, code: &mut Vec<u32>) {
    match condition {
        Condition::All(parts) => group(code, ALL, |code| parts_code(parts, predicates, code)),
        Condition::Any(parts) => group(code, ANY, |code| parts_code(parts, predicates, code)),
        Condition::Not(inner) => group(code, NOT, |code| condition_code(inner, predicates, code)),
        Condition::Leaf(leaf) => code.push(predicates.of_leaf(leaf)),
    }
}

fn group(code: &mut Vec<u32>, kind: u32, inside: impl FnOnce(&mut Vec<u32>)) {
    let header = code.len();
    code.push(kind);
    inside(code);
    let len = number(code.len() - header - 1);
    if let Some(word) = code.get_mut(header) {
        *word = kind | (len & PAYLOAD);
    }
}

/// The parts of a group, the cheap ones first.
fn parts_code(parts: &[Condition], predicates: &mut Predicates, code: &mut Vec<u32>) {
    let start = code.len();
    let mut places = Vec::with_capacity(parts.len());
    for part in parts {
        let from = code.len();
        condition_code(part, predicates, code);
        let price: u32 = predicates_in(code.get(from..).unwrap_or_default()).map(|id| predicates.price(id)).sum();
        places.push((price, from, code.len()));
    }
    if places.is_sorted_by_key(|(price, ..)| *price) {
        return;
    }
    places.sort_by_key(|(price, ..)| *price);
    let written = code.split_off(start);
    for (_, from, to) in places {
        code.extend_from_slice(written.get(from - start..to - start).unwrap_or_default());
    }
}

/// The predicates that code names, from left to right.
pub(super) fn predicates_in(code: &[u32]) -> impl Iterator<Item = PredicateId> {
    code.iter().filter_map(|word| match Word::read(*word) {
        Word::Predicate(id) => Some(id),
        Word::Not(_) | Word::All(_) | Word::Any(_) => None,
    })
}

/// The words of the condition that begins at a place.
pub(super) fn words(code: &[u32], start: u32) -> &[u32] {
    let start = start as usize;
    let size = code.get(start).map_or(0, |word| Word::read(*word).size());
    code.get(start..start + size).unwrap_or_default()
}
