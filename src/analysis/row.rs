//! One metric in one variant.

use serde::{Serialize, Serializer};

use super::decided::{Basis, Decided};
use super::finding::Finding;
use super::{Adjusted, Answer, Anytime, Direction, Fixed, GroupSequential, NonInferiority, Number, Power, Role, Stop};
use crate::statistics::Undefined;

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
    /// The estimate by the size of the control's level.
    pub relative_lift: Option<Number>,
    /// Honest if looked at once.
    pub fixed: Option<Answer<Fixed>>,
    /// Honest at every look.
    pub anytime: Option<Answer<Anytime>>,
    /// Honest at the planned looks; only where the plan says so.
    pub group_sequential: Option<Answer<GroupSequential>>,
    /// With the variance that the covariate explains taken out; only where the metric has one.
    pub cuped: Option<Answer<Adjusted>>,
    /// With the differences between strata taken out, and what the covariate explains; only of means, and where there are strata. It is
    /// shown and decides nothing.
    pub post_stratified: Option<Answer<Adjusted>>,
    /// The probability that the treatment's level is better than the control's, whatever better is for this metric.
    pub chance_to_win: Option<Number>,
    /// What is lost on average, in the metric's own unit, by shipping the treatment where the control is better; at least 0.
    pub expected_loss: Option<Number>,
    /// Of a primary metric, of the control too: the probability that this variant is the best of all.
    pub chance_best: Option<Number>,
    /// Which block decides.
    pub decides: Option<Basis>,
    /// Holm's, over success metrics and treatments, of the p-values that decide; `None` of a guardrail.
    pub adjusted_p_value: Option<Number>,
    /// Goes on where `adjusted_p_value` is 0.
    pub adjusted_log10_p_value: Option<Number>,
    /// Whether e-BH, at the plan's alpha, marks it among success metrics and treatments; `None` of a guardrail.
    pub e_bh: Option<bool>,
    /// By which block e-BH judges: the one of every look, beside what decides. Its p-value may be far from the one that decides.
    pub e_bh_by: Option<Basis>,
    /// Why e-BH cannot mark it, however small another p-value is: what the start-up rule of that block waits for.
    pub e_bh_waiting: Option<String>,
    /// Of a guardrail with a margin.
    pub non_inferiority: Option<NonInferiority>,
    /// Of a metric with a minimum effect.
    pub power: Option<Answer<Power>>,
    /// What it says, all things considered.
    pub finding: Option<Finding>,
    /// Why what decides has no number; as JSON a code such as `zero_variance`.
    #[serde(serialize_with = "code")]
    pub undefined: Option<Undefined>,
}

fn code<S: Serializer>(reason: &Option<Undefined>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.map(Undefined::code).serialize(serializer)
}

impl Row {
    /// The numbers by which the row decides; `None` of the control, and where there are none.
    pub fn decided(&self) -> Option<Decided> {
        let basis = self.decides?;
        if !basis.is_adjusted() {
            let group_sequential = self.group_sequential.as_ref();
            let (fixed, anytime) = (self.fixed.as_ref()?, self.anytime.as_ref()?);
            return Decided::of(basis, (self.estimate?, self.relative_lift), fixed, anytime, group_sequential);
        }
        let Adjusted { estimate, relative_lift, fixed, anytime, group_sequential, .. } =
            self.cuped.as_ref()?.known()?;
        Decided::of(basis, (*estimate, *relative_lift), fixed, anytime, group_sequential.as_ref())
    }

    /// The estimate and the lift that are shown: the adjusted ones where they decide.
    pub fn shown(&self) -> (Option<Number>, Option<Number>) {
        let adjusted = self.cuped.as_ref().and_then(|block| block.known());
        match adjusted.filter(|_| self.decides.is_some_and(Basis::is_adjusted)) {
            Some(adjusted) => (Some(adjusted.estimate), adjusted.relative_lift),
            None => (self.estimate, self.relative_lift),
        }
    }

    /// The block of planned looks, if it is what decides.
    pub fn planned_look(&self) -> Option<&GroupSequential> {
        let block = match self.decides? {
            Basis::GroupSequential => self.group_sequential.as_ref()?,
            Basis::AdjustedGroupSequential => self.cuped.as_ref()?.known()?.group_sequential.as_ref()?,
            _ => return None,
        };
        block.known()
    }

    /// The block of every look, beside what decides.
    pub fn always(&self) -> Option<&Anytime> {
        if self.decides.is_some_and(Basis::is_adjusted) {
            return self.cuped.as_ref()?.known()?.anytime.known();
        }
        self.anytime.as_ref()?.known()
    }

    /// What the anytime block waits for.
    pub fn waiting(&self) -> Option<&str> {
        self.anytime.as_ref()?.known()?.waiting.as_deref()
    }

    /// Why the block of this stopping rule has no numbers.
    pub(super) fn why_undecided(&self, stop: Stop) -> Option<Undefined> {
        match stop {
            Stop::Fixed => self.fixed.as_ref()?.undefined(),
            Stop::Anytime => self.anytime.as_ref()?.undefined(),
            Stop::GroupSequential { .. } => self.group_sequential.as_ref()?.undefined(),
        }
    }
}
