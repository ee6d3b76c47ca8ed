//! From what was measured to a comparison, by the kind of metric.

use super::bandit::{batches, compare_in_batches};
use super::{Data, Kind, Measured, Number};
use crate::statistics::anytime::Evidence;
use crate::statistics::{Comparison, Level, Measure, Sums, TwoProportions, Undefined, Variable};

/// A treatment beside the control.
pub struct Compared {
    /// Of both variants, as far as the metric is known of them: what an anytime rule counts. (A quantile's levels count events.) Within batches,
    /// those of all variants.
    pub units: f64,
    /// By the kind of metric, or why there is none.
    pub comparison: Result<Comparison, Undefined>,
    /// What the anytime rule goes by.
    pub evidence: Evidence,
    /// Of a conversion: the counts, which have tests of their own.
    pub counts: Option<TwoProportions>,
    /// Of how large a share of the units the metric is known already, in (0, 1].
    pub known_share: f64,
    /// Whether the split changed on the way, so that it was compared within batches.
    pub is_within_batches: bool,
}

/// Compares a treatment with the control among all units: of a bandit within batches.
pub fn compare_all(data: &Data, metric: usize, kind: Kind, treatment: usize) -> Result<Compared, Undefined> {
    if let Some(batches) = batches(data, metric, (data.control, treatment)) {
        return compare_in_batches(kind, &batches?, None);
    }
    let by_variant = data.metrics.get(metric).ok_or(Undefined::OutOfRange)?;
    let of = |place: usize| by_variant.get(place).zip(data.variants.get(place)).ok_or(Undefined::OutOfRange);
    let ((control, of_control), (treatment, of_treatment)) = (of(data.control)?, of(treatment)?);
    compare(kind, (control, treatment), (of_control.units, of_treatment.units))
}

/// Compares a treatment with the control: what was measured of both, and how many units both had.
pub fn compare(kind: Kind, pair: (&Measured, &Measured), units: (u64, u64)) -> Result<Compared, Undefined> {
    let all = real(units.0) + real(units.1);
    match pair {
        (Measured::Sums(control), Measured::Sums(treatment)) => {
            let known = real(control.units()) + real(treatment.units());
            let compared = Compared::of_sums(kind, control, treatment, known)?;
            Ok(Compared { known_share: if known < all { known / all } else { 1.0 }, ..compared })
        }
        (Measured::Quantile(control), Measured::Quantile(treatment)) => {
            let (control, treatment) = (by_unit((*control)?, units.0), by_unit((*treatment)?, units.1));
            let evidence = Evidence { control: real(control.units), treatment: real(treatment.units) };
            Ok(Compared {
                units: all,
                comparison: Comparison::of_independent(control, treatment),
                evidence,
                counts: None,
                known_share: 1.0,
                is_within_batches: false,
            })
        }
        // INVARIANT: `check` has refused a metric of both kinds.
        _ => Err(Undefined::OutOfRange),
    }
}

/// A quantile's level, counted in units instead of events where a unit has several: it is units that are independent, so they are what says how well
/// the standard error is known. That error stays.
fn by_unit(level: Level, units: u64) -> Level {
    let units = units.min(level.units);
    Level { units, variance: level.variance * (real(units) / real(level.units.max(1))), ..level }
}

impl Kind {
    /// What the metric makes of sums.
    pub fn measure(self) -> Measure {
        match self {
            Self::Ratio => Measure::Ratio,
            Self::Conversion | Self::Sum | Self::Quantile(_) => Measure::Mean,
        }
    }
}

/// A variant's own level.
pub fn level(kind: Kind, measured: &Measured) -> Result<f64, Undefined> {
    match measured {
        Measured::Sums(sums) => kind.measure().value(sums),
        Measured::Quantile(level) => (*level).map(|level: Level| level.value),
    }
}

/// Units and conversions.
///
/// # Errors
/// [`Undefined::OutOfRange`] unless the outcomes can be zeros and ones: then their sum is whole, and that of their squares too.
pub fn conversions(sums: &Sums) -> Result<(u64, u64), Undefined> {
    let sum = sums.sum(Variable::Outcome);
    let is_count = (0.0..9_007_199_254_740_992.0).contains(&sum) && sum.fract() == 0.0;
    if !is_count || sums.sum_of_products(Variable::Outcome, Variable::Outcome) != sum {
        return Err(Undefined::OutOfRange);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^53")]
    let conversions = sum as u64;
    Ok((sums.units(), conversions))
}

#[expect(clippy::cast_precision_loss, reason = "a relative error of 1e-16 is what f64 has")]
pub fn real(count: u64) -> f64 {
    count as f64
}

impl Compared {
    /// Compares sums; `units` are those of both variants.
    ///
    /// # Errors
    /// Of a conversion, [`Undefined::OutOfRange`] unless the outcomes can be zeros and ones, and [`Undefined::NoUnits`].
    pub fn of_sums(kind: Kind, control: &Sums, treatment: &Sums, units: f64) -> Result<Self, Undefined> {
        let evidence = Evidence::of(control, treatment);
        let (comparison, counts) = match kind {
            Kind::Conversion => {
                let counts = TwoProportions::new(conversions(control)?, conversions(treatment)?)?;
                (counts.comparison(), Some(counts))
            }
            kind => (kind.measure().compare(control, treatment), None),
        };
        Ok(Self { units, comparison, evidence, counts, known_share: 1.0, is_within_batches: false })
    }

    /// Treatment less control, as exactly as it is known.
    pub fn estimate(&self) -> Option<f64> {
        match &self.counts {
            Some(counts) => Some(counts.difference()),
            None => self.comparison.ok().map(|comparison| comparison.difference.estimate),
        }
    }
}

/// Treatment less control, and relative to it; both are there where a variance is not.
pub fn difference(
    kind: Kind,
    (control, treatment): (&Measured, &Measured),
    compared: &Result<Compared, Undefined>,
) -> (Option<Number>, Option<Number>) {
    let within = compared.as_ref().ok().filter(|compared| compared.is_within_batches);
    let baseline = match within.and_then(|compared| compared.comparison.ok()) {
        Some(comparison) => Ok(comparison.baseline),
        None => level(kind, control),
    };
    if compared.as_ref().err() == Some(&Undefined::SplitChanged) {
        return (None, None);
    }
    let known = compared.as_ref().ok().and_then(Compared::estimate);
    let estimate = known.map_or_else(|| Ok(level(kind, treatment)? - baseline?), Ok);
    let relative = estimate.and_then(|estimate| match baseline? {
        0.0 => Err(Undefined::ZeroBaseline),
        baseline => Number::of(estimate / baseline.abs()),
    });
    (estimate.and_then(Number::of).ok(), relative.ok())
}
