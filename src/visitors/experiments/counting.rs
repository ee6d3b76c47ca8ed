//! Counts everybody anew in experiments whose totals are not whole, while the server serves.
//!
//! A thread of its own goes through all persons in the order of their roots, some at a time. Whoever has a smaller root than it has
//! reached is counted, and the fold keeps that so; the others are not counted yet, whatever happens to them. So nothing is noted in persons, and
//! an end of the process costs no more than to begin again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::tallies::{Wanted, is_counted};
use super::tally::{Extent, Tally};
use crate::measurement::{Contribution, MeasuredExperiment};
use crate::visitors::fold::Folding;
use crate::visitors::id::VisitorHash;
use crate::visitors::living::Living;
use crate::visitors::person::Person;
use crate::visitors::sizes::Sizes;
use crate::visitors::{Core, Error};

/// So many rows are read between two looks at the fold.
const MAX_ROWS: usize = 256;
/// Between two stretches.
const PAUSE: Duration = Duration::from_millis(1);

/// Persons whose roots follow one another.
struct Stretch {
    wanted: Wanted,
    /// As sled knows them.
    rows: Vec<Row>,
}

/// A person as sled knows them.
struct Row {
    root: VisitorHash,
    key: u64,
    /// By the number of a tally.
    brought: Vec<(u32, Contribution)>,
}

impl Core {
    /// The thread's work, until the end.
    pub(in crate::visitors) fn count_on(&self) {
        while self.counting.wait() {
            loop {
                match self.count_some() {
                    // The keeper has its turn.
                    Ok(true) if !self.counting.is_over() => std::thread::sleep(PAUSE),
                    Ok(_) | Err(Error::Stopped) => break,
                    Err(error) => {
                        tracing::error!(cause = %error, "visitors could not be counted; a restart tries again");
                        break;
                    }
                }
            }
        }
    }

    /// Counts some; whether there were any.
    fn count_some(&self) -> Result<bool, Error> {
        // While sled is told of nothing, whoever it does not know as they are is in memory.
        let _turn = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let committer = self.committer()?;
        let next = committer.between(|_, folding| folding.tallies.next_stretch()).wait()?;
        let Some(wanted) = next else { return Ok(false) };
        let stretch = self.read_stretch(wanted)?;
        committer.between(move |_, folding| folding.count_stretch(stretch)).wait()??;
        Ok(true)
    }

    fn read_stretch(&self, mut wanted: Wanted) -> Result<Stretch, Error> {
        let schema = &self.course.load().release.schema;
        let (mut rows, mut read) = (Vec::new(), 0);
        self.people.each_person(wanted.from, schema, &mut |root, person| {
            if wanted.end.is_some_and(|end| root >= end) {
                return ControlFlow::Break(());
            }
            if read == MAX_ROWS {
                wanted.end = Some(root);
                return ControlFlow::Break(());
            }
            read += 1;
            rows.extend(brought(&person, &wanted.counted));
            ControlFlow::Continue(())
        })?;
        Ok(Stretch { wanted, rows })
    }
}

/// What a person brings, if anything.
fn brought(person: &Person, counted: &[(u32, Arc<MeasuredExperiment>)]) -> Option<Row> {
    let (root, key) = (person.root()?, person.key()?);
    if !is_counted(person) {
        return None;
    }
    let bring = |(number, experiment): &(u32, Arc<MeasuredExperiment>)| {
        Some((*number, experiment.contribution(&person.exposures, &person.memory)?))
    };
    let brought: Vec<_> = counted.iter().filter_map(bring).collect();
    (!brought.is_empty()).then_some(Row { root, key, brought })
}

impl Folding {
    /// Counts some persons: as they are in memory, or as sled knows those who are not there.
    fn count_stretch(&mut self, stretch: Stretch) -> Result<(), Error> {
        let Stretch { wanted: Wanted { from, end, counted }, rows } = stretch;
        let is_in = |root: VisitorHash| from <= root && end.is_none_or(|end| root < end);
        let mut living: BTreeMap<VisitorHash, Arc<Living>> = BTreeMap::new();
        let mut found: Vec<Arc<Living>> = self.dirty.values().map(Arc::clone).collect();
        let mut brought: Vec<Row> = Vec::new();
        for row in rows {
            match self.people.at_hand(row.root).flatten() {
                Some(living) => found.push(living),
                // Erased since the row was read: nobody.
                None if self.people.keys.key(row.key)?.is_none() => {}
                None => brought.push(row),
            }
        }
        for one in found {
            let held = one.lock();
            if let Some(root) = held.person.root().filter(|root| !held.is_gone && is_in(*root)) {
                drop(held);
                living.insert(root, one);
            }
        }
        for one in living.into_values() {
            let held = one.lock();
            brought.extend(self::brought(&held.person, &counted));
        }
        for Row { brought, .. } in brought {
            for (number, contribution) in brought {
                let tally = self.tallies.by_key.values().find(|tally| tally.number == number);
                let Some(key) = tally.map(|tally| tally.experiment.key.clone()) else { continue };
                self.tallies.change(&key, |totals| totals.add(&contribution));
            }
        }
        let extent = end.map_or(Extent::Whole, |until| Extent::Counting { until });
        let is_current = |known: &&mut Tally| counted.iter().any(|(number, _)| *number == known.number);
        for tally in self.tallies.by_key.values_mut().filter(is_current) {
            tally.extent = extent;
            self.tallies.clock += 1;
            tally.changed = self.tallies.clock;
        }
        // So that sled is told.
        self.entries += 1;
        Ok(())
    }

    /// Counts everybody anew from what sled knows, which must be all there is.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub(in crate::visitors) fn recount(&mut self) -> Result<(), Error> {
        let (people, schema) = (Arc::clone(&self.people), Arc::clone(&self.course.release.schema));
        self.sizes = Sizes::default();
        self.tallies.empty();
        people.each_person(VisitorHash::FIRST, &schema, &mut |_, person| {
            if person.messages > 0 {
                self.sizes.add(&person);
            }
            self.tallies.add(&person);
            ControlFlow::Continue(())
        })?;
        self.entries += 1;
        Ok(())
    }
}
