//! What a metric makes of a variant's sums: a mean over units, or a ratio of two.
//!
//! In: the sums of two variants. Out: a [`Comparison`]. The difference is taken of the exact sums: two means of 1e8 whose
//! difference matters in the ninth digit behind the point have rounded that digit away.

use super::combination::{Combination, Fraction};
use super::comparison::{Comparison, Level};
use super::exact::Sum;
use super::parts::Parts;
use super::sums::{Sums, Variable};
use super::undefined::Undefined;

/// What a metric makes of a variant's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The mean of the outcome over units.
    Mean,
    /// The sum of the outcome by the sum of the denominator, such as clicks a view where units are visitors.
    Ratio,
}

impl Measure {
    /// What the metric comes to in a variant, with the variance of one unit; of a ratio that of its linear part, which is the delta
    /// method.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`] with one, [`Undefined::ZeroDenominator`], [`Undefined::TooLarge`],
    /// [`Undefined::OutOfRange`] if sums contradict one another.
    ///
    /// Source: of a ratio Deng, Knoblich, Lu (2018), KDD, eq. 3.
    pub fn level(self, sums: &Sums) -> Result<Level, Undefined> {
        let value = self.value(sums)?;
        Ok(Level { units: sums.units(), value, variance: self.linear_part(sums)?.variance(sums)? })
    }

    /// What the metric comes to in a variant, which needs no variance.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::ZeroDenominator`], [`Undefined::TooLarge`].
    pub fn value(self, sums: &Sums) -> Result<f64, Undefined> {
        self.fraction(sums)?.value()
    }

    /// Treatment less control, rounded once. It needs no variance.
    ///
    /// # Errors
    /// As [`Measure::value`].
    pub fn difference(self, control: &Sums, treatment: &Sums) -> Result<f64, Undefined> {
        self.fraction(treatment)?.minus(&self.fraction(control)?).value()
    }

    /// Welch's comparison of the metric in two variants.
    ///
    /// # Errors
    /// As [`Measure::level`], and [`Undefined::ZeroVariance`] when neither varies.
    ///
    /// Source: Welch (1947), Biometrika 34, 28-35. Reference values: scipy `ttest_ind_from_stats` and gbstats with mpmath at 60 digits.
    ///
    /// ```
    /// use segue::statistics::{Measure, Sums};
    ///
    /// let (control, treatment) = (Sums::of_outcome(10, 50.0, 268.0)?, Sums::of_outcome(12, 78.0, 540.0)?);
    /// let found = Measure::Mean.compare(&control, &treatment)?.difference;
    /// assert!((found.p_value().value - 0.03690634636958079).abs() < 1e-12);
    /// # Ok::<(), segue::statistics::Undefined>(())
    /// ```
    pub fn compare(self, control: &Sums, treatment: &Sums) -> Result<Comparison, Undefined> {
        Parts::of(self, control, treatment)?.comparison()
    }

    pub(super) fn fraction(self, sums: &Sums) -> Result<Fraction, Undefined> {
        if sums.units() == 0 {
            return Err(Undefined::NoUnits);
        }
        let above = sums.exact_sum(Variable::Outcome).clone();
        match self {
            Self::Mean => Ok(Fraction { above, below: Sum::of_integer(i128::from(sums.units())) }),
            Self::Ratio => match sums.exact_sum(Variable::Denominator) {
                below if below.is_zero() => Err(Undefined::ZeroDenominator),
                below => Ok(Fraction { above, below: below.clone() }),
            },
        }
    }

    /// The part of the metric that is linear in what a unit brought: its mean over units varies as the metric does.
    pub(super) fn linear_part(self, sums: &Sums) -> Result<Combination, Undefined> {
        match self {
            Self::Mean => Ok(Combination::of(Variable::Outcome)),
            // (outcome - ratio * denominator) / mean denominator, over the square of the denominators' sum.
            Self::Ratio => {
                let Fraction { above, below } = self.fraction(sums)?;
                let units = Sum::of_integer(i128::from(sums.units()));
                let mut of_denominator = Sum::default();
                of_denominator.subtract(&above.times(&units));
                let weights = [(Variable::Outcome, below.times(&units)), (Variable::Denominator, of_denominator)];
                Ok(Combination::new(weights, below.times(&below)))
            }
        }
    }
}
