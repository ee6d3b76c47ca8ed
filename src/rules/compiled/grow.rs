//! Builds the tree of one slot.
//!
//! In: its rules in order, each with the conjunctions it needs. Out: [`SlotTree`]. A set of rules is divided by the best
//! [`Split`] until few are left or no split is worth its step; what a rule does not ask for never divides it: it stays in
//! the rest, which every visitor looks at.

use std::sync::Arc;

use super::need::Need;
use super::node::{Child, Nodes, Rank, Step};
use super::predicate::{PredicateId, Predicates};
use super::rules::{BodyId, ConjunctionId, Rules};
use super::split::{MAX_COPIES, Range, Split, Survey};
use super::terms::{ConstantId, SourceId, number};

/// So many rules are tried rather than divided.
const A_LEAF: usize = 8;

/// Deeper subtrees are not divided: each level of a useful division halves what is left, so none comes near it.
const MAX_DEPTH: usize = 64;

/// A rule in a subtree: where it stands, and one way in which it can be true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub rank: Rank,
    pub conjunction: ConjunctionId,
}

/// How a subtree is reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    /// Sources that were divided by value.
    pub used: Vec<SourceId>,
    /// Predicates that were asked for.
    pub gates: Vec<PredicateId>,
    /// How often a rule was copied on the way, on average.
    pub copies: f64,
    depth: usize,
}

/// A block of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockRules {
    pub active: Option<PredicateId>,
    /// In text order.
    pub bodies: Vec<BodyId>,
}

/// The compiled rules of one slot.
#[derive(Debug)]
pub(super) struct SlotTree {
    pub name: Arc<str>,
    pub nodes: Nodes,
    pub root: Child,
    /// Where the code of each rule begins, by rank.
    pub codes: Vec<u32>,
    /// In order of priority.
    pub blocks: Vec<BlockRules>,
}

impl SlotTree {
    /// Divides the rules of a slot. The constants of all rules must be in order.
    pub(super) fn grow(name: Arc<str>, blocks: Vec<BlockRules>, rules: &Rules, predicates: &Predicates) -> Self {
        let mut grower = Grower { rules, predicates, nodes: Nodes::default(), survey: Survey::default() };
        let (mut codes, mut always, mut scheduled) = (Vec::new(), Vec::new(), Vec::new());
        for block in &blocks {
            let mut own = Vec::new();
            let entries = if block.active.is_some() { &mut own } else { &mut always };
            for body in block.bodies.iter().filter_map(|id| rules.get(*id)) {
                let rank = number(codes.len());
                codes.push(body.code);
                let ways = body.conjunctions.start..body.conjunctions.start + body.conjunctions.len;
                entries.extend(ways.map(|conjunction| Entry { rank, conjunction }));
            }
            scheduled.extend(block.active.map(|active| (active, own)));
        }
        let start = Path { copies: 1.0, ..Path::default() };
        let mut root = grower.subtree(&always, &start);
        // A block out of its time is left out whole.
        for (predicate, entries) in scheduled.iter().rev() {
            let then = grower.subtree(entries, &start);
            root = grower.step([then, root], Step::Gate { predicate: *predicate, then, rest: root });
        }
        Self { name, nodes: grower.nodes, root, codes, blocks }
    }

    pub(super) fn bytes(&self) -> usize {
        let of_blocks = self.blocks.iter().map(|block| size_of_val(block) + size_of_val(block.bodies.as_slice()));
        size_of::<Self>() + self.nodes.bytes() + size_of_val(self.codes.as_slice()) + of_blocks.sum::<usize>()
    }

    /// The block and the place in it of the rule with a rank.
    pub(super) fn place(&self, rank: Rank) -> Option<(usize, usize)> {
        let mut left = rank as usize;
        for (index, block) in self.blocks.iter().enumerate() {
            match left.checked_sub(block.bodies.len()) {
                None => return Some((index, left)),
                Some(further) => left = further,
            }
        }
        None
    }
}

struct Grower<'a> {
    rules: &'a Rules,
    predicates: &'a Predicates,
    nodes: Nodes,
    survey: Survey,
}

