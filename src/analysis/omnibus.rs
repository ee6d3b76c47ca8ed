//! Whether variants differ at all: one test of a conversion over more than two.

use serde::Serialize;

use super::compare::conversions;
use super::{Answer, Data, Kind, Measured, Number, Plan};
use crate::statistics::{ChiSquared, Undefined, independence};

/// Whether the variants differ at all in one conversion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Omnibus {
    /// The metric's name.
    pub metric: String,
    /// The tests, honest if looked at once.
    #[serde(flatten)]
    pub found: Answer<Tests>,
}

/// Two tests of the same table of counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tests {
    /// Pearson's chi-squared.
    pub pearson: Test,
    /// G.
    pub likelihood_ratio: Test,
    /// How strongly the conversion depends on the variant, in `[0, 1]`: Cramér's V.
    pub cramers_v: Number,
    /// The smallest count that equal variants let expect. Below 5 the p-values are rough.
    pub smallest_expected: Number,
}

/// One test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Test {
    /// Chi-squared under no difference.
    pub statistic: Number,
    /// Variants less 1.
    pub degrees_of_freedom: u64,
    /// In `[0, 1]`.
    pub p_value: Number,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Number,
}

/// Of every conversion, where there are more than two variants; of a bandit none, as pooled counts are not comparable there.
pub(super) fn omnibus(plan: &Plan, data: &Data) -> Vec<Omnibus> {
    let metrics = plan.metrics.iter().zip(&data.metrics);
    metrics
        .filter(|(metric, _)| metric.kind == Kind::Conversion && data.variants.len() > 2 && !data.is_bandit())
        .map(|(metric, by_variant)| Omnibus { metric: metric.name.clone(), found: tests(by_variant).into() })
        .collect()
}

fn tests(by_variant: &[Measured]) -> Result<Tests, Undefined> {
    let table = by_variant.iter().map(|measured| {
        let Measured::Sums(sums) = measured else { return Err(Undefined::OutOfRange) };
        let (units, converted) = conversions(sums)?;
        Ok([converted, units.checked_sub(converted).ok_or(Undefined::OutOfRange)?])
    });
    let found = independence(&table.collect::<Result<Vec<_>, _>>()?)?;
    Ok(Tests {
        pearson: Test::of(&found.pearson)?,
        likelihood_ratio: Test::of(&found.likelihood_ratio)?,
        cramers_v: Number::of(found.cramers_v)?,
        smallest_expected: Number::of(found.smallest_expected)?,
    })
}

impl Test {
    fn of(found: &ChiSquared) -> Result<Self, Undefined> {
        Ok(Self {
            statistic: Number::of(found.statistic)?,
            degrees_of_freedom: found.degrees_of_freedom,
            p_value: Number::of(found.p_value.value)?,
            log10_p_value: Number::of(found.p_value.log10)?,
        })
    }
}
