//! Where all experiments stand, as the journal tells it.
//!
//! What happened stands in sled as rows of its own, one for each entry of the journal, beside the persons: a standing is folded from them
//! again after a restart. So a row never changes, and an entry that is replayed is the row that is there already. Points, of which there is one
//! an hour for years, are read when they are asked for alone: what is remembered of them, how many units there were lately, is a row too.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::experiment::{Batch, Steering};
use crate::measurement::{HeldSplit, Settled, Splits};
use crate::profile::ExperimentKey;
use crate::store::{Changes, Shelf};
use crate::trial::{self, Happening, HeldBatch, Point, Standing};
use crate::visitors::entry::{decode, encode};
use crate::visitors::fold::Folding;
use crate::visitors::{Core, Error};

/// Rows of what happened but points, and of points: each by experiment, then by journal entry.
const NOTE_ROWS: &[u8] = b"Vn";
const POINT_ROWS: &[u8] = b"Vo";
/// Rows of how many units there were at the points of the last days, with the entry of the last one: one by experiment.
const UNITS_ROWS: &[u8] = b"Vu";
/// Rows of since when an experiment is in no release.
const GONE_ROWS: &[u8] = b"Vg";
/// All that sled holds of an experiment's life.
const ALL_ROWS: [&[u8]; 4] = [NOTE_ROWS, POINT_ROWS, UNITS_ROWS, GONE_ROWS];

/// What happened to an experiment, its points too, is forgotten when no release held it for so long.
pub const MAX_GONE_TIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Points of one experiment that are shown: of more the newest. Five months of hours.
pub const MAX_SHOWN_POINTS: usize = 4_000;

/// Bytes behind the experiment in a row's key.
const ORDER_BYTES: usize = 8;

/// Where all experiments stand.
#[derive(Debug, Clone, Default)]
pub(in crate::visitors) struct Standings {
    standings: BTreeMap<ExperimentKey, Arc<Standing>>,
    /// Those that are in no release, each since when; milliseconds since 1970.
    gone: BTreeMap<ExperimentKey, i64>,
}

