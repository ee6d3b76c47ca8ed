//! Hash-consed predicates: equal tests of all files are one number, so that each is evaluated once a decision.
//!
//! In: leaves and `active` clauses. Out: a [`PredicateId`] a distinct one, with a [`Test`] on numbers where its value is
//! compared with constants; whatever else it is stays the leaf of the checked tree.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::HashMap;

use super::alike;
use super::terms::{self, ConstantId, SourceId, Terms, number};
use super::test::{Required, Test};
use crate::language::checked::{Active, Expr, ExprKind, Leaf};

/// A distinct predicate.
pub(super) type PredicateId = u32;

/// A part of one of the vectors that many share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub start: u32,
    pub len: u32,
}

/// What a predicate was made from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Leaf(Arc<Leaf>),
    Active(Arc<Active>),
}

/// All predicates of a release.
#[derive(Debug, Clone, Default)]
pub(super) struct Predicates {
    pub terms: Terms,
    tests: Vec<Test>,
    origins: Vec<Origin>,
    /// Of tests and needs.
    values: Vec<ConstantId>,
    /// The sets among them, by hash.
    sets: HashMap<u64, Span>,
    /// Of behaviours.
    required: Vec<Required>,
    by_text: HashMap<Arc<str>, PredicateId>,
    known: Known,
}

/// Whether what was numbered for an earlier program is compared in every detail when its text comes again: what a name stands
/// for may have changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Known {
    /// All is of one program: equal texts are the same test.
    #[default]
    Trusted,
    /// Compared so far, without a difference.
    Compared,
    /// Something stands for another thing now.
    Outdated,
}

impl Predicates {
    /// The predicate of a leaf; equal canonical texts are the same test.
    pub(super) fn of_leaf(&mut self, leaf: &Arc<Leaf>) -> PredicateId {
        if let Some(known) = self.by_text.get(&leaf.text).copied() {
            if self.known == Known::Compared {
                let same =
                    matches!(self.origin(known), Some(Origin::Leaf(old)) if Arc::ptr_eq(old, leaf) || alike(old, leaf));
                self.known = if same { Known::Compared } else { Known::Outdated };
            }
            return known;
        }
        let test = self.test_of(&leaf.kind);
        self.add(Arc::clone(&leaf.text), test, Origin::Leaf(Arc::clone(leaf)))
    }

    /// From now on, compares what is known when its text comes again.
    pub(super) fn compare_known(&mut self) {
        self.known = Known::Compared;
    }

    /// Whether something that was known stands for another thing now.
    pub(super) fn is_outdated(&self) -> bool {
        self.known == Known::Outdated
    }

    /// The source of an expression.
    pub(super) fn source_of(&mut self, expr: &Expr) -> SourceId {
        if self.known == Known::Compared
            && let Some(terms::Origin::Value(old)) = self.terms.known_origin(&expr.text)
            && !alike(old, expr)
        {
            self.known = Known::Outdated;
        }
        self.terms.source_of(expr)
    }

    /// The predicate of an `active` clause. No leaf's text begins with a space.
    pub(super) fn of_active(&mut self, active: &Active) -> PredicateId {
        let text: Arc<str> = format!(" {active:?}").into();
        match self.by_text.get(&text) {
            Some(known) => *known,
            None => self.add(text, Test::Active, Origin::Active(Arc::new(active.clone()))),
        }
    }

    fn add(&mut self, text: Arc<str>, test: Test, origin: Origin) -> PredicateId {
        let id = number(self.tests.len());
        self.tests.push(test);
        self.origins.push(origin);
        self.by_text.insert(text, id);
        id
    }

    /// Keeps a set of constants; an equal one only once.
    pub(super) fn set(&mut self, mut values: Vec<ConstantId>) -> Span {
        values.sort_unstable();
        values.dedup();
        let hash = self.sets.hasher().hash_one(&values);
        if let Some(known) = self.sets.get(&hash).copied()
            && self.values(known) == values
        {
            return known;
        }
        let span = Span { start: number(self.values.len()), len: number(values.len()) };
        self.values.extend_from_slice(&values);
        self.sets.insert(hash, span);
        span
    }

    /// The constants of a set, in the order of their numbers.
    pub(super) fn values(&self, span: Span) -> &[ConstantId] {
        part(&self.values, span)
    }

    /// Keeps the events of a behaviour.
    pub(super) fn keep_required(&mut self, required: Vec<Required>) -> Span {
        let span = Span { start: number(self.required.len()), len: number(required.len()) };
        self.required.extend(required);
        span
    }

    /// The events of a behaviour.
    pub(super) fn required(&self, span: Span) -> &[Required] {
        part(&self.required, span)
    }

    pub(super) fn test(&self, id: PredicateId) -> Option<&Test> {
        self.tests.get(id as usize)
    }

    pub(super) fn origin(&self, id: PredicateId) -> Option<&Origin> {
        self.origins.get(id as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.tests.len()
    }

    /// What is looked at first where several must hold: what is cheap.
    pub(super) fn price(&self, id: PredicateId) -> u32 {
        match self.test(id) {
            Some(Test::OneOf { source, .. } | Test::Within { source, .. } | Test::Known { source, .. }) => {
                self.source_price(*source)
            }
            Some(Test::Includes { source, .. }) => 1 + self.source_price(*source),
            Some(Test::Active) => 3,
            Some(Test::Segment(_)) => 6,
            Some(Test::Did { .. }) => 8,
            Some(Test::Leaf) | None => 4,
        }
    }

    /// What it costs to look at a source for the first time, in looks at an attribute.
    pub(super) fn source_price(&self, source: SourceId) -> u32 {
        match self.terms.source(source).map(|source| &source.origin) {
            Some(terms::Origin::Value(expr)) => match expr.node {
                ExprKind::Attribute { .. } | ExprKind::Fact { .. } | ExprKind::Constant(_) => 0,
                _ => 7,
            },
            Some(terms::Origin::Events | terms::Origin::Pages) | None => 7,
        }
    }

    /// About how many bytes this takes, the checked tree that it shares not counted.
    pub(super) fn bytes(&self) -> usize {
        /// The shared text is the leaf's own; its place in the map.
        const A_TEXT: usize = 28;
        self.terms.bytes()
            + self.tests.len() * (size_of::<Test>() + size_of::<Origin>() + A_TEXT)
            + size_of_val(self.values.as_slice())
            + self.sets.len() * size_of::<(u64, Span)>()
            + size_of_val(self.required.as_slice())
    }
}

/// A part of a shared vector.
pub(super) fn part<T>(all: &[T], span: Span) -> &[T] {
    let start = span.start as usize;
    all.get(start..start + span.len as usize).unwrap_or_default()
}
