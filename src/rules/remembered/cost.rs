//! What remembering costs: the bytes of one visitor at most, without a visitor.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::CellPlan;
use super::spec::Spec;
use crate::language::checked::Place;

/// What a release remembers of each visitor at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryCost {
    /// Different cells of all rules and segments.
    pub cells: usize,
    /// Of all of them together, when every one is full.
    pub bytes: usize,
    /// More would be refused: `max_state_per_visitor`.
    pub limit: usize,
    /// Segments and rules that need cells, by file and line; a cell of several counts with each.
    pub rules: Vec<RuleMemory>,
    /// Metrics of experiments that are no drafts, by name; nothing of it counts against the limit.
    pub metrics: Vec<MetricMemory>,
}

/// What one metric needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricMemory {
    /// Its name.
    pub metric: Arc<str>,
    /// The cells that remember what it counts.
    pub cells: usize,
    /// Of these cells, when every one is full: few visitors come near it.
    pub bytes: usize,
}

/// What one rule needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleMemory {
    /// `home.rules:4`
    pub rule: String,
    /// The cells of its condition, of the segments and measures in it, and of its limit.
    pub cells: usize,
    /// Of these cells, when every one is full.
    pub bytes: usize,
}

impl CellPlan {
    /// The bytes of one visitor's memory at most, without what metrics alone need.
    pub fn worst_bytes(&self) -> usize {
        // A memory begins with its version and the number of its cells.
        4 + self.of_rules().map(|spec| spec.worst_bytes).sum::<usize>()
    }

    fn of_rules(&self) -> impl Iterator<Item = &Spec> {
        self.cells.iter().enumerate().filter(|(place, _)| !self.only_measured.contains(place)).map(|(_, spec)| spec)
    }

    /// What each rule costs, and all of them; more than `limit` bytes would be refused.
    pub fn cost(&self, limit: usize) -> MemoryCost {
        let rule = |(place, needs): &(Place, BTreeSet<usize>)| RuleMemory {
            rule: place.to_string(),
            cells: needs.len(),
            bytes: self.bytes_of(needs),
        };
        let mut rules: Vec<&(Place, BTreeSet<usize>)> = self.rules.iter().collect();
        rules.sort_by_key(|(place, _)| place);
        let rules = rules.into_iter().map(rule).collect();
        let metric = |(metric, needs): (&Arc<str>, &BTreeSet<usize>)| MetricMemory {
            metric: Arc::clone(metric),
            cells: needs.len(),
            bytes: self.bytes_of(needs),
        };
        let metrics = self.measured.iter().map(metric).collect();
        MemoryCost { cells: self.of_rules().count(), bytes: self.worst_bytes(), limit, rules, metrics }
    }

    /// The rule or segment that needs most, and how many bytes; the first of several.
    pub fn most_expensive(&self) -> Option<(&Place, usize)> {
        let costs = self.rules.iter().map(|(place, needs)| (place, self.bytes_of(needs)));
        costs.reduce(|most, next| if next.1 > most.1 { next } else { most })
    }

    fn bytes_of(&self, needs: &BTreeSet<usize>) -> usize {
        needs.iter().filter_map(|place| self.cells.get(*place)).map(|spec| spec.worst_bytes).sum()
    }
}
