//! The cells that a release asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;

use super::collect::Collector;
use super::shows::ShowKey;
use super::spec::Spec;
use crate::behaviour::{CellId, Memory};
use crate::language::checked::{EventKind, Expr, Place, Program};
use crate::profile::Schema;

/// All cells of a release, and what they answer.
#[derive(Debug, Default)]
pub struct CellPlan {
    pub(super) cells: Vec<Spec>,
    pub(super) by_id: HashMap<CellId, usize>,
    /// Cells that name an event.
    pub(super) by_event: HashMap<Arc<str>, Vec<usize>>,
    /// Cells that name pages by the first part of their paths; those that name none come under `*`.
    pub(super) by_page: HashMap<Arc<str>, Vec<usize>>,
    /// Cells that every event touches.
    pub(super) of_every_event: Vec<usize>,
    /// By the text of a behaviour: its cell, or a cell for each step.
    pub(super) behaviours: HashMap<Arc<str>, Vec<usize>>,
    /// By the text of a value.
    pub(super) values: HashMap<Arc<str>, usize>,
    /// All visits, where a rule needs them.
    pub(super) visits: Option<usize>,
    /// By key: the shows of a rule with a limit.
    pub(super) shows: HashMap<ShowKey, usize>,
    /// The same keys by the line of the rule.
    pub(super) show_keys: HashMap<Place, ShowKey>,
    /// Values whose rank among all visitors is asked for, by their text.
    pub(super) ranked: BTreeMap<Arc<str>, Expr>,
    /// What each segment and each rule needs.
    pub(super) rules: Vec<(Place, BTreeSet<usize>)>,
    /// What each segment needs, by its place in the program.
    pub(super) segments: Vec<BTreeSet<usize>>,
    /// What each metric needs, by its name.
    pub(super) measured: BTreeMap<Arc<str>, BTreeSet<usize>>,
    /// Cells that metrics need and no rule does.
    pub(super) only_measured: BTreeSet<usize>,
}

/// A cell as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCell {
    /// The same in every release that asks for it.
    pub id: CellId,
    /// In words.
    pub description: Arc<str>,
    /// How exact what it answers is.
    pub exactness: Exactness,
    /// The bytes it takes at most when it is stored.
    pub worst_bytes: usize,
}

/// How exact the answers of a cell are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exactness {
    /// To the millisecond.
    Exact,
    /// A window begins at the edge of a bucket.
    Bucketed {
        /// Of a bucket.
        width_ms: i64,
    },
    /// Exact while no more than so many came.
    AtMost {
        /// Of the newest.
        occurrences: usize,
    },
    /// Exact in the order of time; a late event counts if it lies within the newest.
    LateWithin {
        /// Of all steps together.
        occurrences: usize,
    },
    /// At the edges of buckets; exact while there are no more different values than counters.
    Favourite {
        /// In each bucket.
        counters: usize,
    },
}

/// A visitor's memory and the plan that reads it.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Remembered<'a> {
    pub plan: &'a CellPlan,
    pub memory: &'a Memory,
}

impl CellPlan {
    /// The cells that the conditions of a program name; equal ones are one cell.
    pub fn of(program: &Program, schema: &Schema) -> Self {
        Collector::new(program, schema).collect()
    }

    /// The place of a cell; an equal one is the same.
    pub(super) fn cell(&mut self, spec: Spec) -> usize {
        if let Some(known) = self.by_id.get(&spec.id) {
            return *known;
        }
        let place = self.cells.len();
        self.by_id.insert(spec.id, place);
        if spec.is_of_every_event() {
            self.of_every_event.push(place);
        } else {
            for query in &spec.queries {
                match &query.kind {
                    EventKind::Named(name) => self.by_event.entry(Arc::clone(name)).or_default().push(place),
                    EventKind::Page(pattern) => {
                        let first = match pattern.segments.first() {
                            Some(first) => first.clone().unwrap_or_else(|| "*".into()),
                            None if pattern.everything_below => "*".into(),
                            None => "".into(),
                        };
                        self.by_page.entry(first).or_default().push(place);
                    }
                    EventKind::VisitStart => {}
                }
            }
        }
        self.cells.push(spec);
        place
    }

    /// Every cell, by id.
    pub fn cells(&self) -> Vec<PlannedCell> {
        let mut cells: Vec<PlannedCell> = self.cells.iter().map(Spec::planned).collect();
        cells.sort_by_key(|cell| cell.id);
        cells
    }

    /// The ids of all cells.
    pub fn ids(&self) -> impl Iterator<Item = CellId> {
        self.cells.iter().map(|spec| spec.id)
    }

    /// The cells that the segment, rule or `otherwise` at a place needs.
    pub fn cells_of(&self, place: &Place) -> Vec<PlannedCell> {
        let needs = self.rules.iter().filter(|(known, _)| known == place).flat_map(|(_, needs)| needs);
        needs.filter_map(|index| self.cells.get(*index)).map(Spec::planned).collect()
    }

    /// Takes up in a memory what another remembers of the same visitor. The order of mergings changes nothing, if no event is
    /// in both.
    pub fn merge(&self, into: &mut Memory, from: &Memory) {
        into.merge(from);
    }

    /// Drops cells that no rule needs any more.
    pub fn retain(&self, memory: &mut Memory) {
        memory.retain(|id| self.by_id.contains_key(&id));
    }

    /// The cells of this plan that an earlier one does not have: to be filled from the journal. Shows are no events of the
    /// journal's past, so a new limit counts from now on.
    pub fn missing_since(&self, previous: &Self) -> BTreeSet<CellId> {
        let missing = self.cells.iter().filter(|spec| !spec.is_of_shows() && !previous.by_id.contains_key(&spec.id));
        missing.map(|spec| spec.id).collect()
    }

    /// The values whose rank among all visitors is asked for (`is in top 10 percent`), by the text under which
    /// [`Ranks`](crate::behaviour::Ranks) are looked up.
    pub fn ranked(&self) -> &BTreeMap<Arc<str>, Expr> {
        &self.ranked
    }
}

impl Spec {
    fn planned(&self) -> PlannedCell {
        PlannedCell {
            id: self.id,
            description: Arc::clone(&self.text),
            exactness: self.kind.exactness(),
            worst_bytes: self.worst_bytes,
        }
    }
}
