//! Segments and measures that refer to themselves, however far round, and chains of references that go too deep.
//!
//! Tarjan's strongly connected components, without recursion: a chain of 100,000 segments is refused, not a crash.
//! Source: Tarjan (1972), SIAM Journal on Computing 1, 146-160.

use std::collections::{HashMap, VecDeque};

use super::Checker;
use super::references::{Node, Reference};

/// Levels of `and`, `or`, `not`, brackets and arithmetic in a segment or measure, counted through everything that it
/// refers to. Evaluation recurses; this fits the smallest stack of a worker thread many times over.
pub const MAX_DEPTH: usize = 256;

impl Checker<'_> {
    pub(super) fn segment_rings(&mut self) {
        let nodes = self.segment_nodes();
        self.rings("segment", "circular-segment", &nodes);
    }

    /// Reports rings of measures; the indexes of all measures, each after those that it refers to.
    pub(super) fn measure_order(&mut self) -> Vec<usize> {
        let nodes = self.measure_nodes();
        self.rings("measure", "circular-measure", &nodes)
    }

    fn rings(&mut self, what: &str, code: &'static str, nodes: &[Node<'_>]) -> Vec<usize> {
        let components = components(nodes);
        let mut depths = vec![0; nodes.len()];
        for component in &components {
            match ring(nodes, component) {
                Some(ring) => self.report_ring(what, code, nodes, &ring),
                None => component.iter().for_each(|index| self.depth(what, nodes, *index, &mut depths)),
            }
        }
        components.into_iter().flatten().collect()
    }

    fn report_ring(&mut self, what: &str, code: &'static str, nodes: &[Node<'_>], ring: &[(usize, Reference)]) {
        let Some((first, reference)) = ring.first() else { return };
        let Some(start) = nodes.get(*first) else { return };
        let names: Vec<&str> =
            ring.iter().filter_map(|(index, _)| nodes.get(*index)).map(|node| node.name).chain([start.name]).collect();
        self.file = start.file;
        let finding = self
            .error(code, reference.at, format!("the {what} `{}` depends on itself", start.name))
            .label(names.join(" -> "))
            .also(start.at, format!("{what} `{}`", start.name))
            .help(format!("break the ring: say in one of these {what}s what it means without the next one"));
        self.report(finding);
    }

    /// How deep an item is, with what it refers to; components come in an order in which that is known already.
    fn depth(&mut self, what: &str, nodes: &[Node<'_>], index: usize, depths: &mut [usize]) {
        let Some(node) = nodes.get(index) else { return };
        let below = node.references.iter().filter_map(|reference| depths.get(reference.to)).max();
        let depth = node.nesting + below.copied().unwrap_or(0);
        if depth > MAX_DEPTH {
            self.file = node.file;
            let finding = self
                .error("too-deep", node.at, format!("the {what} `{}` is nested too deeply", node.name))
                .label(format!("{depth} levels, with all that it refers to; {MAX_DEPTH} are allowed"))
                .help(format!("let it refer to fewer {what}s that refer to others"));
            self.report(finding);
        }
        if let Some(known) = depths.get_mut(index) {
            // What is built on a refused item is not refused for the same reason again.
            *known = if depth > MAX_DEPTH { 0 } else { depth };
        }
    }
}

/// Strongly connected components, each after all that it refers to.
fn components(nodes: &[Node<'_>]) -> Vec<Vec<usize>> {
    let mut search = Search { nodes, state: vec![State::default(); nodes.len()], ..Search::default() };
    for index in 0..nodes.len() {
        search.from(index);
    }
    search.components
}

#[derive(Default)]
struct Search<'n, 'a> {
    nodes: &'n [Node<'a>],
    state: Vec<State>,
    visited: usize,
    stack: Vec<usize>,
    components: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// From 1, in the order of discovery; 0 = not seen yet.
    number: usize,
    /// The smallest number that can be reached.
    low: usize,
    on_stack: bool,
}

impl Search<'_, '_> {
    fn from(&mut self, start: usize) {
        if self.number(start) != 0 {
            return;
        }
        self.discover(start);
        // The path from `start`, each with the next of its references to follow.
        let mut path = vec![(start, 0)];
        while let Some((index, next)) = path.last_mut() {
            let (index, reference) = (*index, self.nodes.get(*index).and_then(|node| node.references.get(*next)));
            if let Some(reference) = reference {
                *next += 1;
                if self.number(reference.to) == 0 {
                    self.discover(reference.to);
                    path.push((reference.to, 0));
                } else if self.state.get(reference.to).is_some_and(|state| state.on_stack) {
                    self.lower(index, self.number(reference.to));
                }
            } else {
                path.pop();
                if let Some((parent, _)) = path.last() {
                    self.lower(*parent, self.state.get(index).map_or(0, |state| state.low));
                }
                self.close(index);
            }
        }
    }

