//! The estimate over time: what a chart of the anytime interval draws.

use serde::Serialize;

use super::{Measured, Number};

/// What had been counted at one instant, since the experiment began.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Such as `2026-11-20`.
    pub label: String,
    /// Of the control.
    pub control: Measured,
    /// Of the treatment.
    pub treatment: Measured,
}

/// One treatment beside the control at one instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Of the look.
    pub label: String,
    /// Units of control and treatment.
    pub n: u64,
    /// Treatment less control; `None` where there is none yet.
    pub estimate: Option<Number>,
    /// The lower end of the anytime interval of this look, in the metric's own unit; `None` while it waits.
    pub lower: Option<Number>,
    /// The upper end.
    pub upper: Option<Number>,
    /// The lower end of the interval that would be honest if this had been the only look.
    pub fixed_lower: Option<Number>,
    /// The upper end.
    pub fixed_upper: Option<Number>,
    /// The lift relative to the control.
    pub relative_lift: Option<Number>,
    /// The lower end of its anytime interval.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// The smallest anytime p-value so far, in `[0, 1]`.
    pub p_value: Option<Number>,
}
