//! How many of the conversions fall to the treatment where it makes no difference: the hypergeometric distribution.

use super::TwoProportions;
use crate::statistics::Probability;
use crate::statistics::distribution::counts;
use crate::statistics::distribution::factorials::LnFactorials;
use crate::statistics::sums::real;

/// Of `drawn + rest` units, `conversions` convert; how many of them are among the `drawn`?
#[derive(Debug, Clone, Copy)]
pub(super) struct Hypergeometric<'a> {
    drawn: u64,
    rest: u64,
    conversions: u64,
    /// Of all units, where somebody keeps them.
    known: Option<&'a LnFactorials>,
}

/// The probabilities at and beyond a count, in both directions.
pub(super) struct Tails {
    /// Of this count.
    pub(super) here: Probability,
    /// Of this count or more.
    pub(super) upper: Probability,
    /// Of this count or fewer.
    pub(super) lower: Probability,
    /// Of more, and half of this count.
    pub(super) mid_upper: Probability,
    /// Of fewer, and half of this count.
    pub(super) mid_lower: Probability,
}

impl<'a> Hypergeometric<'a> {
    /// Of as many conversions as there are.
    pub(super) fn of(counts: &TwoProportions) -> Self {
        let (drawn, rest) = (counts.treatment.units(), counts.control.units());
        Self { drawn, rest, conversions: counts.conversions(), known: None }
    }

    /// Of so many conversions, at most as many as there are units.
    pub(super) fn of_total(counts: &TwoProportions, conversions: u64, known: &'a LnFactorials) -> Self {
        Self { conversions, known: Some(known), ..Self::of(counts) }
    }

    pub(super) fn least(&self) -> u64 {
        self.conversions.saturating_sub(self.rest)
    }

    pub(super) fn most(&self) -> u64 {
        self.drawn.min(self.conversions)
    }

    /// The most probable count; of two the higher.
    pub(super) fn mode(&self) -> u64 {
        let units = u128::from(self.drawn) + u128::from(self.rest);
        let mode = (u128::from(self.drawn) + 1) * (u128::from(self.conversions) + 1) / (units + 2);
        u64::try_from(mode).unwrap_or(u64::MAX).clamp(self.least(), self.most())
    }

    pub(super) fn variance(&self) -> f64 {
        let (drawn, rest, conversions) = (real(self.drawn), real(self.rest), real(self.conversions));
        let units = drawn + rest;
        drawn / units * rest / units * conversions * ((units - conversions) / (units - 1.0).max(1.0))
    }

    pub(super) fn ln(&self, count: u64) -> f64 {
        let Self { drawn, rest, conversions, known } = *self;
        match known {
            Some(known) => known.ln_hypergeometric(count, drawn, rest, conversions),
            None => counts::ln_hypergeometric(count, drawn, rest, conversions),
        }
    }

    /// The natural logarithm of the probability of `count` or more; of an impossible one, negative infinity.
    pub(super) fn ln_upper(&self, count: u64) -> f64 {
        match count {
            count if count <= self.least() => 0.0,
            count if count > self.most() => f64::NEG_INFINITY,
            // The shorter sum; the other way round there is nothing small to lose.
            count if count > self.mode() => self.ln(count) + self.above(count).ln_1p(),
            count => ln_complement(self.ln(count - 1) + self.below(count - 1).ln_1p()),
        }
    }

    /// The natural logarithm of the probability of `count` or fewer.
    pub(super) fn ln_lower(&self, count: u64) -> f64 {
        self.mirrored().ln_upper(self.drawn.saturating_sub(count))
    }

    pub(super) fn tails(&self, count: u64) -> Tails {
        let ln = self.ln(count);
        let of = |sum: f64| if sum > 0.0 { Probability::of_ln(ln + sum.ln()) } else { Probability::ONE.complement() };
        if count < self.mode() {
            let Tails { here, upper, lower, mid_upper, mid_lower } =
                self.mirrored().tails_towards_most(self.drawn.saturating_sub(count), &of);
            return Tails { here, upper: lower, lower: upper, mid_upper: mid_lower, mid_lower: mid_upper };
        }
        self.tails_towards_most(count, &of)
    }

    /// `of` makes a probability of a multiple of that of the count.
    fn tails_towards_most(&self, count: u64, of: &dyn Fn(f64) -> Probability) -> Tails {
        let above = self.above(count);
        let mid_upper = of(above + 0.5);
        Tails {
            here: of(1.0),
            upper: if count == self.least() { Probability::ONE } else { of(1.0 + above) },
            lower: if count == self.most() { Probability::ONE } else { of(above).complement() },
            mid_upper,
            mid_lower: mid_upper.complement(),
        }
    }

    /// The same, counted in units that do not convert: the treatment's count is `drawn - count`.
    fn mirrored(&self) -> Self {
        Self { conversions: self.drawn + self.rest - self.conversions, ..*self }
    }

    /// The probability of more than `count`, which is at least the mode, by that of `count`.
    fn above(&self, count: u64) -> f64 {
        let (mut term, mut sum) = (1.0, 0.0);
        for here in count..self.most() {
            let next = real(here + 1);
            // By both ways of choosing: `(drawn - k) (conversions - k) / ((k + 1) (rest - conversions + k + 1))`.
            let below = real((self.rest + here + 1).saturating_sub(self.conversions));
            term *= real(self.drawn - here) / next * (real(self.conversions - here) / below);
            let more = sum + term;
            if more == sum {
                break;
            }
            sum = more;
        }
        sum
    }

    /// The probability of fewer than `count`, which is at most the mode, by that of `count`.
    fn below(&self, count: u64) -> f64 {
        self.mirrored().above(self.drawn.saturating_sub(count))
    }
}

/// `ln(1 - e^ln)`.
fn ln_complement(ln: f64) -> f64 {
    if ln > -std::f64::consts::LN_2 { (-ln.exp_m1()).ln() } else { (-ln.exp()).ln_1p() }
}
