//! One metric in one variant.

use serde::Serialize;

use super::{Answer, Direction, Fixed, Number, Role};

/// One metric in one variant. Of the control, whatever compares is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The metric's name.
    pub metric: String,
    /// [`Kind::code`](super::Kind::code).
    pub kind: &'static str,
    /// What it decides.
    pub role: Role,
    /// Where better lies.
    pub direction: Direction,
    /// The variant's name.
    pub variant: String,
    /// Whether the variant is the control.
    pub control: bool,
    /// How many units.
    pub n: u64,
    /// The sum over the units; `None` of a quantile.
    pub sum: Option<Number>,
    /// The variant's own mean, ratio or quantile.
    pub level: Option<Number>,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Option<Number>,
    /// The estimate by the control's level (without its sign).
    pub relative_lift: Option<Number>,
    /// Honest if looked at once.
    pub fixed: Option<Answer<Fixed>>,
    /// Honest at every look.
    pub anytime: Option<Answer<Anytime>>,
    /// Honest at the planned looks; only where the plan says so.
    pub group_sequential: Option<Answer<GroupSequential>>,
    /// With the variance that the covariate explains taken out; only where the metric has one.
    pub cuped: Option<Answer<Adjusted>>,
    /// With the differences between strata taken out; only where there are strata.
    pub post_stratified: Option<Answer<Adjusted>>,
    /// The probability that the treatment's level is better than the control's, whatever better is for this metric.
    pub chance_to_win: Option<Number>,
    /// What is lost on average, in the metric's own unit, by shipping the treatment where the control is better; at least 0.
    pub expected_loss: Option<Number>,
    /// Which block decides: `fixed`, `anytime`, `group_sequential`, or the same of `cuped`, as `cuped.anytime`.
    pub decides: Option<&'static str>,
    /// Holm's, over success metrics and treatments, of the p-values that decide; `None` of a guardrail.
    pub adjusted_p_value: Option<Number>,
    /// Whether e-BH, at the plan's alpha, marks it among success metrics and treatments; `None` of a guardrail.
    pub e_bh: Option<bool>,
    /// Of a guardrail with a margin.
    pub non_inferiority: Option<Answer<NonInferiority>>,
    /// Of a metric with a minimum effect.
    pub power: Option<Answer<Power>>,
    /// Why what decides has no number, as a code such as `zero_variance`.
    pub undefined: Option<&'static str>,
}

/// A test and an interval that stay honest at every look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anytime {
    /// In `[0, 1]`.
    pub p_value: Number,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Number,
    /// The decimal logarithm of the e-value: the evidence against no effect.
    pub log10_e_value: Number,
    /// The lower end of the interval of the estimate, in the metric's own unit; `None` while waiting.
    pub lower: Option<Number>,
    /// The upper end.
    pub upper: Option<Number>,
    /// The lower end of the interval of the relative lift, by inversion of the same statistic; `None` where it has none.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// Why the relative interval has no ends, as a code.
    pub relative_undefined: Option<&'static str>,
    /// What is waited for before the first number counts.
    pub waiting: Option<String>,
}

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

/// The same comparison with less variance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjusted {
    /// By how much of the covariate the outcome is corrected; `None` where there is no covariate.
    pub theta: Option<Number>,
    /// The share of the variance that is gone, at most 1; below 0 where the adjustment made it worse.
    pub variance_reduction: Number,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Number,
    /// The estimate by the control's level.
    pub relative_lift: Option<Number>,
    /// Honest if looked at once.
    pub fixed: Answer<Fixed>,
    /// Honest at every look.
    pub anytime: Answer<Anytime>,
    /// Honest at the planned looks; only where the plan says so.
    pub group_sequential: Option<Answer<GroupSequential>>,
}

/// Whether a treatment is no worse than the control by more than a margin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NonInferiority {
    /// How much worse is taken, relative to the control.
    pub margin: Number,
    /// The worst relative lift that the data leave, at one-sided confidence `1 - alpha`: of a metric of which more is better a lower end, else an upper one.
    pub bound: Option<Number>,
    /// Whether the whole interval lies on the good side of the margin.
    pub holds: bool,
}

/// Whether enough has come to find the minimum effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Power {
    /// The minimum effect, relative to the control.
    pub minimum_effect: Number,
    /// The chance to find it with the units that have come.
    pub power: Number,
    /// The lift that would be found with the planned power.
    pub detectable: Option<Number>,
    /// Units of all variants together until the planned power is reached; 0 = it is.
    pub units_needed: u64,
}
