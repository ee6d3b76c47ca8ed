//! An interval on both scales.

use super::Number;
use crate::statistics::{Comparison, Interval, Undefined};

/// The interval of the estimate and that of the relative lift, from the same test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub lower: Number,
    pub upper: Number,
    pub relative: Result<(Number, Number), Undefined>,
}

impl Bounds {
    /// What the two-sided test with this critical value does not reject.
    pub fn of(comparison: &Comparison, critical: f64) -> Result<Self, Undefined> {
        Self::of_interval(comparison.difference.interval(critical)?, comparison, critical)
    }

    /// The same, where the interval of the estimate is known already.
    pub fn of_interval(interval: Interval, comparison: &Comparison, critical: f64) -> Result<Self, Undefined> {
        let relative = Self::relative_of(comparison, critical);
        Ok(Self { lower: Number::of(interval.lower)?, upper: Number::of(interval.upper)?, relative })
    }

    /// The relative interval alone.
    pub fn relative_of(comparison: &Comparison, critical: f64) -> Result<(Number, Number), Undefined> {
        let interval = comparison.lift_region(critical)?.interval()?;
        Ok((Number::of(interval.lower)?, Number::of(interval.upper)?))
    }

    /// Lower and upper end of the relative interval, and the code of the reason why there are none.
    pub fn relative(&self) -> (Option<Number>, Option<Number>, Option<&'static str>) {
        match self.relative {
            Ok((lower, upper)) => (Some(lower), Some(upper), None),
            Err(reason) => (None, None, Some(reason.code())),
        }
    }
}
