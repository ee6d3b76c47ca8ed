//! What is measured.

use std::sync::Arc;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use crate::analysis::Direction;
use crate::content::Place;

/// A measured quantity of each unit.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Lower snake case.
    pub name: Arc<str>,
    /// What is done with the events.
    pub kind: MetricKind,
    /// Which events, by name.
    pub event: Arc<str>,
    /// Which of their properties, where the kind reads one.
    pub property: Option<Arc<str>>,
    /// Only events for which this condition on their properties is true, in the rule language, as written.
    pub filter: Option<Filter>,
    /// How long after the exposure events count; `None` = as long as the experiment runs.
    pub within: Option<SignedDuration>,
    /// How long before the exposure the same is measured, to take out of the noise what it explains; `None` = it is not.
    pub before: Option<SignedDuration>,
    /// Larger values count as this much.
    pub cap: Option<Cap>,
    /// Which way is better.
    pub direction: Direction,
    /// As a guardrail: how much worse, relatively, is still tolerated (0.02 = 2 %).
    pub margin: Option<Decimal>,
    /// Where its name stands.
    pub place: Place,
}

/// What is done with the events of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricKind {
    /// Whether there is one.
    Conversion,
    /// How many there are.
    Count,
    /// The sum of the property.
    Sum,
    /// The mean of the property over the events.
    Mean,
    /// The sum of the property (or the count) by that of another event.
    Ratio {
        /// The event below the line.
        event: Arc<str>,
        /// Its property; `None` = its count.
        property: Option<Arc<str>>,
    },
    /// The value below which this share of events lies.
    Quantile(Decimal),
    /// Whether there is one on this day after the exposure, from 1.
    Retention(u64),
}

impl MetricKind {
    /// The word that definitions write.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Conversion => "conversion",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Ratio { .. } => "ratio",
            Self::Quantile(_) => "quantile",
            Self::Retention(_) => "retention",
        }
    }
}

/// A condition on the properties of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// In the rule language.
    pub text: Arc<str>,
    /// Where it stands.
    pub place: Place,
}

/// The largest value that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cap {
    /// Itself.
    Value(Decimal),
    /// As a share of the values before the experiment that lie below it: 0.99 for `99%`.
    Percentile(Decimal),
}
