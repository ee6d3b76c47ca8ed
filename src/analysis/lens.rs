//! How a plan reads a comparison: at a fixed end, at any time, at planned looks.
//!
//! What all comparisons of a scorecard share is computed once: the anytime rule, the bounds of planned looks.

use super::compare::Compared;
use super::compare::real;
use super::non_inferiority::headroom;
use super::{
    Answer, Anytime, Data, Direction, Fixed, GroupSequential, Kind, Metric, NonInferiority, Plan, Role, Stop, Variant,
};
use crate::statistics::Undefined;
use crate::statistics::anytime::{self, Rule, Sides, Tuning};

/// A plan, ready to read comparisons.
pub struct Lens<'a> {
    pub plan: &'a Plan,
    rule: Result<Rule, Undefined>,
}

/// What is read in a comparison.
pub struct Readings {
    pub fixed: Answer<Fixed>,
    pub anytime: Answer<Anytime>,
    pub group_sequential: Option<Answer<GroupSequential>>,
}

impl<'a> Lens<'a> {
    /// One for the pair of control and each variant, with the plan's horizon.
    pub fn of_variants(plan: &'a Plan, data: &Data) -> Vec<Self> {
        let weights: f64 = data.variants.iter().map(|variant| variant.weight).sum();
        let of_control = data.variants.get(data.control).map_or(0.0, |control| control.weight);
        let pair = |variant: &Variant| plan.visitors.map(|all| planned(all, (of_control + variant.weight) / weights));
        data.variants.iter().map(|variant| Self::new(plan, pair(variant))).collect()
    }

    /// The same for a part of the visitors, without a horizon: nobody planned how many of them would come.
    pub fn of_parts(plan: &'a Plan, data: &Data) -> Vec<Self> {
        data.variants.iter().map(|_| Self::new(plan, None)).collect()
    }

    fn new(plan: &'a Plan, horizon: Option<u64>) -> Self {
        let rule = match horizon {
            Some(units) => Rule::with_horizon(plan.alpha, units),
            None => Rule::new(plan.alpha, Tuning::default()),
        };
        Self { plan, rule }
    }

    /// Reads a comparison.
    pub fn read(&self, kind: Kind, compared: Result<&Compared, Undefined>) -> Readings {
        let fixed = compared.and_then(|compared| Fixed::of(kind, compared, self.plan.alpha));
        let anytime = compared.and_then(|compared| {
            Anytime::of(&compared.comparison?, compared.evidence, self.rule.as_ref().map_err(|reason| *reason)?)
        });
        Readings { fixed: fixed.into(), anytime: anytime.into(), group_sequential: None }
    }

    /// Whether a guardrail holds, by the plan's stopping rule.
    pub fn non_inferiority(&self, metric: &Metric, compared: &Compared) -> Option<NonInferiority> {
        let margin = metric.margin.filter(|_| metric.role == Role::Guardrail)?;
        let judged = self.judge(metric.direction, margin, compared);
        judged.or_else(|_| NonInferiority::open(margin)).ok()
    }

    fn judge(&self, direction: Direction, margin: f64, compared: &Compared) -> Result<NonInferiority, Undefined> {
        let (alpha, comparison) = (self.plan.alpha, compared.comparison.as_ref().map_err(|reason| *reason)?);
        let headroom = headroom(comparison, margin, direction)?;
        let (p_value, critical) = match self.plan.stop {
            Stop::Fixed => (headroom.p_value_greater(), headroom.critical(2.0 * alpha)?),
            Stop::GroupSequential { .. } => return NonInferiority::open(margin),
            Stop::Anytime => {
                let units = real(comparison.control.units) + real(comparison.treatment.units);
                let rule = self.rule.as_ref().map_err(|reason| *reason)?;
                match rule.answer(&headroom, units, compared.evidence, Sides::One)? {
                    anytime::Answer::Waiting(_) => return NonInferiority::open(margin),
                    anytime::Answer::Open(look) => (look.p_value, look.critical),
                }
            }
        };
        NonInferiority::of(margin, direction, comparison, p_value, critical, alpha)
    }
}

/// How many units of two variants are planned.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count, rounded"
)]
fn planned(visitors: u64, share: f64) -> u64 {
    (visitors as f64 * share).round() as u64
}
