//! One value out of many events.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::comparison::{equal, order};
use super::{Situation, arithmetic, value};
use crate::language::checked::{EventQuery, Function, Operator, Window};
use crate::profile::Value;

impl Situation<'_> {
    /// An aggregate over the events in a window. Events that lack the property are skipped. Over nothing, `sum`, `count`
    /// and `distinct` are 0 and the rest are unknown (an average divides by zero then); so is what overflows.
    pub(super) fn aggregate(
        &self,
        function: Function,
        query: &EventQuery,
        property: Option<&str>,
        window: Window,
    ) -> Option<Value> {
        let events = self.occurrences_in(query, window)?;
        let values: Vec<&Value> =
            events.iter().filter_map(|event| property.and_then(|name| value::property(event, name))).collect();
        of_values(function, events.len(), &values)
    }
}

/// An aggregate of so many events, of which some have these values, oldest first.
pub(super) fn of_values(function: Function, events: usize, values: &[&Value]) -> Option<Value> {
    match function {
        Function::Count => Some(whole(events)),
        Function::Distinct => Some(whole(groups(values).len())),
        Function::Sum => sum(values),
        Function::Average => arithmetic::compute(sum(values)?, Operator::Divide, whole(values.len())),
        Function::Smallest => values.iter().copied().min_by(compare).cloned(),
        Function::Largest => values.iter().copied().max_by(compare).cloned(),
        Function::Favourite => favourite(values),
    }
}

fn whole(count: usize) -> Value {
    Value::Number(Decimal::from(count))
}

/// Values of one property have one type, so they always compare.
fn compare(a: &&Value, b: &&Value) -> Ordering {
    order(a, b).unwrap_or(Ordering::Equal)
}

fn sum(values: &[&Value]) -> Option<Value> {
    let nothing = Value::Number(Decimal::ZERO);
    values.iter().try_fold(nothing, |sum, value| arithmetic::compute(sum, Operator::Add, (*value).clone()))
}

/// The different values, each with how often it came and the position of its last coming.
fn groups<'v>(values: &[&'v Value]) -> Vec<(usize, usize, &'v Value)> {
    let mut by_value: Vec<(usize, &Value)> = values.iter().copied().enumerate().collect();
    by_value.sort_by(|(_, a), (_, b)| compare(a, b));
    let mut groups: Vec<(usize, usize, &Value)> = Vec::new();
    for (position, value) in by_value {
        match groups.last_mut() {
            Some((count, last, same)) if equal(same, value) => (*count, *last, *same) = (*count + 1, position, value),
            _ => groups.push((1, position, value)),
        }
    }
    groups
}

/// The most frequent value; of equally frequent ones, the one that came last.
fn favourite(values: &[&Value]) -> Option<Value> {
    groups(values).into_iter().max_by_key(|(count, last, _)| (*count, *last)).map(|(_, _, value)| value.clone())
}
