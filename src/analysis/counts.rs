//! Exact sums of every metric in every variant, of units that come one by one.
//!
//! They are the same however they were put together: unit by unit, by merging those of parts, or by taking out again what a unit was
//! before more of it came.

use super::Measured;
use crate::statistics::{Observation, Sums, Undefined};

/// The sums of some units.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// How many units, by variant.
    pub units: Vec<u64>,
    /// By metric, then by variant.
    pub sums: Vec<Vec<Sums>>,
}

impl Counts {
    /// Of nobody.
    pub fn new(metrics: usize, variants: usize) -> Self {
        Self { units: vec![0; variants], sums: vec![vec![Sums::default(); variants]; metrics] }
    }

    /// Counts a unit of a variant, with what it brought to each metric.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if there is no such variant, [`Undefined::TooLarge`] if a number is not finite; some of it may be counted then.
    pub fn add(&mut self, variant: usize, observations: &[Observation]) -> Result<(), Undefined> {
        let units = self.units.get_mut(variant).ok_or(Undefined::OutOfRange)?;
        *units = units.checked_add(1).ok_or(Undefined::TooLarge)?;
        for (sums, observation) in self.sums.iter_mut().zip(observations) {
            sums.get_mut(variant).ok_or(Undefined::OutOfRange)?.add(*observation)?;
        }
        Ok(())
    }

    /// Adds the units of another, of the same metrics and variants.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] with more than 2^64 units; some of them may be counted then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        for (units, others) in self.units.iter_mut().zip(&other.units) {
            *units = units.checked_add(*others).ok_or(Undefined::TooLarge)?;
        }
        self.pairs(other).try_for_each(|(sums, others)| sums.merge(others))
    }

    /// Takes units out that were counted: the inverse of [`Counts::merge`], bit for bit.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] with more units than there are; some of them may be taken out then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), Undefined> {
        for (units, others) in self.units.iter_mut().zip(&other.units) {
            *units = units.checked_sub(*others).ok_or(Undefined::OutOfRange)?;
        }
        self.pairs(other).try_for_each(|(sums, others)| sums.subtract(others))
    }

    /// What [`Data`](super::Data) wants, of metrics that are no quantiles.
    pub fn measured(self) -> Vec<Vec<Measured>> {
        self.sums.into_iter().map(|sums| sums.into_iter().map(Measured::from).collect()).collect()
    }

    fn pairs<'a>(&'a mut self, other: &'a Self) -> impl Iterator<Item = (&'a mut Sums, &'a Sums)> {
        self.sums.iter_mut().flatten().zip(other.sums.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(outcome: f64) -> [Observation; 2] {
        [outcome, 0.1 * outcome].map(|outcome| Observation { outcome, denominator: 1.0, covariate: 0.3 })
    }

    #[test]
    fn what_is_put_together_in_parts_and_taken_out_again_is_the_same() {
        let of = |units: &[(usize, f64)]| {
            let mut counts = Counts::new(2, 2);
            units.iter().for_each(|(variant, outcome)| counts.add(*variant, &unit(*outcome)).unwrap());
            counts
        };
        let all = of(&[(0, 0.1), (1, 1e9), (1, 0.7)]);
        let mut parts = of(&[(1, 0.7), (0, 0.1)]);
        parts.merge(&of(&[(1, 1e9), (0, 5.0)])).unwrap();
        parts.subtract(&of(&[(0, 5.0)])).unwrap();
        assert_eq!(parts, all);
        assert_eq!(all.units, [1, 2]);
        assert_eq!(parts.subtract(&of(&[(0, 1.0), (0, 1.0)])), Err(Undefined::OutOfRange));
        assert_eq!(parts.add(2, &unit(1.0)), Err(Undefined::OutOfRange));
    }
}