impl Grower<'_> {
    /// The tree of some rules, given in order.
    fn subtree(&mut self, entries: &[Entry], path: &Path) -> Child {
        if entries.len() <= A_LEAF || path.depth >= MAX_DEPTH {
            return self.leaf(entries);
        }
        match self.survey.best(entries, path, self.rules, self.predicates) {
            None => self.leaf(entries),
            Some(Split::Equal(source)) => self.equal(entries, path, source),
            Some(Split::Cut(source, at)) => self.cut(entries, path, source, at),
            Some(Split::Gate(predicate)) => self.gate(entries, path, predicate),
        }
    }

    fn leaf(&mut self, entries: &[Entry]) -> Child {
        let mut ranks: Vec<Rank> = entries.iter().map(|entry| entry.rank).collect();
        ranks.dedup();
        self.nodes.try_all(&ranks)
    }

    fn equal(&mut self, entries: &[Entry], path: &Path, source: SourceId) -> Child {
        let (mut pairs, mut rest) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            let asked = self.rules.needs(entry.conjunction).iter().find_map(|need| match need {
                Need::OneOf { source: other, values } if *other == source => Some(*values),
                _ => None,
            });
            match asked.filter(|values| values.len <= MAX_COPIES) {
                Some(values) => pairs.extend(self.predicates.values(values).iter().map(|value| (*value, *entry))),
                None => rest.push(*entry),
            }
        }
        // The ways of a rule stay neighbours, so that a leaf finds them to be one.
        pairs.sort_unstable_by_key(|(value, entry)| (*value, entry.rank, entry.conjunction));
        let asked = (entries.len() - rest.len()).max(1);
        let copies = path.copies * (pairs.len() as f64 / asked as f64);
        let below = Path { copies, ..path.after(Some(source), None) };
        let grouped: Vec<Entry> = pairs.iter().map(|(_, entry)| *entry).collect();
        let mut edges: Vec<(ConstantId, Child)> = Vec::new();
        let mut start = 0;
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let entries = grouped.get(start..start + group.len()).unwrap_or_default();
            start += group.len();
            let child = self.subtree(entries, &below);
            edges.extend(group.first().map(|(value, _)| (*value, child)));
        }
        drop((pairs, grouped));
        let rest = self.subtree(&rest, &path.after(Some(source), None));
        let least = edges.iter().filter_map(|(_, child)| self.nodes.least(*child)).chain(self.nodes.least(rest)).min();
        let edges = self.nodes.keep_edges(&edges);
        least.map_or(Child::NOTHING, |least| self.nodes.add(least, Step::Equal { source, edges, rest }))
    }

    fn cut(&mut self, entries: &[Entry], path: &Path, source: SourceId, at: ConstantId) -> Child {
        let position = self.predicates.terms.source(source).map_or(0, |terms| terms.position(at));
        let (mut below, mut above, mut across, mut rest) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let needs = self.rules.needs(entry.conjunction).iter();
            let range = needs.filter_map(|need| Range::of(need, Some(source), self.predicates)).next();
            let side = match range {
                None => &mut rest,
                Some(range) if range.last < position => &mut below,
                Some(range) if range.first > position => &mut above,
                Some(_) => &mut across,
            };
            side.push(*entry);
        }
        let path = path.after(None, None);
        let [below, above, across, rest] = [below, above, across, rest].map(|side| self.subtree(&side, &path));
        self.step([below, above, across, rest], Step::Cut { source, at, below, above, across, rest })
    }

    fn gate(&mut self, entries: &[Entry], path: &Path, predicate: PredicateId) -> Child {
        let needs_it = |need: &Need| matches!(need, Need::Holds(other) if *other == predicate);
        let (then, rest): (Vec<Entry>, Vec<Entry>) =
            entries.iter().partition(|entry| self.rules.needs(entry.conjunction).iter().any(needs_it));
        let path = path.after(None, Some(predicate));
        let [then, rest] = [then, rest].map(|side| self.subtree(&side, &path));
        self.step([then, rest], Step::Gate { predicate, then, rest })
    }

    fn step<const N: usize>(&mut self, children: [Child; N], step: Step) -> Child {
        let least = children.iter().filter_map(|child| self.nodes.least(*child)).min();
        least.map_or(Child::NOTHING, |least| self.nodes.add(least, step))
    }
}

impl Path {
    /// One step further.
    fn after(&self, source: Option<SourceId>, predicate: Option<PredicateId>) -> Self {
        let mut path = self.clone();
        path.used.extend(source);
        path.gates.extend(predicate);
        path.depth += 1;
        path
    }
}
