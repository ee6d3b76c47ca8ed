//! Whether a covariate was known before the exposure: then it is the same in all variants, but for chance.
//!
//! One that the variant has changed takes out, or puts in, a part of the effect itself, and the adjusted numbers, which decide, are wrong in silence.
//! The sums hold it by variant, so that its means can be compared as those of a metric.

use super::adjusted::covariate_sums;
use super::compare::real;
use super::flag::Flag;
use super::{Data, Plan, Seen, Stop, words};
use crate::statistics::anytime::{Rule, Sides, Tuning};
use crate::statistics::{Comparison, Effect, Level, Probability, Sums, Undefined, Variable};

/// At any time nothing is said before each variant has so many units: a mean of fewer is not near enough to the normal distribution.
const FEWEST_UNITS: u64 = 50;

/// Each covariate whose mean differs between the control and a treatment by more than chance explains.
pub(super) fn flags(plan: &Plan, data: &Data) -> Vec<Flag> {
    let covariates = covariates(plan, data);
    let treatments = data.variants.len().saturating_sub(1);
    // Among many comparisons one would fall out by chance.
    let level = plan.sample_ratio_alpha / real((covariates.len() * treatments).max(1) as u64);
    let has_several = covariates.len() > 1;
    let is_seen_once = plan.stop != Stop::Anytime && data.seen != Seen::Live;
    let flag = |(metric, by_variant): (&str, Vec<&Sums>)| {
        let control = *by_variant.get(data.control)?;
        let pairs = data.variants.iter().zip(&by_variant).enumerate().filter(|(place, _)| *place != data.control);
        let differing: Vec<String> = pairs
            .filter_map(|(_, (variant, treatment))| {
                let found = chance(is_seen_once, level, control, treatment).ok()?;
                (found.value <= level).then(|| {
                    let mean = |sums: &Sums| sums.mean(Variable::Covariate).map(words::plain).unwrap_or_default();
                    format!(
                        "{} in {} beside {}, p = {}",
                        mean(treatment),
                        variant.name,
                        mean(control),
                        words::probability(found.log10)
                    )
                })
            })
            .collect();
        let of_metric = if has_several { format!(" of {metric}") } else { String::new() };
        let name = data.variants.get(data.control).map_or("", |control| &control.name);
        (!differing.is_empty()).then(|| Flag {
            code: "covariate_differs",
            count: differing.len() as u64,
            text: format!(
                "the mean of the covariate{of_metric} is not that of {name} ({}): what is called a covariate was not known before the \
                 exposure, but changed by the variant, or the variants were not filled by chance; leave it out",
                words::few(&differing)
            ),
            fails: true,
        })
    };
    covariates.into_iter().filter_map(flag).collect()
}

/// The sums by variant that hold each different covariate, with the first metric that has it.
fn covariates<'a>(plan: &'a Plan, data: &'a Data) -> Vec<(&'a str, Vec<&'a Sums>)> {
    // Of each: units, sum and sum of squares by variant, which tell covariates apart.
    let mut known: Vec<Vec<(u64, u64, u64)>> = Vec::new();
    let mut different = Vec::new();
    for (metric, by_variant) in plan.metrics.iter().zip(&data.metrics) {
        let Some(sums) = covariate_sums(metric, by_variant) else { continue };
        let marks = sums.iter().map(|sums| {
            let squares = sums.sum_of_products(Variable::Covariate, Variable::Covariate);
            (sums.units(), sums.sum(Variable::Covariate).to_bits(), squares.to_bits())
        });
        let marks = marks.collect();
        if !known.contains(&marks) {
            known.push(marks);
            different.push((&*metric.name, sums));
        }
    }
    different
}

/// How often two means would differ so much if the covariate had been known before.
///
/// Its numbers are given then, and only who is in which variant is left to chance. So the variance of all together is that of each variant, and the
/// standard error by it is there even where nothing varies within a variant. It is no good where one variant is small and a few units bring most of
/// the covariate, and Welch's is no good where such units are in the other one: the larger of both is taken.
fn chance(is_seen_once: bool, level: f64, control: &Sums, treatment: &Sums) -> Result<Probability, Undefined> {
    let of = |sums: &Sums| -> Result<Level, Undefined> {
        let variance = sums.variance(Variable::Covariate)?;
        Ok(Level { units: sums.units(), value: sums.mean(Variable::Covariate)?, variance })
    };
    let levels = (of(control)?, of(treatment)?);
    let mut all = control.clone();
    all.merge(treatment)?;
    let (n, m) = (real(levels.0.units), real(levels.1.units));
    let common = (all.variance(Variable::Covariate)? * (1.0 / n + 1.0 / m)).sqrt();
    let apart = Comparison::of_independent(levels.0, levels.1).ok().map(|comparison| comparison.difference);
    let largest = common.max(apart.map_or(0.0, |effect| effect.standard_error));
    let degrees_of_freedom = apart.and_then(|effect| effect.degrees_of_freedom);
    let effect = Effect::new(levels.1.value - levels.0.value, largest, degrees_of_freedom)?;
    if is_seen_once {
        return Ok(effect.p_value());
    }
    if levels.0.units.min(levels.1.units) < FEWEST_UNITS {
        return Ok(Probability::ONE);
    }
    Ok(Rule::new(level, Tuning::default())?.test(&effect, n + m, Sides::Two)?.p_value)
}
