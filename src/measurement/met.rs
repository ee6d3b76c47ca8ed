//! How a visitor met one experiment, as a release sees it.
//!
//! In: the facts of the visitor, the definition, and what the journal says of its splits. Out: which variant counts from when on, and what is
//! to be said of it. Pure, so that the same journal comes to the same under whatever releases it was folded before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Caps, Exposures, MeasuredExperiment, Sighting, ToldAt};
use crate::experiment::{Batch, Experiments, Split, Steering, even_split};
use crate::profile::{ExperimentKey, ExposedTo};

/// How a visitor met one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Met<'a> {
    /// When they were first shown a variant, in milliseconds since 1970.
    pub at: i64,
    /// Which one: its name.
    pub variant: &'a Arc<str>,
    /// What was known of them then, by the names of breakdowns.
    pub dimensions: &'a BTreeMap<Arc<str>, Arc<str>>,
    /// Of a bandit, the split that dealt it; `None` where none is known that would have.
    pub batch: Option<u32>,
    /// Whether an event tells of it: when they were dealt the variant is not known.
    pub is_told: bool,
    /// Whether they were shown several variants.
    pub is_mixed: bool,
    /// Whether an event named a variant that the assignment function would not have given.
    pub is_unexpected: bool,
}

/// A split of a bandit that held from some instant on.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldSplit {
    /// The number of its entry in the journal.
    pub order: u64,
    /// From when on, in milliseconds since 1970.
    pub at: i64,
    /// The split.
    pub batch: Batch,
}

/// An experiment began to enrol nobody more, or enrols again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The number of its entry in the journal.
    pub order: u64,
    /// From when on, in milliseconds since 1970.
    pub at: i64,
    /// Whether it enrols from then on.
    pub enrols: bool,
}

/// What the journal says of an experiment's splits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Splits {
    /// When it was stopped, by somebody or by its breaker, and when it went on, in the order of the journal.
    pub turns: Vec<Turn>,
    /// Of a bandit, in the order of the journal.
    pub batches: Vec<HeldSplit>,
    /// Since when the assignment function is as it is now, in milliseconds since 1970: what was told of the time before cannot be judged by it.
    pub dealt_since: Option<i64>,
}

/// What the journal settles of how an experiment is counted, beside its definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settled {
    /// What percentile caps came to.
    pub caps: Caps,
    /// Its splits.
    pub splits: Splits,
}

/// One fact, as far as it says which is the first.
struct Shown<'a> {
    at: i64,
    id: &'a str,
    variant: &'a Arc<str>,
    dimensions: &'a BTreeMap<Arc<str>, Arc<str>>,
    by: By<'a>,
}

#[derive(Clone, Copy)]
enum By<'a> {
    Decision(u32),
    Event(&'a ToldAt),
}

impl MeasuredExperiment {
    /// How a visitor met it; `None` = they did not.
    pub fn met<'a>(&'a self, exposures: &'a Exposures) -> Option<Met<'a>> {
        let decided = exposures.decided(&self.key).iter().map(|exposure| Shown {
            at: exposure.at,
            id: &exposure.id,
            variant: &exposure.variant,
            dimensions: &exposure.dimensions,
            by: By::Decision(exposure.batch),
        });
        let told = exposures.all_told().filter(|(sighting, _)| sighting.is_of(&self.definition));
        let told = told.filter(|(_, told)| self.enrolled_at(told)).map(|(sighting, told)| self.shown(sighting, told));
        let is_in_time = |shown: &Shown<'_>| self.until.is_none_or(|until| shown.at < until.as_millisecond());
        let mut shown: Vec<Shown<'_>> = decided.chain(told).filter(is_in_time).collect();
        // A decision comes before what an event tells of the same instant.
        shown.sort_by_key(|shown| (shown.at, matches!(shown.by, By::Event(_)), shown.id, shown.variant));
        let first = shown.first()?;
        // Who was shown a variant keeps it: of each the first time says whether it was to be expected.
        let mut variants = BTreeSet::new();
        let mut is_unexpected = false;
        for shown in &shown {
            is_unexpected |= variants.insert(shown.variant) && self.is_unexpected(shown);
        }
        Some(Met {
            at: first.at,
            variant: first.variant,
            dimensions: first.dimensions,
            batch: match first.by {
                _ if !self.is_bandit => None,
                By::Decision(batch) => Some(batch),
                By::Event(told) => self.batch_of(first, told),
            },
            is_told: matches!(first.by, By::Event(_)),
            is_mixed: variants.len() > 1,
            is_unexpected,
        })
    }

