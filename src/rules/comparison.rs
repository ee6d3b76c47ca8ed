//! Tests of a value. A test of something unknown is unknown, but for `is known` and `is unknown`.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{Situation, Truth};
use crate::language::checked::{Expr, Order, Test};
use crate::profile::{Event, Value};

impl Situation<'_> {
    /// Whether a value stands a test; `event` as in [`Situation::value_within`].
    pub(super) fn test_truth(&self, expr: &Expr, test: &Test, event: Option<&Event>) -> Truth {
        let value = self.value_within(expr, event);
        match test {
            Test::Known(wanted) => (value.is_some() == *wanted).into(),
            Test::Top(percent) => value.and_then(|value| self.is_in_top(&value, &expr.text, *percent)).into(),
            _ => value.and_then(|value| self.stands(&value, test, event)).into(),
        }
    }

    /// Whether a value is among the top so many percent of all visitors'; unknown while too few have one.
    fn is_in_top(&self, value: &Value, text: &str, percent: Decimal) -> Option<bool> {
        let threshold = self.ranks?.threshold(text, percent)?;
        Some(order(value, &Value::Number(threshold))?.is_ge())
    }

    /// `None` is unknown.
    fn stands(&self, value: &Value, test: &Test, event: Option<&Event>) -> Option<bool> {
        match test {
            Test::OneOf { negated, values } => Some(values.iter().any(|allowed| equal(value, allowed)) != *negated),
            Test::Is { negated, value: other } => Some(equal(value, &self.value_within(other, event)?) != *negated),
            Test::Between(low, high) => {
                between(value, &self.value_within(low, event)?, &self.value_within(high, event)?)
            }
            Test::Order(sign, other) => {
                let order = order(value, &self.value_within(other, event)?)?;
                Some(match sign {
                    Order::Less => order.is_lt(),
                    Order::AtMost => order.is_le(),
                    Order::Greater => order.is_gt(),
                    Order::AtLeast => order.is_ge(),
                })
            }
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Matches(_) => text_test(value, test),
            Test::IncludesAny(_) | Test::IncludesAll(_) => list_test(value, test),
            // These two are settled before.
            Test::Top(_) | Test::Known(_) => None,
        }
    }
}

fn text_test(value: &Value, test: &Test) -> Option<bool> {
    let Value::Text(text) = value else { return None };
    match test {
        Test::Contains(part) => Some(text.contains(&**part)),
        Test::StartsWith(part) => Some(text.starts_with(&**part)),
        Test::EndsWith(part) => Some(text.ends_with(&**part)),
        Test::Matches(regex) => Some(regex.is_match(text)),
        _ => None,
    }
}

fn list_test(value: &Value, test: &Test) -> Option<bool> {
    let Value::List(entries) = value else { return None };
    match test {
        Test::IncludesAny(wanted) => Some(wanted.iter().any(|entry| entries.contains(entry))),
        Test::IncludesAll(wanted) => Some(wanted.iter().all(|entry| entries.contains(entry))),
        _ => None,
    }
}

/// Both ends included; of times of day, a range that ends before it starts wraps midnight.
fn between(value: &Value, low: &Value, high: &Value) -> Option<bool> {
    let (above, below) = (order(value, low)?.is_ge(), order(value, high)?.is_le());
    let wraps = matches!(value, Value::Time(_)) && order(low, high)?.is_gt();
    Some(if wraps { above || below } else { above && below })
}

/// Whether two values of one type are the same; `1` and `1.0` are, texts only character by character.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    order(a, b).is_some_and(Ordering::is_eq)
}

/// The order of two values of one type; `None` for values of two types, which the checked tree never compares.
pub(super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
        (Value::Span(a), Value::Span(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
