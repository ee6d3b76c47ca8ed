//! Exact linear combinations of what is measured of a unit: what ratios and adjusted means come down to.
//!
//! In: sums without rounding, weights that are themselves sums. Out: fractions and variances rounded once, at the end. A ratio's
//! variance is a small difference of large products, and so is that of a mean adjusted by a covariate that goes closely with it.

use super::exact::Sum;
use super::sums::{Sums, Variable, defined};
use super::undefined::Undefined;

/// A fraction of exact sums.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fraction {
    pub above: Sum,
    /// Not 0.
    pub below: Sum,
}

impl Fraction {
    pub fn value(&self) -> Result<f64, Undefined> {
        defined(self.above.quotient(&self.below))
    }

    pub fn minus(&self, other: &Self) -> Self {
        let mut above = self.above.times(&other.below);
        above.subtract(&other.above.times(&self.below));
        Self { above, below: self.below.times(&other.below) }
    }

    pub fn negative(&self) -> Self {
        let mut above = Sum::default();
        above.subtract(&self.above);
        Self { above, below: self.below.clone() }
    }

    pub fn times(&self, other: &Self) -> Self {
        Self { above: self.above.times(&other.above), below: self.below.times(&other.below) }
    }
}

/// The weighted sum of a unit's variables, by a common divisor.
#[derive(Debug, Clone)]
pub(super) struct Combination {
    weights: Vec<(Variable, Sum)>,
    divisor: Sum,
}

impl Combination {
    /// The divisor is not 0.
    pub fn new(weights: impl IntoIterator<Item = (Variable, Sum)>, divisor: Sum) -> Self {
        Self { weights: weights.into_iter().collect(), divisor }
    }

    /// A variable alone.
    pub fn of(variable: Variable) -> Self {
        Self::new([(variable, Sum::of_integer(1))], Sum::of_integer(1))
    }

    /// This combination less so many times a variable that it does not hold.
    pub fn less(&self, times: &Fraction, variable: Variable) -> Self {
        let mut weights: Vec<_> =
            self.weights.iter().map(|(variable, weight)| (*variable, weight.times(&times.below))).collect();
        let mut weight = Sum::default();
        weight.subtract(&times.above.times(&self.divisor));
        weights.push((variable, weight));
        Self { weights, divisor: self.divisor.times(&times.below) }
    }

    /// The mean of a combination over the units of a variant.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`].
    pub fn mean(&self, sums: &Sums) -> Result<Fraction, Undefined> {
        if sums.units() == 0 {
            return Err(Undefined::NoUnits);
        }
        let mut above = Sum::default();
        for (variable, weight) in &self.weights {
            above.merge(&weight.times(sums.exact_sum(*variable)));
        }
        Ok(Fraction { above, below: self.divisor.times(&Sum::of_integer(i128::from(sums.units()))) })
    }

    /// The covariance of two combinations over the units of a variant.
    pub fn covariance(&self, other: &Self, sums: &Sums) -> Result<Fraction, Undefined> {
        let pairs = pairs(sums)?;
        let below = self.divisor.times(&other.divisor).times(&pairs);
        Ok(Fraction { above: self.deviation(other, sums), below })
    }

    /// The variance of a combination over the units of a variant, at least 0.
    ///
    /// # Errors
    /// [`Undefined::TooFewUnits`], [`Undefined::TooLarge`], [`Undefined::TooSmall`] if it has no digits left, [`Undefined::Contradiction`] if the
    /// sums contradict one another.
    pub fn variance(&self, sums: &Sums) -> Result<f64, Undefined> {
        let below = self.divisor.times(&self.divisor).times(&pairs(sums)?);
        let variance = Fraction { above: self.own_deviation(sums), below };
        let value = variance.value()?;
        if value >= 0.0 {
            let is_lost = value < f64::MIN_POSITIVE && !variance.above.is_zero();
            return if is_lost { Err(Undefined::TooSmall) } else { Ok(value) };
        }
        // Sums that were rounded before they came here may leave a trace below 0 where nothing varies.
        let size = |(variable, weight): &(Variable, Sum)| {
            Fraction { above: weight.times(weight).times(&second(sums, *variable)), below: variance.below.clone() }
                .value()
        };
        let sizes = self.weights.iter().map(size).sum::<Result<f64, _>>()?;
        if value.abs() <= 1e-9 * sizes { Ok(0.0) } else { Err(Undefined::Contradiction) }
    }

    /// What is left of the variance of a variable once the combination is known; of all of it if the combination does not vary.
    pub fn residual(&self, variable: Variable, sums: &Sums) -> Result<f64, Undefined> {
        let single = Self::of(variable);
        let (own, cross) = (self.own_deviation(sums), self.deviation(&single, sums));
        if own.is_zero() || own.is_negative() {
            return sums.variance(variable);
        }
        let mut above = own.times(&sums.exact_deviation(variable, variable));
        above.subtract(&cross.times(&cross));
        // A trace below 0 is what rounded sums leave where one follows from the other.
        Ok(Fraction { above, below: own.times(&pairs(sums)?) }.value()?.max(0.0))
    }

    /// `units * (units - 1)` times the covariance of two combinations without their divisors.
    pub fn deviation(&self, other: &Self, sums: &Sums) -> Sum {
        let mut deviation = Sum::default();
        for (a, weight) in &self.weights {
            for (b, other) in &other.weights {
                deviation.merge(&weight.times(other).times(&sums.exact_deviation(*a, *b)));
            }
        }
        deviation
    }

    /// `units * (units - 1)` times the variance of the combination without its divisor: half the work of [`Combination::deviation`].
    fn own_deviation(&self, sums: &Sums) -> Sum {
        let (mut squares, mut products) = (Sum::default(), Sum::default());
        for (place, (a, weight)) in self.weights.iter().enumerate() {
            squares.merge(&weight.times(weight).times(&sums.exact_deviation(*a, *a)));
            for (b, other) in self.weights.iter().skip(place + 1) {
                products.merge(&weight.times(other).times(&sums.exact_deviation(*a, *b)));
            }
        }
        squares.merge(&products);
        squares.merge(&products);
        squares
    }

    /// What the weighted sum is divided by.
    pub fn divisor(&self) -> &Sum {
        &self.divisor
    }
}

/// `units * (units - 1)`, by which deviations become covariances.
pub(super) fn pairs(sums: &Sums) -> Result<Sum, Undefined> {
    match sums.units() {
        0 => Err(Undefined::NoUnits),
        1 => Err(Undefined::TooFewUnits),
        units => Ok(Sum::of_integer(i128::from(units)).times(&Sum::of_integer(i128::from(units - 1)))),
    }
}

fn second(sums: &Sums, variable: Variable) -> Sum {
    Sum::of_integer(i128::from(sums.units())).times(sums.exact_sum_of_products(variable, variable))
}
