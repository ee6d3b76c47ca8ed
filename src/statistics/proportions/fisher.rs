//! Fisher's exact test: how surprising is the split of the conversions, given how many there are?

use super::TwoProportions;
use super::hypergeometric::{Hypergeometric, Tails};
use crate::statistics::{Probability, Undefined};

/// Tables that are more probable than the observed one by no more than this count as no more probable: the probabilities are
/// rounded numbers. As R's `fisher.test` has it.
const SLACK: f64 = 1e-7;

/// The largest variance of the treatment's conversions: a tail is added up count by count over some ten standard deviations,
/// so this is a matter of milliseconds. Nobody needs an exact test beyond: four times 10^12 units, half of which convert.
pub const LARGEST_FISHER_VARIANCE: f64 = 2.5e11;

/// What Fisher's exact test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fisher {
    /// Of a table that is no more probable than the observed one.
    pub p_value: Probability,
    /// Of as many conversions in the treatment or more.
    pub p_value_greater: Probability,
    /// Of as many conversions in the treatment or fewer.
    pub p_value_less: Probability,
    /// Of more conversions in the treatment, and half of the probability of as many: less conservative, not exact.
    pub mid_p_value_greater: Probability,
    /// Of fewer conversions in the treatment, and half of the probability of as many.
    pub mid_p_value_less: Probability,
}

impl TwoProportions {
    /// Fisher's exact test.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] beyond a variance of `LARGEST_FISHER_VARIANCE`.
    ///
    /// Source: Fisher (1935), Journal of the Royal Statistical Society 98, 39-54; two-sided as Freeman, Halton (1951), Biometrika 38,
    /// 141-149; mid-p as Lancaster (1961), Journal of the American Statistical Association 56, 223-234.
    pub fn fisher(&self) -> Result<Fisher, Undefined> {
        let split = Hypergeometric::of(self);
        if split.variance() > LARGEST_FISHER_VARIANCE {
            return Err(Undefined::TooLarge);
        }
        let observed = self.treatment.conversions();
        let Tails { upper, lower, mid_upper, mid_lower, .. } = split.tails(observed);
        Ok(Fisher {
            p_value: two_sided(&split, observed),
            p_value_greater: upper,
            p_value_less: lower,
            mid_p_value_greater: mid_upper,
            mid_p_value_less: mid_lower,
        })
    }
}

fn two_sided(split: &Hypergeometric<'_>, observed: u64) -> Probability {
    let limit = split.ln(observed) + SLACK.ln_1p();
    let mode = split.mode();
    if split.ln(mode) <= limit {
        return Probability::ONE;
    }
    // Towards the mode probabilities rise, beyond it they fall.
    let first_above = first(split.least(), mode, |count| split.ln(count) > limit);
    let first_below = first(mode, split.most() + 1, |count| split.ln(count) <= limit);
    let lower = if first_above == split.least() { f64::NEG_INFINITY } else { split.ln_lower(first_above - 1) };
    let upper = split.ln_upper(first_below);
    let (more, less) = if lower > upper { (lower, upper) } else { (upper, lower) };
    Probability::of_ln(more + (less - more).exp().ln_1p())
}

/// The first of `from..to` of which `holds` is true, or `to`; once true, it stays so.
pub(super) fn first(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
