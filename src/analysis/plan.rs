//! What a team fixes before it looks: metrics, error rate, stopping rule.

use serde::{Deserialize, Serialize};

use crate::statistics::group_sequential::Spending;

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The two-sided rate of false alarms that the team accepts, in (0, 1).
    pub alpha: f64,
    /// The chance to find the minimum effect that the team wants, in (0, 1).
    pub power: f64,
    /// When the experiment may be stopped.
    pub stop: Stop,
    /// Planned units of all variants together; needed by [`Stop::GroupSequential`], and what a sequence is tuned for.
    pub visitors: Option<u64>,
    /// At or under this p-value the split of the traffic counts as broken, in (0, 1).
    pub sample_ratio_alpha: f64,
    /// What is measured, in the order of every list of measurements in [`Data`](super::Data).
    pub metrics: Vec<Metric>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
            stop: Stop::Fixed,
            visitors: None,
            sample_ratio_alpha: 0.01,
            metrics: Vec::new(),
        }
    }
}

/// When an experiment may be stopped, and so which intervals and p-values are honest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Stop {
    /// Once, when the planned visitors have come. The most powerful, if nobody acts on an earlier look.
    Fixed,
    /// At looks planned by how much of the information has come. Which have been taken is no part of the plan, but of
    /// [`Data`](super::Data).
    GroupSequential {
        /// How the false alarms are spread over the looks.
        spending: Spending,
    },
    /// At any time, on seeing anything.
    Anytime,
}

impl Stop {
    /// A stable word for programs: `fixed`, `group_sequential`, `anytime`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::GroupSequential { .. } => "group_sequential",
            Self::Anytime => "anytime",
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// What its numbers are.
    pub kind: Kind,
    /// What it decides.
    pub role: Role,
    /// Where better lies.
    pub direction: Direction,
    /// Of a guardrail: how much worse is still taken, relative to the control (0.02 = 2 %), above 0; `None` = nothing worse is proved to be taken,
    /// so the guardrail only must not deteriorate.
    pub margin: Option<f64>,
    /// The smallest lift worth finding, relative to the control (0.05 = 5 %), above 0.
    pub minimum_effect: Option<f64>,
    /// Whether the sums hold a covariate known before the exposure. If so, the adjusted numbers decide.
    pub has_covariate: bool,
}

impl Metric {
    /// A primary metric of which more is better, without margin, minimum effect or covariate.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            role: Role::Primary,
            direction: Direction::Up,
            margin: None,
            minimum_effect: None,
            has_covariate: false,
        }
    }
}

/// What the numbers of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// 0 or 1 a unit: the share of units that converted.
    Conversion,
    /// Any number a unit: the mean of a unit.
    Sum,
    /// Two numbers a unit: the sum of the one by the sum of the other.
    Ratio,
    /// The value below which this share of all events lies, in (0, 1).
    Quantile(f64),
}

impl Kind {
    /// A stable word for programs: `conversion`, `sum`, `ratio`, `quantile`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Conversion => "conversion",
            Self::Sum => "sum",
            Self::Ratio => "ratio",
            Self::Quantile(_) => "quantile",
        }
    }
}

/// What a metric decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A success metric: an improvement is a reason to ship.
    Primary,
    /// A success metric beside the first: an improvement is a reason to ship.
    Secondary,
    /// What must not get worse.
    Guardrail,
}

/// Where better lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}
