//! Who is in which experiment, and in which variant.
//!
//! In: `experiments/*.yaml` (experiments, layers, holdouts, metrics), and the ids of a visitor and of the unit that is
//! assigned. Out: [`Experiments`], and for each of them and each visitor an [`Assignment`] with its exact probability, or
//! why there is none ([`NotEnrolled`]). The function is frozen and versioned: `docs/assignment.md` writes it down so that
//! any language can reproduce it. Who is eligible is said by the rule that shows the experiment, nowhere else.

mod assignment;
mod bandit;
mod breakdowns;
mod bucket;
mod definition;
mod dimensions;
mod experiment_file;
mod experiments_files;
mod layer;
mod layers_file;
mod metric;
mod metrics_file;
mod overlaps;
mod percent;
mod plan;
mod schedule;
mod share;
mod steering;
mod terms;
mod unit;
mod variants_file;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use assignment::{Assigned, Assignment, NotEnrolled};
pub use bandit::{MAX_BATCH, MIN_BATCH};
pub use breakdowns::MAX_BREAKDOWNS;
pub use bucket::{ASSIGNMENT_VERSION, Purpose, bucket};
pub use definition::{Bandit, Experiment, MAX_FORCED, MAX_VARIANTS, MIN_VARIANTS, Metrics, Split, Status, Variant};
pub use dimensions::MAX_DIMENSION_BYTES;
pub use experiment_file::MAX_SALT_BYTES;
pub use layer::{Holdout, Layer, Layers, Placement};
pub use metric::{Cap, Filter, Metric, MetricKind};
pub use metrics_file::MAX_RETENTION_DAY;
pub use percent::{NotAPercentage, parse_percent};
pub use plan::{Plan, Stop};
pub use schedule::Schedule;
pub use share::{Range, Share, ShareError};
pub(crate) use steering::is_even_split;
pub use steering::{Batch, Steering, even_split};
pub use terms::{Term, Terms};
pub use unit::Unit;
pub use variants_file::MAX_WEIGHT;

/// All experiments of a release, with what they share.
#[derive(Debug, Clone, Default)]
pub struct Experiments {
    /// By name.
    pub experiments: BTreeMap<Arc<str>, Experiment>,
    /// By name.
    pub layers: BTreeMap<Arc<str>, Layer>,
    /// By name.
    pub holdouts: BTreeMap<Arc<str>, Holdout>,
    /// By name.
    pub metrics: BTreeMap<Arc<str>, Metric>,
    /// Names of experiments and metrics that are declared and have mistakes, so that whoever uses them is not told that
    /// they do not exist.
    pub faulty: BTreeSet<Arc<str>>,
}

/// More experiments in one release are refused: each is compared with the others of its layer.
pub const MAX_EXPERIMENTS: usize = 2_000;

impl Experiments {
    /// The experiment of this name.
    pub fn get(&self, name: &str) -> Option<&Experiment> {
        self.experiments.get(name)
    }
}
