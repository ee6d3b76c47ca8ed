//! What is counted, as sled keeps it: sizes, and the totals of experiments that are whole.
//!
//! Every batch of sled that holds a person holds this too, as it was at that moment or later. So after a crash no person in sled is newer
//! than what is counted, and a replay counts each entry that came behind `sized`, and no other.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::tallies::{Tallies, as_settled};
use super::tally::{Extent, Tally};
use crate::measurement::{Measured, Settled, Totals, TotalsChange, TotalsRow};
use crate::profile::ExperimentKey;
use crate::store::{Changes, Shelf};
use crate::visitors::Error;
use crate::visitors::entry::{decode, encode};
use crate::visitors::fold::Folding;
use crate::visitors::sizes::Sizes;

/// The row of what is not of an experiment.
pub(in crate::visitors) const COUNTS_KEY: &[u8] = b"Vc";
/// Rows that say which totals sled holds, by number.
pub(in crate::visitors) const TALLY_ROWS: &[u8] = b"Vk";
/// Their rows, by number.
pub(in crate::visitors) const TOTALS_ROWS: &[u8] = b"Vt";

/// What is not of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::visitors) struct Counts {
    pub(in crate::visitors) sizes: Sizes,
    /// The journal entry up to which everything is counted.
    pub(in crate::visitors) sized: u64,
    /// Somebody may be counted who was erased: everybody is counted anew at the next start.
    pub(in crate::visitors) is_wrong: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct TallyRow {
    key: ExperimentKey,
    fingerprint: u64,
}

impl Counts {
    pub(in crate::visitors) fn put(&self, changes: &mut Changes) {
        changes.put(COUNTS_KEY.to_vec(), encode(self));
    }

    /// What sled says, if anything.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(in crate::visitors) fn read(shelf: &Shelf) -> Result<Option<Self>, Error> {
        let read = |row: Vec<u8>| decode(&row).ok_or_else(|| shelf.give_up("the row of what is counted").into());
        shelf.get(COUNTS_KEY)?.map(read).transpose()
    }
}

/// Whether a row holds something that is counted, so that it can be counted anew.
pub(in crate::visitors) fn is_count(key: &[u8]) -> bool {
    [COUNTS_KEY, TALLY_ROWS, TOTALS_ROWS].iter().any(|prefix| key.starts_with(prefix))
}

/// What is counted at one moment, as far as sled does not know it: taken quickly on the fold's thread, and written down on another.
#[derive(Debug)]
pub(in crate::visitors) struct Counted {
    pub(in crate::visitors) counts: Counts,
    totals: UnsavedTotals,
}

/// What sled does not know of totals.
#[derive(Debug, Default)]
pub(in crate::visitors) struct UnsavedTotals {
    /// Rows of totals that were given up.
    gone: Vec<Vec<u8>>,
    /// Rows of totals that sled does not hold yet.
    new: Vec<(Vec<u8>, Vec<u8>)>,
    /// Of each tally, by its number.
    changed: Vec<(u32, Vec<TotalsChange>)>,
}

impl Folding {
    /// What is counted now, for a batch that holds persons as they are now or were before.
    pub(in crate::visitors) fn counted(&mut self) -> Counted {
        let counts = Counts { sizes: self.sizes.clone(), sized: self.position.entry, is_wrong: self.must_recount };
        Counted { counts, totals: self.tallies.take_unsaved() }
    }
}

impl Counted {
    pub(in crate::visitors) fn put(&self, changes: &mut Changes) {
        self.counts.put(changes);
        self.totals.put(changes);
    }
}

impl UnsavedTotals {
    pub(in crate::visitors) fn put(&self, changes: &mut Changes) {
        self.gone.iter().for_each(|key| changes.remove(key.clone()));
        self.new.iter().for_each(|(key, row)| changes.put(key.clone(), row.clone()));
        for (number, changed) in &self.changed {
            for TotalsRow { key, value } in changed.iter().map(TotalsChange::row) {
                let key = totals_key(*number, &key);
                match value {
                    Some(value) => changes.put(key, value),
                    None => changes.remove(key),
                }
            }
        }
    }
}

impl Tallies {
    /// The totals that sled holds, whole as they were when it was told last, of what a release still measures in the same way.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(in crate::visitors) fn read(
        shelf: &Shelf,
        measured: &Measured,
        settled: impl Fn(&ExperimentKey) -> Settled,
    ) -> Result<Self, Error> {
        let mut found: Vec<(u32, TallyRow)> = Vec::new();
        let mut is_damaged = false;
        shelf.each(TALLY_ROWS, &mut |key, row| {
            let number = key.strip_prefix(TALLY_ROWS).and_then(|number| number.try_into().ok()).map(u32::from_be_bytes);
            match number.zip(decode(row)) {
                Some(tally) => found.push(tally),
                None => is_damaged = true,
            }
            ControlFlow::Continue(())
        })?;
        // Later than 0: whoever asks for the first time is told of all.
        let mut tallies = Self { clock: 1, ..Self::default() };
        for (number, TallyRow { key, fingerprint }) in found {
            let prefix = totals_key(number, &[]);
            let mut rows: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
            shelf.each(&prefix, &mut |key, row| {
                rows.extend(key.strip_prefix(&*prefix).map(|key| (key.to_vec(), row.to_vec())));
                ControlFlow::Continue(())
            })?;
            tallies.next_number = tallies.next_number.max(number);
            let experiment = measured.get(&key).map(|experiment| as_settled(experiment, &settled(&key)));
            let Some(experiment) = experiment.filter(|experiment| experiment.fingerprint == fingerprint) else {
                tallies.given_up.push((number, rows.into_iter().map(|(key, _)| key).collect()));
                continue;
            };
            match Totals::read(rows.iter().map(|(key, row)| (&**key, &**row))) {
                Ok(totals) => {
                    let tally = Tally::new(number, experiment, Extent::Whole);
                    tallies.by_key.insert(key, Tally { totals, changed: 1, saved: Some(1), ..tally });
                }
                Err(_) => is_damaged = true,
            }
        }
        if is_damaged { Err(shelf.give_up("a row of the totals of an experiment").into()) } else { Ok(tallies) }
    }

    /// Takes what sled does not know yet of totals that are whole.
    pub(in crate::visitors) fn take_unsaved(&mut self) -> UnsavedTotals {
        let mut unsaved = UnsavedTotals::default();
        for (number, rows) in self.given_up.drain(..) {
            unsaved.gone.push(tally_key(number));
            unsaved.gone.extend(rows.iter().map(|key| totals_key(number, key)));
        }
        for (key, tally) in &mut self.by_key {
            if tally.extent != Extent::Whole || tally.saved == Some(tally.changed) {
                continue;
            }
            let mut numbers = tally.totals.take_changed();
            if tally.saved.is_none() {
                numbers = tally.totals.numbers().collect();
                let row = TallyRow { key: key.clone(), fingerprint: tally.experiment.fingerprint };
                unsaved.new.push((tally_key(tally.number), encode(&row)));
            }
            tally.saved = Some(tally.changed);
            unsaved.changed.push((tally.number, numbers));
        }
        unsaved
    }
}

fn tally_key(number: u32) -> Vec<u8> {
    [TALLY_ROWS, &number.to_be_bytes()].concat()
}

fn totals_key(number: u32, key: &[u8]) -> Vec<u8> {
    [TOTALS_ROWS, &number.to_be_bytes(), key].concat()
}
