//! Windows as a memory in buckets looks at them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use segue::language::checked::{Expr, ExprKind, Function, Leaf, LeafKind, Window};
use segue::profile::{Context, Schema, Value, Visitor};
use segue::rules::{CellPlan, Exactness, Situation};

use super::generator::{self, Arrived, program};

/// How one leaf is to be compared.
#[derive(Debug, Clone)]
pub(super) enum Against {
    /// The reference at the same window.
    Itself,
    /// The reference at a window that begins (and ends) at the edge of a bucket of this width.
    Buckets(i64),
    /// A value that came as often as any other, at such a window; always, if there are no more values than counters.
    Favourite(Option<i64>),
    /// Nothing: days of several zones.
    Nothing,
}

pub(super) fn window_of(kind: &LeafKind) -> Option<Window> {
    match kind {
        LeafKind::Behaviour(behaviour) => Some(behaviour.window),
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { window, .. }, .. }, _) => Some(*window),
        _ => None,
    }
}

/// The span after which an event leaves the window of a leaf.
pub(super) fn span_of(kind: &LeafKind) -> Option<SignedDuration> {
    match window_of(kind)? {
        Window::Last(span) | Window::Ago { older: span, .. } => Some(span),
        _ => None,
    }
}

/// The same leaf with another window.
pub(super) fn with_window(kind: &LeafKind, window: Window) -> LeafKind {
    let mut kind = kind.clone();
    match &mut kind {
        LeafKind::Behaviour(behaviour) => behaviour.window = window,
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { window: known, .. }, .. }, _) => *known = window,
        _ => {}
    }
    kind
}

pub(super) fn against(leaf: &Arc<Leaf>, schema: &Schema, zones: bool) -> Against {
    let plan = CellPlan::of(&program(std::slice::from_ref(leaf)), schema);
    let cells = plan.cells();
    let favourite = matches!(
        &leaf.kind,
        LeafKind::Comparison(Expr { node: ExprKind::Aggregate { function: Function::Favourite, .. }, .. }, _)
    );
    let width = cells.iter().find_map(|cell| match cell.exactness {
        Exactness::Bucketed { width_ms } => Some(width_ms),
        _ => None,
    });
    let by_date = matches!(window_of(&leaf.kind), Some(Window::This(_) | Window::Since(_)))
        && cells
            .iter()
            .any(|cell| ["sums", "smallest", "favourites"].iter().any(|word| cell.description.starts_with(word)));
    match (favourite, width) {
        _ if by_date && zones => Against::Nothing,
        (true, _) => {
            let width = cells.iter().find_map(|cell| {
                let (width, _) = cell.description.strip_prefix("favourites by ")?.split_once(" for ")?;
                (!width.starts_with("local")).then(|| width_ms(width))
            });
            Against::Favourite(width)
        }
        (false, Some(width)) => Against::Buckets(width),
        (false, None) => Against::Itself,
    }
}

/// `3 days` in milliseconds.
fn width_ms(text: &str) -> i64 {
    let (count, unit) = text.split_once(' ').map_or((1, text), |(count, unit)| (count.parse().unwrap(), unit));
    count
        * match unit.trim_end_matches('s') {
            "day" => 86_400_000,
            "hour" => 3_600_000,
            "minute" => 60_000,
            "second" => 1_000,
            _ => 1,
        }
}

/// The window that a memory in buckets really looks at.
pub(super) fn at_edges(window: Window, width: i64, now: Timestamp) -> Window {
    let (newer, older) = match window {
        Window::Last(span) => (None, span),
        Window::Ago { newer, older } => (Some(newer), older),
        other => return other,
    };
    let now_ms = now.as_millisecond();
    let from = now_ms - i64::try_from(older.as_millis()).unwrap();
    let start = (from + 1).div_euclid(width) * width;
    let instant = |ms| Timestamp::from_millisecond(ms).unwrap();
    let older = now.duration_since(instant(start)) + SignedDuration::from_nanos(1);
    match newer {
        None => Window::Last(older),
        Some(newer) => {
            let until = now_ms - i64::try_from(newer.as_millis()).unwrap();
            let end = (until.div_euclid(width) + 1) * width;
            Window::Ago { newer: now.duration_since(instant(end)) + SignedDuration::from_nanos(1), older }
        }
    }
}

/// How often each value of a favourite came in a window, by the reference.
pub(super) fn counts(
    leaf: &Leaf,
    window: Window,
    events: &[&Arrived],
    now: Timestamp,
    schema: &Schema,
) -> BTreeMap<String, u64> {
    let LeafKind::Comparison(Expr { node: ExprKind::Aggregate { query, .. }, .. }, _) = &leaf.kind else {
        panic!("a favourite")
    };
    let mut counts = BTreeMap::new();
    let count = generator::expr(
        segue::profile::Type::Number,
        ExprKind::Aggregate { function: Function::Count, query: query.clone(), property: None, window },
    );
    let empty = program(&[]);
    for kind in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
        let value = Value::Text(kind.into());
        // Visits depend on all events: those with another value stay, under a name that nobody asks for.
        let visitor = Visitor {
            events: events
                .iter()
                .map(|arrived| {
                    let mut event = arrived.event.clone();
                    if event.properties.get("kind") != Some(&value) {
                        event.name = "noise".into();
                    }
                    event
                })
                .collect(),
            ..Visitor::default()
        };
        let context = Context::default();
        let situation = Situation::new(&empty, schema, &visitor, &context, now);
        if let Some(Value::Number(count)) = situation.value(&count) {
            counts.insert(kind.to_owned(), u64::try_from(count).unwrap());
        }
    }
    counts
}
