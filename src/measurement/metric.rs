//! One metric, as far as it says what of a visitor's events counts.

use std::collections::BTreeMap;

use crate::behaviour::{CellId, Memory};
use crate::experiment::Metric;

/// What percentile caps came to, by metric: fixed once from what came before the experiment; `None` = nothing came, so nothing is capped.
pub type Caps = BTreeMap<String, Option<f64>>;

/// One metric of an experiment.
#[derive(Debug, Clone)]
pub struct MeasuredMetric {
    /// As it is defined.
    pub definition: Metric,
    /// What remembers its events.
    pub cell: CellId,
    /// Of a ratio: what remembers the events below the line.
    pub below: Option<CellId>,
    /// The most that counts, where it is known: a percentile is known once it was fixed.
    pub cap: Option<f64>,
}

impl MeasuredMetric {
    /// Whether its cap is a percentile that was not fixed yet.
    pub fn lacks_cap(&self) -> bool {
        false
    }

    /// What a visitor brought in the time before an instant that is as long as the metric's window (28 days without one): of this a percentile
    /// cap is taken, over all visitors who brought anything. `None` = nothing.
    pub fn history(&self, _memory: &Memory, _until: i64) -> Option<f64> {
        None
    }
}
