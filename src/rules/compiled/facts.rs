//! The visitor's facts as numbers, each looked up when it is first asked for.

use std::borrow::Cow;

use super::need::below;
use super::predicate::Span;
use super::scratch::Scratch;
use super::terms::{ConstantId, Origin, Shape, Source, Terms, number};
use crate::language::MAX_PAGE_SEGMENTS;
use crate::language::checked::{Expr, ExprKind};
use crate::profile::{PAGE_EVENT, Value};
use crate::rules::Situation;

/// What a source comes to for this visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fact {
    /// There is no value.
    #[default]
    Unknown,
    /// One value: the constant that it equals, if rules name it.
    One(Option<ConstantId>),
    /// A value in order: its position, and the constant that it equals.
    Ordered(u32, Option<ConstantId>),
    /// Several values, those of them that rules name: a part of [`Scratch::entries`].
    Many(Span),
}

impl Fact {
    /// Looks a source up.
    pub(super) fn read(terms: &Terms, source: &Source, situation: &Situation<'_>, scratch: &mut Scratch) -> Self {
        match &source.origin {
            Origin::Value(expr) => match value(situation, expr) {
                None => Self::Unknown,
                Some(value) => Self::of_value(terms, source, &value, scratch),
            },
            Origin::Events | Origin::Pages if !situation.is_tracked() => Self::Unknown,
            Origin::Events if let Some(remembered) = situation.remembered => {
                Self::many(remembered.event_names().filter_map(|name| terms.known_text(name)), scratch)
            }
            Origin::Pages if let Some(remembered) = situation.remembered => {
                Self::many(remembered.page_keys().filter_map(|key| terms.known_text(key)), scratch)
            }
            Origin::Events => {
                let names = situation.visitor.events.iter().filter(|event| event.at <= situation.now);
                let names = names.filter_map(|event| terms.known_text(&event.name));
                Self::many(names, scratch)
            }
            Origin::Pages => {
                let events = situation.visitor.events.iter();
                let pages = events.filter(|event| event.at <= situation.now && &*event.name == PAGE_EVENT);
                let paths = pages.filter_map(|event| event.path.as_deref());
                Self::many(paths.flat_map(|path| page_keys(terms, path)), scratch)
            }
        }
    }

    fn of_value(terms: &Terms, source: &Source, value: &Value, scratch: &mut Scratch) -> Self {
        match (value, source.shape) {
            (Value::Text(text), Shape::One) => Self::One(terms.known_text(text)),
            (Value::Boolean(yes), Shape::One) => Self::One(Some(u32::from(*yes))),
            (Value::List(texts), Shape::Many) => {
                Self::many(texts.iter().filter_map(|text| terms.known_text(text)), scratch)
            }
            (value, Shape::Ordered) => {
                let (position, constant) = source.locate(value);
                Self::Ordered(position, constant)
            }
            // A value of another type than declared equals nothing.
            (_, Shape::One) => Self::One(None),
            (_, Shape::Many) => Self::many(std::iter::empty(), scratch),
        }
    }

    /// Each number once.
    fn many(ids: impl Iterator<Item = ConstantId>, scratch: &mut Scratch) -> Self {
        /// Of fewer, twins are found by looking.
        const FEW: usize = 16;
        let start = scratch.entries.len();
        for id in ids {
            let own = scratch.entries.get(start..).unwrap_or_default();
            if own.len() > FEW || !own.contains(&id) {
                scratch.entries.push(id);
            }
        }
        if let Some(own) = scratch.entries.get_mut(start..).filter(|own| own.len() > FEW) {
            own.sort_unstable();
            let mut kept = 0;
            for read in 0..own.len() {
                if read == 0 || own.get(read) != own.get(kept - 1) {
                    own.swap(read, kept);
                    kept += 1;
                }
            }
            scratch.entries.truncate(start + kept);
        }
        let len = number(scratch.entries.len() - start);
        Self::Many(Span { start: number(start), len })
    }
}

/// The value of an expression; those that stand in the request are not copied.
fn value<'s>(situation: &'s Situation<'_>, expr: &Expr) -> Option<Cow<'s, Value>> {
    match &expr.node {
        ExprKind::Attribute { name, purpose } if situation.refused(purpose).is_none() => {
            situation.visitor.attributes.get(name).map(Cow::Borrowed)
        }
        _ => situation.value(expr).map(Cow::Owned),
    }
}

/// A path, and what stands for all pages above it: `/a/b`, `/**`, `/a/**`, `/a/b/**`.
fn page_keys(terms: &Terms, path: &str) -> Vec<ConstantId> {
    let inside = path.trim_matches('/');
    let path = format!("/{inside}");
    let ends = path.match_indices('/').map(|(at, _)| at).chain((!inside.is_empty()).then_some(path.len()));
    // No pattern is deeper, and a page's path may be as long as a request.
    let above = ends
        .take(MAX_PAGE_SEGMENTS + 1)
        .filter_map(|end| path.get(..end))
        .filter_map(|above| terms.known_text(&below(above)));
    let mut keys: Vec<ConstantId> = above.collect();
    keys.extend(terms.known_text(&path));
    keys
}
