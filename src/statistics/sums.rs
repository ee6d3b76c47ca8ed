//! What is kept of a variant: how many units, and sums of what each of them brought.
//!
//! In: one observation a unit. Out: means and covariances, each rounded once. Sums merge in any order and subtract exactly,
//! so that a unit can be taken out again, and a result does not depend on which machine counted whom.

use serde::{Deserialize, Serialize};

use super::exact::Sum;
use super::undefined::Undefined;

/// What is measured of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// What the metric asks for; of a ratio, what stands above the line.
    Outcome,
    /// What stands below the line of a ratio.
    Denominator,
    /// What was known of the unit before its exposure.
    Covariate,
}

/// One unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observation {
    /// What the metric asks for.
    pub outcome: f64,
    /// What stands below the line of a ratio; 0 where there is no ratio.
    pub denominator: f64,
    /// What was known before; 0 where nothing is asked for.
    pub covariate: f64,
}

/// The sums of one variant and metric.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    units: u64,
    /// In the order of [`Variable`].
    firsts: [Sum; 3],
    /// Of products: outcome squared, outcome denominator, outcome covariate, denominator squared, denominator covariate, covariate squared.
    seconds: [Sum; 6],
}

impl Sums {
    /// Sums that somebody else made: counts and sums of the outcome and of its squares.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if a number is not finite.
    pub fn of_outcome(units: u64, sum: f64, sum_squares: f64) -> Result<Self, Undefined> {
        let mut sums = Self { units, ..Self::default() };
        sums.set(Variable::Outcome, sum)?;
        sums.set_product(Variable::Outcome, Variable::Outcome, sum_squares)?;
        Ok(sums)
    }

    /// Sums of a share: `conversions` ones among `units`.
    pub fn of_share(units: u64, conversions: u64) -> Self {
        let ones = whole(conversions);
        let mut sums = Self { units, ..Self::default() };
        *sums.first_mut(Variable::Outcome) = ones.clone();
        *sums.second_mut(Variable::Outcome, Variable::Outcome) = ones;
        sums
    }

    /// Sums of counts: of an outcome and a denominator; then of the outcome squared, of both, of the denominator squared.
    pub(super) fn of_counts(units: u64, firsts: [u64; 2], seconds: [u64; 3]) -> Self {
        let ([y, d], [yy, yd, dd]) = (firsts.map(whole), seconds.map(whole));
        let none = Sum::default;
        Self { units, firsts: [y, d, none()], seconds: [yy, yd, none(), dd, none(), none()] }
    }

    /// Replaces the sum of a variable.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if it is not finite.
    pub fn set(&mut self, variable: Variable, sum: f64) -> Result<(), Undefined> {
        *self.first_mut(variable) = finite(sum)?;
        Ok(())
    }

    /// Replaces the sum of the products of two variables.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if it is not finite.
    pub fn set_product(&mut self, a: Variable, b: Variable, sum: f64) -> Result<(), Undefined> {
        *self.second_mut(a, b) = finite(sum)?;
        Ok(())
    }

    /// Counts a unit.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if one of its numbers is not finite; nothing is counted then.
    pub fn add(&mut self, unit: Observation) -> Result<(), Undefined> {
        let Observation { outcome, denominator, covariate } = unit;
        if ![outcome, denominator, covariate].iter().all(|number| number.is_finite()) {
            return Err(Undefined::TooLarge);
        }
        self.units = self.units.checked_add(1).ok_or(Undefined::TooLarge)?;
        let [y, d, x] = &mut self.firsts;
        let [yy, yd, yx, dd, dx, xx] = &mut self.seconds;
        y.add(outcome);
        yy.add_product(outcome, outcome);
        if denominator == 0.0 && covariate == 0.0 {
            return Ok(());
        }
        d.add(denominator);
        x.add(covariate);
        for (sum, a, b) in [
            (yd, outcome, denominator),
            (yx, outcome, covariate),
            (dd, denominator, denominator),
            (dx, denominator, covariate),
            (xx, covariate, covariate),
        ] {
            sum.add_product(a, b);
        }
        Ok(())
    }

