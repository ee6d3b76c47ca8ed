//! Welch's comparison of two means.
//!
//! In: the sums of two variants. Out: a [`Comparison`]. The difference of the means is taken of the exact sums: two means of 1e8
//! whose difference matters in the ninth digit behind the point have rounded that digit away.

use super::comparison::{Comparison, Level};
use super::exact::Sum;
use super::sums::{Sums, Variable, defined, real};
use super::undefined::Undefined;

impl Level {
    /// The mean of the outcome over units.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`] with one, [`Undefined::TooLarge`], [`Undefined::OutOfRange`].
    pub fn of_mean(sums: &Sums) -> Result<Self, Undefined> {
        let variance = sums.variance(Variable::Outcome)?;
        Ok(Self { units: sums.units(), value: sums.mean(Variable::Outcome)?, variance })
    }
}

/// The mean of the treatment less that of the control, rounded once. It needs no variance.
///
/// # Errors
/// [`Undefined::NoUnits`], [`Undefined::TooLarge`].
pub fn difference_of_means(control: &Sums, treatment: &Sums) -> Result<f64, Undefined> {
    if control.units() == 0 || treatment.units() == 0 {
        return Err(Undefined::NoUnits);
    }
    let units = |sums: &Sums| Sum::of_integer(i128::from(sums.units()));
    let mut difference = treatment.exact_sum(Variable::Outcome).times(&units(control));
    difference.subtract(&control.exact_sum(Variable::Outcome).times(&units(treatment)));
    defined(difference.value() / real(control.units()) / real(treatment.units()))
}

/// Welch's comparison of the means of the outcome.
///
/// # Errors
/// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`] with fewer than two units in a variant, [`Undefined::ZeroVariance`] when
/// neither varies, [`Undefined::TooLarge`], [`Undefined::OutOfRange`] if sums contradict one another.
///
/// Source: Welch (1947), Biometrika 34, 28-35. Reference values: scipy `ttest_ind_from_stats` with mpmath at 60 digits.
///
/// ```
/// use segue::statistics::{Sums, compare_means};
///
/// let (control, treatment) = (Sums::of_outcome(10, 50.0, 268.0)?, Sums::of_outcome(12, 78.0, 540.0)?);
/// let found = compare_means(&control, &treatment)?.difference;
/// assert!((found.p_value().value - 0.03690634636958079).abs() < 1e-12);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn compare_means(control: &Sums, treatment: &Sums) -> Result<Comparison, Undefined> {
    let difference = difference_of_means(control, treatment)?;
    Comparison::of_independent_at(difference, Level::of_mean(control)?, Level::of_mean(treatment)?)
}
