//! Exact tests that do not take the number of conversions as given: Barnard's and Boschloo's.
//!
//! Both rank all tables of these numbers of units, and ask how probable a table at least as extreme as the observed one is if both
//! variants share one rate; of all rates they take the worst. Given how many convert in all, the split is hypergeometric whatever
//! the rate is. So the probability is a mixture of one number for each total, with binomial weights, and costs one sum a rate.

use super::fisher::first;
use super::hypergeometric::Hypergeometric;
use super::{Alternative, TwoProportions, worst_rate};
use crate::statistics::distribution::factorials::LnFactorials;
use crate::statistics::{Probability, Undefined};

/// The most units, of both variants together, that the tests of Barnard and Boschloo take. The work grows with their power of
/// 1.5: this many take tens of milliseconds.
pub const LARGEST_UNCONDITIONAL: u64 = 10_000;

/// Tail probabilities that differ by less than this share are the same number, rounded twice.
const SLACK: f64 = 1e-11;

impl TwoProportions {
    /// Barnard's exact test, by the pooled statistic of [`TwoProportions::pooled`].
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] beyond [`LARGEST_UNCONDITIONAL`] units.
    ///
    /// Source: Barnard (1945), Nature 156, 177; (1947), Biometrika 34, 123-138; with the pooled statistic, Suissa, Shuster (1985),
    /// Journal of the Royal Statistical Society A 148, 317-327.
    pub fn barnard(&self, alternative: Alternative) -> Result<Probability, Undefined> {
        self.check_size()?;
        let sign = self.deviation();
        match alternative {
            Alternative::Less => return self.swapped().barnard(Alternative::Greater),
            // Any table is at least as extreme; among them one that is certain if nobody converts.
            Alternative::Greater if sign <= 0.0 => return Ok(Probability::ONE),
            Alternative::TwoSided if sign == 0.0 => return Ok(Probability::ONE),
            Alternative::TwoSided | Alternative::Greater => {}
        }
        let known = LnFactorials::up_to(self.units());
        let both = alternative == Alternative::TwoSided;
        let of_total = |conversions| self.ln_as_extreme(conversions, both, &known);
        Ok(worst_rate::of((0..=self.units()).map(of_total).collect(), &known))
    }

    /// Boschloo's exact test: as Barnard's, by the p-value of Fisher's one-sided test. Two-sided it is twice the smaller of both
    /// one-sided ones. Never less powerful than Fisher's.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] beyond [`LARGEST_UNCONDITIONAL`] units.
    ///
    /// Source: Boschloo (1970), Statistica Neerlandica 24, 1-35.
    pub fn boschloo(&self, alternative: Alternative) -> Result<Probability, Undefined> {
        self.check_size()?;
        match alternative {
            Alternative::Less => self.swapped().boschloo(Alternative::Greater),
            Alternative::TwoSided => {
                let (greater, less) = (self.boschloo(Alternative::Greater)?, self.boschloo(Alternative::Less)?);
                Ok(greater.min(less).doubled())
            }
            Alternative::Greater => {
                let limit = Hypergeometric::of(self).ln_upper(self.treatment.conversions()) + SLACK;
                if limit >= 0.0 {
                    return Ok(Probability::ONE);
                }
                let known = LnFactorials::up_to(self.units());
                // The first count whose tail is no larger. With one conversion more in all it is the same or the next.
                let mut first = 0;
                let of_total = |conversions: u64| {
                    let split = Hypergeometric::of_total(self, conversions, &known);
                    let mut tail = split.ln_upper(first);
                    while tail > limit {
                        first += 1;
                        tail = split.ln_upper(first);
                    }
                    tail
                };
                Ok(worst_rate::of((0..=self.units()).map(of_total).collect(), &known))
            }
        }
    }

    fn check_size(&self) -> Result<(), Undefined> {
        if self.units() > LARGEST_UNCONDITIONAL { Err(Undefined::TooLarge) } else { Ok(()) }
    }

    /// Given so many conversions in all, the probability (its logarithm) of a pooled statistic at least as far from 0 as the
    /// observed one, on its side or on both.
    fn ln_as_extreme(&self, conversions: u64, both: bool, known: &LnFactorials) -> f64 {
        let units = self.units();
        if conversions == 0 || conversions == units {
            return f64::NEG_INFINITY;
        }
        let split = Hypergeometric::of_total(self, conversions, known);
        // The deviation of a table is `count units - conversions drawn`; the statistic is it by the root of
        // `conversions (units - conversions)`, up to a constant. Compared as squares, in whole numbers: ties are ties.
        let deviation = |count: u64| {
            i128::from(count) * i128::from(units) - i128::from(conversions) * i128::from(self.treatment.units())
        };
        let spread = |conversions: u64| u128::from(conversions) * u128::from(units - conversions);
        let observed = self.exact_deviation();
        let needed = observed * observed * spread(conversions);
        let far = |deviation: i128| deviation.unsigned_abs().pow(2) * spread(self.conversions()) >= needed;
        let up = first(split.least(), split.most() + 1, |count| deviation(count) > 0 && far(deviation(count)));
        let upper = split.ln_upper(up);
        if !both {
            return upper;
        }
        let end = first(split.least(), split.most() + 1, |count| deviation(count) >= 0 || !far(deviation(count)));
        let lower = if end == split.least() { f64::NEG_INFINITY } else { split.ln_lower(end - 1) };
        let (more, less) = if lower > upper { (lower, upper) } else { (upper, lower) };
        if less == f64::NEG_INFINITY { more } else { more + (less - more).exp().ln_1p() }
    }

    /// The size of `x_b N - X n_b`, which is that of `x_b n_a - x_a n_b`.
    fn exact_deviation(&self) -> u128 {
        let (ours, theirs) = self.cross_products();
        ours.abs_diff(theirs)
    }
}