impl Standings {
    /// As sled knows them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(in crate::visitors) fn load(shelf: &Shelf) -> Result<Self, Error> {
        let mut found: BTreeMap<ExperimentKey, Vec<(u64, i64, Happening)>> = BTreeMap::new();
        let mut is_damaged = false;
        shelf.each(NOTE_ROWS, &mut |key, row| {
            match key.strip_prefix(NOTE_ROWS).and_then(read_key).zip(decode::<(i64, Happening)>(row)) {
                Some(((experiment, order), (at, happening))) => {
                    found.entry(experiment).or_default().push((order, at, happening));
                }
                None => is_damaged = true,
            }
            ControlFlow::Continue(())
        })?;
        let fold = |mut notes: Vec<(u64, i64, Happening)>| {
            notes.sort_by_key(|(order, ..)| *order);
            let mut standing = Standing::default();
            notes.iter().for_each(|(order, at, happening)| standing.fold(*order, *at, happening));
            Arc::new(standing)
        };
        let mut standings: BTreeMap<_, _> =
            found.into_iter().map(|(experiment, notes)| (experiment, fold(notes))).collect();
        shelf.each(UNITS_ROWS, &mut |key, row| {
            match key.strip_prefix(UNITS_ROWS).and_then(read_experiment).zip(decode(row)) {
                Some(((experiment, []), (order, units))) => {
                    let standing = Arc::make_mut(standings.entry(experiment).or_default());
                    standing.folded = standing.folded.max(order);
                    standing.units = units;
                }
                _ => is_damaged = true,
            }
            ControlFlow::Continue(())
        })?;
        let mut gone = BTreeMap::new();
        shelf.each(GONE_ROWS, &mut |key, row| {
            match key.strip_prefix(GONE_ROWS).and_then(read_experiment).zip(decode(row)) {
                Some(((experiment, []), since)) => drop(gone.insert(experiment, since)),
                _ => is_damaged = true,
            }
            ControlFlow::Continue(())
        })?;
        if is_damaged {
            return Err(shelf.give_up("a row of what happened to an experiment").into());
        }
        Ok(Self { standings, gone })
    }

    /// Notes which experiments are in the release that is followed, and which left it; forgets those that left it so long ago.
    fn forget(
        &mut self,
        is_there: impl Fn(&ExperimentKey) -> bool,
        now: i64,
        changes: &mut Changes,
    ) -> Vec<ExperimentKey> {
        let mut forgotten = Vec::new();
        for experiment in self.standings.keys() {
            let row = [GONE_ROWS, &experiment_bytes(experiment)].concat();
            match (is_there(experiment), self.gone.get(experiment)) {
                (true, None) => {}
                (true, Some(_)) => {
                    self.gone.remove(experiment);
                    changes.remove(row);
                }
                (false, None) => {
                    self.gone.insert(experiment.clone(), now);
                    changes.put(row, encode(&now));
                }
                (false, Some(since)) if is_long_ago(*since, now) => {
                    forgotten.push(experiment.clone());
                }
                (false, Some(_)) => {}
            }
        }
        for experiment in &forgotten {
            self.standings.remove(experiment);
            self.gone.remove(experiment);
            // It may not be in sled yet.
            changes.remove([GONE_ROWS, &experiment_bytes(experiment)].concat());
        }
        forgotten
    }

    /// Folds in what happened to an experiment; sled is told by `changes`. Whether it is new.
    pub(in crate::visitors) fn fold(
        &mut self,
        experiment: ExperimentKey,
        (order, at): (u64, i64),
        happening: &Happening,
        changes: &mut Changes,
    ) -> bool {
        let (key, bytes) = (row_key(&experiment, order, happening), experiment_bytes(&experiment));
        let standing = Arc::make_mut(self.standings.entry(experiment).or_default());
        if order <= standing.folded {
            return false;
        }
        standing.fold(order, at, happening);
        if matches!(happening, Happening::Point(_)) {
            let key = [UNITS_ROWS, &bytes].concat();
            changes.put(key, encode(&(order, &standing.units)));
        }
        changes.put(key, encode(&(at, happening)));
        true
    }

    /// What all of it means for decisions.
    pub(in crate::visitors) fn steering(&self) -> Steering {
        let mut steering = Steering::default();
        self.standings.keys().for_each(|experiment| self.steer(experiment, &mut steering));
        steering
    }

    /// What happened to one experiment means for decisions: its breaker, its current batch.
    fn steer(&self, experiment: &ExperimentKey, steering: &mut Steering) {
        let Some(standing) = self.standings.get(experiment) else { return };
        if standing.tripped.is_some() {
            steering.trip(experiment);
        }
        if let Some(batch) = standing.batches.last().and_then(|last| split(&last.batch)) {
            steering.set_batch(experiment, batch);
        }
    }

    /// What the journal settles of how an experiment is counted.
    pub(in crate::visitors) fn settled(&self, experiment: &ExperimentKey) -> Settled {
        let Some(standing) = self.standings.get(experiment) else { return Settled::default() };
        let held = |held: &HeldBatch| Some(HeldSplit { order: held.order, at: held.at, batch: split(&held.batch)? });
        let held = standing.batches.iter().filter_map(held);
        let splits =
            Splits { turns: standing.turns.clone(), batches: held.collect(), dealt_since: standing.dealt_since };
        Settled { caps: standing.caps(), splits }
    }

    /// Where one stands; `None` where nothing happened to it.
    pub(in crate::visitors) fn get(&self, experiment: &ExperimentKey) -> Option<&Arc<Standing>> {
        self.standings.get(experiment)
    }
}

impl Folding {
    /// Folds in what happened to an experiment: decisions know it at once.
    pub(in crate::visitors) fn fold_note(
        &mut self,
        (order, at): (u64, i64),
        experiment: ExperimentKey,
        what: &Happening,
    ) {
        if !self.standings.fold(experiment.clone(), (order, at), what, &mut self.removals) {
            return;
        }
        if matches!(what, Happening::Tripped(_) | Happening::Weights(_)) {
            let mut steering = Steering::clone(&self.steering.load());
            self.standings.steer(&experiment, &mut steering);
            self.steering.store(Arc::new(steering));
        }
        if matches!(
            what,
            Happening::Cap { .. }
                | Happening::Weights(_)
                | Happening::Changed { .. }
                | Happening::Started { .. }
                | Happening::Tripped(_)
                | Happening::Stopped
                | Happening::Resumed
        ) {
            self.tallies.settle(&experiment, &self.standings.settled(&experiment));
        }
    }
}

