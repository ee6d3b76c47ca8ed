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
        let have = self.control.min(self.treatment);
        (have.is_nan() || have < needed).then_some(Waiting { have, needed })
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
/// - Of a share (ones and zeros only) the rarer of the two counts: conversions, or units without one.
/// - Of a ratio the outcome and the denominator count, whichever has less.
/// - A covariate does not count: the adjusted mean errs as the plain one does, only less.
///
/// Source: Kish (1965), Survey Sampling, section 11.7 (effective sample size of unequal weights).
pub fn effective_units(sums: &Sums) -> f64 {
    let outcome = effective(sums, Variable::Outcome);
    if sums.sum_of_products(Variable::Denominator, Variable::Denominator) > 0.0 {
        outcome.min(effective(sums, Variable::Denominator))
    } else {
        outcome
    }
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
    (sum / squares * sum).clamp(0.0, units)
}
