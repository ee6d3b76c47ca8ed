//! Beta priors on two shares, and what the data make of them.
//!
//! In: units and conversions of both variants, and a prior. Out: the chance that the treatment's share is the higher, and what either
//! choice costs if it is the wrong one. No normal approximation: right for a variant without any conversion, where such an
//! approximation has no variance and every answer of it is made up.

use super::log_odds::{Factor, Posterior, ln_integral};
use super::sweep::{Swept, sweep};
use crate::statistics::distribution::beta;
use crate::statistics::sums::real;
use crate::statistics::{Interval, Probability, Undefined};

/// What was counted in one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// How many units.
    pub units: u64,
    /// How many of them converted.
    pub conversions: u64,
}

/// What is believed of each share beforehand: a beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPrior {
    /// As if so many conversions had been seen; above 0.
    pub alpha: f64,
    /// As if so many units without conversion had been seen; above 0.
    pub beta: f64,
}

impl BetaPrior {
    /// Every share is as probable as any other.
    pub const UNIFORM: Self = Self { alpha: 1.0, beta: 1.0 };
}

/// What is believed of one share after the data: a beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Conversions, those of the prior included.
    pub alpha: f64,
    /// Units without conversion, those of the prior included.
    pub beta: f64,
}

/// What is believed of two shares after the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// The control's.
    pub control: Share,
    /// The treatment's.
    pub treatment: Share,
    /// That the treatment is better.
    pub chance_to_win: Probability,
    /// That the control is better.
    pub chance_to_lose: Probability,
    /// What shipping the treatment costs in expectation where it is the worse one, as a difference of shares.
    pub loss_of_shipping: f64,
    /// What keeping the control costs in expectation where the treatment is the better one, as a difference of shares.
    pub loss_of_keeping: f64,
}

/// Smaller parameters have a density like 1 / x down to the smallest number there is.
const LEAST: f64 = 1e-3;

/// Beyond, `f64` does not tell one unit from the next.
const MOST: f64 = 1e15;

impl Share {
    /// The posterior of a share.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] with more conversions than units, or a prior whose numbers are not in `[0.001, 1e15]`;
    /// [`Undefined::TooLarge`] with more than 1e15 units.
    ///
    /// Source: conjugate beta prior; Gelman et al. (2013), Bayesian Data Analysis, 2.4.
    pub fn of(trials: Trials, prior: BetaPrior) -> Result<Self, Undefined> {
        let rest = trials.units.checked_sub(trials.conversions).ok_or(Undefined::OutOfRange)?;
        if ![prior.alpha, prior.beta].iter().all(|number| (LEAST..=MOST).contains(number)) {
            return Err(Undefined::OutOfRange);
        }
        let share = Self { alpha: prior.alpha + real(trials.conversions), beta: prior.beta + real(rest) };
        if share.alpha <= MOST && share.beta <= MOST { Ok(share) } else { Err(Undefined::TooLarge) }
    }

    /// The expected share.
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// Of the belief.
    pub fn standard_deviation(&self) -> f64 {
        let whole = self.alpha + self.beta;
        (self.alpha / whole * (self.beta / whole) / (whole + 1.0)).sqrt()
    }

    /// What the share lies in with probability `1 - alpha`, as much left out below as above.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless alpha lies in (0, 1).
    pub fn credible_interval(&self, alpha: f64) -> Result<Interval, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let upper = 1.0 - beta::lower_quantile(alpha / 2.0, self.beta, self.alpha);
        Ok(Interval { lower: beta::lower_quantile(alpha / 2.0, self.alpha, self.beta), upper })
    }
}

/// What is believed of two shares after the data, with the same prior on both.
///
/// # Errors
/// As [`Share::of`].
///
/// Source: `P(B > A)` and `E max(A - B, 0)` as integrals of densities and tails, `int f_B F_A` and `int F_B (1 - F_A)`, without any
/// subtraction. For whole numbers the same as the finite sums of Evan Miller (2014), Formulas for Bayesian A/B Testing, and Stucchio
/// (2015), Bayesian A/B Testing at VWO.
///
/// ```
/// use segue::statistics::bayes::{BetaPrior, Trials, shares};
///
/// let control = Trials { units: 40, conversions: 0 };
/// let found = shares(control, Trials { units: 45, conversions: 3 }, BetaPrior::UNIFORM, false)?;
/// assert!((found.chance_to_win.value - 0.926687).abs() < 1e-6);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn shares(
    control: Trials,
    treatment: Trials,
    prior: BetaPrior,
    lower_is_better: bool,
) -> Result<Shares, Undefined> {
    let (control, treatment) = (Share::of(control, prior)?, Share::of(treatment, prior)?);
    let ((higher, lower), (gain, loss)) = match sweep(control, treatment) {
        Some(swept) => swept_apart(&swept, treatment.mean() - control.mean()),
        None => {
            let (of_control, of_treatment) = (posterior(control), posterior(treatment));
            (chances(of_control, of_treatment)?, excesses((control, of_control), (treatment, of_treatment))?)
        }
    };
    let (chance_to_win, chance_to_lose) = if lower_is_better { (lower, higher) } else { (higher, lower) };
    let (loss_of_keeping, loss_of_shipping) = if lower_is_better { (loss, gain) } else { (gain, loss) };
    Ok(Shares { control, treatment, chance_to_win, chance_to_lose, loss_of_shipping, loss_of_keeping })
}

