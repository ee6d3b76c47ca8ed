//! The tree of one slot, as it is kept: nodes, edges and candidates in three vectors.

use super::predicate::{PredicateId, Span, part};
use super::terms::{ConstantId, SourceId, number};

/// The place of a rule in its slot: the first that matches wins.
pub(super) type Rank = u32;

/// A subtree: nothing, one rule, or a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Child(u32);

/// Says that a child is one rule.
const ONE_RULE: u32 = 1 << 31;

/// What a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subtree {
    Nothing,
    Rule(Rank),
    Node(u32),
}

/// One step of the search.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Rules to be tried, in order.
    Try(Span),
    /// The subtree of the visitor's value, or of each of the visitor's values; and the rest, which does not ask for it.
    Equal { source: SourceId, edges: Span, rest: Child },
    /// Ranges that end below a constant, that begin above it, that contain it; and the rest, which has none.
    Cut { source: SourceId, at: ConstantId, below: Child, above: Child, across: Child, rest: Child },
    /// What needs a predicate, and the rest.
    Gate { predicate: PredicateId, then: Child, rest: Child },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The smallest rank below it: when a better rule is found, nothing here is looked at.
    pub least: Rank,
    pub step: Step,
}

/// An edge of an `Equal` node.
#[derive(Debug, Clone, Copy)]
struct Edge {
    value: ConstantId,
    child: Child,
}

/// All nodes of a slot.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    candidates: Vec<Rank>,
}

impl Child {
    pub(super) const NOTHING: Self = Self(u32::MAX);

    /// A tree of one rule.
    pub(super) fn rule(rank: Rank) -> Self {
        Self(rank | ONE_RULE)
    }

    #[inline]
    pub(super) fn read(self) -> Subtree {
        match self.0 {
            u32::MAX => Subtree::Nothing,
            rule if rule & ONE_RULE != 0 => Subtree::Rule(rule & !ONE_RULE),
            node => Subtree::Node(node),
        }
    }
}

impl Edge {
    const FREE: Self = Self { value: u32::MAX, child: Child::NOTHING };
}

impl Nodes {
    pub(super) fn add(&mut self, least: Rank, step: Step) -> Child {
        let id = number(self.nodes.len());
        self.nodes.push(Node { least, step });
        Child(id)
    }

    /// A tree of these rules without any further step.
    pub(super) fn try_all(&mut self, ranks: &[Rank]) -> Child {
        match ranks {
            [] => Child::NOTHING,
            [rank] => Child::rule(*rank),
            [least, ..] => {
                let span = Span { start: number(self.candidates.len()), len: number(ranks.len()) };
                self.candidates.extend_from_slice(ranks);
                self.add(*least, Step::Try(span))
            }
        }
    }

    /// Keeps the edges of a node so that one of them is found by its value in one or two steps.
    ///
    /// A table of its own for each node, all in one vector: a decision reads few places of it, near each other.
    pub(super) fn keep_edges(&mut self, edges: &[(ConstantId, Child)]) -> Span {
        let len = (edges.len() * 3 / 2 + 1).next_power_of_two();
        let start = self.edges.len();
        self.edges.resize(start + len, Edge::FREE);
        let Some(table) = self.edges.get_mut(start..) else { return Span::default() };
        for (value, child) in edges {
            let mut place = home(*value, len);
            while table.get(place).is_some_and(|edge| edge.value != Edge::FREE.value) {
                place = (place + 1) & (len - 1);
            }
            if let Some(free) = table.get_mut(place) {
                *free = Edge { value: *value, child: *child };
            }
        }
        Span { start: number(start), len: number(len) }
    }

    /// The subtree at a value.
    #[inline]
    pub(super) fn follow(&self, edges: Span, value: ConstantId) -> Child {
        let table = part(&self.edges, edges);
        let mut place = home(value, table.len());
        // Ends: at least a third of each table is free.
        while let Some(edge) = table.get(place) {
            if edge.value == value || edge.value == Edge::FREE.value {
                return edge.child;
            }
            place = (place + 1) & (table.len() - 1);
        }
        Child::NOTHING
    }

    #[inline]
    pub(super) fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    #[inline]
    pub(super) fn candidates(&self, span: Span) -> &[Rank] {
        part(&self.candidates, span)
    }

    /// The subtrees of a node's edges.
    pub(super) fn children(&self, edges: Span) -> impl Iterator<Item = Child> {
        part(&self.edges, edges).iter().map(|edge| edge.child)
    }

    /// The smallest rank of a subtree; `None` when there is nothing.
    #[inline]
    pub(super) fn least(&self, child: Child) -> Option<Rank> {
        match child.read() {
            Subtree::Nothing => None,
            Subtree::Rule(rank) => Some(rank),
            Subtree::Node(id) => self.node(id).map(|node| node.least),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice())
            + size_of_val(self.edges.as_slice())
            + size_of_val(self.candidates.as_slice())
    }
}

/// Where a value's edge is looked for first, in a table whose length is a power of two.
#[inline]
fn home(value: ConstantId, len: usize) -> usize {
    // Fibonacci hashing: neighbouring numbers spread over the table.
    (u64::from(value).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & len.wrapping_sub(1)
}
