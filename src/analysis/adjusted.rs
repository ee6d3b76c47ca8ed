//! The same comparison with less variance.

use serde::Serialize;

use super::{Answer, Anytime, Fixed, GroupSequential, Number};

/// The same comparison with less variance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjusted {
    /// By how much of the covariate the outcome is corrected; `None` where there is no covariate.
    pub theta: Option<Number>,
    /// The share of the variance that is gone, at most 1; below 0 where the adjustment made it worse.
    pub variance_reduction: Number,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Number,
    /// The estimate by the size of the control's unadjusted level.
    pub relative_lift: Option<Number>,
    /// Honest if looked at once.
    pub fixed: Answer<Fixed>,
    /// Honest at every look.
    pub anytime: Answer<Anytime>,
    /// Honest at the planned looks; only where the plan says so.
    pub group_sequential: Option<Answer<GroupSequential>>,
}
