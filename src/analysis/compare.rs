//! From what was measured to a comparison, by the kind of metric.

use super::{Kind, Measured};
use crate::statistics::anytime::Evidence;
use crate::statistics::{Comparison, Level, Measure, Sums, TwoProportions, Undefined, Variable};

/// A treatment beside the control.
pub struct Compared {
    pub comparison: Result<Comparison, Undefined>,
    /// What the anytime rule goes by.
    pub evidence: Evidence,
    /// Of a conversion: the counts, which have tests of their own.
    pub counts: Option<TwoProportions>,
}

/// Compares a treatment with the control.
pub fn compare(kind: Kind, control: &Measured, treatment: &Measured) -> Result<Compared, Undefined> {
    match (control, treatment) {
        (Measured::Sums(control), Measured::Sums(treatment)) => {
            let evidence = Evidence::of(control, treatment);
            let (comparison, counts) = match kind {
                Kind::Conversion => {
                    let counts = TwoProportions::new(conversions(control)?, conversions(treatment)?)?;
                    (counts.comparison(), Some(counts))
                }
                Kind::Ratio => (Measure::Ratio.compare(control, treatment), None),
                Kind::Sum | Kind::Quantile(_) => (Measure::Mean.compare(control, treatment), None),
            };
            Ok(Compared { comparison, evidence, counts })
        }
        (Measured::Quantile(control), Measured::Quantile(treatment)) => {
            let (control, treatment) = ((*control)?, (*treatment)?);
            let evidence = Evidence { control: real(control.units), treatment: real(treatment.units) };
            Ok(Compared { comparison: Comparison::of_independent(control, treatment), evidence, counts: None })
        }
        // INVARIANT: `check` has refused a metric of both kinds.
        _ => Err(Undefined::OutOfRange),
    }
}

/// A variant's own level.
pub fn level(kind: Kind, measured: &Measured) -> Result<f64, Undefined> {
    match measured {
        Measured::Sums(sums) => match kind {
            Kind::Ratio => Measure::Ratio.value(sums),
            _ => Measure::Mean.value(sums),
        },
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
    /// Treatment less control, as exactly as it is known.
    pub fn estimate(&self) -> Option<f64> {
        match &self.counts {
            Some(counts) => Some(counts.difference()),
            None => self.comparison.ok().map(|comparison| comparison.difference.estimate),
        }
    }
}