    fn number(&self, index: usize) -> usize {
        self.state.get(index).map_or(0, |state| state.number)
    }

    fn discover(&mut self, index: usize) {
        self.visited += 1;
        if let Some(state) = self.state.get_mut(index) {
            *state = State { number: self.visited, low: self.visited, on_stack: true };
            self.stack.push(index);
        }
    }

    fn lower(&mut self, index: usize, low: usize) {
        if let Some(state) = self.state.get_mut(index) {
            state.low = state.low.min(low);
        }
    }

    /// Takes a whole component off the stack, once its first member is done.
    fn close(&mut self, index: usize) {
        if self.state.get(index).is_none_or(|state| state.low != state.number) {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            if let Some(state) = self.state.get_mut(member) {
                state.on_stack = false;
            }
            component.push(member);
            if member == index {
                break;
            }
        }
        self.components.push(component);
    }
}

/// A shortest way round inside a component, from the member that stands first in the files; `None` if there is none.
fn ring(nodes: &[Node<'_>], component: &[usize]) -> Option<Vec<(usize, Reference)>> {
    let inside: HashMap<usize, &Node<'_>> =
        component.iter().filter_map(|index| Some((*index, nodes.get(*index)?))).collect();
    let start = *component.iter().min_by_key(|index| inside.get(index).map(|node| (node.file, node.at)))?;
    let mut came_from: HashMap<usize, (usize, Reference)> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(index) = queue.pop_front() {
        for reference in inside.get(&index).into_iter().flat_map(|node| &node.references) {
            if inside.contains_key(&reference.to) && !came_from.contains_key(&reference.to) {
                came_from.insert(reference.to, (index, *reference));
                queue.push_back(reference.to);
            }
        }
    }
    let mut ring = vec![*came_from.get(&start)?];
    while let Some((index, _)) = ring.last().filter(|(index, _)| *index != start) {
        ring.push(*came_from.get(index)?);
    }
    ring.reverse();
    Some(ring)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Node, Reference, components, ring};
    use crate::diagnostic::Span;

    fn nodes(edges: &[Vec<bool>]) -> Vec<Node<'static>> {
        let references = |row: &[bool]| {
            let named = row.iter().enumerate().filter(|(_, named)| **named);
            named.map(|(to, _)| Reference { to, at: Span::new(to, to) }).collect()
        };
        let node = |(index, row): (usize, &Vec<bool>)| Node {
            name: "x",
            file: 0,
            at: Span::new(index, index),
            nesting: 1,
            references: references(row),
        };
        edges.iter().enumerate().map(node).collect()
    }

    /// Which item can be reached from which, by Warshall's algorithm.
    fn reachable(edges: &[Vec<bool>]) -> Vec<Vec<bool>> {
        let mut reach = edges.to_vec();
        for middle in 0..edges.len() {
            for from in 0..edges.len() {
                for to in 0..edges.len() {
                    reach[from][to] |= reach[from][middle] && reach[middle][to];
                }
            }
        }
        reach
    }

    fn graphs() -> impl Strategy<Value = Vec<Vec<bool>>> {
        (1_usize..9, 0.02..0.4_f64).prop_flat_map(|(size, density)| {
            prop::collection::vec(prop::collection::vec(prop::bool::weighted(density), size), size)
        })
    }

    proptest! {
        #[test]
        fn an_item_is_in_a_ring_if_and_only_if_it_reaches_itself(edges in graphs()) {
            let (nodes, reach) = (nodes(&edges), reachable(&edges));
            let components = components(&nodes);
            let mut seen = Vec::new();
            for component in &components {
                let ring = ring(&nodes, component);
                for index in component {
                    prop_assert_eq!(ring.is_some(), reach[*index][*index]);
                    // What an item refers to comes before it, so that measures find the types of others.
                    let waits = (0..edges.len()).any(|to| edges[*index][to] && !seen.contains(&to) && !component.contains(&to));
                    prop_assert!(!waits);
                }
                for (position, (index, reference)) in ring.iter().flatten().enumerate() {
                    let next = ring.iter().flatten().nth(position + 1).or(ring.iter().flatten().next());
                    prop_assert!(edges[*index][reference.to]);
                    prop_assert_eq!(next.map(|(next, _)| *next), Some(reference.to));
                }
                seen.extend(component);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..edges.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_no_crash() {
        let node = |index: usize| Node {
            name: "x",
            file: 0,
            at: Span::new(index, index),
            nesting: 1,
            references: vec![Reference { to: (index + 1) % 100_000, at: Span::default() }],
        };
        let nodes: Vec<_> = (0..100_000).map(node).collect();
        let components = components(&nodes);
        assert_eq!(components.len(), 1);
        assert_eq!(ring(&nodes, &components[0]).map(|ring| ring.len()), Some(100_000));
    }
}