    /// Adds the units of another.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] with more than 2^64 units; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        self.units = self.units.checked_add(other.units).ok_or(Undefined::TooLarge)?;
        self.pairs(other).for_each(|(sum, other)| sum.merge(other));
        Ok(())
    }

    /// Takes units out that were counted: the inverse of [`Sums::merge`], bit for bit.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] with more units than there are; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Undefined> {
        self.units = self.units.checked_sub(other.units).ok_or(Undefined::OutOfRange)?;
        self.pairs(other).for_each(|(sum, other)| sum.subtract(other));
        Ok(())
    }

    /// How many units were counted.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// The sum of a variable, rounded once; infinite beyond the range of `f64`.
    pub fn sum(&self, variable: Variable) -> f64 {
        self.first(variable).value()
    }

    /// The sum of the products of two variables, rounded once; infinite beyond the range of `f64`.
    pub fn sum_of_products(&self, a: Variable, b: Variable) -> f64 {
        self.second(a, b).value()
    }

    /// The mean of a variable.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::TooLarge`].
    pub fn mean(&self, variable: Variable) -> Result<f64, Undefined> {
        match self.units {
            0 => Err(Undefined::NoUnits),
            units => defined(self.first(variable).quotient(&whole(units))),
        }
    }

    /// The sample covariance (divided by `units - 1`) of two variables; of one with itself, its variance, at least 0.
    ///
    /// The difference of the two large products is exact, so a mean of 1e8 costs a variance of 1 no digits.
    ///
    /// # Errors
    /// [`Undefined::TooFewUnits`] with fewer than two, [`Undefined::TooLarge`]; [`Undefined::TooSmall`] where a variance has no digits left, as of
    /// values of 1e-200; [`Undefined::Contradiction`] if sums that came from
    /// outside contradict one another: the variance would be negative beyond what rounding explains.
    pub fn covariance(&self, a: Variable, b: Variable) -> Result<f64, Undefined> {
        if self.units < 2 {
            return Err(if self.units == 0 { Undefined::NoUnits } else { Undefined::TooFewUnits });
        }
        let pairs = whole(self.units).times(&whole(self.units - 1));
        let deviation = self.exact_deviation(a, b);
        let covariance = defined(deviation.quotient(&pairs))?;
        if a == b && covariance.abs() < f64::MIN_POSITIVE && !deviation.is_zero() && !deviation.is_negative() {
            return Err(Undefined::TooSmall);
        }
        if a == b && covariance < 0.0 {
            // Sums that were rounded before they came here may leave a trace below 0 where nothing varies.
            let size = self.second(a, a).quotient(&whole(self.units));
            return if covariance.abs() <= 1e-9 * size { Ok(0.0) } else { Err(Undefined::Contradiction) };
        }
        Ok(covariance)
    }

    /// The sample variance of a variable: its covariance with itself.
    ///
    /// # Errors
    /// As [`Sums::covariance`].
    pub fn variance(&self, variable: Variable) -> Result<f64, Undefined> {
        self.covariance(variable, variable)
    }

    /// The sum of a variable, not rounded.
    pub(super) fn exact_sum(&self, variable: Variable) -> &Sum {
        self.first(variable)
    }

    /// The sum of the products of two variables, not rounded.
    pub(super) fn exact_sum_of_products(&self, a: Variable, b: Variable) -> &Sum {
        self.second(a, b)
    }

    /// `units * (units - 1)` times the covariance of two variables, not rounded.
    pub(super) fn exact_deviation(&self, a: Variable, b: Variable) -> Sum {
        let mut deviation = self.second(a, b).times(&whole(self.units));
        deviation.subtract(&self.first(a).times(self.first(b)));
        deviation
    }

    fn first(&self, variable: Variable) -> &Sum {
        let [outcome, denominator, covariate] = &self.firsts;
        match variable {
            Variable::Outcome => outcome,
            Variable::Denominator => denominator,
            Variable::Covariate => covariate,
        }
    }

    fn first_mut(&mut self, variable: Variable) -> &mut Sum {
        let [outcome, denominator, covariate] = &mut self.firsts;
        match variable {
            Variable::Outcome => outcome,
            Variable::Denominator => denominator,
            Variable::Covariate => covariate,
        }
    }

    fn second(&self, a: Variable, b: Variable) -> &Sum {
        use Variable::{Covariate as X, Denominator as D, Outcome as Y};
        let [yy, yd, yx, dd, dx, xx] = &self.seconds;
        match (a, b) {
            (Y, Y) => yy,
            (Y, D) | (D, Y) => yd,
            (Y, X) | (X, Y) => yx,
            (D, D) => dd,
            (D, X) | (X, D) => dx,
            (X, X) => xx,
        }
    }

    fn second_mut(&mut self, a: Variable, b: Variable) -> &mut Sum {
        use Variable::{Covariate as X, Denominator as D, Outcome as Y};
        let [yy, yd, yx, dd, dx, xx] = &mut self.seconds;
        match (a, b) {
            (Y, Y) => yy,
            (Y, D) | (D, Y) => yd,
            (Y, X) | (X, Y) => yx,
            (D, D) => dd,
            (D, X) | (X, D) => dx,
            (X, X) => xx,
        }
    }

    fn pairs<'a>(&'a mut self, other: &'a Self) -> impl Iterator<Item = (&'a mut Sum, &'a Sum)> {
        self.firsts.iter_mut().zip(&other.firsts).chain(self.seconds.iter_mut().zip(&other.seconds))
    }
}

fn whole(count: u64) -> Sum {
    Sum::of_integer(i128::from(count))
}

fn finite(sum: f64) -> Result<Sum, Undefined> {
    if sum.is_finite() { Ok(Sum::of(sum)) } else { Err(Undefined::TooLarge) }
}

/// A number, or [`Undefined::TooLarge`] where a number in between has left the range of `f64`.
pub(super) fn defined(number: f64) -> Result<f64, Undefined> {
    if number.is_finite() { Ok(number) } else { Err(Undefined::TooLarge) }
}

#[expect(clippy::cast_precision_loss, reason = "a relative error of 1e-16 is what f64 has")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "as above")]
pub(super) fn wide(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
