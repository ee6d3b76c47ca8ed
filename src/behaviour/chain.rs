//! One thing after another: the newest occurrences of all steps, and what older ones came to.
//!
//! An answer is worked out from the older ones' outcome and the kept occurrences in the order of their times. So events that
//! arrive late, and merged memories, count exactly as long as they lie within what is kept.

use super::bytes::{Damaged, Reader, Writer};

/// So many occurrences of all steps together are kept one by one.
pub const MAX_CHAIN_OCCURRENCES: usize = 64;

/// A chain of more links would need more bits than an occurrence has for its steps.
const MAX_LINKS: usize = 63;

/// How the steps hang together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Each further step follows the one before within so many milliseconds.
    Then(Vec<i64>),
    /// Neither step follows the first within so many milliseconds.
    Without(i64),
}

/// An event that is a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepOccurrence {
    /// In milliseconds since 1970.
    pub at: i64,
    /// The number of its entry in the journal.
    pub order: u64,
    /// Which steps it is: bit 0 for the first.
    pub steps: u64,
}

/// How far a chain came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// For each step, when the chain last came that far.
    pub reached: Vec<Option<i64>>,
    /// Of `without`: the last start that nothing followed yet.
    pub pending: Option<i64>,
    /// Of `without`: when the time last ran out.
    pub abandoned: Option<i64>,
}

/// The cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    link: Link,
    settled: Progress,
    /// By time.
    kept: Vec<StepOccurrence>,
}

impl Chain {
    /// Nothing happened yet.
    pub fn new(link: Link) -> Self {
        Self { link, settled: Progress::default(), kept: Vec::new() }
    }

    /// Takes up an event. One that is there already changes nothing.
    pub fn add(&mut self, step: StepOccurrence) {
        if let Err(place) = self.kept.binary_search(&step) {
            self.kept.insert(place, step);
            if self.kept.len() > MAX_CHAIN_OCCURRENCES {
                self.settle();
            }
        }
    }

    /// How far the chain came by an instant.
    pub fn progress(&self, now_ms: i64) -> Progress {
        let mut progress = self.settled.clone();
        for group in self.kept.chunk_by(|a, b| a.at == b.at) {
            progress.advance(&self.link, group);
        }
        if let Link::Without(within) = self.link {
            progress.expire(within, now_ms);
        }
        progress
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.settled == Progress::default()
    }

    /// Folds the oldest instant into the outcome; of a crowd at one instant, the first.
    fn settle(&mut self) {
        let Some(first) = self.kept.first().copied() else { return };
        let group = self.kept.partition_point(|step| step.at == first.at);
        let count = if group == self.kept.len() { 1 } else { group };
        let settling: Vec<StepOccurrence> = self.kept.drain(..count).collect();
        self.settled.advance(&self.link, &settling);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.settled.reached.resize(self.settled.reached.len().max(other.settled.reached.len()), None);
        for (known, more) in self.settled.reached.iter_mut().zip(&other.settled.reached) {
            *known = (*known).max(*more);
        }
        self.settled.pending = self.settled.pending.max(other.settled.pending);
        self.settled.abandoned = self.settled.abandoned.max(other.settled.abandoned);
        other.kept.iter().for_each(|step| self.add(*step));
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match &self.link {
            Link::Without(within) => {
                out.size(0);
                out.signed(*within);
            }
            Link::Then(within) => {
                out.size(within.len());
                within.iter().for_each(|within| out.signed(*within));
            }
        }
        out.size(self.settled.reached.len());
        self.settled.reached.iter().for_each(|reached| out.maybe(*reached));
        out.maybe(self.settled.pending);
        out.maybe(self.settled.abandoned);
        out.size(self.kept.len());
        let (mut at, mut order) = (0, 0);
        for step in &self.kept {
            out.after(&mut at, step.at);
            out.after_whole(&mut order, step.order);
            out.whole(step.steps);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let link = match input.size(MAX_LINKS)? {
            0 => Link::Without(input.signed()?),
            steps => Link::Then((0..steps).map(|_| input.signed()).collect::<Result<_, _>>()?),
        };
        let reached = (0..input.size(MAX_LINKS + 1)?).map(|_| input.maybe()).collect::<Result<_, _>>()?;
        let settled = Progress { reached, pending: input.maybe()?, abandoned: input.maybe()? };
        let mut kept = Vec::new();
        let (mut at, mut order) = (0, 0);
        for _ in 0..input.size(MAX_CHAIN_OCCURRENCES)? {
            let (at, order) = (input.after(&mut at)?, input.after_whole(&mut order)?);
            kept.push(StepOccurrence { at, order, steps: input.whole()? });
        }
        if kept.is_sorted() { Ok(Self { link, settled, kept }) } else { Err(Damaged) }
    }

    /// The bytes that a chain of so many steps takes at most when it is encoded.
    pub fn worst_bytes(steps: usize) -> usize {
        20 + steps * 14 + MAX_CHAIN_OCCURRENCES * (6 + 5 + steps.div_ceil(7))
    }
}

impl Progress {
    /// Goes on to an instant and all that happened at it: of equal times each may come before the other.
    fn advance(&mut self, link: &Link, group: &[StepOccurrence]) {
        let Some(at) = group.first().map(|step| step.at) else { return };
        match link {
            Link::Then(within) => self.advance_then(within, group, at),
            Link::Without(within) => {
                self.expire(*within, at.saturating_sub(1));
                // Whatever happens at the last instant of the time is still in time.
                if self.pending.is_some_and(|pending| pending < at) {
                    self.pending = None;
                }
                if group.iter().any(|step| step.steps & 1 == 1) {
                    self.reached = vec![Some(at)];
                    self.pending = self.pending.max(Some(at));
                }
            }
        }
    }

    fn advance_then(&mut self, within: &[i64], group: &[StepOccurrence], at: i64) {
        self.reached.resize(within.len() + 1, None);
        let before = self.reached.clone();
        let mut reaching: Vec<bool> = group.iter().map(|step| step.steps & 1 == 1).collect();
        for (index, within) in std::iter::once(&0).chain(within).enumerate() {
            if index > 0 {
                let former = before.get(index - 1).copied().flatten();
                let in_time = former.is_some_and(|former| former <= at && at.saturating_sub(former) <= *within);
                let together = reaching.iter().filter(|reaching| **reaching).count();
                reaching = group
                    .iter()
                    .zip(&reaching)
                    .map(|(step, own)| step.steps >> index & 1 == 1 && (in_time || together > usize::from(*own)))
                    .collect();
            }
            if let Some(reached) = self.reached.get_mut(index)
                && reaching.contains(&true)
            {
                *reached = (*reached).max(Some(at));
            }
        }
    }

    /// Ends the time of what nothing followed.
    fn expire(&mut self, within: i64, now_ms: i64) {
        if let Some(due) = self.pending.and_then(|pending| pending.checked_add(within))
            && due <= now_ms
        {
            self.abandoned = self.abandoned.max(Some(due));
            self.pending = None;
        }
    }
}
