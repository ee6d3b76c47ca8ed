//! What one number of an experiment's totals is of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The units that a number is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Part {
    /// Everybody who is counted.
    #[serde(rename = "a")]
    All,
    /// Those with one value of a breakdown, by its place.
    #[serde(rename = "v")]
    Value(u16, Arc<str>),
    /// Those who were assigned in one batch of a bandit.
    #[serde(rename = "b")]
    Batch(u32),
    /// Those who were told of in the time of one batch, which would have dealt them the same.
    #[serde(rename = "t")]
    Told(u32),
}

/// What is counted of them. Variants and metrics by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum What {
    /// Units of a variant.
    #[serde(rename = "u")]
    Units(u16),
    /// Sums of a metric in a variant.
    #[serde(rename = "s")]
    Sums(u16, u16),
    /// The same of those who were exposed on one day, where that says when they count.
    #[serde(rename = "d")]
    Day(u16, u16, i64),
    /// Units of a variant who were exposed on one day, where looks are planned.
    #[serde(rename = "y")]
    UnitsOn(u16, i64),
    /// A piece of the values, as [`What::Values`], of those who were exposed on one day, where looks are planned.
    #[serde(rename = "e")]
    ValuesOn(u16, u16, i32, i64),
    /// A piece of the values of a metric in a variant, by its number.
    #[serde(rename = "h")]
    Values(u16, u16, i32),
    /// Units of which something is to be said.
    #[serde(rename = "n")]
    Noted(Note),
    /// The same of those who were exposed on one day, where looks are planned.
    #[serde(rename = "o")]
    NotedOn(Note, i64),
    /// Set once a breakdown, by its place, had too many different values.
    #[serde(rename = "g")]
    GivenUp(u16),
}

/// What is to be said of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Note {
    /// It was seen in several variants.
    #[serde(rename = "m")]
    Mixed,
    /// It was seen in a variant that the assignment would not have given.
    #[serde(rename = "e")]
    Unexpected,
    /// Its variant is none of the experiment.
    #[serde(rename = "k")]
    Unknown,
    /// Of a bandit, no batch is known that would have dealt its variant.
    #[serde(rename = "b")]
    Undealt,
    /// It was exposed on this day, and something that counts came after its exposure.
    #[serde(rename = "l")]
    Later(i64),
    /// It has more events of a metric, by its place, than are remembered.
    #[serde(rename = "t")]
    Truncated(u16),
}

/// Which number: the key of its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key(pub Part, pub What);
