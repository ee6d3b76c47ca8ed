//! Counts, sums, the smallest and the largest of a part of the events.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::bytes::{Damaged, Reader, Writer};
use super::parts::Tally;
use crate::profile::Value;

/// What sums, averages and counts need of a part of the events.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Events.
    pub count: u64,
    /// Those of them that have the property.
    pub values: u64,
    /// `None`: more digits than a number may have.
    pub sum: Option<Decimal>,
    /// The smallest value.
    pub smallest: Option<Value>,
    /// The largest value.
    pub largest: Option<Value>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { count: 0, values: 0, sum: Some(Decimal::ZERO), smallest: None, largest: None }
    }
}

impl Sums {
    /// One event with its property; its value as such is kept where the smallest or largest is asked for.
    pub fn of(value: Option<Value>, extremes: bool) -> Self {
        let sum = match &value {
            Some(Value::Number(number)) if !extremes => *number,
            _ => Decimal::ZERO,
        };
        let values = u64::from(value.is_some());
        let value = value.filter(|_| extremes);
        Self { count: 1, values, sum: Some(sum), smallest: value.clone(), largest: value }
    }

    /// The bytes that it takes at most when it is encoded: of a bare count, of a sum, or of values of some size.
    pub fn worst_bytes(has_property: bool, extremes: Option<usize>) -> usize {
        match extremes {
            Some(value_bytes) => 1 + 4 + 4 + 2 * value_bytes,
            None if has_property => 1 + 4 + 4 + 15,
            None => 1 + 4,
        }
    }
}

impl Tally for Sums {
    fn absorb(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.values = self.values.saturating_add(other.values);
        self.sum = self.sum.zip(other.sum).and_then(|(a, b)| a.checked_add(b));
        self.smallest = further(self.smallest.take(), other.smallest, Ordering::Less);
        self.largest = further(self.largest.take(), other.largest, Ordering::Greater);
    }

    fn write(&self, out: &mut Writer) {
        let bits = [
            self.sum.is_none(),
            self.sum.is_some_and(|sum| sum != Decimal::ZERO || sum.scale() > 0),
            self.values != self.count,
            self.smallest.is_some(),
            self.largest.is_some(),
        ];
        out.byte(bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
        let [_, has_sum, has_values, has_smallest, has_largest] = bits;
        out.whole(self.count);
        if has_values {
            out.whole(self.values);
        }
        if let Some(sum) = self.sum.filter(|_| has_sum) {
            out.decimal(&sum);
        }
        for value in [(has_smallest, &self.smallest), (has_largest, &self.largest)] {
            if value.0 {
                out.value(value.1.as_ref());
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let head = input.byte()?;
        if head >> 5 != 0 || head & 3 == 3 {
            return Err(Damaged);
        }
        let count = input.whole()?;
        let values = if head & 4 == 0 { count } else { input.whole()? };
        let sum = match head & 3 {
            0 => Some(Decimal::ZERO),
            1 => None,
            _ => Some(input.decimal()?),
        };
        let smallest = if head & 8 == 0 { None } else { input.value()? };
        let largest = if head & 16 == 0 { None } else { input.value()? };
        Ok(Self { count, values, sum, smallest, largest })
    }
}

/// The value further in a direction; of equal numbers, the one written with more digits, whichever came first.
fn further(a: Option<Value>, b: Option<Value>, wanted: Ordering) -> Option<Value> {
    let (Some(one), Some(other)) = (&a, &b) else { return a.or(b) };
    let order = match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.cmp(other),
        (Value::Moment(one), Value::Moment(other)) => one.cmp(other),
        (Value::Span(one), Value::Span(other)) => one.cmp(other),
        (Value::Version(one), Value::Version(other)) => one.cmp(other),
        _ => Ordering::Equal,
    };
    match order {
        Ordering::Equal if one.to_string() < other.to_string() => b,
        Ordering::Equal => a,
        order if order == wanted => a,
        _ => b,
    }
}
