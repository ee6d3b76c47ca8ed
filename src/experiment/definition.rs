//! An experiment as its team defines it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::{Holdout, Placement, Plan, Range, Schedule, Share, Unit};
use crate::content::{Place, Shown};
use crate::profile::ExperimentKey;

/// A comparison needs two.
pub const MIN_VARIANTS: usize = 2;

/// More variants are refused: no site has the traffic to tell them apart.
pub const MAX_VARIANTS: usize = 20;

/// More forced ids in one experiment are refused: they are testers, not traffic.
pub const MAX_FORCED: usize = 1_000;

/// A comparison of variants.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Lower snake case, as rules write it.
    pub name: Arc<str>,
    /// What its team expects.
    pub hypothesis: Option<Arc<str>>,
    /// Whom to ask.
    pub owner: Option<Arc<str>>,
    /// How far it is.
    pub status: Status,
    /// When it enrols while it is running.
    pub schedule: Schedule,
    /// Makes its buckets its own; the name unless set.
    pub salt: Arc<str>,
    /// What is assigned.
    pub unit: Unit,
    /// Its range of a layer, if it is in one.
    pub layer: Option<Placement>,
    /// The first part of its range (or of everybody) that is enrolled.
    pub traffic: Share,
    /// In file order; their ranges cover all buckets, one after the other.
    pub variants: Vec<Variant>,
    /// Testers by visitor id, with the index of the variant that each of them sees; not counted.
    pub forced: BTreeMap<Arc<str>, usize>,
    /// Who makes the split.
    pub split: Split,
    /// How its weights follow what was measured; `None` unless the split is [`Split::Bandit`].
    pub bandit: Option<Bandit>,
    /// The holdouts that keep visitors out of it, in name order.
    pub holdouts: Vec<Holdout>,
    /// What is measured.
    pub metrics: Metrics,
    /// What is settled before it starts.
    pub plan: Plan,
    /// By what its results are broken down; each one attribute, fact or segment, or a pair of them.
    pub breakdowns: Vec<Vec<Arc<str>>>,
    /// Those of them that are no attribute or fact, and so have to be segments, each where it stands.
    pub segments: Vec<(Arc<str>, Place)>,
    /// Whether a guardrail that shows harm sends everybody back to the control.
    pub has_breaker: bool,
    /// Where its name stands.
    pub place: Place,
}

/// One arm of an experiment.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Lower snake case.
    pub name: Arc<str>,
    /// Its part of the enrolled, in millionths of the weight as written; 0 = nobody.
    pub weight: u64,
    /// What it shows.
    pub shown: Shown,
    /// The buckets that are its own.
    pub range: Range,
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Being written: nobody but its testers sees it.
    #[default]
    Draft,
    /// Enrols, within its schedule.
    Running,
    /// Shows nothing for now.
    Paused,
    /// Over.
    Stopped {
        /// The index of the variant that everybody gets, if there is one.
        winner: Option<usize>,
    },
}

/// Who makes the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Split {
    /// The assignment function.
    #[default]
    Hash,
    /// Somebody else: exposures arrive as events that name the variant.
    External,
    /// The assignment function, with the weights of the current batch.
    Bandit,
}

/// How weights follow what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bandit {
    /// How long weights stand; see [`MAX_BATCH`](super::MAX_BATCH).
    pub batch: SignedDuration,
    /// No variant gets less of the enrolled; at most one by the number of variants.
    pub floor: Share,
}

/// What is measured, by the names of metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// What decides.
    pub primary: Option<Arc<str>>,
    /// What is looked at too.
    pub secondary: Vec<Arc<str>>,
    /// What must not get worse.
    pub guardrails: Vec<Arc<str>>,
}

impl Metrics {
    /// All of them: the primary one, secondary ones, guardrails.
    pub fn all(&self) -> impl Iterator<Item = &Arc<str>> {
        self.primary.iter().chain(&self.secondary).chain(&self.guardrails)
    }
}

impl Variant {
    /// Weights are kept in millionths.
    const WEIGHT_DIGITS: u32 = 6;

    /// The weight as its author wrote it.
    pub fn weight_as_written(&self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.weight), Self::WEIGHT_DIGITS).normalize()
    }
}

impl Split {
    /// The word that definitions write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::External => "external",
            Self::Bandit => "bandit",
        }
    }
}

impl Status {
    /// The word that definitions write.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped { .. } => "stopped",
        }
    }
}

/// What the others are compared with: the variant called `control`, else the first.
pub(super) fn control(variants: &[Variant]) -> Option<&Variant> {
    variants.iter().find(|variant| &*variant.name == "control").or_else(|| variants.first())
}

impl Experiment {
    /// Its name and salt: what visitors keep of it holds as long as both stand.
    pub fn key(&self) -> ExperimentKey {
        ExperimentKey { name: Arc::clone(&self.name), salt: Arc::clone(&self.salt) }
    }

    /// The variant of this name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| &*variant.name == name)
    }

    /// What the others are compared with: the variant called `control`, else the first. There are at least two.
    pub fn control(&self) -> Option<&Variant> {
        control(&self.variants)
    }

    /// The buckets whose units are enrolled: of its layer if it is in one, else of its own traffic.
    pub fn enrolled(&self) -> Range {
        self.layer.as_ref().map_or(Range::ALL, |placement| placement.range).first(self.traffic)
    }

    /// The content items that its variants show.
    pub fn contents(&self) -> impl Iterator<Item = &Arc<str>> {
        self.variants.iter().flat_map(|variant| variant.shown.contents())
    }
}
