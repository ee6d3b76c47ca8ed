//! A cell: one bounded piece of what is remembered.

use super::bytes::{Damaged, Reader, Writer};
use super::{Chain, Frequent, Kept, Opening, Parts, Sums, Visits};

/// One bounded piece of remembered behaviour.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A thinned list.
    Kept(Kept),
    /// Counts and sums by part of time.
    Sums(Parts<Sums>),
    /// Most frequent values by part of time.
    Frequent(Parts<Frequent>),
    /// Visits by how they began.
    Visits(Visits<Opening>),
    /// Counts and sums by visit.
    VisitSums(Visits<Sums>),
    /// Most frequent values by visit.
    VisitFrequent(Visits<Frequent>),
    /// One thing after another.
    Chain(Chain),
}

impl Cell {
    /// Whether nothing is remembered in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Kept(kept) => kept.occurrences().is_empty(),
            Self::Sums(parts) => parts.parts().is_empty(),
            Self::Frequent(parts) => parts.parts().is_empty(),
            Self::Visits(visits) => visits.visits().is_empty(),
            Self::VisitSums(visits) => visits.visits().is_empty(),
            Self::VisitFrequent(visits) => visits.visits().is_empty(),
            Self::Chain(chain) => chain.is_empty(),
        }
    }

    /// Takes up what another cell of the same id remembers of other events.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Kept(own), Self::Kept(other)) => own.merge(other),
            (Self::Sums(own), Self::Sums(other)) => own.merge(other),
            (Self::Frequent(own), Self::Frequent(other)) => own.merge(other),
            (Self::Visits(own), Self::Visits(other)) => own.merge(other),
            (Self::VisitSums(own), Self::VisitSums(other)) => own.merge(other),
            (Self::VisitFrequent(own), Self::VisitFrequent(other)) => own.merge(other),
            (Self::Chain(own), Self::Chain(other)) => own.merge(other),
            // INVARIANT: an id stands for one kind of cell.
            _ => {}
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match self {
            Self::Kept(kept) => {
                out.byte(1);
                kept.write(out);
            }
            Self::Sums(parts) => {
                out.byte(2);
                parts.write(out);
            }
            Self::Frequent(parts) => {
                out.byte(3);
                parts.write(out);
            }
            Self::Visits(visits) => {
                out.byte(4);
                visits.write(out);
            }
            Self::VisitSums(visits) => {
                out.byte(5);
                visits.write(out);
            }
            Self::VisitFrequent(visits) => {
                out.byte(6);
                visits.write(out);
            }
            Self::Chain(chain) => {
                out.byte(7);
                chain.write(out);
            }
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(match input.byte()? {
            1 => Self::Kept(Kept::read(input)?),
            2 => Self::Sums(Parts::read(input)?),
            3 => Self::Frequent(Parts::read(input)?),
            4 => Self::Visits(Visits::read(input)?),
            5 => Self::VisitSums(Visits::read(input)?),
            6 => Self::VisitFrequent(Visits::read(input)?),
            7 => Self::Chain(Chain::read(input)?),
            _ => return Err(Damaged),
        })
    }
}
