//! What one visitor brings to one experiment.

use std::sync::Arc;

use crate::statistics::Observation;

/// What one visitor brings to one experiment: a function of how they met it and of what is remembered of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The place of their variant; `None` = the experiment has none of that name (any more), and they count nowhere else.
    pub variant: Option<usize>,
    /// The day of the first exposure in UTC, in days since 1970.
    pub day: i64,
    /// Of a bandit, the batch in which they were assigned.
    pub batch: Option<u32>,
    /// What was known of them at the exposure: one text for each breakdown, in their order.
    pub values: Vec<Arc<str>>,
    /// By metric.
    pub outcomes: Vec<Outcome>,
    /// Whether they were seen in several variants; the first counts.
    pub is_mixed: bool,
    /// Whether they were seen in a variant that the assignment function would not have given.
    pub is_unexpected: bool,
    /// Whether more events came than are remembered, so that later ones are not counted.
    pub is_truncated: bool,
    /// Whether anything that counts came after the instant of the exposure.
    pub accumulates: bool,
}

/// What one visitor brings to one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To sums.
    Observed(Observation),
    /// To a quantile: every value, in order of time.
    Events(Vec<f64>),
}