/// Chances and expected excesses, as [`chances`] and [`excesses`] have them: the smaller of two tells both.
fn swept_apart(swept: &Swept, difference: f64) -> ((Probability, Probability), (f64, f64)) {
    let (higher, lower) = (Probability::of_value(swept.higher), Probability::of_value(swept.lower));
    let chances = if swept.higher <= 0.5 { (higher, higher.complement()) } else { (lower.complement(), lower) };
    let excesses = if difference > 0.0 {
        (swept.below + difference, swept.below)
    } else {
        (swept.above, swept.above - difference)
    };
    (chances, excesses)
}

fn posterior(share: Share) -> Posterior {
    Posterior::of(share.alpha, share.beta)
}

/// That the second is higher than the first, and that it is lower. The less probable is computed, so both have all digits.
fn chances(first: Posterior, second: Posterior) -> Result<(Probability, Probability), Undefined> {
    let higher = chance(first, second)?;
    if higher.value <= 0.5 {
        return Ok((higher, higher.complement()));
    }
    let lower = chance(second, first)?;
    Ok((lower.complement(), lower))
}

/// That the second is higher than the first.
fn chance(first: Posterior, second: Posterior) -> Result<Probability, Undefined> {
    ln_integral(&[Factor::Density(second), Factor::Below(first)]).map(Probability::of_ln)
}

/// By how much the second exceeds the first in expectation, and the first the second. Their difference is known, so the smaller tells both.
fn excesses(
    (first, of_first): (Share, Posterior),
    (second, of_second): (Share, Posterior),
) -> Result<(f64, f64), Undefined> {
    let difference = second.mean() - first.mean();
    if difference > 0.0 {
        let below = excess(of_second, of_first)?;
        Ok((below + difference, below))
    } else {
        let above = excess(of_first, of_second)?;
        Ok((above, above - difference))
    }
}

/// By how much the second exceeds the first in expectation, where being below counts as 0.
fn excess(first: Posterior, second: Posterior) -> Result<f64, Undefined> {
    ln_integral(&[Factor::Below(first), Factor::Above(second), Factor::Share]).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 2e-11 * a.abs().max(b.abs())
    }

    fn share() -> impl Strategy<Value = Share> {
        let size = prop_oneof![0.0..4.0_f64, 0.0..9.0_f64].prop_map(|log10| 10.0_f64.powf(log10));
        (size.clone(), size).prop_map(|(alpha, beta)| Share { alpha, beta })
    }

    /// The same share or one near it, with other sizes.
    fn near(share: Share, deviations: f64, sharper: f64) -> Share {
        let rate = share.mean() + deviations * share.standard_deviation();
        let whole = (share.alpha + share.beta) * sharper;
        let rate = rate.clamp(0.5 / whole, 1.0 - 0.5 / whole);
        Share { alpha: whole * rate, beta: whole * (1.0 - rate) }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        #[test]
        fn a_walk_finds_what_integrals_over_tails_find(first in share(), deviations in -5.0..5.0_f64, sharper in 0.2..5.0_f64) {
            let second = near(first, deviations, sharper);
            let Some(swept) = sweep(first, second) else { return Ok(()) };
            let ((higher, lower), (above, below)) = swept_apart(&swept, second.mean() - first.mean());
            let (of_first, of_second) = (posterior(first), posterior(second));
            let (slow_higher, slow_lower) = chances(of_first, of_second).unwrap();
            let (slow_above, slow_below) = excesses((first, of_first), (second, of_second)).unwrap();
            prop_assert!(close(higher.value, slow_higher.value), "{} {}", higher.value, slow_higher.value);
            prop_assert!(close(lower.value, slow_lower.value), "{} {}", lower.value, slow_lower.value);
            prop_assert!(close(above, slow_above), "{} {}", above, slow_above);
            prop_assert!(close(below, slow_below), "{} {}", below, slow_below);
        }
    }
}
