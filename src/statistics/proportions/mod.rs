//! Conversions of units, in two variants.
//!
//! In: counts. Out: tests, intervals and the lift. Rates are never subtracted: a difference of rates is an exact difference of
//! products of counts, rounded once, and `1 - p` is `(n - x) / n`, so that a billion units and a rate of `1 - 1e-9` cost no digits.
//!
//! | file | what |
//! |---|---|
//! | `proportion` | one variant |
//! | `intervals` | Wald, Newcombe, Agresti-Caffo |
//! | `miettinen_nurminen` | the score interval |
//! | `ratio` | the interval of the ratio, and the test of one that is not 1 |
//! | `fisher`, `unconditional` | exact tests: Fisher's; Barnard's and Boschloo's |
//! | `hypergeometric`, `worst_rate` | what they are made of |
//! | `choice` | which test suits these counts, and why |

mod choice;
mod fisher;
mod hypergeometric;
mod intervals;
mod miettinen_nurminen;
mod proportion;
mod ratio;
mod unconditional;
mod worst_rate;

use super::distribution::normal;
use super::sums::{real, wide};
use super::{Comparison, Effect, Undefined};

pub use choice::{Method, Tested};
pub use fisher::Fisher;
pub use proportion::Proportion;
pub use unconditional::LARGEST_UNCONDITIONAL;

/// Which way a test looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alternative {
    /// Either way.
    TwoSided,
    /// The treatment converts more.
    Greater,
    /// The treatment converts less.
    Less,
}

/// A treatment beside the control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TwoProportions {
    /// The control.
    pub control: Proportion,
    /// The treatment.
    pub treatment: Proportion,
}

impl TwoProportions {
    /// Units and conversions of the control, then of the treatment.
    ///
    /// # Errors
    /// As [`Proportion::new`]; [`Undefined::TooLarge`] with 2^64 units or more in all.
    ///
    /// ```
    /// use segue::statistics::TwoProportions;
    /// let visits = TwoProportions::new((21_306, 2_262), (21_307, 3_894))?;
    /// assert!((visits.pooled()?.statistic() - 22.49).abs() < 0.05);
    /// # Ok::<(), segue::statistics::Undefined>(())
    /// ```
    pub fn new(control: (u64, u64), treatment: (u64, u64)) -> Result<Self, Undefined> {
        let (control, treatment) = (Proportion::new(control.0, control.1)?, Proportion::new(treatment.0, treatment.1)?);
        control.units().checked_add(treatment.units()).ok_or(Undefined::TooLarge)?;
        Ok(Self { control, treatment })
    }

    /// The rate of the treatment less that of the control, in `[-1, 1]`, right to the last digit but one.
    pub fn difference(&self) -> f64 {
        self.deviation() / self.product()
    }

    /// The test of equal rates: the difference by the standard error that it has where both variants share one rate.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] where all units or none converted.
    ///
    /// Source: Pearson (1900), Philosophical Magazine 50, 157-175 (its square is the chi-squared statistic of the 2 x 2 table).
    pub fn pooled(&self) -> Result<Effect, Undefined> {
        let units = real(self.units());
        let variance = real(self.conversions()) / units
            * (real(self.others()) / units)
            * (units / real(self.control.units()) / real(self.treatment.units()));
        self.effect(variance)
    }

    /// The difference with the standard error of two rates of their own (Wald): variances `p (1 - p) / n`.
    ///
    /// # Errors
    /// [`Undefined::ZeroVariance`] where neither variant varies.
    ///
    /// Source: Agresti (2013), Categorical Data Analysis, 3rd edition, equation 3.1.
    pub fn unpooled(&self) -> Result<Effect, Undefined> {
        self.effect(self.control.level().squared_error() + self.treatment.level().squared_error())
    }

    /// The comparison that the lift, confidence sequences and priors look at: of rates, with variances `p (1 - p)` and the normal
    /// distribution.
    ///
    /// # Errors
    /// As [`TwoProportions::unpooled`].
    pub fn comparison(&self) -> Result<Comparison, Undefined> {
        let (control, treatment) = (self.control.level(), self.treatment.level());
        let baseline_variance = control.squared_error();
        Ok(Comparison {
            control,
            treatment,
            difference: self.unpooled()?,
            baseline: control.value,
            baseline_variance,
            covariance: -baseline_variance,
            residual_variance: treatment.squared_error(),
            unadjusted_difference: self.difference(),
        })
    }

    /// The smallest count that equal rates let expect in a cell: converted or not, control or treatment.
    pub fn smallest_expected(&self) -> f64 {
        let fewest = self.conversions().min(self.others());
        let smaller = self.control.units().min(self.treatment.units());
        real(fewest) / real(self.units()) * real(smaller)
    }

    /// The odds of converting in the treatment by those in the control, as the sample has them.
    ///
    /// # Errors
    /// [`Undefined::ZeroBaseline`] where nobody of the control converted, [`Undefined::Unbounded`] where everybody of the treatment did.
    pub fn odds_ratio(&self) -> Result<f64, Undefined> {
        let (control, treatment) = (self.control, self.treatment);
        if control.conversions() == 0 {
            return Err(Undefined::ZeroBaseline);
        }
        if treatment.others() == 0 {
            return Err(Undefined::Unbounded);
        }
        Ok(real(treatment.conversions()) / real(treatment.others()) * real(control.others())
            / real(control.conversions()))
    }

    /// The treatment as control, and the control as treatment.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self { control: self.treatment, treatment: self.control }
    }

    /// The units that did not convert count as conversions.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self { control: self.control.complement(), treatment: self.treatment.complement() }
    }

    /// How many units in all. Their sum was checked to fit.
    fn units(&self) -> u64 {
        self.control.units().saturating_add(self.treatment.units())
    }

    fn conversions(&self) -> u64 {
        self.control.conversions().saturating_add(self.treatment.conversions())
    }

    fn others(&self) -> u64 {
        self.control.others().saturating_add(self.treatment.others())
    }

    /// `x_b n_a - x_a n_b`, exact until it is rounded once.
    fn deviation(&self) -> f64 {
        let (ours, theirs) = self.cross_products();
        let size = wide(ours.abs_diff(theirs));
        if ours < theirs { -size } else { size }
    }

    /// `x_b n_a` and `x_a n_b`: a product of two `u64` fits `u128`.
    fn cross_products(&self) -> (u128, u128) {
        let ours = u128::from(self.treatment.conversions()) * u128::from(self.control.units());
        (ours, u128::from(self.control.conversions()) * u128::from(self.treatment.units()))
    }

    /// `n_a n_b`.
    fn product(&self) -> f64 {
        wide(u128::from(self.control.units()) * u128::from(self.treatment.units()))
    }

    fn effect(&self, variance: f64) -> Result<Effect, Undefined> {
        Effect::new(self.difference(), variance.sqrt(), None)
    }
}

/// How many standard errors an interval at confidence `1 - alpha` reaches.
fn critical(alpha: f64) -> Result<f64, Undefined> {
    if alpha > 0.0 && alpha < 1.0 { Ok(normal::upper_quantile(alpha / 2.0)) } else { Err(Undefined::OutOfRange) }
}
