//! Counts everybody anew in experiments whose totals are not whole, while the server serves.
//!
//! A thread of its own goes through all persons in the order of their roots, some at a time. Whoever has a smaller root than it has
//! reached is counted, and the fold keeps that so; the others are not counted yet, whatever happens to them. So nothing is noted in persons, and
//! an end of the process costs no more than to begin again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::tallies::is_counted;
use super::tally::{Extent, Tally};
use crate::measurement::Contribution;
use crate::visitors::fold::Folding;
use crate::visitors::id::VisitorHash;
use crate::visitors::living::Living;
use crate::visitors::people::PERSON_ROWS;
use crate::visitors::person::Person;
use crate::visitors::sizes::Sizes;
use crate::visitors::{Core, Error};

/// So many rows are read between two looks at the fold.
const MAX_ROWS: usize = 256;
/// Between two stretches.
const PAUSE: Duration = Duration::from_millis(1);

/// Wakes the thread that counts.
#[derive(Debug, Default)]
pub(in crate::visitors) struct Counting {
    wanted: Mutex<Wanted>,
    change: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    is_due: bool,
    is_over: bool,
}

impl Counting {
    /// Has it look whether something is to be counted.
    pub(in crate::visitors) fn wake(&self) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).is_due = true;
        self.change.notify_one();
    }

    pub(in crate::visitors) fn end(&self) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.change.notify_one();
    }

    /// Waits until something may be to be counted; `false` at the end.
    fn wait(&self) -> bool {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        while !wanted.is_due && !wanted.is_over {
            wanted = self.change.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
        wanted.is_due = false;
        !wanted.is_over
    }

    fn is_over(&self) -> bool {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).is_over
    }
}

/// Persons whose roots follow one another.
struct Stretch {
    from: VisitorHash,
    /// The first root behind them; `None`: they are the last.
    end: Option<VisitorHash>,
    /// The experiments that they are counted in.
    tallies: Vec<Tally>,
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
        let Some((from, end, tallies)) = next else { return Ok(false) };
        let stretch = self.read_stretch(from, end, tallies)?;
        committer.between(move |_, folding| folding.count_stretch(stretch)).wait()??;
        Ok(true)
    }

    fn read_stretch(
        &self,
        from: VisitorHash,
        mut end: Option<VisitorHash>,
        tallies: Vec<Tally>,
    ) -> Result<Stretch, Error> {
        let schema = &self.course.load().release.schema;
        let (mut rows, mut failed, mut read) = (Vec::new(), None, 0);
        self.people.shelf.each_from(PERSON_ROWS, &[PERSON_ROWS, &from.0].concat(), &mut |key, row| {
            let root = key.strip_prefix(PERSON_ROWS).and_then(|root| root.try_into().ok()).map(VisitorHash);
            let Some(root) = root else { return ControlFlow::Continue(()) };
            if end.is_some_and(|end| root >= end) {
                return ControlFlow::Break(());
            }
            if read == MAX_ROWS {
                end = Some(root);
                return ControlFlow::Break(());
            }
            read += 1;
            match self.people.open_row(root, row, schema) {
                Ok(Some(person)) => rows.extend(brought(&person, &tallies)),
                Ok(None) => {}
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(Stretch { from, end, tallies, rows }), Err)
    }
}

/// What a person in sled brings, if anything.
fn brought(person: &Person, tallies: &[Tally]) -> Option<Row> {
    let (root, key) = (person.root()?, person.key()?);
    if !is_counted(person) {
        return None;
    }
    let bring = |tally: &Tally| {
        let exposed = person.exposures.get(&tally.experiment.key)?;
        Some((tally.number, tally.experiment.contribution(exposed, &person.memory)?))
    };
    let brought: Vec<_> = tallies.iter().filter_map(bring).collect();
    (!brought.is_empty()).then_some(Row { root, key, brought })
}

impl Folding {
    /// Counts some persons: as they are in memory, or as sled knows those who are not there.
    fn count_stretch(&mut self, stretch: Stretch) -> Result<(), Error> {
        let Stretch { from, end, tallies, rows } = stretch;
        let is_in = |root: VisitorHash| from <= root && end.is_none_or(|end| root < end);
        let is_current = |known: &Tally| tallies.iter().any(|tally| tally.number == known.number);
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
            brought.extend(self::brought(&held.person, &tallies));
        }
        for Row { brought, .. } in brought {
            for (number, contribution) in brought {
                let tally = self.tallies.by_key.values().find(|tally| tally.number == number);
                let Some(key) = tally.map(|tally| tally.experiment.key.clone()) else { continue };
                self.tallies.change(&key, |tally| tally.add(&contribution));
            }
        }
        let extent = end.map_or(Extent::Whole, |until| Extent::Counting { until });
        for tally in self.tallies.by_key.values_mut().filter(|tally| is_current(tally)) {
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
        let mut failed = None;
        people.shelf.each(PERSON_ROWS, &mut |key, row| {
            let root = key.strip_prefix(PERSON_ROWS).and_then(|root| root.try_into().ok()).map(VisitorHash);
            match root.map(|root| people.open_row(root, row, &schema)) {
                Some(Ok(Some(person))) => {
                    if person.messages > 0 {
                        self.sizes.add(&person);
                    }
                    self.tallies.add(&person);
                }
                Some(Err(error)) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })?;
        self.entries += 1;
        failed.map_or(Ok(()), Err)
    }
}
