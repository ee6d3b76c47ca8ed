//! The order of values written out.

use std::cmp::Ordering;

use crate::language::checked::{Expr, ExprKind};
use crate::profile::Value;

/// The order of two constants of one type; `None` if they are no constants, or of a type without order.
pub(super) fn order(left: &Expr, right: &Expr) -> Option<Ordering> {
    match (&left.node, &right.node) {
        (ExprKind::Constant(left), ExprKind::Constant(right)) => value_order(left, right),
        (ExprKind::Civil(left), ExprKind::Civil(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// The order of two values of one type; `None` for types without order.
pub(super) fn value_order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::Moment(left), Value::Moment(right)) => Some(left.cmp(right)),
        (Value::Span(left), Value::Span(right)) => Some(left.cmp(right)),
        (Value::Version(left), Value::Version(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
