//! How many different values rules must tell apart.

use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;

use super::collect::Collector;
use crate::language::checked::{Condition, Expr, ExprKind, Function, LeafKind, Test};
use crate::profile::Value;

/// A number of different values that is not compared with a number is counted up to this.
pub(super) const DISTINCT_VALUES: u32 = 64;

/// Nobody compares a number of different values with a larger one.
const MAX_DISTINCT_VALUES: u32 = 1_024;

impl Collector<'_> {
    /// Notes with which numbers counts of different values are compared.
    pub(super) fn compared(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.compared(part)),
            Condition::Not(part) => self.compared(part),
            Condition::Leaf(leaf) => {
                if let LeafKind::Comparison(expr, test) = &leaf.kind {
                    let most = largest_constant(test).unwrap_or(DISTINCT_VALUES).saturating_add(1);
                    self.compare_distinct(expr, most.min(MAX_DISTINCT_VALUES));
                }
            }
        }
    }

    fn compare_distinct(&mut self, expr: &Expr, most: u32) {
        match &expr.node {
            ExprKind::Aggregate { function: Function::Distinct, .. } => {
                let known = self.distinct.entry(Arc::clone(&expr.text)).or_default();
                *known = most.max(*known);
            }
            ExprKind::Measure(index) => {
                let program = self.program;
                if let Some(measure) = program.measures.get(*index) {
                    self.compare_distinct(&measure.value, most);
                }
            }
            ExprKind::Arithmetic(left, _, right) => {
                self.compare_distinct(left, DISTINCT_VALUES);
                self.compare_distinct(right, DISTINCT_VALUES);
            }
            _ => {}
        }
    }
}

/// The largest number that a test compares with; `None` when it compares with no number.
fn largest_constant(test: &Test) -> Option<u32> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.ceil().to_u32(),
        _ => None,
    };
    let constant = |expr: &Expr| match &expr.node {
        ExprKind::Constant(value) => number(value),
        _ => None,
    };
    match test {
        Test::OneOf { values, .. } => values.iter().map(number).collect::<Option<Vec<_>>>()?.into_iter().max(),
        Test::Is { value, .. } | Test::Order(_, value) => constant(value),
        Test::Between(low, high) => Some(constant(low)?.max(constant(high)?)),
        _ => None,
    }
}
