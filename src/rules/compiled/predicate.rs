//! Hash-consed predicates: equal tests of all files are one number, so that each is evaluated once a decision.
//!
//! In: leaves and `active` clauses. Out: a [`PredicateId`] a distinct one, with a [`Test`] on numbers where its value is
//! compared with constants; whatever else it is stays the leaf of the checked tree.

use std::sync::Arc;

use foldhash::HashMap;

use super::terms::{self, ConstantId, Shape, SourceId, Terms, number};
use super::{alike, events};
use crate::language::checked::{self, Active, Behaviour, Expr, ExprKind, Leaf, LeafKind, Order};
use crate::profile::Value;
use crate::rules::comparison::order;

/// A distinct predicate.
pub(super) type PredicateId = u32;

/// A part of one of the vectors that many share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub start: u32,
    pub len: u32,
}

/// One end of a range: a constant, included or not, or no end at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound(u32);

/// How a predicate is evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Test {
    /// The one value is (or is not) among these.
    OneOf { source: SourceId, values: Span, negated: bool },
    /// The one value lies between these.
    Within { source: SourceId, low: Bound, high: Bound },
    /// The list has any or all of these.
    Includes { source: SourceId, values: Span, all: bool },
    /// There is a value, or there is none.
    Known { source: SourceId, wanted: bool },
    /// Index into the program's segments.
    Segment(u32),
    /// A clause's time includes now.
    Active,
    /// A behaviour that is not true without these events; where they are missing it is false for whoever may be tracked,
    /// if that is `certain`.
    Did { required: Span, certain: bool },
    /// The reference evaluator's own way.
    Leaf,
}

/// One of the visitor's values must be this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Required {
    pub source: SourceId,
    pub text: ConstantId,
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
        let test = match &leaf.kind {
            LeafKind::Segment(index) => Test::Segment(number(*index)),
            LeafKind::Comparison(expr, test) => self.comparison(expr, test).unwrap_or(Test::Leaf),
            LeafKind::Behaviour(behaviour) => self.did(behaviour),
            LeafKind::List(_) | LeafKind::Consent(_) => Test::Leaf,
        };
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
    fn source_of(&mut self, expr: &Expr) -> SourceId {
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

    /// A comparison with constants; `None` for any other.
    fn comparison(&mut self, expr: &Expr, test: &checked::Test) -> Option<Test> {
        match test {
            checked::Test::Known(wanted) => Some(Test::Known { source: self.source_of(expr), wanted: *wanted }),
            checked::Test::OneOf { negated, values } => self.one_of(expr, values, *negated),
            checked::Test::Is { negated, value } => self.one_of(expr, std::slice::from_ref(constant(value)?), *negated),
            checked::Test::IncludesAny(texts) => Some(self.includes(expr, texts, false)),
            checked::Test::IncludesAll(texts) => Some(self.includes(expr, texts, true)),
            checked::Test::Between(low, high) => {
                let (low, high) = (constant(low)?, constant(high)?);
                // Times of day that wrap midnight are no range.
                if order(low, high)?.is_gt() {
                    return None;
                }
                self.within(expr, Some((low, true)), Some((high, true)))
            }
            checked::Test::Order(sign, value) => {
                let value = constant(value)?;
                match sign {
                    Order::Less => self.within(expr, None, Some((value, false))),
                    Order::AtMost => self.within(expr, None, Some((value, true))),
                    Order::Greater => self.within(expr, Some((value, false)), None),
                    Order::AtLeast => self.within(expr, Some((value, true)), None),
                }
            }
            _ => None,
        }
    }

    fn one_of(&mut self, expr: &Expr, values: &[Value], negated: bool) -> Option<Test> {
        let source = self.source_of(expr);
        let values = values.iter().map(|value| self.terms.constant(source, value)).collect::<Option<Vec<_>>>()?;
        Some(Test::OneOf { source, values: self.set(values), negated })
    }

    fn includes(&mut self, expr: &Expr, texts: &[Arc<str>], all: bool) -> Test {
        let source = self.source_of(expr);
        let values = texts.iter().map(|text| self.terms.text(text)).collect();
        Test::Includes { source, values: self.set(values), all }
    }

    fn did(&mut self, behaviour: &Behaviour) -> Test {
        let required = events::required(behaviour, &mut self.terms);
        let span = Span { start: number(self.required.len()), len: number(required.len()) };
        self.required.extend(required);
        Test::Did { required: span, certain: span.len > 0 && events::needs_tracking_alone(behaviour) }
    }

    /// Each end with whether it is included.
    fn within(&mut self, expr: &Expr, low: Option<(&Value, bool)>, high: Option<(&Value, bool)>) -> Option<Test> {
        let source = self.source_of(expr);
        if self.terms.source(source)?.shape != Shape::Ordered {
            return None;
        }
        let mut bound = |end: Option<(&Value, bool)>| match end {
            None => Some(Bound::NONE),
            Some((value, included)) => self.terms.constant(source, value).map(|constant| Bound::at(constant, included)),
        };
        Some(Test::Within { source, low: bound(low)?, high: bound(high)? })
    }

    /// Keeps a set of constants.
    pub(super) fn set(&mut self, mut values: Vec<ConstantId>) -> Span {
        values.sort_unstable();
        values.dedup();
        let start = number(self.values.len());
        self.values.extend_from_slice(&values);
        Span { start, len: number(values.len()) }
    }

    /// The constants of a set, in the order of their numbers.
    pub(super) fn values(&self, span: Span) -> &[ConstantId] {
        part(&self.values, span)
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
            + size_of_val(self.required.as_slice())
    }
}

impl Bound {
    pub(super) const NONE: Self = Self(u32::MAX);

    pub(super) fn at(constant: ConstantId, included: bool) -> Self {
        Self(constant << 1 | u32::from(!included))
    }

    /// The constant, and whether it is included.
    pub(super) fn end(self) -> Option<(ConstantId, bool)> {
        (self != Self::NONE).then_some((self.0 >> 1, self.0 & 1 == 0))
    }
}

/// A part of a shared vector.
pub(super) fn part<T>(all: &[T], span: Span) -> &[T] {
    let start = span.start as usize;
    all.get(start..start + span.len as usize).unwrap_or_default()
}

fn constant(expr: &Expr) -> Option<&Value> {
    match &expr.node {
        ExprKind::Constant(value) => Some(value),
        _ => None,
    }
}