impl Core {
    /// Forgets the life of experiments that left the releases long ago, with their points. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Stopped`].
    pub(in crate::visitors) fn forget_gone(&self, now: Timestamp) -> Result<(), Error> {
        // Whatever happens to them from now on is put into sled after it.
        let _turn = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.as_millisecond();
        let forgotten = self.committer()?.between(move |_, folding| folding.forget_gone(now)).wait()?;
        for experiment in forgotten {
            tracing::info!(experiment = %experiment.name, "it is in no release for long: what happened to it is forgotten");
            let mut removals = Changes::default();
            for rows in ALL_ROWS {
                self.people.shelf.each(&[rows, &experiment_bytes(&experiment)].concat(), &mut |key, _| {
                    removals.remove(key.to_vec());
                    ControlFlow::Continue(())
                })?;
            }
            self.people.shelf.commit(removals)?;
        }
        Ok(())
    }
}

impl Folding {
    fn forget_gone(&mut self, now: i64) -> Vec<ExperimentKey> {
        let Self { standings, course, removals, .. } = self;
        let is_there = |key: &ExperimentKey| {
            course.release.experiments.get(&key.name).is_some_and(|experiment| experiment.salt == key.salt)
        };
        let forgotten = standings.forget(is_there, now, removals);
        if !forgotten.is_empty() {
            self.steering.store(Arc::new(self.standings.steering()));
        }
        forgotten
    }
}

/// The newest points of an experiment that sled knows, [`MAX_SHOWN_POINTS`] at most, oldest first, each with its instant in milliseconds since 1970.
///
/// # Errors
/// [`Error::Store`].
pub(in crate::visitors) fn points(shelf: &Shelf, experiment: &ExperimentKey) -> Result<Vec<(i64, Point)>, Error> {
    let mut points = VecDeque::new();
    shelf.each(&[POINT_ROWS, &experiment_bytes(experiment)].concat(), &mut |_, row| {
        if let Some((at, Happening::Point(point))) = decode::<(i64, Happening)>(row) {
            points.push_back((at, point));
            if points.len() > MAX_SHOWN_POINTS {
                points.pop_front();
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(points.into())
}

/// The buckets of a bandit's batch.
fn split(batch: &trial::Batch) -> Option<Batch> {
    Batch::of_weights(batch.number, batch.weights.iter().map(|(variant, weight)| (variant, *weight)))
}

fn row_key(experiment: &ExperimentKey, order: u64, happening: &Happening) -> Vec<u8> {
    let prefix = if matches!(happening, Happening::Point(_)) { POINT_ROWS } else { NOTE_ROWS };
    [prefix, &experiment_bytes(experiment), &order.to_be_bytes()].concat()
}

fn is_long_ago(since: i64, now: i64) -> bool {
    i128::from(now.saturating_sub(since)) >= MAX_GONE_TIME.as_millis()
}

/// Name and salt, each behind its length: no key is the beginning of another experiment's.
fn experiment_bytes(experiment: &ExperimentKey) -> Vec<u8> {
    let counted = |text: &str| {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        [&length.to_be_bytes(), text.as_bytes()].concat()
    };
    [counted(&experiment.name), counted(&experiment.salt)].concat()
}

/// What [`row_key`] wrote behind the prefix.
fn read_key(bytes: &[u8]) -> Option<(ExperimentKey, u64)> {
    let (experiment, rest) = read_experiment(bytes)?;
    let order: [u8; ORDER_BYTES] = rest.try_into().ok()?;
    Some((experiment, u64::from_be_bytes(order)))
}

/// What [`experiment_bytes`] wrote, and the bytes behind it.
fn read_experiment(bytes: &[u8]) -> Option<(ExperimentKey, &[u8])> {
    let (name, rest) = read_counted(bytes)?;
    let (salt, rest) = read_counted(rest)?;
    Some((ExperimentKey { name, salt }, rest))
}

fn read_counted(bytes: &[u8]) -> Option<(Arc<str>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((Arc::from(std::str::from_utf8(text).ok()?), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_come_back(name in "[a-z_]{1,40}", salt in ".{1,40}", order in any::<u64>()) {
            let experiment = ExperimentKey { name: name.as_str().into(), salt: salt.as_str().into() };
            let happening = Happening::Started { terms: Vec::new() };
            let key = row_key(&experiment, order, &happening);
            prop_assert_eq!(key.strip_prefix(NOTE_ROWS).and_then(read_key), Some((experiment, order)));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read_key(&bytes);
        }
    }
}
