//! Which segments a segment names, which measures a measure names, and how deep each of them is by itself.

use super::Checker;
use super::names::{Named, Table};
use crate::diagnostic::Span;
use crate::language::syntax::{Condition, LeafKind, Measure, Path, Segment, Test, Value, ValueKind};

/// One item as the search for rings sees it.
pub(super) struct Node<'a> {
    pub name: &'a str,
    pub file: usize,
    /// Of its name.
    pub at: Span,
    /// How many levels an evaluation of it descends before it follows a reference.
    pub nesting: usize,
    /// In text order.
    pub references: Vec<Reference>,
}

/// A name inside an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    /// The index of what is named.
    pub to: usize,
    /// Where it is named.
    pub at: Span,
}

impl<'a> Checker<'a> {
    pub(super) fn segment_nodes(&self) -> Vec<Node<'a>> {
        let node = |named: Named<'a, Segment>| {
            let mut walk = SegmentWalk { table: &self.names.segments, references: Vec::new() };
            let nesting = walk.condition(&named.item.condition);
            let name = &named.item.name;
            Node { name: &name.text, file: named.file, at: name.at.0, nesting, references: walk.references }
        };
        self.names.segments.iter().map(node).collect()
    }

    pub(super) fn measure_nodes(&self) -> Vec<Node<'a>> {
        let node = |named: Named<'a, Measure>| {
            let mut references = Vec::new();
            let nesting = self.measures_in(&named.item.value, &mut references);
            let name = &named.item.name;
            Node { name: &name.text, file: named.file, at: name.at.0, nesting, references }
        };
        self.names.measures.iter().map(node).collect()
    }

    /// Only a bare path can name a measure: inside `with (..)` names are properties.
    fn measures_in(&self, value: &Value, found: &mut Vec<Reference>) -> usize {
        match &value.kind {
            ValueKind::Path(Path { end: None, name }) => {
                if let Some(to) = self.names.measures.index(&name.text) {
                    found.push(Reference { to, at: name.at.0 });
                }
                1
            }
            ValueKind::Arithmetic(left, _, right) => {
                1 + self.measures_in(left, found).max(self.measures_in(right, found))
            }
            _ => 1,
        }
    }
}

struct SegmentWalk<'t, 'a> {
    table: &'t Table<'a, Segment>,
    references: Vec<Reference>,
}

impl SegmentWalk<'_, '_> {
    fn condition(&mut self, condition: &Condition) -> usize {
        1 + match condition {
            Condition::All(pieces) | Condition::Any(pieces) => {
                pieces.iter().map(|piece| self.condition(&piece.condition)).max().unwrap_or(0)
            }
            Condition::Not(negation) => self.condition(&negation.condition),
            Condition::Leaf(leaf) => self.leaf(&leaf.kind),
        }
    }

    fn leaf(&mut self, leaf: &LeafKind) -> usize {
        match leaf {
            LeafKind::Segment(name) => {
                if let Some(to) = self.table.index(&name.text) {
                    self.references.push(Reference { to, at: name.at.0 });
                }
                0
            }
            LeafKind::Comparison(value, test) => value_nesting(value).max(test_nesting(test)),
            LeafKind::List(_) | LeafKind::Consent(_) | LeafKind::Behaviour(_) => 0,
        }
    }
}

fn test_nesting(test: &Test) -> usize {
    match test {
        Test::Is { value, .. } | Test::Order(_, value) => value_nesting(value),
        Test::Between(low, high) => value_nesting(low).max(value_nesting(high)),
        _ => 0,
    }
}

fn value_nesting(value: &Value) -> usize {
    match &value.kind {
        ValueKind::Arithmetic(left, _, right) => 1 + value_nesting(left).max(value_nesting(right)),
        _ => 1,
    }
}
