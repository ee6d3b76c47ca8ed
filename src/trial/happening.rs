//! What happened to an experiment: facts of the journal, beside what its visitors did.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::analysis::{Code, Data, Plan};
use crate::experiment::Term;
use crate::measurement::CapSource;

/// A point holds no more rows; an experiment with more metrics and variants keeps the first ones.
pub const MAX_POINT_ROWS: usize = 500;

/// One thing that happened to an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Happening {
    /// It runs for the first time, on these terms.
    Started {
        /// What is locked, by topic.
        terms: Vec<Term>,
    },
    /// It goes on with other terms.
    Changed {
        /// All of them, as they are now.
        terms: Vec<Term>,
    },
    /// Somebody stopped it.
    Stopped,
    /// It goes on after somebody stopped it.
    Resumed,
    /// A guardrail's breaker gave everybody the control.
    Tripped(Harm),
    /// A bandit got a new split.
    Weights(Batch),
    /// The result was read at a planned moment.
    Look {
        /// What it found.
        look: Look,
        /// Of a look that decides, what it read: that result stays, whatever comes behind it.
        read: Option<Box<Read>>,
    },
    /// How its metrics stood.
    Point(Point),
    /// The largest value that counts of a metric was found from the values before the experiment.
    Cap {
        /// The metric.
        metric: String,
        /// Of what it was found, see [`crate::measurement::MeasuredMetric::cap_source`].
        source: CapSource,
        /// In its own unit; `None`: there were no values, so nothing is capped.
        value: Option<f64>,
    },
}

/// A guardrail that a treatment made worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Harm {
    /// The guardrail.
    pub metric: String,
    /// The treatment.
    pub variant: String,
    /// For people.
    pub because: String,
}

/// The split of a bandit from one instant on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// From 1 on; before the first batch the variants share alike.
    pub number: u32,
    /// Variant and its share of the enrolled, in `[0, 1]`; they add up to 1.
    pub weights: Vec<(Arc<str>, f64)>,
}

/// What a look read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// By which plan.
    pub plan: Plan,
    /// What was counted of the units whose outcomes were complete; not broken down.
    pub data: Data,
}

/// A planned look, as it was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Which one, from 1 on.
    pub number: u32,
    /// Units of all variants whose outcomes were complete then; no others were read.
    pub units: u64,
    /// The share of the planned units, in (0, 1].
    pub fraction: f64,
    /// What it decided.
    pub decision: Decision,
    /// What it found.
    pub found: Vec<Found>,
}

/// What a look decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict's code.
    pub code: Code,
    /// The variant that it names.
    pub variant: Option<String>,
    /// For people.
    pub text: String,
}

/// What a look found of one metric in one treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The metric.
    pub metric: String,
    /// The treatment.
    pub variant: String,
    /// Whether the statistic was beyond the bound.
    pub crossed: bool,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Option<f64>,
    /// The repeated interval, in the metric's own unit.
    pub lower: Option<f64>,
    /// Its upper end.
    pub upper: Option<f64>,
    /// The repeated p-value, in `[0, 1]`.
    pub p_value: Option<f64>,
    /// As often too high as too low, though it stopped where it looked best; only where it stopped: at a bound or at the end. Of the one look of a
    /// fixed plan it is the plain estimate.
    pub median_unbiased_estimate: Option<f64>,
}

/// How the metrics of an experiment stood at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Units of all variants.
    pub units: u64,
    /// By metric, then by treatment; at most [`MAX_POINT_ROWS`].
    pub rows: Vec<PointRow>,
}

/// One metric in one treatment at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointRow {
    /// The metric.
    pub metric: String,
    /// The treatment.
    pub variant: String,
    /// Units of the treatment.
    pub units: u64,
    /// Treatment less control, in the metric's own unit.
    pub estimate: Option<f64>,
    /// The estimate by the size of the control's level.
    pub relative_lift: Option<f64>,
    /// The anytime interval, in the metric's own unit; `None` while it waits.
    pub lower: Option<f64>,
    /// Its upper end.
    pub upper: Option<f64>,
    /// The anytime interval of the relative lift.
    pub relative_lower: Option<f64>,
    /// Its upper end.
    pub relative_upper: Option<f64>,
    /// The anytime p-value, in `[0, 1]`.
    pub p_value: Option<f64>,
    /// That the treatment is better than the control, in `[0, 1]`.
    pub chance_to_win: Option<f64>,
}

impl Look {
    /// Whether the experiment is over with it: a bound was crossed, or it is the last.
    pub fn decides(&self) -> bool {
        self.fraction >= 1.0 || matches!(self.decision.code, Code::Ship | Code::KeepControl)
    }
}
