//! A bandit: its variants are compared within the batches of units that were assigned alike.

use super::compare::{Compared, real};
use super::{Data, Kind, Measured};
use crate::statistics::{self, Adjustment, Cell, SplitBatch, Sums, Undefined, compare_batches};

/// Why a bandit's metric has the test that it has.
pub const WITHIN_BATCHES: &str =
    "differences within batches, each by what its split tells, because the split changed on the way";

impl Data {
    /// Whether the traffic was split differently from time to time.
    pub(super) fn is_bandit(&self) -> bool {
        !self.batches.is_empty()
    }

    /// The split of each batch.
    pub(super) fn splits(&self) -> Vec<SplitBatch> {
        let split = |batch: &super::Batch| SplitBatch { counts: batch.dealt.clone(), weights: batch.weights.clone() };
        self.batches.iter().map(split).collect()
    }
}

/// The sums of a metric in two variants by batch; `None` where the split never changed.
///
/// # Errors
/// [`Undefined::SplitChanged`] of a quantile, which small batches do not tell.
pub fn batches(
    data: &Data,
    metric: usize,
    (control, treatment): (usize, usize),
) -> Option<Result<Vec<statistics::Batch>, Undefined>> {
    let sums = |batch: &super::Batch, variant: usize| match batch.metrics.get(metric)?.get(variant)? {
        Measured::Sums(sums) => Some(Sums::clone(sums)),
        Measured::Quantile(_) => None,
    };
    let one = |batch| {
        let cell = Cell { control: sums(batch, control)?, treatment: sums(batch, treatment)? };
        // Not all units of a batch are known in a metric that takes time.
        let units = batch.metrics.get(metric)?.iter().map(|measured| match measured {
            Measured::Sums(sums) => sums.units(),
            Measured::Quantile(_) => 0,
        });
        Some(statistics::Batch { cell, units: units.fold(0, u64::saturating_add) })
    };
    let all = || data.batches.iter().map(one).collect::<Option<Vec<_>>>().ok_or(Undefined::SplitChanged);
    data.is_bandit().then(all)
}

/// Compares sums within batches; means after an adjustment, if there is one.
pub fn compare_in_batches(
    kind: Kind,
    batches: &[statistics::Batch],
    adjustment: Option<&Adjustment>,
) -> Result<Compared, Undefined> {
    let found = compare_batches(kind.measure(), batches, adjustment)?;
    Ok(Compared {
        units: real(found.clock),
        comparison: Ok(found.comparison),
        evidence: found.evidence,
        counts: None,
        known_share: 1.0,
        is_within_batches: true,
    })
}

/// Units of batches in which a variant has fewer than two: it is not compared there.
pub fn left_out(data: &Data) -> u64 {
    let thin = data.batches.iter().filter(|batch| batch.units.iter().any(|units| *units < 2));
    thin.flat_map(|batch| &batch.units).fold(0, |sum, units| sum.saturating_add(*units))
}
