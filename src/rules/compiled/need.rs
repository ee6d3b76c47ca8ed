//! What a condition needs: for each way in which it can be true, tests that are then true of necessity.
//!
//! In: code. Out: at most [`MAX_ALTERNATIVES`] conjunctions of [`Need`]s. They are weaker than the condition: a rule is
//! found by them and then tried. An unknown value meets no need, as only a true condition shows content.

use std::collections::BTreeMap;

use super::code::Word;
use super::predicate::{PredicateId, Predicates, Span};
use super::rules::Rules;
use super::terms::{ConstantId, Shape, SourceId};
use super::test::{Bound, Required, Test};

/// A condition that can be true in more ways is found by what all of these have in common, or tried for everybody:
/// each way costs a place in the tree.
const MAX_ALTERNATIVES: usize = 16;

/// More tests of one conjunction help nobody: a rule is found by two or three of them.
const MAX_NEEDS: usize = 12;

/// One test that must be true.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// The value, or one of the values, is among these.
    OneOf { source: SourceId, values: Span },
    /// The value lies between these.
    Within { source: SourceId, low: Bound, high: Bound },
    /// A predicate is true.
    Holds(PredicateId),
}

/// All of them.
pub(super) type Conjunction = Vec<Need>;

/// One of them; none = never true. An empty conjunction says nothing.
pub(super) type Alternatives = Vec<Conjunction>;

/// What the condition in these words needs to be true, or (not `wanted`) to be false.
pub(super) fn needs(rules: &mut Rules, predicates: &mut Predicates, words: &[u32], wanted: bool) -> Alternatives {
    let Some((head, inside)) = words.split_first() else { return nothing() };
    match (Word::read(*head), wanted) {
        (Word::Predicate(id), _) => of_predicate(rules, predicates, id, wanted),
        (Word::Not(_), _) => needs(rules, predicates, inside, !wanted),
        (Word::All(_), true) | (Word::Any(_), false) => {
            let mut all = nothing();
            each_part(inside, |part| {
                let part = needs(rules, predicates, part, wanted);
                all = both(predicates, std::mem::take(&mut all), part);
            });
            all
        }
        (Word::All(_), false) | (Word::Any(_), true) => {
            let mut any = Alternatives::new();
            each_part(inside, |part| any.extend(needs(rules, predicates, part, wanted)));
            either(predicates, any)
        }
    }
}

fn each_part(mut words: &[u32], mut work: impl FnMut(&[u32])) {
    while let Some(head) = words.first() {
        let Some((part, rest)) = words.split_at_checked(Word::read(*head).size()) else { return };
        work(part);
        words = rest;
    }
}

/// Says nothing: always met.
fn nothing() -> Alternatives {
    vec![Conjunction::new()]
}

fn one(need: Need) -> Alternatives {
    vec![vec![need]]
}

fn of_predicate(rules: &mut Rules, predicates: &mut Predicates, id: PredicateId, wanted: bool) -> Alternatives {
    let Some(test) = predicates.test(id).copied() else { return nothing() };
    match (test, wanted) {
        (Test::OneOf { source, values, negated }, _) if wanted != negated => one(Need::OneOf { source, values }),
        (Test::Within { source, low, high }, true) => one(Need::Within { source, low, high }),
        (Test::Within { source, low, high }, false) => outside(source, low, high),
        (Test::Includes { source, values, all: false }, true) => one(Need::OneOf { source, values }),
        (Test::Includes { source, values, all: true }, true) => {
            let each = (values.start..values.start + values.len).take(MAX_NEEDS);
            vec![each.map(|start| Need::OneOf { source, values: Span { start, len: 1 } }).collect()]
        }
        (Test::Segment(index), _) => {
            let mut inside = rules.segment_needs(predicates, index, wanted);
            if wanted {
                let may_grow = inside.iter_mut().filter(|conjunction| conjunction.len() < MAX_NEEDS);
                may_grow.for_each(|conjunction| conjunction.push(Need::Holds(id)));
            }
            inside
        }
        (Test::Did { required, .. }, true) => {
            let required: Vec<Required> = predicates.required(required).iter().take(MAX_NEEDS - 1).copied().collect();
            let event = |required: &Required| Need::OneOf {
                source: required.source,
                values: predicates.set(vec![required.text]),
            };
            let mut needs: Conjunction = required.iter().map(event).collect();
            needs.push(Need::Holds(id));
            vec![needs]
        }
        (Test::Known { .. } | Test::Active | Test::Leaf, true) => one(Need::Holds(id)),
        (
            Test::OneOf { .. }
            | Test::Known { .. }
            | Test::Includes { .. }
            | Test::Did { .. }
            | Test::Active
            | Test::Leaf,
            _,
        ) => nothing(),
    }
}

