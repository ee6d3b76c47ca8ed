//! Where a group-sequential plan stands: the looks so far, and the bound of this one.
//!
//! The same for every comparison of a scorecard, so it is made once: the bounds are integrals.

use super::compare::real;
use super::{Data, Plan, Role, Stop};
use crate::statistics::anytime::Sides;
use crate::statistics::group_sequential::{AfterStopping, Bound, Bounds, Design};
use crate::statistics::{Effect, Probability, Undefined};

/// The present look of a plan.
#[derive(Debug, Clone)]
pub struct Stage {
    design: Design,
    /// Of success metrics.
    bounds: Bounds,
    bound: Bound,
    /// Of guardrails with a margin, one-sided.
    one_sided: Option<Bound>,
    /// The last look's bound, if this is not it.
    last: f64,
}

/// How much of the planned information has come. What lies beyond the planned end belongs to it, and an end that came with less is an end.
pub fn information(plan: &Plan, data: &Data) -> f64 {
    let total: f64 = data.variants.iter().map(|variant| real(variant.units)).sum();
    let fraction = plan.visitors.map_or(1.0, |planned| total / real(planned));
    if data.seen.is_over() { fraction.max(1.0) } else { fraction }
}

impl Stage {
    /// Where the plan stands; `None` of a plan without planned looks.
    pub fn of(plan: &Plan, data: &Data) -> Option<Result<Self, Undefined>> {
        let Stop::GroupSequential { spending } = plan.stop else { return None };
        let fraction = information(plan, data);
        if data.looks.last().is_some_and(|last| *last >= 1.0) {
            return Some(Err(Undefined::Spent));
        }
        let mut fractions: Vec<f64> = data.looks.iter().copied().filter(|earlier| *earlier < fraction).collect();
        fractions.push(fraction);
        let needs_one_sided =
            plan.metrics.iter().any(|metric| metric.role == Role::Guardrail && metric.margin.is_some());
        let design = |sides| Design { spending, alpha: plan.alpha, sides };
        Some(Self::at(fractions, design(Sides::Two), needs_one_sided.then(|| design(Sides::One))))
    }

    fn at(fractions: Vec<f64>, design: Design, one_sided: Option<Design>) -> Result<Self, Undefined> {
        let last_of = |bounds: &Bounds| bounds.looks().last().copied().ok_or(Undefined::NoUnits);
        let bounds = design.bounds(&fractions)?;
        let bound = last_of(&bounds)?;
        let last = if bound.fraction < 1.0 {
            let all: Vec<f64> = fractions.iter().copied().chain([1.0]).collect();
            last_of(&design.bounds(&all)?)?.z
        } else {
            bound.z
        };
        let one_sided = one_sided.map(|design| last_of(&design.bounds(&fractions)?)).transpose()?;
        Ok(Self { design, bounds, bound, one_sided, last })
    }

    /// The bound of this look.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// The one-sided bound of this look, if a metric has a margin.
    pub fn one_sided(&self) -> Option<&Bound> {
        self.one_sided.as_ref()
    }

    /// How far from 0 the statistic must be at the plan's end.
    pub fn last(&self) -> f64 {
        self.last
    }

    /// Whether everything planned has come.
    pub fn is_last(&self) -> bool {
        self.bound.fraction >= 1.0
    }

    /// The estimate and interval after stopping at this look.
    pub fn after_stopping(&self, effect: &Effect) -> Result<AfterStopping, Undefined> {
        self.bounds.after_stopping(self.bounds.looks().len() - 1, effect)
    }

    /// The smallest alpha at which the plan stops here at a single test's p-value.
    pub fn repeated_p_value(&self, single_log10: f64) -> Result<Probability, Undefined> {
        self.design.repeated_p_value(&self.bounds, single_log10)
    }
}
