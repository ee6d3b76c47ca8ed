//! How a plan reads a comparison: at a fixed end, at any time, at planned looks.
//!
//! What all comparisons of a scorecard share is computed once: the anytime rule, the bounds of planned looks.

use std::rc::Rc;

use super::compare::{Compared, real};
use super::non_inferiority::headroom;
use super::power::Search;
use super::stage::Stage;
use super::{
    Answer, Anytime, Data, Direction, Fixed, GroupSequential, Kind, Method, Metric, NonInferiority, Plan, Power, Role,
    Stop,
};
use crate::statistics::anytime::{self, Rule, Sides, Tuning};
use crate::statistics::{Effect, Undefined};

/// A plan, ready to read comparisons.
pub struct Lens<'a> {
    pub plan: &'a Plan,
    rule: Result<Rule, Undefined>,
    /// Of a plan with planned looks; `None` of a part of the visitors too.
    stage: Option<Result<Rc<Stage>, Undefined>>,
    /// Units of all variants; `None` of a part, of which nobody planned how many would come.
    total: Option<f64>,
    has_horizon: bool,
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
        let total = data.variants.iter().map(|variant| real(variant.units)).sum();
        let stage = Stage::of(plan, data).map(|stage| stage.map(Rc::new));
        let lens = |_| Self { stage: stage.clone(), ..Self::at(plan, total, data.accumulates || data.is_bandit()) };
        data.variants.iter().map(lens).collect()
    }

    /// Where so many units of all variants have come.
    ///
    /// What has come of the planned information is one share for the whole experiment, so that no pair of variants is beyond its end by chance.
    /// Where outcomes accumulate it is not known, and of a bandit it is known too roughly: then the horizon is left out.
    pub fn at(plan: &'a Plan, total: f64, is_unknown: bool) -> Self {
        let horizon = plan.visitors.filter(|_| !is_unknown);
        Self { total: Some(total), ..Self::new(plan, horizon) }
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
        Self { plan, rule, stage: None, total: None, has_horizon: horizon.is_some() }
    }

    /// What the anytime rule counts of a comparison: with a horizon the units of all variants, as the plan does, as far as the metric is known of them.
    fn counted(&self, compared: &Compared) -> f64 {
        let of_all = self.total.filter(|_| self.has_horizon);
        of_all.map_or(compared.units, |total| total * compared.known_share)
    }

    /// Reads a comparison.
    pub fn read(&self, kind: Kind, compared: Result<&Compared, Undefined>) -> Readings {
        self.readings(compared, |compared, alpha| Fixed::of(kind, compared, alpha))
    }

    /// Reads a comparison by its own standard error, for this reason.
    pub fn read_with(&self, compared: &Compared, method: Method, because: &'static str) -> Readings {
        self.readings(Ok(compared), |compared, alpha| {
            Fixed::of_comparison(&compared.comparison?, alpha, method, because)
        })
    }

    fn readings(
        &self,
        compared: Result<&Compared, Undefined>,
        test: impl Fn(&Compared, f64) -> Result<Fixed, Undefined>,
    ) -> Readings {
        let fixed = compared.and_then(|compared| test(compared, self.plan.alpha));
        let anytime = compared.and_then(|compared| Anytime::of(compared, &self.rule?, self.counted(compared)));
        let group_sequential = self.stage().map(|stage| {
            let compared = compared?;
            GroupSequential::of(compared, stage?, |alpha| test(compared, alpha))
        });
        Readings { fixed: fixed.into(), anytime: anytime.into(), group_sequential: group_sequential.map(Into::into) }
    }

    fn stage(&self) -> Option<Result<&Stage, Undefined>> {
        self.stage.as_ref().map(|stage| stage.as_deref().map_err(|reason| *reason))
    }

    /// Whether enough has come.
    pub fn power(&self, metric: &Metric, compared: &Compared) -> Option<Result<Power, Undefined>> {
        let (minimum_effect, total) = (metric.minimum_effect?, self.total?);
        let most = match self.plan.stop {
            Stop::GroupSequential { .. } => self.plan.visitors.map(|planned| (real(planned) - total).max(0.0)),
            Stop::Fixed | Stop::Anytime => None,
        };
        let search = Search { minimum_effect, power: self.plan.power, total, most };
        Some(Power::of(compared, &search, |effect, units| self.critical(effect, units, compared)))
    }

    /// How many standard errors from 0 the plan asks for, of an estimate of so many units, where there are so many now.
    fn critical(&self, effect: &Effect, units: f64, compared: &Compared) -> Result<f64, Undefined> {
        let now = compared.units;
        match self.plan.stop {
            Stop::Fixed => effect.critical(self.plan.alpha),
            Stop::Anytime => {
                let units = self.counted(compared) * (units / now);
                self.rule?.test(effect, units, Sides::Two).map(|look| look.critical)
            }
            Stop::GroupSequential { .. } => match self.stage() {
                Some(stage) if units > now => stage.map(Stage::last),
                Some(stage) => stage.map(|stage| stage.bound().z),
                None => effect.critical(self.plan.alpha),
            },
        }
    }

    /// Whether a guardrail holds, by the plan's stopping rule.
    pub fn non_inferiority(&self, metric: &Metric, compared: &Compared) -> Option<NonInferiority> {
        let margin = metric.margin.filter(|_| metric.role == Role::Guardrail)?;
        let judged = self.judge(metric.direction, margin, compared);
        judged.or_else(|_| NonInferiority::open(margin)).ok()
    }

    /// The level of a one-sided test that is made once, or at this look; `None` where it is made at any time.
    fn single_level(&self) -> Option<f64> {
        match self.plan.stop {
            Stop::Fixed => Some(self.plan.alpha),
            Stop::GroupSequential { .. } => self.stage()?.ok()?.one_sided().map(|bound| bound.nominal.value),
            Stop::Anytime => None,
        }
    }

    fn judge(&self, direction: Direction, margin: f64, compared: &Compared) -> Result<NonInferiority, Undefined> {
        let (alpha, comparison) = (self.plan.alpha, compared.comparison.as_ref().map_err(|reason| *reason)?);
        if let Some((counts, level)) = compared.counts.as_ref().zip(self.single_level()) {
            return NonInferiority::of_counts(margin, direction, counts, level);
        }
        let headroom = headroom(comparison, margin, direction)?;
        let (p_value, critical, level) = match self.plan.stop {
            Stop::Fixed => (headroom.p_value_greater(), headroom.critical(2.0 * alpha)?, alpha),
            Stop::GroupSequential { .. } => {
                let bound = self.stage().and_then(|stage| stage.ok()?.one_sided());
                let Some(bound) = bound else { return NonInferiority::open(margin) };
                let level = bound.nominal.value.max(f64::MIN_POSITIVE);
                (headroom.p_value_greater(), headroom.critical(2.0 * level)?, level)
            }
            Stop::Anytime => {
                let units = self.counted(compared);
                match self.rule?.answer(comparison, &headroom, units, compared.evidence, Sides::One)? {
                    anytime::Standing::Waiting(_) => return NonInferiority::open(margin),
                    anytime::Standing::Open(look) => (look.p_value, look.critical, alpha),
                }
            }
        };
        NonInferiority::of(margin, direction, comparison, p_value, critical, level)
    }
}
