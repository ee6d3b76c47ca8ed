//! What remembering costs: the bytes of one visitor at most, without a visitor.

use std::collections::BTreeSet;

use serde::Serialize;

use super::CellPlan;
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
    /// The bytes of one visitor's memory at most.
    pub fn worst_bytes(&self) -> usize {
        // A memory begins with its version and the number of its cells.
        4 + self.cells.iter().map(|spec| spec.worst_bytes).sum::<usize>()
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
        MemoryCost { cells: self.cells.len(), bytes: self.worst_bytes(), limit, rules }
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
