//! The kinds of cells.

use super::Exactness;
use super::division::Division;
use super::measured::MAX_MEASURED_OCCURRENCES;
use crate::behaviour::{
    Chain, FAVOURITE_COUNTERS, Frequent, Keep, Kept, Link, MAX_CHAIN_OCCURRENCES, MAX_REMEMBERED_VISITS,
    MAX_VISITS_WITH_VALUES, Opening, Sums, Visits,
};
use crate::language::checked::CalendarUnit;

/// Visits whose counts are kept: the one that goes on, and those that it may turn out to be one with.
pub(super) const COUNTED_VISITS: u32 = 4;

/// The newest occurrences that are kept for what no other kind of cell can answer.
pub(super) const LOGGED: u32 = 128;

/// What a list tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Nothing,
    Period(CalendarUnit),
    Value,
}

/// The kind of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A thinned list.
    Kept(Keep, Key),
    /// The newest occurrences, for what no other kind can answer.
    Log(Key),
    /// The same for the steps of a sequence.
    Steps,
    /// Counts, and sums where there is a property.
    Sums(Division),
    /// The smallest and largest value.
    Extremes(Division),
    /// The most frequent values.
    Frequent(Division),
    /// Visits and how they began.
    Visits,
    /// The same for metrics, which count them all.
    AllVisits,
    /// Counts by visit; with the smallest and largest value.
    VisitSums(bool),
    /// The most frequent values by visit.
    VisitFrequent,
    /// A sequence, or a thing left undone.
    Chain(Link),
    /// Shows of a rule.
    Shows(Keep),
    /// Shows of a rule that may show often.
    ManyShows(Division),
}

impl Kind {
    /// How exact its answers are.
    pub fn exactness(&self) -> Exactness {
        match self {
            Self::Sums(Division::Width(width, _))
            | Self::Extremes(Division::Width(width, _))
            | Self::ManyShows(Division::Width(width, _)) => Exactness::Bucketed { width_ms: *width },
            Self::Frequent(_) | Self::VisitFrequent => Exactness::Favourite { counters: FAVOURITE_COUNTERS },
            Self::Log(_) | Self::Steps => Exactness::AtMost { occurrences: LOGGED as usize },
            Self::Chain(_) => Exactness::LateWithin { occurrences: MAX_CHAIN_OCCURRENCES },
            Self::Visits => Exactness::AtMost { occurrences: MAX_REMEMBERED_VISITS as usize },
            Self::AllVisits | Self::Kept(Keep::Oldest(MAX_MEASURED_OCCURRENCES), _) => {
                Exactness::AtMost { occurrences: MAX_MEASURED_OCCURRENCES as usize }
            }
            _ => Exactness::Exact,
        }
    }

    /// The parts of time in which it counts, if it does.
    pub fn division(&self) -> Option<Division> {
        match *self {
            Self::Sums(division) | Self::Extremes(division) | Self::Frequent(division) | Self::ManyShows(division) => {
                Some(division)
            }
            _ => None,
        }
    }

    /// The bytes of a cell at most. `value` are those of the property, if there is one.
    pub fn worst_bytes(&self, steps: usize, value: Option<usize>) -> usize {
        let plain = value.unwrap_or(1);
        let sums = Sums::worst_bytes(value.is_some(), None);
        let extremes = Sums::worst_bytes(true, Some(plain));
        let parts = |division: &Division, tally: usize| 8 + division.parts() as usize * (4 + tally);
        match self {
            Self::Kept(keep, Key::Nothing) => Kept::worst_bytes(*keep, 1, plain),
            Self::Kept(keep, Key::Period(_)) => Kept::worst_bytes(*keep, 3, 1),
            Self::Kept(keep, Key::Value) => Kept::worst_bytes(*keep, 10, plain),
            Self::Log(_) => Kept::worst_bytes(Keep::Newest(LOGGED), 10, plain),
            Self::Steps => Kept::worst_bytes(Keep::Newest(LOGGED), 1, 1),
            Self::Sums(division) => parts(division, sums),
            Self::Extremes(division) => parts(division, extremes),
            Self::Frequent(division) => parts(division, Frequent::worst_bytes(plain)),
            Self::Visits => {
                let values = (MAX_VISITS_WITH_VALUES + 1) * value.unwrap_or(0);
                Visits::<Opening>::worst_bytes(MAX_REMEMBERED_VISITS, 4) + values
            }
            Self::AllVisits => Visits::<Opening>::worst_bytes(MAX_MEASURED_OCCURRENCES, 4),
            Self::VisitSums(false) => Visits::<Sums>::worst_bytes(COUNTED_VISITS, sums),
            Self::VisitSums(true) => Visits::<Sums>::worst_bytes(COUNTED_VISITS, extremes),
            Self::VisitFrequent => Visits::<Frequent>::worst_bytes(COUNTED_VISITS, Frequent::worst_bytes(plain)),
            Self::Chain(_) => Chain::worst_bytes(steps),
            Self::Shows(keep) => Kept::worst_bytes(*keep, 1, 1),
            Self::ManyShows(division) => parts(division, Sums::worst_bytes(false, None)),
        }
    }
}
