//! What a test says on both scales: its p-value, and the intervals of what it does not reject.

use serde::Serialize;

use super::Number;
use crate::statistics::{Comparison, Interval, Probability, Undefined};

/// A p-value with the intervals that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tested {
    /// Of the two-sided test, in `[0, 1]`; 0 below about 1e-308.
    pub p_value: Number,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Number,
    /// Of the same test.
    #[serde(flatten)]
    pub bounds: Bounds,
}

impl Tested {
    pub(super) fn new(p_value: Probability, bounds: Bounds) -> Result<Self, Undefined> {
        Ok(Self { p_value: Number::of(p_value.value)?, log10_p_value: Number::of(p_value.log10)?, bounds })
    }

    /// The p-value with its logarithm.
    pub fn probability(&self) -> Probability {
        Probability { value: self.p_value.get(), log10: self.log10_p_value.get() }
    }
}

/// The interval of the estimate and that of the relative lift, from the same test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    /// The lower end of the interval of the estimate, in the metric's own unit.
    pub lower: Number,
    /// The upper end.
    pub upper: Number,
    /// The lower end of the interval of the relative lift (Fieller's); `None` where it has none.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// Why the relative interval has no ends, as a code.
    pub relative_undefined: Option<&'static str>,
}

impl Bounds {
    /// What the two-sided test with this critical value does not reject.
    pub(super) fn of(comparison: &Comparison, critical: f64) -> Result<Self, Undefined> {
        Self::of_interval(comparison.difference.interval(critical)?, relative_of(comparison, critical))
    }

    /// Of two intervals that are known already.
    pub(super) fn of_interval(interval: Interval, relative: Result<Interval, Undefined>) -> Result<Self, Undefined> {
        let ends = |interval: Interval| Ok((Number::of(interval.lower)?, Number::of(interval.upper)?));
        let (lower, upper) = ends(interval)?;
        let relative = relative.and_then(ends);
        Ok(Self {
            lower,
            upper,
            relative_lower: relative.ok().map(|(lower, _)| lower),
            relative_upper: relative.ok().map(|(_, upper)| upper),
            relative_undefined: relative.err().map(Undefined::code),
        })
    }

    /// Lower and upper end, in the metric's own unit.
    pub fn absolute(&self) -> (Number, Number) {
        (self.lower, self.upper)
    }

    /// Lower and upper end, relative to the control.
    pub fn relative(&self) -> Option<(Number, Number)> {
        self.relative_lower.zip(self.relative_upper)
    }
}

/// The interval of the relative lift by the same test.
pub(super) fn relative_of(comparison: &Comparison, critical: f64) -> Result<Interval, Undefined> {
    comparison.lift_region(critical)?.interval()
}
