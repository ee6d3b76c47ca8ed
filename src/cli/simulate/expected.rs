//! What definitions promise: shares of all ids, computed from their ranges alone.

use std::collections::BTreeMap;

use crate::experiment::{Experiment, Holdout, Split, Status};

use super::tally::Simulated;

impl Simulated<'_> {
    /// The share of all ids that an experiment should enrol.
    pub(super) fn enrolled_share(&self, experiment: &Experiment) -> f64 {
        match self.enrols(experiment) {
            true => experiment.enrolled().share().to_f64() * kept_share(&experiment.holdouts),
            false => 0.0,
        }
    }

    /// The share of all ids that should be in both of two experiments: where their ranges meet in one layer, what
    /// independence gives elsewhere.
    pub(super) fn both_share(&self, first: &Experiment, second: &Experiment) -> f64 {
        if !self.enrols(first) || !self.enrols(second) {
            return 0.0;
        }
        let (one, other) = (first.enrolled(), second.enrolled());
        let placed = if same_layer(first, second).is_some() {
            one.common(other).share().to_f64()
        } else {
            one.share().to_f64() * other.share().to_f64()
        };
        placed * kept_share(first.holdouts.iter().chain(&second.holdouts))
    }

    /// Whether an experiment deals variants at all.
    fn enrols(&self, experiment: &Experiment) -> bool {
        let schedule = experiment.schedule;
        let is_time = schedule.not_before(self.now).is_none() && schedule.over_since(self.now).is_none();
        experiment.split != Split::External && experiment.status == Status::Running && is_time
    }
}

/// The layer that two experiments share.
pub(super) fn same_layer<'e>(first: &'e Experiment, second: &Experiment) -> Option<&'e str> {
    let (one, other) = (first.layer.as_ref()?, second.layer.as_ref()?);
    (one.layer.name == other.layer.name).then_some(&*one.layer.name)
}

/// The share that some holdouts leave. Those of one salt keep out the same ids, others are independent.
fn kept_share<'e>(holdouts: impl IntoIterator<Item = &'e Holdout>) -> f64 {
    let mut widest = BTreeMap::new();
    for holdout in holdouts {
        let share = widest.entry(&holdout.salt).or_insert(holdout.share);
        *share = holdout.share.max(*share);
    }
    widest.values().map(|share| 1.0 - share.to_f64()).product()
}
