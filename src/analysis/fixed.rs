//! The numbers that are honest if the experiment is looked at once, at its end.

use serde::Serialize;

use super::Number;

/// A test and an interval of fixed horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fixed {
    /// The estimate by its standard error (of an exact test: as the pooled z has it).
    pub statistic: Number,
    /// Of the two-sided test, in `[0, 1]`; 0 below about 1e-308.
    pub p_value: Number,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Number,
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
    /// The symmetric interval of the relative lift, which other engines show.
    pub delta: Option<Delta>,
    /// Of the estimate.
    pub standard_error: Number,
    /// Of the standard error, where it is estimated.
    pub degrees_of_freedom: Option<Number>,
    /// Which test.
    pub method: Method,
    /// Why this one, in words.
    pub because: &'static str,
}

/// An interval of the relative lift by the delta method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Delta {
    /// The lower end.
    pub lower: Number,
    /// The upper end.
    pub upper: Number,
    /// Of the lift.
    pub standard_error: Number,
}

/// Which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Two proportions, pooled z; Newcombe's interval.
    PooledZ,
    /// Fisher's exact test; Newcombe's interval.
    Fisher,
    /// Barnard's exact test; Newcombe's interval.
    Barnard,
    /// Welch's t.
    Welch,
    /// Welch's t on ratios, their variances by the delta method.
    Ratio,
    /// Welch's t on quantiles, their variances by order statistics and clusters.
    Quantile,
}