/// Below the low end, or above the high end.
fn outside(source: SourceId, low: Bound, high: Bound) -> Alternatives {
    let turned = |(constant, included): (ConstantId, bool)| Bound::at(constant, !included);
    let below = low.end().map(|end| vec![Need::Within { source, low: Bound::NONE, high: turned(end) }]);
    let above = high.end().map(|end| vec![Need::Within { source, low: turned(end), high: Bound::NONE }]);
    below.into_iter().chain(above).collect()
}

/// Both must be met. Where that could come about in too many ways, the one that says more alone.
fn both(predicates: &mut Predicates, left: Alternatives, right: Alternatives) -> Alternatives {
    if left.len() * right.len() > MAX_ALTERNATIVES {
        return if left.len() <= right.len() && left.iter().all(|conjunction| !conjunction.is_empty()) {
            left
        } else {
            right
        };
    }
    match (left.as_slice(), right.as_slice()) {
        ([only], _) if only.is_empty() => return right,
        (_, [only]) if only.is_empty() => return left,
        _ => {}
    }
    let mut together = Alternatives::with_capacity(left.len() * right.len());
    for first in &left {
        for second in &right {
            together.extend(joined(predicates, first.clone(), second));
        }
    }
    together
}

/// One conjunction of two; `None` when they cannot both be met.
fn joined(predicates: &mut Predicates, mut all: Conjunction, more: &[Need]) -> Option<Conjunction> {
    for need in more {
        match (all.iter().position(|known| same_value(predicates, known, need)), *need) {
            (Some(place), need) => {
                let known = all.get_mut(place)?;
                *known = meet(predicates, *known, need)?;
            }
            (None, need) if all.len() < MAX_NEEDS => all.push(need),
            (None, _) => {}
        }
    }
    Some(all)
}

/// Whether two needs speak of one value, so that it must meet both. Of a list, each may mean another entry.
fn same_value(predicates: &Predicates, known: &Need, new: &Need) -> bool {
    match (known, new) {
        (Need::OneOf { source, .. }, Need::OneOf { source: other, .. }) => {
            source == other && predicates.terms.source(*source).is_some_and(|source| source.shape != Shape::Many)
        }
        (Need::Within { source, .. }, Need::Within { source: other, .. }) => source == other,
        (Need::Holds(known), Need::Holds(new)) => known == new,
        _ => false,
    }
}

/// What meets both; `None` when nothing does.
fn meet(predicates: &mut Predicates, known: Need, new: Need) -> Option<Need> {
    match (known, new) {
        (Need::OneOf { source, values }, Need::OneOf { values: other, .. }) if values != other => {
            let other = predicates.values(other);
            let is_common = |value: &ConstantId| other.binary_search(value).is_ok();
            let common: Vec<ConstantId> = predicates.values(values).iter().copied().filter(is_common).collect();
            (!common.is_empty()).then(|| Need::OneOf { source, values: predicates.set(common) })
        }
        (Need::Within { source, low, high }, Need::Within { low: other_low, high: other_high, .. }) => {
            let terms = &predicates.terms;
            let low = terms.tighter(source, low, other_low, true);
            let high = terms.tighter(source, high, other_high, false);
            Some(Need::Within { source, low, high })
        }
        (known, _) => Some(known),
    }
}

/// One of them must be met. Single tests of one source become one; too many ways say nothing.
fn either(predicates: &mut Predicates, any: Alternatives) -> Alternatives {
    let mut apart = Alternatives::new();
    // The values of all parts are put together first: a condition may have thousands of parts.
    let mut of_sources: BTreeMap<SourceId, Vec<ConstantId>> = BTreeMap::new();
    for conjunction in any {
        match conjunction.as_slice() {
            [] => return nothing(),
            [Need::OneOf { source, values }] => {
                of_sources.entry(*source).or_default().extend(predicates.values(*values));
            }
            _ => apart.push(conjunction),
        }
    }
    if apart.len() + of_sources.len() > MAX_ALTERNATIVES {
        return nothing();
    }
    let of_sources = of_sources.into_iter();
    apart.extend(of_sources.map(|(source, values)| vec![Need::OneOf { source, values: predicates.set(values) }]));
    apart
}

/// Stands for a page and all below it: `/a/**`.
pub(super) fn below(path: &str) -> String {
    format!("{path}/**")
}
