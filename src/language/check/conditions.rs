//! Conditions: every piece is checked, whatever its neighbours are like.

use std::sync::Arc;

use super::Checker;
use super::events::Scope;
use super::lints::is_possible;
use crate::diagnostic::Span;
use crate::language::checked::{Condition, Leaf, LeafKind};
use crate::language::print_leaf;
use crate::language::syntax::{self, Name, Piece};
use crate::profile::TRACKING;

impl<'a> Checker<'a> {
    /// The condition of a rule or segment, with the warnings that only the whole of it allows.
    pub(super) fn whole_condition(&mut self, condition: &syntax::Condition) -> Option<Condition> {
        let checked = self.condition(condition, Scope::Visitor)?;
        self.contradictions(condition, &checked);
        self.absence_without_age(condition, &checked);
        Some(checked)
    }

    /// A condition; `None` when any leaf of it is in error.
    pub(super) fn condition(&mut self, condition: &syntax::Condition, scope: Scope<'a>) -> Option<Condition> {
        match condition {
            syntax::Condition::All(pieces) => self.pieces(pieces, scope).map(Condition::All),
            syntax::Condition::Any(pieces) => self.pieces(pieces, scope).map(Condition::Any),
            syntax::Condition::Not(negation) => {
                self.condition(&negation.condition, scope).map(|condition| Condition::Not(Box::new(condition)))
            }
            syntax::Condition::Leaf(leaf) => match scope {
                Scope::Visitor => self.shared_leaf(leaf).map(Condition::Leaf),
                Scope::Event(event) => {
                    let (value, test) = self.filter_leaf(event, leaf)?;
                    let (value, test) = self.comparison(value, test, scope)?;
                    let kind = LeafKind::Comparison(value, test);
                    Some(Condition::Leaf(Arc::new(Leaf { text: print_leaf(leaf).into(), kind })))
                }
            },
        }
    }

    /// A test of the visitor. One that stood here or elsewhere before, without a finding, is not checked again.
    fn shared_leaf(&mut self, leaf: &syntax::Leaf) -> Option<Arc<Leaf>> {
        let written: &'a str = self.outlines.get(self.file).map_or("", |outline| outline.text(leaf.at.0));
        if let Some(known) = self.leaves.get(written) {
            return Some(Arc::clone(known));
        }
        let before = (self.findings.len(), self.pattern_uses);
        let kind = self.leaf(leaf)?;
        let shared = Arc::new(Leaf { text: print_leaf(leaf).into(), kind });
        if (self.findings.len(), self.pattern_uses) == before {
            self.leaves.insert(written, &shared, is_possible(&shared));
        }
        Some(shared)
    }

    fn pieces(&mut self, pieces: &[Piece], scope: Scope<'a>) -> Option<Vec<Condition>> {
        // Collected first, so that an error in one piece hides none in the next.
        let checked: Vec<_> = pieces.iter().map(|piece| self.condition(&piece.condition, scope)).collect();
        checked.into_iter().collect()
    }

    fn leaf(&mut self, leaf: &syntax::Leaf) -> Option<LeafKind> {
        match &leaf.kind {
            syntax::LeafKind::Segment(name) => self.segment_named(name).map(LeafKind::Segment),
            syntax::LeafKind::List(name) => self.list_named(name),
            syntax::LeafKind::Consent(name) => self.purpose_named(name),
            syntax::LeafKind::Behaviour(behaviour) => self.behaviour(behaviour).map(LeafKind::Behaviour),
            syntax::LeafKind::Comparison(value, test) => {
                self.comparison(value, test, Scope::Visitor).map(|(value, test)| LeafKind::Comparison(value, test))
            }
        }
    }

    fn segment_named(&mut self, name: &Name) -> Option<usize> {
        if let Some(index) = self.names.segments.index(&name.text) {
            self.used.segments.insert(index);
            return Some(index);
        }
        if self.names.unreadable.contains(name.text.as_str()) {
            return None;
        }
        let help = if self.nouns.schema.lists.contains_key(name.text.as_str()) {
            format!("`{0}` is a list; write: list {0}", name.text)
        } else {
            let names = std::rc::Rc::clone(&self.names);
            let candidates = names.segments.iter().map(|named| named.item.name.text.as_str());
            let otherwise = format!("define it: segment {} {{ .. }}", name.text);
            self.did_you_mean("segment", &name.text, candidates, otherwise)
        };
        self.unknown_noun("unknown-segment", "segment", name.at.0, &name.text, "no file defines it", help);
        None
    }

    fn list_named(&mut self, name: &Name) -> Option<LeafKind> {
        if let Some(list) = self.nouns.schema.lists.get(name.text.as_str()) {
            return Some(LeafKind::List(list.name.clone()));
        }
        let help = if self.names.segments.index(&name.text).is_some() {
            format!("`{0}` is a segment; write: segment {0}", name.text)
        } else {
            let candidates = self.nouns.schema.lists.keys().map(|name| &**name);
            let otherwise =
                format!("declare it under `lists` in rules/schema: {0}: {{file: lists/{0}.txt}}", name.text);
            self.did_you_mean("list", &name.text, candidates, otherwise)
        };
        self.unknown_noun("unknown-list", "list", name.at.0, &name.text, "not declared in rules/schema", help);
        None
    }

    fn purpose_named(&mut self, name: &Name) -> Option<LeafKind> {
        let schema = self.nouns.schema;
        if name.text == TRACKING || schema.purposes.contains_key(name.text.as_str()) {
            return Some(LeafKind::Consent(name.text.as_str().into()));
        }
        let candidates = schema.purposes.keys().map(|name| &**name).chain([TRACKING]);
        let otherwise = format!("declare it under `purposes` in rules/schema: {}: {{default: denied}}", name.text);
        let help = self.did_you_mean("purpose", &name.text, candidates, otherwise);
        self.unknown_noun("unknown-purpose", "purpose", name.at.0, &name.text, "not declared in rules/schema", help);
        None
    }

    /// Reports a name that nothing declares.
    pub(super) fn unknown_noun(
        &mut self,
        code: &'static str,
        what: &str,
        at: Span,
        name: &str,
        label: &str,
        help: String,
    ) {
        let finding = self.error(code, at, format!("unknown {what} `{name}`")).label(label).help(help);
        self.report(finding);
    }
}
