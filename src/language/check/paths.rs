//! Names of values: attributes, measures, facts of the request, properties of events.

use std::rc::Rc;
use std::sync::Arc;

use super::Checker;
use super::events::{KnownEvent, Property, Scope};
use super::values::Node;
use crate::diagnostic::Span;
use crate::language::checked::ExprKind;
use crate::language::syntax::{End, Name, Path};
use crate::profile::{Type, facts};

/// What the facts of a visit begin with.
pub(super) const VISIT: &str = "visit.";

/// The only values that a text may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choices<'a> {
    Any,
    Declared(&'a [Arc<str>]),
    BuiltIn(&'static [&'static str]),
}

impl<'a> Choices<'a> {
    /// In the order of their declaration; empty = any text will do.
    pub fn all(self) -> Vec<&'a str> {
        match self {
            Self::Any => Vec::new(),
            Self::Declared(choices) => choices.iter().map(|choice| &**choice).collect(),
            Self::BuiltIn(choices) => choices.to_vec(),
        }
    }

    pub fn allow(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Declared(choices) => choices.is_empty() || choices.iter().any(|choice| **choice == *text),
            Self::BuiltIn(choices) => choices.is_empty() || choices.contains(&text),
        }
    }
}

/// The part of a name that begins `from` bytes into it.
pub(super) fn part(at: Span, from: usize, length: usize) -> Span {
    Span::new(at.start + from, at.start + from + length)
}

impl<'a> Checker<'a> {
    pub(super) fn path(&mut self, path: &Path, scope: Scope<'a>) -> Option<Node<'a>> {
        match (scope, path.end) {
            (Scope::Event(event), None) => self.property_of_this_event(event, &path.name),
            (Scope::Event(event), Some(_)) => {
                self.only_properties(event, &path.name);
                None
            }
            (Scope::Visitor, Some(end)) => self.of_event(end, &path.name),
            (Scope::Visitor, None) => self.noun(&path.name),
        }
    }

    fn noun(&mut self, name: &Name) -> Option<Node<'a>> {
        match name.text.split_once('.') {
            None => self.attribute_or_measure(name),
            Some(("visit" | "local", _)) => self.built_in(name),
            Some(("context", declared)) => self.context_fact(name, declared),
            Some(("model" | "cluster" | "item", _)) => {
                self.not_yet(&name.text, name.at.0);
                None
            }
            Some((head, tail)) => {
                self.which_event(name, head, tail);
                None
            }
        }
    }

