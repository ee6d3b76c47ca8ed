//! The numbers that are honest at planned looks.

use std::f64::consts::LOG10_2;

use serde::Serialize;

use super::bounds::Tested;
use super::compare::Compared;
use super::stage::Stage;
use super::{Fixed, Number};
use crate::statistics::distribution::normal;
use crate::statistics::{Effect, Undefined};

/// A test and an interval for planned looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupSequential {
    /// How much of the planned information has come, above 0; above 1 where more came to the last look than was planned.
    pub information_fraction: Number,
    /// How far from 0 the statistic must be.
    pub bound: Number,
    /// At or under which p-value of a single test this look stops: the bound as a probability.
    pub nominal_alpha: Number,
    /// How much of alpha is spent with this look.
    pub alpha_spent: Number,
    /// Whether the statistic is beyond the bound.
    pub crossed: bool,
    /// The repeated p-value (the smallest alpha at which the same plan would stop here; 1 above 0.99, at least 1e-300) and the repeated
    /// intervals.
    #[serde(flatten)]
    pub tested: Tested,
    /// As often too high as too low, though the experiment stopped where it looked best; only where it stops, at a bound or at its end.
    pub median_unbiased_estimate: Option<Number>,
    /// The same by the size of the control's level.
    pub median_unbiased_lift: Option<Number>,
}

impl GroupSequential {
    /// What this look says. `test` is the single test of the comparison, at any alpha: what it finds is held to the look's own level, and its
    /// interval at that level is the repeated one. So small counts have their exact test, and few units their t.
    pub(super) fn of(
        compared: &Compared,
        stage: &Stage,
        test: impl Fn(f64) -> Result<Fixed, Undefined>,
    ) -> Result<Self, Undefined> {
        let bound = stage.bound();
        let found = test(bound.nominal.value.max(f64::MIN_POSITIVE))?;
        let crossed = found.tested.p_value.get() <= bound.nominal.value;
        let p_value = stage.repeated_p_value(found.tested.log10_p_value.get())?;
        let is_over = crossed || stage.is_last();
        let stopped = is_over.then(|| stopped(compared, &found, crossed.then_some(bound.z))).flatten();
        let median = stopped.and_then(|effect| Some(stage.after_stopping(&effect).ok()?.median));
        let baseline = compared.comparison.ok().map(|comparison| comparison.baseline.abs());
        Ok(Self {
            information_fraction: Number::of(bound.fraction)?,
            bound: Number::of(bound.z)?,
            nominal_alpha: Number::of(bound.nominal.value)?,
            alpha_spent: Number::of(bound.spent.value)?,
            crossed,
            tested: Tested::new(p_value, found.tested.bounds)?,
            median_unbiased_estimate: median.and_then(|median| Number::of(median).ok()),
            median_unbiased_lift: median.zip(baseline).and_then(|(median, size)| Number::of(median / size).ok()),
        })
    }
}

/// The effect with the standard error that the single test's own p-value gives it: what crossed a bound is what stopped, whichever test it was.
/// Beyond `bound`, where it crossed one, but for rounding.
fn stopped(compared: &Compared, found: &Fixed, bound: Option<f64>) -> Option<Effect> {
    let estimate = compared.estimate()?;
    let z = normal::upper_quantile_of_log10(found.tested.log10_p_value.get() - LOG10_2).max(bound.unwrap_or(0.0));
    let standard_error = if z > 0.0 && estimate != 0.0 { estimate.abs() / z } else { found.standard_error.get() };
    Effect::new(estimate, standard_error, None).ok()
}
