//! Two variants of a bandit: the difference within each batch of units that were assigned alike, and one number of all of them.
//!
//! In: by batch, the sums of control and treatment. Out: a [`Comparison`] that the changing split does not bias, and the clock by which an
//! anytime rule may look at it. Pooled sums are wrong there: a variant that was unlucky gets fewer units and is never put right, and where the
//! level itself moves with time a variant with many units on a good day looks better than it is.
//!
//! Within a batch the assignment is a fair draw, so each difference is unbiased whatever led to its split. Batch b gets the weight
//! `sqrt(all_b n_c n_t / (n_c + n_t))`: known before any outcome of its units, and such that `weight² (v/n_c + v/n_t) = all_b v`, so that the variance of the sum
//! grows by the number of units that came, and by nothing that a bandit decides. That makes the sum a random walk in a time that is
//! no matter of chance, and its test right at one look, at planned looks and at any time.
//!
//! A ratio within a small batch would be biased by `1/n`, and many batches would add that up; so it is compared by its linear part around the
//! ratio of all units, which is a mean.

use super::adjustment::Adjustment;
use super::anytime::Evidence;
use super::combination::Combination;
use super::comparison::{Comparison, Level};
use super::measure::Measure;
use super::parts::Parts;
use super::stratified::{Cell, LEAST_UNITS, weigh};
use super::sums::{Sums, real};
use super::undefined::Undefined;

/// The units that were assigned with the same probabilities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The two variants that are compared.
    pub cell: Cell,
    /// How many units came, of all variants.
    pub units: u64,
}

/// A comparison within batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batched {
    /// Of the weighted levels.
    pub comparison: Comparison,
    /// What an anytime rule counts: units of all variants that came in the batches compared.
    pub clock: u64,
    /// What the sums of the batches compared have to go by.
    pub evidence: Evidence,
}

/// Compares a metric within batches; a mean after an adjustment, if there is one. A batch in which a variant has fewer than two units has
/// no variance and takes no part.
///
/// # Errors
/// [`Undefined::TooFewUnits`] if no batch takes part, [`Undefined::ZeroVariance`] when nothing varies within batches,
/// [`Undefined::ZeroDenominator`] of a ratio, [`Undefined::TooLarge`], [`Undefined::OutOfRange`] of an adjustment that is not one of a mean, or if
/// a batch has fewer units than its two variants.
///
/// Source: Zhang, Janson, Murphy (2020), Inference for Batched Bandits, NeurIPS (differences within batches, standardised by what is known
/// before); Hadad, Hirshberg, Zhan, Wager, Athey (2021), PNAS 118 (weights that keep the variance from depending on the split);
/// Waudby-Smith et al. (2023), arXiv 2103.06476v7, for the sequence of their sum.
pub fn compare_batches(
    measure: Measure,
    batches: &[Batch],
    adjustment: Option<&Adjustment>,
) -> Result<Batched, Undefined> {
    if adjustment.is_some_and(|adjustment| adjustment.measure() != Measure::Mean || measure != Measure::Mean) {
        return Err(Undefined::OutOfRange);
    }
    let mut control = Sums::default();
    let mut treatment = Sums::default();
    let (mut clock, mut all) = (0_u64, 0.0);
    let mut used = Vec::with_capacity(batches.len());
    for batch in batches {
        let Cell { control: a, treatment: b } = &batch.cell;
        let both = a.units().checked_add(b.units()).filter(|both| *both <= batch.units).ok_or(Undefined::OutOfRange)?;
        if a.units() < LEAST_UNITS || b.units() < LEAST_UNITS {
            continue;
        }
        control.merge(a)?;
        treatment.merge(b)?;
        clock = clock.checked_add(batch.units).ok_or(Undefined::TooLarge)?;
        let weight = (real(batch.units) * (real(a.units()) / real(both)) * real(b.units())).sqrt();
        all += weight;
        used.push((weight, &batch.cell));
    }
    if used.is_empty() {
        return Err(Undefined::TooFewUnits);
    }
    let linear = match measure {
        Measure::Mean => None,
        Measure::Ratio => Some(Linear::around(&control, &treatment)?),
    };
    let part = |(weight, cell): (f64, &Cell)| {
        let parts = match (&linear, adjustment) {
            (Some(linear), _) => linear.parts(&cell.control, &cell.treatment),
            (None, Some(adjustment)) => adjustment.parts(&cell.control, &cell.treatment),
            (None, None) => Parts::of(Measure::Mean, &cell.control, &cell.treatment),
        };
        Ok((weight / all, parts?))
    };
    let parts: Vec<(f64, Parts)> = used.into_iter().map(part).collect::<Result<_, Undefined>>()?;
    let evidence = Evidence::of(&control, &treatment);
    Ok(Batched { comparison: weigh(&parts, None)?, clock, evidence })
}

/// A ratio as the mean of what is linear in a unit.
struct Linear {
    ratio: f64,
    part: Combination,
}

impl Linear {
    /// Around the ratio of all units of both variants.
    fn around(control: &Sums, treatment: &Sums) -> Result<Self, Undefined> {
        let mut both = control.clone();
        both.merge(treatment)?;
        Ok(Self { ratio: Measure::Ratio.value(&both)?, part: Measure::Ratio.linear_part(&both)? })
    }

    fn parts(&self, control: &Sums, treatment: &Sums) -> Result<Parts, Undefined> {
        let (of_control, of_treatment) = (self.part.mean(control)?, self.part.mean(treatment)?);
        let level = |sums: &Sums, mean: f64| {
            Ok(Level { units: sums.units(), value: self.ratio + mean, variance: self.part.variance(sums)? })
        };
        let difference = of_treatment.minus(&of_control).value()?;
        let (control, treatment) = (level(control, of_control.value()?)?, level(treatment, of_treatment.value()?)?);
        Ok(Parts::plain(difference, control, treatment))
    }
}
