//! Layers, in which experiments exclude one another, and holdouts, which keep visitors out of all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::content::Place;

use super::{Purpose, Range, Share, Unit, bucket};

/// Experiments of one layer own disjoint ranges of it and never share a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Lower snake case.
    pub name: Arc<str>,
    /// Makes its buckets its own; the name unless set.
    pub salt: Arc<str>,
    /// Where its name stands.
    pub place: Place,
}

/// The range of a layer that an experiment owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Which one.
    pub layer: Layer,
    /// Its own part of it.
    pub range: Range,
}

/// Units that are kept out of experiments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    /// Lower snake case.
    pub name: Arc<str>,
    /// Makes its buckets its own; the name unless set.
    pub salt: Arc<str>,
    /// How many of all units it keeps out: the first part of its buckets, so widening it releases nobody.
    pub share: Share,
    /// Out of which experiments.
    pub layers: Layers,
    /// What is kept out: the visitor unless set.
    pub unit: Unit,
}

/// Which experiments a holdout is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layers {
    /// Every experiment, also those in no layer.
    All,
    /// The experiments of these layers.
    Named(Vec<Arc<str>>),
}

impl Holdout {
    /// Whether an experiment of this layer (or in none) is one of those that the holdout is for.
    pub fn covers(&self, layer: Option<&str>) -> bool {
        match &self.layers {
            Layers::All => true,
            Layers::Named(names) => layer.is_some_and(|layer| names.iter().any(|name| **name == *layer)),
        }
    }

    /// Whether a unit is kept out.
    pub fn holds(&self, unit: &str) -> bool {
        self.share.holds(bucket(Purpose::Holdout, &self.salt, unit))
    }
}

/// The holdouts that are for an experiment of this layer (or in none), in name order.
pub(super) fn covering(holdouts: &BTreeMap<Arc<str>, Holdout>, layer: Option<&str>) -> Vec<Holdout> {
    holdouts.values().filter(|holdout| holdout.covers(layer)).cloned().collect()
}
