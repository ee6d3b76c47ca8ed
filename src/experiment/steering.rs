//! What live results do to assignments: breakers that tripped, and the batches of bandits.
//!
//! In: what was noted of experiments that run. Out: what [`super::Experiment::assign`] takes beside the definition. Each is of an
//! experiment under one salt: under another salt it begins anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Experiment, Purpose, Range, Share, Variant, bucket};
use crate::behaviour::fingerprint;
use crate::profile::ExperimentKey;

/// What steers the assignments of all experiments; nothing by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steering(BTreeMap<ExperimentKey, Steered>);

/// What steers one experiment.
#[derive(Debug, Clone, Default, PartialEq)]
struct Steered {
    is_tripped: bool,
    batch: Option<Batch>,
}

/// The split of a bandit for some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// From 1, below those of [`even_split`].
    pub number: u32,
    /// The buckets of each variant, by its name: together all buckets, one range after the other.
    ranges: Vec<(Arc<str>, Range)>,
}

impl Steering {
    /// Has a breaker send everybody back to the control.
    pub fn trip(&mut self, experiment: &ExperimentKey) {
        self.0.entry(experiment.clone()).or_default().is_tripped = true;
    }

    /// Gives a bandit its current batch.
    pub fn set_batch(&mut self, experiment: &ExperimentKey, batch: Batch) {
        self.0.entry(experiment.clone()).or_default().batch = Some(batch);
    }

    /// Whether a breaker tripped, for an experiment as it is defined now.
    pub fn is_tripped(&self, experiment: &Experiment) -> bool {
        self.steered(experiment).is_some_and(|steered| steered.is_tripped)
    }

    /// The current batch of a bandit; `None` before the first, and where the batch is not of the variants as they are defined now: then their
    /// weights are equal. And the number of that split: see [`even_split`].
    pub fn batch(&self, experiment: &Experiment) -> (Option<&Batch>, u32) {
        let last = self.steered(experiment).and_then(|steered| steered.batch.as_ref());
        match last.filter(|batch| batch.is_of(experiment)) {
            Some(batch) => (Some(batch), batch.number),
            None => (None, even_split(last.map_or(0, |last| last.number), experiment)),
        }
    }

    fn steered(&self, experiment: &Experiment) -> Option<&Steered> {
        // Nothing steers most experiments: decisions make no key then.
        if self.0.is_empty() { None } else { self.0.get(&experiment.key()) }
    }
}

/// From here on numbers are of splits in which all share alike.
const EVEN: u32 = 1 << 31;

/// The number of the time in which all variants of a bandit share alike, behind its last batch (0 = there was none): of no batch, and another one
/// after each batch and with other variants, so that only visitors who could have got the same variants are compared.
pub fn even_split(after: u32, experiment: &Experiment) -> u32 {
    let mut text = after.to_string();
    for variant in &experiment.variants {
        text.push('\n');
        text.push_str(&variant.name);
    }
    #[expect(clippy::cast_possible_truncation, reason = "any of its bits will do")]
    let number = fingerprint(text.as_bytes()) as u32;
    number | EVEN
}

/// Whether a number is one of [`even_split`].
pub(crate) fn is_even_split(number: u32) -> bool {
    number >= EVEN
}

impl Batch {
    /// Parts of a weight that are told apart: finer ones no visitor would notice, and any sum of them is exact.
    const PARTS: f64 = (1_u64 << 32) as f64;

    /// The split of these weights, each by the name of its variant, in the order of the definition.
    ///
    /// Weights are in `[0, 1]` and count against each other; they are rounded to multiples of 2^-32, so that the ranges are exact on
    /// every machine. A weight that is no such number counts as 0.
    ///
    /// `None` without a weight above 0.
    pub fn of_weights<'w>(number: u32, weights: impl IntoIterator<Item = (&'w Arc<str>, f64)>) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 2^32; NaN becomes 0"
        )]
        let parts = |weight: f64| (weight.clamp(0.0, 1.0) * Self::PARTS).round() as u64;
        let weights: Vec<(&Arc<str>, u64)> =
            weights.into_iter().map(|(variant, weight)| (variant, parts(weight))).collect();
        let total = weights.iter().map(|(_, parts)| parts).sum();
        if total == 0 {
            return None;
        }
        let mut end = 0;
        let ranges = weights.into_iter().map(|(variant, parts)| {
            let start = Share::of_weights(end, total);
            end += parts;
            (Arc::clone(variant), Range { start, end: Share::of_weights(end, total) })
        });
        Some(Self { number, ranges: ranges.collect() })
    }

    /// Whether it splits just the variants of a definition.
    pub fn is_of(&self, experiment: &Experiment) -> bool {
        let is_split = |variant: &Variant| self.range(&variant.name).is_some();
        self.ranges.len() == experiment.variants.len() && experiment.variants.iter().all(is_split)
    }

    /// The variant that it gives a unit of an experiment, whatever its traffic; `None` where it gives everybody another.
    pub fn variant(&self, experiment: &Experiment, unit: &str) -> Option<&Arc<str>> {
        let place = bucket(Purpose::Variant, &experiment.salt, unit);
        self.ranges.iter().find(|(_, range)| range.holds(place)).map(|(variant, _)| variant)
    }

    /// The buckets of a variant.
    pub fn range(&self, variant: &str) -> Option<Range> {
        self.ranges.iter().find(|(name, _)| **name == *variant).map(|(_, range)| *range)
    }
}
