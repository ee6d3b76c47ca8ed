//! How much there must be before a claim is made.
//!
//! In: the sums of each variant. Out: whether the normal approximation behind every bound can be trusted yet, or how much is missing.
//! Where one unit in a hundred pays and one payer in a hundred brings half of the money, the standard error is learnt from very few
//! units, and sequences that look from the first day on reject too often. So what counts is not units but the effective number of
//! those that bring something. Looking later than allowed costs validity nothing: looks are merely left out.

use crate::statistics::sums::real;
use crate::statistics::{Sums, Variable};

/// Effective units that each variant needs. Chosen by calibration (`tests/integration/calibration`).
pub const EFFECTIVE_UNITS: f64 = 50.0;

/// So many units count as one that contributes, whatever they contribute. Calibrated on the harshest revenue there: where 1 payer in 50
/// pays, and an effective unit takes 2,700 of all, claims are no more frequent for it.
const UNITS_FOR_ONE: f64 = 1000.0;

/// What each variant has to go by, in effective units ([`effective_units`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Of the control.
    pub control: f64,
    /// Of the treatment.
    pub treatment: f64,
}

impl Evidence {
    /// Of the sums of both.
    pub fn of(control: &Sums, treatment: &Sums) -> Self {
        Self { control: effective_units(control), treatment: effective_units(treatment) }
    }

    /// What is missing until `needed`; `None` if nothing is.
    pub(super) fn missing(self, needed: f64) -> Option<Waiting> {
        let known = |units: f64| if units.is_nan() { 0.0 } else { units };
        let have = known(self.control).min(known(self.treatment));
        (have < needed).then_some(Waiting { have, needed })
    }
}

/// Too little to claim anything yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// Effective units of the variant that has fewer.
    pub have: f64,
    /// Effective units that each variant needs.
    pub needed: f64,
}

/// How many equal contributions would vary as much as these do: `(Σy)² / Σy²`, at most the units; 0 of nothing.
///
/// - Of a share (ones and zeros only) the rarer of the two counts: conversions, or units without one; 0 where everybody converted.
/// - Of anything else a thousand units count as one at least: a metric that lies about 0 by nature, such as profit, has no contributions
///   to count, and would be waited for in vain.
/// - Of a ratio the outcome and the denominator count, whichever has less.
/// - A covariate does not count: the adjusted mean errs as the plain one does, only less.
///
/// Source: Kish (1965), Survey Sampling, section 11.7 (effective sample size of unequal weights).
pub fn effective_units(sums: &Sums) -> f64 {
    let has_denominator = sums.sum_of_products(Variable::Denominator, Variable::Denominator) > 0.0;
    // With a denominator that varies the outcome may be 1 of everybody, and the ratio varies all the same.
    let is_share = !has_denominator || is_always_one(sums, Variable::Denominator);
    if is_share && is_always_one(sums, Variable::Outcome) {
        return 0.0;
    }
    let outcome = effective(sums, Variable::Outcome);
    if has_denominator { outcome.min(effective(sums, Variable::Denominator)) } else { outcome }
}

fn is_always_one(sums: &Sums, variable: Variable) -> bool {
    let units = real(sums.units());
    sums.sum(variable) == units && sums.sum_of_products(variable, variable) == units
}

fn effective(sums: &Sums, variable: Variable) -> f64 {
    let (sum, squares, units) = (sums.sum(variable), sums.sum_of_products(variable, variable), real(sums.units()));
    if squares <= 0.0 || !sum.is_finite() || !squares.is_finite() {
        return 0.0;
    }
    if sum == squares && sum < units {
        return sum.min(units - sum);
    }
    // In two steps, so that no square leaves the range of `f64`.
    (sum / squares * sum).clamp(units / UNITS_FOR_ONE, units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Observation;

    fn sums(units: impl IntoIterator<Item = (f64, f64)>) -> Sums {
        units.into_iter().fold(Sums::default(), |mut sums, (outcome, denominator)| {
            sums.add(Observation { outcome, denominator, covariate: 0.0 }).unwrap();
            sums
        })
    }

    #[test]
    fn what_contributes_is_counted() {
        assert_eq!(effective_units(&Sums::default()), 0.0);
        assert_eq!(effective_units(&Sums::of_share(1000, 30)), 30.0);
        assert_eq!(effective_units(&Sums::of_share(1000, 970)), 30.0);
        assert_eq!([999, 1000].map(|hits| effective_units(&Sums::of_share(1000, hits))), [1.0, 0.0]);
        assert_eq!(effective_units(&sums((0..100).map(|_| (1.0, 1.0)))), 0.0);
        assert!(effective_units(&sums((0..100).map(|unit| (1.0, if unit < 50 { 3.0 } else { 4.0 })))) > 97.0);
        assert_eq!(effective_units(&sums([(5.0, 0.0); 40])), 40.0);
        // Four that pay the same among a hundred are four; one that pays nearly all is one.
        assert_eq!(effective_units(&sums((0..100).map(|unit| (f64::from(u8::from(unit < 4)) * 9.0, 0.0)))), 4.0);
        assert!(effective_units(&sums((0..100).map(|unit| (if unit == 0 { 1e6 } else { 1.0 }, 0.0)))) < 1.1);
        // Of a ratio the denominator counts as well.
        assert_eq!(effective_units(&sums((0..100).map(|unit| (2.0, if unit < 3 { 7.0 } else { 0.0 })))), 3.0);
        // What lies about 0 is counted by its units.
        assert_eq!(effective_units(&sums((0..5000).map(|unit| (if unit % 2 == 0 { 1.0 } else { -1.0 }, 0.0)))), 5.0);
    }
}
