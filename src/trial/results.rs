//! What an experiment's result shows: its scorecard, on which terms it is read, what happened on the way, what is still needed.

use std::sync::Arc;

use serde::Serialize;

use super::Look;
use crate::analysis::{Plan, Scorecard};
use crate::experiment::Term;

/// What an experiment's result shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// Its name.
    pub experiment: Arc<str>,
    /// Its salt: another salt is another experiment.
    pub salt: Arc<str>,
    /// `running`, `paused` or `stopped`.
    pub status: &'static str,
    /// For which instant it was read; RFC 3339.
    pub at: String,
    /// Since when it runs; `null` where it never ran on this server.
    pub started: Option<String>,
    /// The hash of what was settled at the start, hexadecimal.
    pub terms_hash: String,
    /// What is settled, as it is now.
    pub terms: Vec<Term>,
    /// What was changed after the start, oldest first.
    pub deviations: Vec<Changed>,
    /// Deviations beyond those that are kept one by one.
    pub more_deviations: u64,
    /// Whether a guardrail's breaker gave everybody the control, and why.
    pub breaker: Option<TrippedAt>,
    /// Of a bandit, the current split.
    pub batch: Option<BatchSince>,
    /// Largest values that count, where they were found from the values before the experiment.
    pub caps: Vec<CapFound>,
    /// Planned looks that were taken.
    pub looks: Vec<LookTaken>,
    /// How far the counting is, if not everybody is counted yet: in words.
    pub counting: Option<String>,
    /// What is still needed, and when it is expected.
    pub outlook: Outlook,
    /// Estimates that are honest after stopping, where it stopped.
    pub after_stopping: Vec<AfterStopping>,
    /// What the scorecard was made with.
    #[serde(skip)]
    pub plan: Plan,
    /// Everything that the plan makes of what was counted.
    #[serde(flatten)]
    pub scorecard: Scorecard,
}

/// Something that was changed after the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// When; RFC 3339.
    pub at: String,
    /// Such as `alpha`.
    pub topic: String,
    /// What was settled; `null`: nothing.
    pub was: Option<String>,
    /// What it was changed to; `null`: it was taken away.
    pub is: Option<String>,
    /// For people.
    pub text: String,
}

/// A breaker that tripped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrippedAt {
    /// When; RFC 3339.
    pub at: String,
    /// The guardrail.
    pub metric: String,
    /// The treatment.
    pub variant: String,
    /// For people.
    pub text: String,
}

/// The split of a bandit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchSince {
    /// Since when; RFC 3339.
    pub since: String,
    /// From 1 on.
    pub number: u32,
    /// Of each variant, its share of the enrolled.
    pub weights: Vec<WeightOf>,
}

/// A variant's share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightOf {
    /// Its name.
    pub variant: String,
    /// Of the enrolled, in `[0, 1]`.
    pub share: f64,
}

/// A cap that was found from the values before the experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapFound {
    /// The metric.
    pub metric: String,
    /// In its own unit; `null`: there were no values, so nothing is capped.
    pub value: Option<f64>,
    /// For people.
    pub text: String,
}

/// A planned look that was taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookTaken {
    /// When; RFC 3339.
    pub at: String,
    /// What it found.
    #[serde(flatten)]
    pub look: Look,
}

/// What is still needed, and when it is expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// Units of all variants that are still needed; `null` where nothing says.
    pub units_needed: Option<u64>,
    /// New units a day lately.
    pub units_a_day: Option<f64>,
    /// When they are expected; RFC 3339.
    pub expected: Option<String>,
    /// For people.
    pub text: String,
}

/// An estimate that is as often too high as too low, though the experiment stopped where it looked best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AfterStopping {
    /// The metric.
    pub metric: String,
    /// The treatment.
    pub variant: String,
    /// Treatment less control, in the metric's own unit.
    pub median_unbiased_estimate: f64,
    /// For people.
    pub text: String,
}
