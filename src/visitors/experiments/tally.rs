//! What is counted in one experiment, and of whom.

use std::sync::Arc;

use crate::measurement::{MeasuredExperiment, Totals};
use crate::visitors::id::VisitorHash;

/// How far the totals of an experiment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What its metrics remember is being filled from the journal: nobody is counted.
    Filling,
    /// Visitors are being counted: some are.
    Counting,
    /// Everybody who was exposed is counted.
    Whole,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::visitors) enum Extent {
    /// Nobody.
    Filling,
    /// Those whose root is smaller: the count goes through everybody in the order of their roots.
    Counting {
        /// The root from which on nobody is counted yet.
        until: VisitorHash,
    },
    /// Everybody.
    Whole,
}

impl Extent {
    /// A count that begins.
    pub(in crate::visitors) const BEGINNING: Self = Self::Counting { until: VisitorHash::FIRST };
}

/// What is counted in one experiment. One that begins anew has another number.
#[derive(Debug)]
pub(in crate::visitors) struct Tally {
    pub(in crate::visitors) number: u32,
    pub(in crate::visitors) experiment: Arc<MeasuredExperiment>,
    pub(in crate::visitors) extent: Extent,
    pub(in crate::visitors) totals: Totals,
    /// The clock of all tallies when it changed last.
    pub(in crate::visitors) changed: u64,
    /// What that was when sled was told last; `None` while sled does not hold it.
    pub(in crate::visitors) saved: Option<u64>,
    /// How often its count began anew because the totals contradicted a visitor.
    pub(in crate::visitors) contradictions: u32,
}

impl Tally {
    pub(in crate::visitors) fn new(number: u32, experiment: Arc<MeasuredExperiment>, extent: Extent) -> Self {
        Self { number, experiment, extent, totals: Totals::default(), changed: 0, saved: None, contradictions: 0 }
    }

    /// Whether a person of this root is counted.
    pub(in crate::visitors) fn counts(&self, root: VisitorHash) -> bool {
        match self.extent {
            Extent::Filling => false,
            Extent::Counting { until } => root < until,
            Extent::Whole => true,
        }
    }

    pub(in crate::visitors) fn stage(&self) -> Stage {
        match self.extent {
            Extent::Filling => Stage::Filling,
            Extent::Counting { .. } => Stage::Counting,
            Extent::Whole => Stage::Whole,
        }
    }
}
