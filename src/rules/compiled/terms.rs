//! What rules compare, as small numbers: where a value comes from, and the constants that stand beside it.
//!
//! In: expressions and constants of the rules. Out: a [`SourceId`] a distinct expression, a [`ConstantId`] a distinct
//! constant. Numbers are only ever added, so what was compiled with them stays right when more rules come; the order of
//! an ordered source's constants is worked out anew by [`Terms::settle`].

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;

use super::test::Bound;
use crate::language::checked::Expr;
use crate::profile::{Type, Value};
use crate::rules::comparison::order;

/// A distinct expression that rules test.
pub(super) type SourceId = u32;

/// A text (numbered across all sources), no or yes (0 or 1), or a constant of one ordered source.
pub(super) type ConstantId = u32;

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// It is computed.
    Value(Expr),
    /// The names of the visitor's events.
    Events,
    /// The paths of the visitor's page events, each with [`below`](super::need::below) of every part of it.
    Pages,
}

/// How values of a source compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One text, or yes or no: equal or not.
    One,
    /// Any number of texts.
    Many,
    /// One value among others in order.
    Ordered,
}

/// A distinct expression and the constants it is compared with.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub origin: Origin,
    pub shape: Shape,
    numbers: BTreeMap<InOrder, ConstantId>,
    /// By number.
    constants: Vec<Value>,
    /// INVARIANT: after [`Terms::settle`], the constants in order.
    sorted: Vec<ConstantId>,
    /// The place of each constant in `sorted`, as a position.
    positions: Vec<u32>,
}

/// A value of an ordered source; two of one source always compare.
#[derive(Debug, Clone)]
struct InOrder(Value);

/// All sources and constants of a release.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    sources: Vec<Source>,
    by_text: HashMap<Arc<str>, SourceId>,
    texts: HashMap<Arc<str>, ConstantId>,
}

impl Terms {
    /// The source of an expression; equal canonical texts are the same expression.
    pub(super) fn source_of(&mut self, expr: &Expr) -> SourceId {
        if let Some(known) = self.by_text.get(&expr.text) {
            return *known;
        }
        let shape = match expr.kind {
            Type::Text | Type::Boolean => Shape::One,
            Type::List => Shape::Many,
            _ => Shape::Ordered,
        };
        self.add(Arc::clone(&expr.text), Origin::Value(expr.clone()), shape)
    }

    /// What the source of an expression's text is, if there is one.
    pub(super) fn known_origin(&self, text: &str) -> Option<&Origin> {
        self.by_text.get(text).and_then(|id| self.source(*id)).map(|source| &source.origin)
    }

    /// The source of the names of events.
    pub(super) fn events(&mut self) -> SourceId {
        self.built_in("events", Origin::Events)
    }

    /// The source of the paths of page events.
    pub(super) fn pages(&mut self) -> SourceId {
        self.built_in("pages", Origin::Pages)
    }

    /// No expression's text begins with a space.
    fn built_in(&mut self, name: &str, origin: Origin) -> SourceId {
        let name: Arc<str> = format!(" {name}").into();
        self.by_text.get(&name).copied().unwrap_or_else(|| self.add(name, origin, Shape::Many))
    }

    fn add(&mut self, text: Arc<str>, origin: Origin, shape: Shape) -> SourceId {
        let id = number(self.sources.len());
        self.sources.push(Source {
            origin,
            shape,
            numbers: BTreeMap::new(),
            constants: Vec::new(),
            sorted: Vec::new(),
            positions: Vec::new(),
        });
        self.by_text.insert(text, id);
        id
    }

    /// The number of a text.
    pub(super) fn text(&mut self, text: &Arc<str>) -> ConstantId {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        // 0 and 1 are no and yes.
        let id = number(self.texts.len() + 2);
        self.texts.insert(Arc::clone(text), id);
        id
    }