    fn attribute_or_measure(&mut self, name: &Name) -> Option<Node<'a>> {
        if let Some(index) = self.names.measures.index(&name.text) {
            self.used.measures.insert(index);
            // A measure in error has been reported where it stands.
            let (measure, choices) = self.checked_measures.get(index)?.as_ref()?;
            return Some(Node { kind: measure.value.kind, node: ExprKind::Measure(index), choices: *choices });
        }
        if let Some(declared) = self.nouns.schema.attributes.get(name.text.as_str()) {
            let node = ExprKind::Attribute { name: Arc::clone(&declared.name), purpose: declared.purpose.clone() };
            return Some(Node { kind: declared.kind, node, choices: Choices::Declared(&declared.one_of) });
        }
        if self.names.unreadable.contains(name.text.as_str()) {
            return None;
        }
        let help = self.unknown_attribute_help(&name.text);
        let finding = self
            .error("unknown-attribute", name.at.0, format!("unknown attribute `{}`", name.text))
            .label("not declared in rules/schema")
            .help(help);
        self.report(finding);
        None
    }

    fn unknown_attribute_help(&mut self, name: &str) -> String {
        let schema = self.nouns.schema;
        let fact = facts::BUILT_IN.iter().find(|fact| fact.name.split_once('.').is_some_and(|(_, last)| last == name));
        match name {
            "true" => "write: yes".to_owned(),
            "false" => "write: no".to_owned(),
            _ if fact.is_some() => format!("did you mean `{}`?", fact.map_or("", |fact| fact.name)),
            _ if schema.context.contains_key(name) => format!("did you mean `context.{name}`?"),
            _ if self.names.segments.index(name).is_some() => format!("`{name}` is a segment; write: segment {name}"),
            _ if schema.lists.contains_key(name) => format!("`{name}` is a list; write: list {name}"),
            _ if schema.events.contains_key(name) => format!("`{name}` is an event; write: did {name}"),
            _ => {
                let attributes = schema.attributes.keys().map(|name| &**name);
                let names = Rc::clone(&self.names);
                let measures = names.measures.iter().map(|named| named.item.name.text.as_str());
                let declare = format!("declare it under `attributes` in rules/schema: {name}: {{type: text}}");
                self.did_you_mean("attribute", name, attributes.chain(measures), declare)
            }
        }
    }

    fn built_in(&mut self, name: &Name) -> Option<Node<'a>> {
        if let Some(fact) = facts::BUILT_IN.iter().find(|fact| fact.name == name.text) {
            let node = ExprKind::Fact { name: fact.name.into(), purpose: None };
            return Some(Node { kind: fact.kind, node, choices: Choices::BuiltIn(fact.one_of) });
        }
        let root = name.text.split_once('.').map_or("", |(root, _)| root);
        let names: Vec<&str> = facts::BUILT_IN.iter().map(|fact| fact.name).collect();
        let of_root: Vec<&str> = names.iter().copied().filter(|name| name.split('.').next() == Some(root)).collect();
        let otherwise = format!("there are: {}", of_root.join(", "));
        let help = self.did_you_mean("fact", &name.text, names, otherwise);
        let finding = self
            .error("unknown-fact", name.at.0, format!("unknown fact `{}`", name.text))
            .label("not a built-in fact")
            .help(help);
        self.report(finding);
        None
    }

    fn context_fact(&mut self, name: &Name, declared: &str) -> Option<Node<'a>> {
        if let Some(fact) = self.nouns.schema.context.get(declared) {
            let node = ExprKind::Fact { name: name.text.as_str().into(), purpose: fact.purpose.clone() };
            return Some(Node { kind: fact.kind, node, choices: Choices::Declared(&fact.one_of) });
        }
        let candidates = self.nouns.schema.context.keys().map(|name| &**name);
        let help = match self.nearest("context fact", declared, candidates) {
            Some(near) => format!("did you mean `context.{near}`?"),
            None => format!("declare it under `context` in rules/schema: {declared}: {{type: text}}"),
        };
        let finding = self
            .error("unknown-fact", name.at.0, format!("unknown fact `{}`", name.text))
            .label("not declared in rules/schema")
            .help(help);
        self.report(finding);
        None
    }

    fn of_event(&mut self, end: End, name: &Name) -> Option<Node<'a>> {
        let before = match end {
            End::First => "first",
            End::Last => "last",
        };
        let (event, property) = self.event_property(name, before)?;
        let query = event.query(None, Some(&property));
        let Property { name, kind, choices, .. } = property;
        Some(Node { kind, node: ExprKind::OfEvent { end, query, property: name }, choices })
    }

    /// Reports `order.amount` without saying of which order.
    fn which_event(&mut self, name: &Name, head: &str, tail: &str) {
        let schema = self.nouns.schema;
        if head == "visitor" && schema.attributes.contains_key(tail) {
            let finding = self
                .error("unknown-event", part(name.at.0, 0, head.len()), format!("unknown name `{}`", name.text))
                .label("attributes need no prefix")
                .help(format!("write: {tail}"));
            self.report(finding);
            return;
        }
        let roots = ["visit", "local", "context"];
        if !schema.events.contains_key(head)
            && let Some(near) = self.nearest("root of a name", head, roots)
        {
            let finding = self
                .error("unknown-fact", part(name.at.0, 0, head.len()), format!("unknown name `{}`", name.text))
                .label("no name begins like this")
                .help(format!("did you mean `{near}.{tail}`?"));
            self.report(finding);
            return;
        }
        let Some((_, property)) = self.event_property(name, "last") else { return };
        let full = &name.text;
        let help = match property.kind {
            Type::Number => format!("write: last {full}, or: sum of {full} in last 30 days"),
            Type::List => format!("write: last {full}"),
            _ => format!("write: last {full}, or: favourite of {full} in last 30 days"),
        };
        let finding = self
            .error("which-event", name.at.0, format!("`{full}` does not say of which `{head}`"))
            .label("there can be many events")
            .help(help);
        self.report(finding);
    }

    fn property_of_this_event(&mut self, event: KnownEvent<'a>, name: &Name) -> Option<Node<'a>> {
        if let Some(property) = event.property(&name.text) {
            let Property { name, kind, choices, .. } = property;
            return Some(Node { kind, node: ExprKind::Property(name), choices });
        }
        let known_outside = self.nouns.schema.attributes.contains_key(name.text.as_str())
            || self.names.measures.index(&name.text).is_some();
        if known_outside || name.text.contains('.') {
            self.only_properties(event, name);
        } else {
            self.unknown_property(event, &name.text, name.at.0);
        }
        None
    }

    /// Reports a name inside `with (..)` that means something outside of it only.
    fn only_properties(&mut self, event: KnownEvent<'a>, name: &Name) {
        if let Some(index) = self.names.measures.index(&name.text) {
            self.used.measures.insert(index);
        }
        let own =
            name.text.split_once('.').filter(|(head, tail)| *head == event.name() && event.property(tail).is_some());
        let help = match own {
            Some((_, tail)) => format!("write: {tail}"),
            None => format!("put this test outside the brackets: did {} with (..) and {} ..", event.name(), name.text),
        };
        let finding = self
            .error("not-in-filter", name.at.0, format!("`{}` is no property of `{}`", name.text, event.name()))
            .label("inside `with (..)` names are properties of the event")
            .help(help);
        self.report(finding);
    }

    /// Reports what a later release of the language will have.
    pub(super) fn not_yet(&mut self, name: &str, at: Span) {
        let (what, help) = match name.split_once('.').map(|(root, _)| root) {
            Some("model") => ("model scores", "until then compare an attribute that your model fills"),
            Some("cluster") => ("clusters", "until then compare an attribute that your clustering fills"),
            _ => ("rankings", "until then show content by name"),
        };
        let finding =
            self.error("not-yet-supported", at, format!("{what} are not supported yet")).label("not yet").help(help);
        self.report(finding);
    }
}
