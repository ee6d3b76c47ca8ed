//! How a leaf is evaluated: where it compares a value with constants, on their numbers.
//!
//! In: leaves of the checked tree. Out: a [`Test`] each.

use std::sync::Arc;

use super::events;
use super::predicate::{Predicates, Span};
use super::terms::{ConstantId, Shape, SourceId, number};
use crate::language::checked::{self, Behaviour, Expr, ExprKind, LeafKind, Order};
use crate::profile::Value;
use crate::rules::comparison::order;

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

impl Predicates {
    /// How a leaf is evaluated.
    pub(super) fn test_of(&mut self, leaf: &LeafKind) -> Test {
        match leaf {
            LeafKind::Segment(index) => Test::Segment(number(*index)),
            LeafKind::Comparison(expr, test) => self.comparison(expr, test).unwrap_or(Test::Leaf),
            LeafKind::Behaviour(behaviour) => self.did(behaviour),
            LeafKind::List(_) | LeafKind::Consent(_) => Test::Leaf,
        }
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
        let certain = !required.is_empty() && events::needs_tracking_alone(behaviour);
        Test::Did { required: self.keep_required(required), certain }
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

fn constant(expr: &Expr) -> Option<&Value> {
    match &expr.node {
        ExprKind::Constant(value) => Some(value),
        _ => None,
    }
}