    /// The number of a constant that values of a source are compared with; `None` for a list.
    pub(super) fn constant(&mut self, source: SourceId, value: &Value) -> Option<ConstantId> {
        match (value, self.sources.get_mut(source as usize)?) {
            (Value::Text(text), _) => Some(self.text(text)),
            (Value::Boolean(yes), _) => Some(u32::from(*yes)),
            (Value::List(_), _) => None,
            (value, source) => {
                let next = number(source.constants.len());
                let id = *source.numbers.entry(InOrder(value.clone())).or_insert(next);
                if id == next {
                    source.constants.push(value.clone());
                }
                Some(id)
            }
        }
    }

    /// The end of a range that lets fewer values through.
    pub(super) fn tighter(&self, source: SourceId, one: Bound, other: Bound, low: bool) -> Bound {
        let (Some((first, included)), Some((second, _))) = (one.end(), other.end()) else {
            return if one == Bound::NONE { other } else { one };
        };
        let constant = |id: ConstantId| self.source(source).and_then(|source| source.constants.get(id as usize));
        let order = constant(first).zip(constant(second)).and_then(|(first, second)| order(first, second));
        match order {
            Some(Ordering::Equal) | None => {
                if included {
                    other
                } else {
                    one
                }
            }
            Some(order) => {
                if order.is_gt() == low {
                    one
                } else {
                    other
                }
            }
        }
    }

    /// Puts the constants of ordered sources in order. To be called once all are known.
    pub(super) fn settle(&mut self) {
        for source in &mut self.sources {
            if source.sorted.len() != source.constants.len() {
                source.sorted = source.numbers.values().copied().collect();
                source.positions = vec![0; source.sorted.len()];
                for (rank, id) in source.sorted.iter().enumerate() {
                    if let Some(position) = source.positions.get_mut(*id as usize) {
                        *position = position_of(rank);
                    }
                }
            }
        }
    }

    pub(super) fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id as usize)
    }

    pub(super) fn source_count(&self) -> usize {
        self.sources.len()
    }

    /// The number of a text that some rule names.
    pub(super) fn known_text(&self, text: &str) -> Option<ConstantId> {
        self.texts.get(text).copied()
    }

    /// About how many bytes this takes.
    pub(super) fn bytes(&self) -> usize {
        /// A shared text with its counts and its place in the map.
        const A_TEXT: usize = 48;
        let constants: usize = self.sources.iter().map(|source| source.constants.len()).sum();
        let a_constant = 2 * size_of::<Value>() + 3 * size_of::<u32>();
        size_of::<Source>() * self.sources.len()
            + A_TEXT * (self.texts.len() + self.by_text.len())
            + a_constant * constants
    }
}

impl Source {
    /// Where a value lies among the constants, and the constant that it equals.
    ///
    /// Positions are odd at a constant and even between two: with constants 10 and 20, a 5 is at 0, 10 at 1, 15 at 2, 20
    /// at 3, 25 at 4.
    pub(super) fn locate(&self, value: &Value) -> (u32, Option<ConstantId>) {
        let constant = |id: &ConstantId| self.constants.get(*id as usize);
        let compare =
            |id: &ConstantId| constant(id).and_then(|constant| order(constant, value)).unwrap_or(Ordering::Less);
        match self.sorted.binary_search_by(compare) {
            Ok(rank) => (position_of(rank), self.sorted.get(rank).copied()),
            Err(rank) => (position_of(rank).saturating_sub(1), None),
        }
    }

    /// The position of a constant.
    pub(super) fn position(&self, constant: ConstantId) -> u32 {
        self.positions.get(constant as usize).copied().unwrap_or_default()
    }

    /// The first and the last position of a range.
    pub(super) fn range(&self, low: Bound, high: Bound) -> (u32, u32) {
        let first = low.end().map_or(0, |(constant, included)| self.position(constant) + u32::from(!included));
        let last = high.end().map_or(u32::MAX, |(constant, included)| self.position(constant) - u32::from(!included));
        (first, last)
    }
}

fn position_of(rank: usize) -> u32 {
    number(2 * rank + 1)
}

/// Counts of what one release holds fit: its files are limited.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl PartialEq for InOrder {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for InOrder {}

impl PartialOrd for InOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0).unwrap_or(Ordering::Equal)
    }
}
