//! Is the traffic of a bandit split as it should be?
//!
//! In: by batch, how many units each variant got and how probable each was. Out: the counts that were to be expected, and a [`Split`] as of a
//! fixed split. Averages of the probabilities would not do: where they change, counts vary less than those of one split.
//!
//! The alternative of the sequential test is that one variant's odds are off by a factor, the same in all batches: a mixture over the variant
//! and over [`FACTORS`] of it, each a product of likelihood ratios of single draws. So it holds at every look, and evidence of
//! small batches adds up.

use super::chi_squared::possible_cells;
use super::distribution::chi_squared;
use super::sample_ratio::{SampleRatio, Split};
use super::sums::{defined, real};
use super::{ChiSquared, Probability, Undefined};

/// Logarithms of the factors by which a variant's odds may be off, up and down: from a quarter of a per cent, doubled each time.
const FACTORS: [f64; 10] = [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28];

/// A batch of units that were assigned with the same probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitBatch {
    /// How many units each variant got.
    pub counts: Vec<u64>,
    /// How probable each was, in any unit.
    pub weights: Vec<f64>,
}

impl SplitBatch {
    fn units(&self) -> Result<u64, Undefined> {
        self.counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count)).ok_or(Undefined::TooLarge)
    }

    /// The probabilities; `Err` with the variant that got somebody though it has none.
    fn probabilities(&self) -> Result<Vec<f64>, Undefined> {
        possible_cells(&self.counts, &self.weights)?;
        let whole: f64 = self.weights.iter().sum();
        if whole > 0.0 && whole.is_finite() {
            Ok(self.weights.iter().map(|weight| weight / whole).collect())
        } else {
            Err(Undefined::BadWeights)
        }
    }
}

impl SampleRatio {
    /// How many units each variant should have got.
    ///
    /// # Errors
    /// [`Undefined::BadWeights`], also where batches have different numbers of variants; [`Undefined::TooLarge`].
    pub fn expected_of_batches(batches: &[SplitBatch]) -> Result<Vec<f64>, Undefined> {
        let mut expected = vec![0.0; variants(batches)?];
        for batch in batches {
            let units = real(batch.units()?);
            let whole: f64 = batch.weights.iter().sum();
            for (expected, weight) in expected.iter_mut().zip(&batch.weights) {
                *expected += defined(units * (weight / whole))?;
            }
        }
        Ok(expected)
    }

    /// Of batches that were split differently, each as was decided before it began.
    ///
    /// # Errors
    /// As [`SampleRatio::expected_of_batches`]; [`Undefined::TooFewCells`] with fewer than two variants that anybody could get.
    ///
    /// Source: the quadratic form of observed less expected counts, as in the logrank test (Mantel 1966, Cancer Chemotherapy Reports 50,
    /// 163-170); a finite mixture of likelihood ratios (Robbins 1970, Annals of Mathematical Statistics 41, 1397-1409).
    pub fn of_batches(batches: &[SplitBatch]) -> Result<Self, Undefined> {
        let count = variants(batches)?;
        let mut drawn = Vec::with_capacity(batches.len());
        for batch in batches {
            match batch.probabilities() {
                Ok(probabilities) => drawn.push((batch, real(batch.units()?), probabilities)),
                Err(Undefined::Impossible(cell)) => return Ok(Self::Impossible(cell)),
                Err(why) => return Err(why),
            }
        }
        let mut deviations = vec![0.0; count];
        let mut covariances = vec![vec![0.0; count]; count];
        for (batch, units, probabilities) in &drawn {
            for (row, (own, counted)) in probabilities.iter().zip(&batch.counts).enumerate() {
                if let Some(deviation) = deviations.get_mut(row) {
                    *deviation += real(*counted) - units * own;
                }
                for (column, (cell, other)) in
                    covariances.get_mut(row).into_iter().flatten().zip(probabilities).enumerate()
                {
                    let same = if row == column { *own } else { 0.0 };
                    *cell += units * (same - own * other);
                }
            }
        }
        let ln_bayes_factor = ln_mixture(&drawn, count);
        Ok(Self::Possible(Split {
            fixed: quadratic(deviations, covariances),
            ln_bayes_factor: defined(ln_bayes_factor)?,
        }))
    }
}

/// How many variants there are.
fn variants(batches: &[SplitBatch]) -> Result<usize, Undefined> {
    let count = batches.first().ok_or(Undefined::NoUnits)?.weights.len();
    let fits = |batch: &SplitBatch| batch.weights.len() == count && batch.counts.len() == count;
    if !batches.iter().all(fits) {
        return Err(Undefined::BadWeights);
    }
    let is_possible =
        |variant: &usize| batches.iter().any(|batch| batch.weights.get(*variant).is_some_and(|weight| *weight > 0.0));
    if (0..count).filter(is_possible).count() < 2 { Err(Undefined::TooFewCells) } else { Ok(count) }
}

/// Chi-squared of deviations with these covariances, of which one follows from the others: by elimination, the largest pivot first.
fn quadratic(mut deviations: Vec<f64>, mut covariances: Vec<Vec<f64>>) -> Result<ChiSquared, Undefined> {
    let largest =
        covariances.iter().enumerate().filter_map(|(place, row)| row.get(place)).fold(0.0_f64, |a, b| a.max(*b));
    if largest <= 0.0 {
        return Err(Undefined::NoUnits);
    }
    let (mut statistic, mut freedom) = (0.0, 0_u64);
    loop {
        let diagonal = covariances.iter().enumerate().filter_map(|(place, row)| Some((place, *row.get(place)?)));
        let Some((place, pivot)) = diagonal.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        // What is left of the last one is rounding.
        if pivot <= 1e-9 * largest {
            break;
        }
        let (mut row, deviation) = (covariances.swap_remove(place), deviations.swap_remove(place));
        row.swap_remove(place);
        statistic += deviation * deviation / pivot;
        freedom += 1;
        for (others, left) in covariances.iter_mut().zip(&mut deviations) {
            let cross = others.swap_remove(place);
            *left -= cross / pivot * deviation;
            for (cell, entry) in others.iter_mut().zip(&row) {
                *cell -= cross / pivot * entry;
            }
        }
    }
    let statistic = defined(statistic)?;
    let p_value = if statistic == 0.0 { Probability::ONE } else { chi_squared::upper_tail(statistic, real(freedom)) };
    Ok(ChiSquared { statistic, degrees_of_freedom: freedom, p_value })
}

/// The logarithm of the mean, over variants and factors, of the likelihood ratios.
fn ln_mixture(drawn: &[(&SplitBatch, f64, Vec<f64>)], count: usize) -> f64 {
    let factors = FACTORS.iter().flat_map(|size| [*size, -size]);
    let ratio = |variant: usize, factor: f64| -> f64 {
        let of_batch = |(batch, units, probabilities): &(&SplitBatch, f64, Vec<f64>)| {
            let (counted, own) = (batch.counts.get(variant), probabilities.get(variant));
            let (counted, own) = (counted.copied().map_or(0.0, real), own.copied().unwrap_or(0.0));
            counted * factor - units * (own * factor.exp_m1()).ln_1p()
        };
        drawn.iter().map(of_batch).sum()
    };
    let ratios: Vec<f64> = (0..count)
        .flat_map(|variant| factors.clone().map(move |factor| (variant, factor)))
        .map(|(variant, factor)| ratio(variant, factor))
        .collect();
    let largest = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = ratios.iter().map(|ratio| (ratio - largest).exp()).sum();
    largest + (sum / real(ratios.len() as u64)).ln()
}
