//! The watch over experiments: what is due with them happens, without anybody asking.
//!
//! A thread of its own looks every 200 ms at the experiments of which anything was counted since, and at those whose hour has come. What is due
//! is a pure function ([`Watched::due`]); it goes to the journal as an entry of its own, and happens when it is folded. So it happens
//! once, and again in the same way when sled is made anew. A breaker that trips is known to every decision from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::capping::Busy;
use super::tally::Stage;
use super::totals::{ChangedTotals, LiveTotals};
use crate::experiment::{Status, Terms};
use crate::profile::ExperimentKey;
use crate::release::Release;
use crate::trial::{Asked, Happening, Settling, Watched, due_terms, is_due_by_clock};
use crate::visitors::entry::Entry;
use crate::visitors::submit::Attachment;
use crate::visitors::{Core, Error};

/// Between two looks.
pub const WATCH_TIME: Duration = Duration::from_millis(200);

/// No more is handed to the journal at once.
const MAX_NOTES: usize = 500;

/// Of the points that are due, so many are taken at one look: no breaker has to wait for more.
const MAX_POINTS: usize = 20;

/// What a look needs of the former one.
#[derive(Default)]
struct Memory {
    /// Of the course whose terms these are.
    epoch: Option<u64>,
    terms: BTreeMap<ExperimentKey, Terms>,
    /// Of the totals that were looked at.
    clock: u64,
    /// Experiments that must be looked at again, though nothing changes.
    again: BTreeSet<ExperimentKey>,
    /// Of experiments with planned looks, the last day of which everything was known when they were looked at.
    ripe: BTreeMap<ExperimentKey, i64>,
    /// Of experiments with planned looks, how the one waits that is due.
    settling: BTreeMap<ExperimentKey, Settling>,
    capping: Busy,
    /// Experiments under this course whose data do not fit their plan: they are looked at again when something is counted.
    failed: BTreeSet<ExperimentKey>,
}

/// Something that happens to an experiment now.
pub(in crate::visitors) struct Note {
    pub(in crate::visitors) experiment: ExperimentKey,
    pub(in crate::visitors) what: Happening,
}

impl Core {
    /// The thread's work, until the end.
    pub(in crate::visitors) fn watch_on(self: &Arc<Self>) {
        let mut memory = Memory::default();
        while self.ending.wait_at_most(WATCH_TIME) {
            let Err(error) = self.watch(&mut memory, Timestamp::now()) else { continue };
            // What changed is looked at again.
            memory.clock = 0;
            if !error.is_passing() {
                tracing::error!(cause = %error, "experiments could not be watched; trying again");
            }
        }
    }

