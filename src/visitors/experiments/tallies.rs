//! What is counted in all experiments of a release, kept up to date by the fold.
//!
//! In: what a person brought before a change, and what they bring after it. Out: exact totals, as if everybody were counted anew. Only the
//! experiments that a change may touch are looked at: a message without an event that some metric names costs one look into a map.
//!
//! INVARIANT: the totals of an experiment hold what everybody who is counted ([`Tally::counts`]) brings as they are now.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::tally::{Extent, Tally};
use crate::behaviour::CellId;
use crate::measurement::{Contribution, Measured, MeasuredExperiment, MeasuredMetric, NotCounted, Settled, Totals};
use crate::profile::ExperimentKey;
use crate::visitors::id::VisitorHash;
use crate::visitors::person::Person;
use crate::visitors::signal::Signal;

/// An experiment whose totals contradict visitors more often is counted no more until what it counts is changed, or the server starts again: to
/// count on would end nowhere.
const MAX_CONTRADICTIONS: u32 = 3;

/// What is counted in all experiments.
#[derive(Debug, Default)]
pub(in crate::visitors) struct Tallies {
    pub(in crate::visitors) by_key: BTreeMap<ExperimentKey, Tally>,
    /// The experiments whose metrics name an event, in the order of their keys.
    pub(in crate::visitors) by_event: HashMap<Arc<str>, Vec<ExperimentKey>, RandomState>,
    /// Those whose metrics count visits, which any event may begin.
    pub(in crate::visitors) of_every_event: Vec<ExperimentKey>,
    /// Counts changes of all.
    pub(in crate::visitors) clock: u64,
    pub(in crate::visitors) next_number: u32,
    /// Wakes the thread that counts, whenever a count begins.
    pub(in crate::visitors) counting: Arc<Signal>,
    /// The numbers of those that were given up and that sled still holds, each with the keys of its rows.
    pub(in crate::visitors) given_up: Vec<(u32, Vec<Vec<u8>>)>,
}