    fn shown<'a>(&'a self, sighting: &'a Sighting, told: &'a ToldAt) -> Shown<'a> {
        Shown {
            at: told.at,
            id: &sighting.id,
            variant: sighting.variant_name(&self.definition),
            dimensions: &told.dimensions,
            by: By::Event(told),
        }
    }

    /// Whether it enrolled anybody when an event tells of a variant: of what was told before it was stopped, or is told of the time before, a stop
    /// changes nothing. Of a split that is made elsewhere nothing is known.
    fn enrolled_at(&self, told: &ToldAt) -> bool {
        let turn = self.splits.turns.iter().rev().find(|turn| turn.order < told.order && turn.at <= told.at);
        self.definition.split == Split::External || turn.is_none_or(|turn| turn.enrols)
    }

    /// Whether an event names a variant that the assignment function does not give. A bandit's weights change all the time, and of a split
    /// that was made elsewhere nothing is known; nor of one that held before the present one.
    fn is_unexpected(&self, shown: &Shown<'_>) -> bool {
        let is_judged = matches!(shown.by, By::Event(_))
            && self.definition.split == Split::Hash
            && self.splits.dealt_since.is_none_or(|since| shown.at >= since);
        let is_dealt = || {
            self.definition.deal(shown.id, &Steering::default()).is_ok_and(|dealt| dealt.variant.name == *shown.variant)
        };
        is_judged && !is_dealt()
    }

    /// The split of a bandit that held when an event tells of a variant, if it deals just that one.
    fn batch_of(&self, shown: &Shown<'_>, told: &ToldAt) -> Option<u32> {
        let held = |held: &&HeldSplit| held.order < told.order && held.at <= told.at;
        let last = self.splits.batches.iter().rev().find(held);
        // Where variants were added or taken away since, all share alike until the next batch.
        let is_past = |last: &&HeldSplit| {
            let changed = self.splits.dealt_since.is_some_and(|since| last.at < since && since <= told.at);
            changed && !last.batch.is_of(&self.definition)
        };
        let (variant, number) = match last {
            Some(last) if !is_past(&last) => (last.batch.variant(&self.definition, shown.id)?, last.batch.number),
            _ => {
                let number = last.map_or(0, |last| last.batch.number);
                (&self.definition.even_variant(shown.id)?.name, even_split(number, &self.definition))
            }
        };
        (variant == shown.variant).then_some(number)
    }
}

/// One time at which a visitor was shown a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAt {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The variant's name.
    pub variant: Arc<str>,
    /// Of a decision, with which probability it was assigned.
    pub probability: Option<f64>,
}

impl Exposures {
    /// What a visitor was shown of each experiment, in the order of time.
    pub fn by_experiment(&self, experiments: &Experiments) -> BTreeMap<ExperimentKey, Vec<ShownAt>> {
        let mut shown: BTreeMap<ExperimentKey, Vec<ShownAt>> = BTreeMap::new();
        for (experiment, exposures) in self.all_decided() {
            let decided = exposures.iter().map(|exposure| ShownAt {
                at: exposure.at,
                variant: Arc::clone(&exposure.variant),
                probability: Some(exposure.probability),
            });
            shown.insert(experiment.clone(), decided.collect());
        }
        let mut told: Vec<_> = self.all_told().collect();
        told.sort_by_key(|(sighting, told)| (told.at, &sighting.id, &sighting.variant));
        for (sighting, ToldAt { at, .. }) in told {
            let Some(definition) = sighting.experiment(experiments) else { continue };
            let (at, variant) = (*at, Arc::clone(sighting.variant_name(definition)));
            let known = shown.entry(definition.key()).or_default();
            // A decision comes before what an event tells of the same instant.
            let place = known.partition_point(|known| known.at <= at);
            known.insert(place, ShownAt { at, variant, probability: None });
        }
        shown
    }

    /// What a visitor was shown first of each experiment, as decisions take it.
    pub fn exposed_to(&self, experiments: &Experiments) -> Vec<ExposedTo> {
        let exposed = |(experiment, shown): (ExperimentKey, Vec<ShownAt>)| {
            let ShownAt { variant, probability, .. } = shown.into_iter().next()?;
            Some(ExposedTo { experiment, variant, probability })
        };
        self.by_experiment(experiments).into_iter().filter_map(exposed).collect()
    }
}