    /// One look at all experiments.
    fn watch(self: &Arc<Self>, memory: &mut Memory, now: Timestamp) -> Result<(), Error> {
        let course = self.course.load_full();
        let release = &course.release;
        if memory.epoch != Some(course.epoch) {
            memory.terms = terms(release);
            memory.failed.clear();
            let Memory { terms, ripe, settling, .. } = memory;
            ripe.retain(|key, _| terms.contains_key(key));
            settling.retain(|key, _| terms.contains_key(key));
            (memory.epoch, memory.clock) = (Some(course.epoch), 0);
        }
        if memory.terms.is_empty() {
            return Ok(());
        }
        let since = memory.clock;
        let seen = self.committer()?.between(move |_, folding| {
            (folding.course.epoch, folding.changed_totals(since), folding.standings.clone())
        });
        let (epoch, ChangedTotals { clock, totals }, standings) = seen.wait()?;
        if epoch != course.epoch {
            return Ok(());
        }
        memory.clock = clock;
        let mut changed: BTreeMap<ExperimentKey, LiveTotals> =
            totals.into_iter().map(|live| (live.experiment.key.clone(), live)).collect();
        let (mut notes, mut points) = (Vec::new(), 0);
        let again = std::mem::take(&mut memory.again);
        for (key, terms) in &memory.terms {
            let Some(definition) = release.experiments.get(&key.name) else { continue };
            let standing = standings.get(key).cloned().unwrap_or_default();
            let has_units = changed.get(key).is_some_and(LiveTotals::has_units);
            if let Some(what) = due_terms(definition, terms, &standing, has_units, now) {
                notes.push(Note { experiment: key.clone(), what });
                // What it began with is known at the next look.
                memory.again.insert(key.clone());
                continue;
            }
            // With each day more is known of those who came before, though nothing is counted.
            let ripe = release.measured.get(key).and_then(|measured| measured.ripe_day(now));
            let is_riper = ripe.is_some() && ripe != memory.ripe.get(key).copied() && standing.read.is_none();
            let settling = memory.settling.entry(key.clone()).or_default();
            let live = changed.remove(key);
            let (has_changed, live) = match live {
                Some(live) => (true, Some(live)),
                None if memory.failed.contains(key) => continue,
                None if again.contains(key) => (true, self.totals(key)?),
                None if is_riper || settling.is_over(self.look_quiet, now) => (false, self.totals(key)?),
                None if points < MAX_POINTS && is_due_by_clock(definition, &standing, now) => {
                    (false, self.totals(key)?)
                }
                None => continue,
            };
            let Some(live) = live.filter(|live| live.stage == Stage::Whole) else { continue };
            let watched = Watched {
                definition,
                measured: &live.experiment,
                standing: &standing,
                totals: &live.totals,
                is_recounting: false,
            };
            let caps = watched.lacking_caps();
            if let Some(started) = standing.started.filter(|_| !caps.is_empty()) {
                // Until they are known; then it is counted anew, and so looked at again.
                self.fix_caps(key, started, caps, &memory.capping)?;
                memory.again.insert(key.clone());
                continue;
            }
            let has_settled = settling.has_settled(&watched, self.look_quiet, now);
            match watched.due(Asked { has_changed, may_take_point: points < MAX_POINTS, has_settled }, now) {
                Ok(due) => {
                    memory.failed.remove(key);
                    memory.ripe.extend(ripe.map(|day| (key.clone(), day)));
                    points += due.iter().filter(|what| matches!(what, Happening::Point(_))).count();
                    notes.extend(due.into_iter().map(|what| Note { experiment: key.clone(), what }));
                }
                // Once, not at each look.
                Err(error) if memory.failed.insert(key.clone()) => {
                    tracing::error!(experiment = %key.name, cause = %error, "what was counted does not fit the plan");
                }
                Err(_) => {}
            }
        }
        self.keep_notes(memory, notes, now)
    }

    /// Hands what happens to the journal, and waits until it is known.
    fn keep_notes(&self, memory: &mut Memory, notes: Vec<Note>, now: Timestamp) -> Result<(), Error> {
        let mut failed = None;
        for notes in notes.chunks(MAX_NOTES) {
            if let Err(error) = self.keep(notes, now) {
                memory.again.extend(notes.iter().map(|note| note.experiment.clone()));
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    pub(in crate::visitors) fn keep(&self, notes: &[Note], now: Timestamp) -> Result<(), Error> {
        let entry = |note: &Note| {
            let Note { experiment, what } = note;
            Entry::Note { experiment: experiment.clone(), at: now.as_millisecond(), what: what.clone() }.encode()
        };
        let entries = notes.iter().map(entry).collect();
        self.committer()?.submit(entries, Attachment::default())?.wait()?;
        for Note { experiment, what } in notes {
            if let Happening::Tripped(harm) = what {
                tracing::warn!(
                    experiment = %experiment.name, metric = harm.metric, variant = harm.variant, because = harm.because,
                    "a guardrail's breaker tripped: everybody gets the control"
                );
            }
        }
        Ok(())
    }
}

/// The terms of everything that a release measures and that is no draft.
fn terms(release: &Release) -> BTreeMap<ExperimentKey, Terms> {
    let experiments = &release.experiments;
    let measured = experiments.experiments.values().filter(|experiment| experiment.status != Status::Draft);
    let terms = measured.map(|experiment| (experiment.key(), Terms::of(experiment, &experiments.metrics)));
    let is_measured =
        |key: &ExperimentKey| release.measured.get(key).is_some_and(|measured| !measured.metrics.is_empty());
    terms.filter(|(key, _)| is_measured(key)).collect()
}
