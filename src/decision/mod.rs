//! What each slot shows this visitor, and why.
//!
//! In: a release, a visitor, a context, now. Out: one [`Decision`] a slot. A pure function: no clock, no I/O, no
//! randomness.

mod decide;
mod enrolment;
mod plain;
mod request;
mod run_case;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use crate::rules::{LeafExplanation, ShowKey};
pub use decide::{MAX_PASSED_OVER, Past, UnknownSlot, decide, decide_from};
pub use request::{MAX_BODY_BYTES, MAX_SLOTS, Request, RequestError, not_json};
pub use run_case::{CaseOutcome, Mismatch, run_case};

use crate::profile::ExperimentKey;
use crate::release::ReleaseId;

/// All decisions of one request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The id that the request gave.
    pub visitor: Arc<str>,
    /// The release that decided.
    pub release: ReleaseId,
    /// One a slot.
    pub decisions: Vec<Decision>,
}

impl Answer {
    /// The shows that count towards a limit: to be recorded when the answer is an exposure.
    pub fn shows(&self) -> impl Iterator<Item = ShowKey> {
        self.decisions.iter().filter_map(|decision| decision.show)
    }

    /// The exposures that are not known yet: to be recorded when the answer is an exposure. An experiment in several slots is there
    /// several times, always with the same variant.
    pub fn exposures(&self) -> impl Iterator<Item = &NewExposure> {
        self.decisions.iter().filter_map(|decision| decision.exposure.as_ref())
    }
}

/// What one slot shows one visitor. All fields are always present in JSON, `null` where they do not apply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// The slot.
    pub slot: Arc<str>,
    /// The content item's name; a list for several; `null` for a literal or nothing.
    pub content: Option<ContentNames>,
    /// The rendered value or literal; a list for several.
    pub value: Option<serde_json::Value>,
    /// Why this and nothing else.
    pub reason: Reason,
    /// `home.rules:6`: the path inside the rules folder and the line of its `if` or `otherwise`.
    pub rule: Option<String>,
    /// The experiment that chose, if any.
    pub experiment: Option<Arc<str>>,
    /// The variant that was assigned, if any.
    pub variant: Option<Arc<str>>,
    /// The layer that the experiment is in, if any.
    pub layer: Option<Arc<str>>,
    /// The exact probability with which an enrolled visitor is assigned this variant, in (0, 1]; `None` for a forced
    /// variant and for a winner, where chance had no part.
    pub assignment_probability: Option<f64>,
    /// The author's reason.
    pub because: Option<Arc<str>>,
    /// The release that decided.
    pub release: ReleaseId,
    /// A show that counts towards the rule's limit, once it is exposed.
    #[serde(skip)]
    pub show: Option<ShowKey>,
    /// An exposure that is not known yet, once it is exposed.
    #[serde(skip)]
    pub exposure: Option<NewExposure>,
    /// On request only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// A visitor is shown, for the first time, what chance assigned.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExposure {
    /// To which experiment.
    pub experiment: ExperimentKey,
    /// The variant's name.
    pub variant: Arc<str>,
    /// The probability with which an enrolled unit is assigned this variant now, in (0, 1].
    pub probability: f64,
    /// Of a bandit the batch, from 1, or the number of an even split; 0 of other experiments.
    pub batch: u32,
    /// What is known of the visitor now, by the names of the experiment's breakdowns; what is unknown is absent.
    pub dimensions: BTreeMap<Arc<str>, Arc<str>>,
}

/// One name, or several in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ContentNames {
    /// `show a`
    One(Arc<str>),
    /// `show a, b`
    Several(Vec<Arc<str>>),
}

/// Why a slot shows what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule matched.
    Rule,
    /// A rule matched and its experiment chose the variant.
    Experiment,
    /// No rule matched; the slot's `otherwise` shows.
    Otherwise,
    /// A rule matched, or `otherwise` came, and shows nothing, on purpose.
    Nothing,
    /// No rule matched and there is no `otherwise`.
    NoMatch,
    /// Every block of the slot is outside its `active` time.
    Inactive,
    /// The content could not be rendered.
    Error,
}

impl Reason {
    /// As JSON and metrics name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Experiment => "experiment",
            Self::Otherwise => "otherwise",
            Self::Nothing => "nothing",
            Self::NoMatch => "no_match",
            Self::Inactive => "inactive",
            Self::Error => "error",
        }
    }
}

/// How a decision came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Every leaf of the rule that matched, with the fact it used; empty for `otherwise` and `no_match`.
    pub leaves: Vec<LeafExplanation>,
    /// The rules that come before it, in order; the first [`MAX_PASSED_OVER`] of them.
    pub passed_over: Vec<PassedOver>,
    /// What else there is to know, such as a limit that does not count yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A rule that did not match.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassedOver {
    /// `home.rules:4`
    pub rule: String,
    /// Its first false or unknown leaf; `None` when it or its block is outside its `active` time.
    pub leaf: Option<LeafExplanation>,
    /// In words, where no leaf is to blame: `not active until 2026-11-27T00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
