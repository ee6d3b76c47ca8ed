//! The numbers that are honest at planned looks.

use serde::Serialize;

use super::Number;

/// A test and an interval for planned looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupSequential {
    /// How much of the planned information has come, in (0, 1].
    pub information_fraction: Number,
    /// How far from 0 the statistic must be.
    pub bound: Number,
    /// How much of alpha is spent with this look.
    pub alpha_spent: Number,
    /// Whether the statistic is beyond the bound.
    pub crossed: bool,
    /// Repeated: the smallest alpha at which the same plan would stop here.
    pub p_value: Number,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Number,
    /// The lower end of the repeated interval of the estimate, in the metric's own unit.
    pub lower: Number,
    /// The upper end.
    pub upper: Number,
    /// The lower end of the repeated interval of the relative lift.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// Why the relative interval has no ends, as a code.
    pub relative_undefined: Option<&'static str>,
    /// Half of all outcomes lie on each side of it, though the experiment stopped where it looked best.
    pub median_unbiased_estimate: Option<Number>,
}
