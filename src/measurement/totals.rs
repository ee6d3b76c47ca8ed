//! The sums of everybody who is counted in one experiment.

use jiff::Timestamp;

use super::{Contribution, MeasuredExperiment};
use crate::analysis::{Cell, Data};

/// A breakdown shows so many values, those of the most visitors; the others are shown as `(other)`.
pub const MAX_SHOWN_VALUES: usize = 50;

/// A breakdown with more different values is given up: it parts nothing that a reader could act on.
pub const MAX_KEPT_VALUES: usize = 1_000;

/// Exact sums: in whatever order visitors are added and taken out again, of the same visitors they are the same.
#[derive(Debug, Clone, Default)]
pub struct Totals {}

/// A visitor who is taken out was not counted so, or more were counted than there are numbers: the count has to begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the totals of an experiment contradict what is taken out of them")]
pub struct NotCounted;

impl Totals {
    /// Counts a visitor.
    ///
    /// # Errors
    /// [`NotCounted`], beyond the range of numbers.
    pub fn add(&mut self, _contribution: &Contribution) -> Result<(), NotCounted> {
        Ok(())
    }

    /// Takes a visitor out who was counted exactly so.
    ///
    /// # Errors
    /// [`NotCounted`], where nobody was.
    pub fn subtract(&mut self, _contribution: &Contribution) -> Result<(), NotCounted> {
        Ok(())
    }

    /// How many visitors are counted, by variant.
    pub fn units(&self) -> Vec<u64> {
        Vec::new()
    }

    /// What room `analysis` takes. Looks are not known here: whoever keeps them puts them in.
    pub fn data(&self, _experiment: &MeasuredExperiment, _now: Timestamp) -> Data {
        Data::default()
    }

    /// Of a bandit: the same units by the batch in which they were assigned, each cell's value being the number of the batch, ascending.
    pub fn batches(&self, _experiment: &MeasuredExperiment, _now: Timestamp) -> Vec<(u32, Cell)> {
        Vec::new()
    }
}