/// What may change with a message.
#[derive(Debug, Clone, Copy)]
pub(in crate::visitors) enum Touch<'a> {
    /// Nothing that counts.
    Nothing,
    /// What the metrics of an event count.
    Event(&'a str),
    /// One experiment.
    Experiment(&'a ExperimentKey),
    /// Any experiment.
    Everything,
}

/// Persons who are to be counted.
#[derive(Debug)]
pub(in crate::visitors) struct Wanted {
    /// The smallest root.
    pub(in crate::visitors) from: VisitorHash,
    /// The first root behind them; `None`: they are the last.
    pub(in crate::visitors) end: Option<VisitorHash>,
    /// The experiments that they are counted in, each with the number of its tally.
    pub(in crate::visitors) counted: Vec<(u32, Arc<MeasuredExperiment>)>,
}

/// What one person brings to the experiments that count them.
#[derive(Debug, Default, PartialEq)]
pub(in crate::visitors) struct Brought(Vec<(ExperimentKey, Contribution)>);

impl Brought {
    /// Adds what another person brings.
    pub(in crate::visitors) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Tallies {
    /// Counts under another release from now on, or for the first time. What is counted just so already goes on; cells in `unfilled`
    /// lack something; `is_fresh`: nobody is known yet.
    pub(in crate::visitors) fn follow(
        &mut self,
        measured: &Measured,
        settled: impl Fn(&ExperimentKey) -> Settled,
        unfilled: &BTreeSet<CellId>,
        is_fresh: bool,
    ) {
        let mut former = std::mem::take(&mut self.by_key);
        for experiment in measured.iter() {
            let known = former.remove(&experiment.key);
            let experiment = as_settled(experiment, &settled(&experiment.key));
            let lacks = lacks(&experiment, unfilled);
            let tally = match known {
                Some(known)
                    if known.experiment.fingerprint == experiment.fingerprint
                        && !lacks
                        && known.extent != Extent::Filling =>
                {
                    Tally { experiment, ..known }
                }
                known => {
                    known.into_iter().for_each(|known| self.give_up(known));
                    self.begin(experiment, if is_fresh { Extent::Whole } else { beginning(lacks) })
                }
            };
            self.by_key.insert(tally.experiment.key.clone(), tally);
        }
        former.into_values().for_each(|gone| self.give_up(gone));
        self.by_event.clear();
        self.of_every_event.clear();
        for (key, tally) in &self.by_key {
            let metrics = &tally.experiment.metrics;
            if metrics.iter().any(MeasuredMetric::is_touched_by_any_event) {
                self.of_every_event.push(key.clone());
                continue;
            }
            let events: BTreeSet<_> = metrics.iter().flat_map(|metric| metric.events()).cloned().collect();
            for event in events {
                self.by_event.entry(event).or_default().push(key.clone());
            }
        }
    }

    /// The cells are filled: whoever waited for them begins to count.
    pub(in crate::visitors) fn were_filled(&mut self) {
        self.clock += 1;
        self.counting.wake();
        for tally in self.by_key.values_mut().filter(|tally| tally.extent == Extent::Filling) {
            (tally.extent, tally.changed) = (Extent::BEGINNING, self.clock);
        }
    }

    /// Takes what the journal settles of an experiment just now: where that changes what is counted, its count begins anew.
    pub(in crate::visitors) fn settle(&mut self, key: &ExperimentKey, settled: &Settled) {
        let Some(known) = self.by_key.get_mut(key) else { return };
        let experiment = as_settled(&known.experiment, settled);
        let is_same = experiment.fingerprint == known.experiment.fingerprint;
        // Whoever counts may have read the splits of before, and visitors of after.
        let is_read = matches!(known.extent, Extent::Counting { .. }) && experiment.splits != known.experiment.splits;
        if is_same && !is_read {
            known.experiment = experiment;
        } else {
            self.begin_anew(experiment);
        }
    }

    /// Empties those that are whole, for everybody to be added again.
    pub(in crate::visitors) fn empty(&mut self) {
        let whole = self.by_key.values().filter(|tally| tally.extent == Extent::Whole);
        let whole: Vec<_> = whole.map(|tally| Arc::clone(&tally.experiment)).collect();
        for experiment in whole {
            let key = experiment.key.clone();
            self.begin_anew(experiment);
            self.by_key.get_mut(&key).into_iter().for_each(|tally| tally.extent = Extent::Whole);
        }
    }

    /// Begins the count of an experiment that is known anew.
    fn begin_anew(&mut self, experiment: Arc<MeasuredExperiment>) {
        let Some(known) = self.by_key.remove(&experiment.key) else { return };
        let extent = if known.extent == Extent::Filling { Extent::Filling } else { Extent::BEGINNING };
        let contradictions = known.contradictions;
        self.give_up(known);
        let tally = Tally { contradictions, ..self.begin(experiment, extent) };
        self.by_key.insert(tally.experiment.key.clone(), tally);
    }

    fn begin(&mut self, experiment: Arc<MeasuredExperiment>, extent: Extent) -> Tally {
        self.clock += 1;
        self.next_number += 1;
        self.counting.wake();
        Tally { changed: self.clock, ..Tally::new(self.next_number, experiment, extent) }
    }

    fn give_up(&mut self, mut tally: Tally) {
        if tally.saved.is_some() {
            // Rows that sled holds and the totals no longer have are among the changed ones.
            let changed = tally.totals.take_changed();
            let rows = changed.into_iter().chain(tally.totals.numbers()).map(|number| number.row().key);
            self.given_up.push((tally.number, rows.collect()));
        }
    }

    /// What a person brings to the experiments that count them, as far as it may change.
    pub(in crate::visitors) fn brought(&self, person: &Person, touch: Touch<'_>) -> Brought {
        let Some(root) = person.root() else { return Brought::default() };
        if person.exposures.is_empty() || !is_counted(person) {
            return Brought::default();
        }
        let bring = |key: &ExperimentKey| {
            let tally = self.by_key.get(key).filter(|tally| tally.counts(root))?;
            let (exposed, memory) = (&person.exposures, &person.memory);
            let brought = match touch {
                Touch::Event(name) => tally.experiment.touched(exposed, memory, name)?,
                _ => tally.experiment.contribution(exposed, memory)?,
            };
            Some((key.clone(), brought))
        };
        Brought(match touch {
            Touch::Nothing => Vec::new(),
            Touch::Event(name) => {
                self.by_event.get(name).into_iter().flatten().chain(&self.of_every_event).filter_map(bring).collect()
            }
            Touch::Experiment(key) => bring(key).into_iter().collect(),
            Touch::Everything => self.met_by(person).into_iter().filter_map(bring).collect(),
        })
    }

    /// The experiments that a person may have met, each once.
    fn met_by<'a>(&'a self, person: &'a Person) -> BTreeSet<&'a ExperimentKey> {
        let decided = person.exposures.all_decided().map(|(key, _)| key);
        let named = |name: &Arc<str>| {
            let first = ExperimentKey { name: Arc::clone(name), salt: "".into() };
            // A release has one of a name.
            self.by_key.range(first..).next().map(|(key, _)| key).filter(|key| key.name == *name)
        };
        let told = person.exposures.all_told().flat_map(|(sighting, _)| sighting.names()).filter_map(named);
        decided.chain(told).collect()
    }

    /// Takes out what was brought before a change, and adds what is brought after it.
    pub(in crate::visitors) fn exchange(&mut self, before: Brought, mut after: Brought) {
        for (key, was) in before.0 {
            // Each once: of two persons who are joined one is taken out, and the other becomes the joined one.
            let Some(place) = after.0.iter().position(|(of, _)| *of == key) else {
                self.change(&key, |totals| totals.subtract(&was));
                continue;
            };
            let (_, is) = after.0.swap_remove(place);
            if is != was {
                self.change(&key, |totals| totals.exchange(&was, &is));
            }
        }
        for (key, is) in &after.0 {
            self.change(key, |totals| totals.add(is));
        }
    }

    /// Adds somebody who is counted nowhere yet.
    pub(in crate::visitors) fn add(&mut self, person: &Person) {
        let brought = self.brought(person, Touch::Everything);
        self.exchange(Brought::default(), brought);
    }

    pub(in crate::visitors) fn change(
        &mut self,
        key: &ExperimentKey,
        change: impl FnOnce(&mut Totals) -> Result<(), NotCounted>,
    ) {
        let Some(tally) = self.by_key.get_mut(key) else { return };
        self.clock += 1;
        tally.changed = self.clock;
        if change(&mut tally.totals).is_err() {
            tally.contradictions += 1;
            let (experiment, times) = (Arc::clone(&tally.experiment), tally.contradictions);
            if times > MAX_CONTRADICTIONS {
                tracing::error!(experiment = %key.name, times, "the totals contradict a visitor again; nobody is counted");
            } else {
                tracing::error!(experiment = %key.name, times, "the totals contradict a visitor; everybody is counted anew");
            }
            self.begin_anew(experiment);
        }
    }

    /// The smallest root from which on somebody is not counted, and the experiments that go on from there; up to the root from which on
    /// others do.
    pub(in crate::visitors) fn next_stretch(&self) -> Option<Wanted> {
        let until = |tally: &Tally| match tally.extent {
            Extent::Counting { until } if tally.contradictions <= MAX_CONTRADICTIONS => Some(until),
            _ => None,
        };
        let from = self.by_key.values().filter_map(until).min()?;
        let end = self.by_key.values().filter_map(until).filter(|until| *until > from).min();
        let counted = self.by_key.values().filter(|tally| until(tally) == Some(from));
        let counted = counted.map(|tally| (tally.number, Arc::clone(&tally.experiment)));
        Some(Wanted { from, end, counted: counted.collect() })
    }
}

/// Crawlers and the operator's own people count in no experiment.
pub(in crate::visitors) fn is_counted(person: &Person) -> bool {
    !person.is_bot && !person.is_internal
}

/// An experiment with what the journal settles of it.
pub(in crate::visitors) fn as_settled(
    experiment: &Arc<MeasuredExperiment>,
    settled: &Settled,
) -> Arc<MeasuredExperiment> {
    let is_plain = settled.caps.is_empty() && experiment.splits == settled.splits;
    if is_plain { Arc::clone(experiment) } else { Arc::new(experiment.as_settled(settled)) }
}

fn lacks(experiment: &MeasuredExperiment, unfilled: &BTreeSet<CellId>) -> bool {
    experiment.metrics.iter().any(|metric| {
        unfilled.contains(&metric.cell) || metric.below.as_ref().is_some_and(|below| unfilled.contains(below))
    })
}

fn beginning(lacks: bool) -> Extent {
    if lacks { Extent::Filling } else { Extent::BEGINNING }
}
