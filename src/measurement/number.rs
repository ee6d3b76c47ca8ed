//! One number of an experiment's totals, and what one visitor brings to it.

use std::sync::Arc;

use super::NotCounted;
use crate::statistics::{Histogram, Observation, Sums};

/// One number, or several that go together. Whoever reads shares the large ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    Count(u64),
    Sums(Arc<Sums>),
    Values(Arc<Histogram>),
}

/// What one visitor brings to one number.
pub(super) enum One {
    Unit,
    Observed(Observation),
    Values(Histogram),
}

/// What happens to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Add,
    Subtract,
}

impl One {
    pub(super) fn nothing(&self) -> Number {
        match self {
            Self::Unit => Number::Count(0),
            Self::Observed(_) => Number::Sums(Arc::default()),
            Self::Values(_) => Number::Values(Arc::default()),
        }
    }
}

impl Number {
    /// Adds what a visitor brings, or takes it out.
    pub(super) fn step(&mut self, step: Step, one: &One) -> Result<(), NotCounted> {
        match (self, one, step) {
            (Self::Count(count), One::Unit, Step::Add) => *count = count.checked_add(1).ok_or(NotCounted)?,
            (Self::Count(count), One::Unit, Step::Subtract) => *count = count.checked_sub(1).ok_or(NotCounted)?,
            (Self::Sums(sums), One::Observed(observed), Step::Add) => Arc::make_mut(sums).add(*observed)?,
            (Self::Sums(sums), One::Observed(observed), Step::Subtract) => {
                let mut unit = Sums::default();
                unit.add(*observed)?;
                Arc::make_mut(sums).subtract(&unit)?;
            }
            (Self::Values(all), One::Values(values), Step::Add) => Arc::make_mut(all).merge(values)?,
            (Self::Values(all), One::Values(values), Step::Subtract) => Arc::make_mut(all).subtract(values)?,
            // Of another kind of metric: these totals are of another definition.
            _ => return Err(NotCounted),
        }
        Ok(())
    }

    /// Whether nobody brings anything to it.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Sums(sums) => sums.units() == 0,
            Self::Values(values) => values.events() == 0,
        }
    }
}
