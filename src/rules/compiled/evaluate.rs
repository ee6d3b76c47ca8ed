//! Evaluates conditions and predicates of one request.
//!
//! In: a place of the code. Out: whether its condition is true, or whether it is false. Each predicate and each fact is looked
//! at once a request.

use super::code::Word;
use super::facts::Fact;
use super::predicate::{Origin, PredicateId, Span, part};
use super::search::Asking;
use super::terms::{ConstantId, Source, SourceId};
use super::test::Test;
use crate::rules::Truth;

impl Asking<'_, '_> {
    /// Whether the condition at a place of the code is true.
    pub(super) fn holds(&mut self, at: usize) -> bool {
        match self.word(at) {
            Word::Predicate(id) => self.truth(id) == Truth::True,
            Word::Not(_) => self.fails(at + 1),
            Word::All(len) => self.parts(at, len, |asking, part| !asking.holds(part)).is_none(),
            Word::Any(len) => self.parts(at, len, |asking, part| asking.holds(part)).is_some(),
        }
    }

    /// Whether it is false; it is neither when it is unknown.
    fn fails(&mut self, at: usize) -> bool {
        match self.word(at) {
            Word::Predicate(id) => self.truth(id) == Truth::False,
            Word::Not(_) => self.holds(at + 1),
            Word::All(len) => self.parts(at, len, |asking, part| asking.fails(part)).is_some(),
            Word::Any(len) => self.parts(at, len, |asking, part| !asking.fails(part)).is_none(),
        }
    }

    /// The first part of a group of which something is so.
    fn parts(&mut self, at: usize, len: usize, mut is_so: impl FnMut(&mut Self, usize) -> bool) -> Option<usize> {
        let mut part = at + 1;
        while part <= at + len {
            if is_so(self, part) {
                return Some(part);
            }
            part += self.word(part).size();
        }
        None
    }

    #[inline]
    fn word(&self, at: usize) -> Word {
        Word::read(self.compiled.rules.code.get(at).copied().unwrap_or_default())
    }

    /// What a predicate comes to; evaluated at most once a request.
    pub(super) fn truth(&mut self, id: PredicateId) -> Truth {
        if let Some(known) = self.scratch.truth(id) {
            return known;
        }
        self.effort.predicates += 1;
        let truth = self.evaluate(id);
        self.scratch.set_truth(id, truth);
        truth
    }

    fn evaluate(&mut self, id: PredicateId) -> Truth {
        let predicates = &self.compiled.predicates;
        let Some(test) = predicates.test(id) else { return Truth::Unknown };
        match *test {
            Test::OneOf { source, values, negated } => match self.fact(source) {
                Fact::One(value) | Fact::Ordered(_, value) => {
                    let is_one = value.is_some_and(|value| contains(predicates.values(values), value));
                    (is_one != negated).into()
                }
                Fact::Unknown | Fact::Many(_) => Truth::Unknown,
            },
            Test::Within { source, low, high } => match self.fact(source) {
                Fact::Ordered(position, _) => {
                    let (first, last) = self.source(source).map_or((1, 0), |source| source.range(low, high));
                    (first <= position && position <= last).into()
                }
                Fact::Unknown | Fact::One(_) | Fact::Many(_) => Truth::Unknown,
            },
            Test::Includes { source, values, all } => match self.fact(source) {
                Fact::Many(span) => {
                    let wanted = predicates.values(values);
                    let entries = part(&self.scratch.entries, span);
                    if all {
                        wanted.iter().all(|value| entries.contains(value)).into()
                    } else {
                        entries.iter().any(|entry| contains(wanted, *entry)).into()
                    }
                }
                Fact::Unknown | Fact::One(_) | Fact::Ordered(..) => Truth::Unknown,
            },
            Test::Known { source, wanted } => ((self.fact(source) != Fact::Unknown) == wanted).into(),
            Test::Segment(index) => match self.compiled.rules.segment_code(index).map(|code| code as usize) {
                Some(code) if self.holds(code) => Truth::True,
                Some(code) if !self.fails(code) => Truth::Unknown,
                _ => Truth::False,
            },
            Test::Did { required, certain: true } if self.is_missing(required) => Truth::False,
            Test::Active | Test::Did { .. } | Test::Leaf => match predicates.origin(id) {
                Some(Origin::Leaf(leaf)) => self.situation.leaf_truth(leaf, None),
                Some(Origin::Active(active)) => self.situation.is_active(Some(active)).into(),
                None => Truth::Unknown,
            },
        }
    }

    /// Whether the visitor may be tracked and one of these events is missing. To look is worth it from the second behaviour on.
    fn is_missing(&mut self, required: Span) -> bool {
        self.scratch.behaviours += 1;
        let predicates = &self.compiled.predicates;
        self.scratch.behaviours > 1
            && predicates.required(required).iter().any(|required| match self.fact(required.source) {
                Fact::Many(span) => !part(&self.scratch.entries, span).contains(&required.text),
                _ => false,
            })
    }

    pub(super) fn source(&self, id: SourceId) -> Option<&Source> {
        self.compiled.predicates.terms.source(id)
    }

    /// What a source comes to; looked up at most once a request.
    #[inline]
    pub(super) fn fact(&mut self, id: SourceId) -> Fact {
        if let Some(known) = self.scratch.fact(id) {
            return known;
        }
        let terms = &self.compiled.predicates.terms;
        let read = |source| Fact::read(terms, source, self.situation, self.scratch);
        let fact = terms.source(id).map(read).unwrap_or_default();
        self.scratch.set_fact(id, fact);
        fact
    }
}

/// Whether a set, in the order of its numbers, has this one.
#[inline]
fn contains(values: &[ConstantId], value: ConstantId) -> bool {
    /// In a shorter set, looking at each is faster.
    const SHORT: usize = 12;
    if values.len() <= SHORT { values.contains(&value) } else { values.binary_search(&value).is_ok() }
}
