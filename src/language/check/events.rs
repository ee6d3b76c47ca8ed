//! Which events a test looks at: the event's name, the properties that it has, the filter in `with (..)`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Checker;
use super::paths::{Choices, VISIT};
use crate::diagnostic::Span;
use crate::language::checked::{Condition, EventKind, EventQuery, Expr, ExprKind, LeafKind};
use crate::language::syntax::{self, EventRef, Name};
use crate::profile::facts::{self, Fact};
use crate::profile::name::VISIT_START;
use crate::profile::{EventDeclaration, PAGE_EVENT, SCREEN_EVENT, TRACKING, Type};

/// These two follow from all visits; they are no facts of one event.
const NOT_OF_AN_EVENT: [&str; 2] = ["visit.number", "visit.is_new"];

/// Whose names a condition uses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The visitor's and the request's.
    Visitor,
    /// Inside `with (..)`: the properties of this event.
    Event(KnownEvent<'a>),
}

/// An event that rules may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum KnownEvent<'a> {
    Declared(&'a EventDeclaration),
    /// Its properties are the `visit.*` facts with which the visit began.
    VisitStart,
}

/// A property of a known event.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    /// As [`ExprKind::Property`] names it.
    pub name: Arc<str>,
    pub kind: Type,
    pub choices: Choices<'a>,
    pub purpose: Option<Arc<str>>,
}

impl<'a> KnownEvent<'a> {
    pub fn name(self) -> &'a str {
        match self {
            Self::Declared(event) => &event.name,
            Self::VisitStart => VISIT_START,
        }
    }

    /// `None` if it has no such property. A visit's facts are found with and without `visit.`.
    pub fn property(self, name: &str) -> Option<Property<'a>> {
        match self {
            Self::Declared(event) => event.properties.get(name).map(|declared| Property {
                name: Arc::clone(&declared.name),
                kind: declared.kind,
                choices: Choices::Declared(&declared.one_of),
                purpose: declared.purpose.clone(),
            }),
            Self::VisitStart => visit_facts()
                .find(|fact| fact.name == name || fact.name.strip_prefix(VISIT) == Some(name))
                .map(|fact| Property {
                    name: fact.name.into(),
                    kind: fact.kind,
                    choices: Choices::BuiltIn(fact.one_of),
                    purpose: None,
                }),
        }
    }

    pub fn property_names(self) -> Vec<&'a str> {
        match self {
            Self::Declared(event) => event.properties.keys().map(|name| &**name).collect(),
            Self::VisitStart => visit_facts().filter_map(|fact| fact.name.strip_prefix(VISIT)).collect(),
        }
    }

    /// A query for this event; the purposes of `filter` and of `property` count with the event's own.
    pub fn query(self, filter: Option<Condition>, property: Option<&Property<'_>>) -> EventQuery {
        let mut purposes = BTreeSet::new();
        purposes.extend(property.and_then(|property| property.purpose.clone()));
        let kind = match self {
            Self::Declared(event) => {
                purposes.extend(event.purpose.clone());
                let mut read = Vec::new();
                filter.iter().for_each(|filter| properties_read(filter, &mut read));
                purposes.extend(read.into_iter().filter_map(|name| event.properties.get(&name)?.purpose.clone()));
                EventKind::Named(Arc::clone(&event.name))
            }
            Self::VisitStart => EventKind::VisitStart,
        };
        purposes.remove(TRACKING);
        EventQuery { kind, purposes: purposes.into_iter().collect(), filter: filter.map(Box::new) }
    }
}

fn visit_facts() -> impl Iterator<Item = &'static Fact> {
    facts::BUILT_IN.iter().filter(|fact| fact.name.starts_with(VISIT) && !NOT_OF_AN_EVENT.contains(&fact.name))
}

fn properties_read(filter: &Condition, read: &mut Vec<Arc<str>>) {
    match filter {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| properties_read(part, read)),
        Condition::Not(part) => properties_read(part, read),
        Condition::Leaf(leaf) => {
            if let LeafKind::Comparison(Expr { node: ExprKind::Property(name), .. }, _) = &leaf.kind {
                read.push(Arc::clone(name));
            }
        }
    }
}

impl<'a> Checker<'a> {
    /// The event that `did` and `days since last` name, with its filter.
    pub(super) fn event_query(&mut self, event: &EventRef) -> Option<EventQuery> {
        let known = self.event(&event.name);
        let filter = self.filter(known, event.filter.as_deref());
        Some(known?.query(filter?, None))
    }

    /// A filter of an event: `None` = in error, `Some(None)` = there is none. Of an unknown event nothing can be said.
    pub(super) fn filter(
        &mut self,
        event: Option<KnownEvent<'a>>,
        filter: Option<&syntax::Condition>,
    ) -> Option<Option<Condition>> {
        match (event, filter) {
            (Some(event), Some(filter)) => {
                let checked = self.condition(filter, Scope::Event(event))?;
                self.contradictions(filter, &checked);
                Some(Some(checked))
            }
            _ => Some(None),
        }
    }

    pub(super) fn event(&mut self, name: &Name) -> Option<KnownEvent<'a>> {
        self.event_named(&name.text, name.at.0)
    }

    pub(super) fn event_named(&mut self, name: &str, at: Span) -> Option<KnownEvent<'a>> {
        if name == VISIT_START {
            return Some(KnownEvent::VisitStart);
        }
        if let Some(event) = self.nouns.schema.events.get(name) {
            return Some(KnownEvent::Declared(event));
        }
        let help = self.unknown_event_help(name);
        let finding = self
            .error("unknown-event", at, format!("unknown event `{name}`"))
            .label("not declared in rules/schema")
            .help(help);
        self.report(finding);
        None
    }

    fn unknown_event_help(&mut self, name: &str) -> String {
        let declare = format!("declare it under `events` in rules/schema: {name}: {{}}");
        match name {
            PAGE_EVENT => "for page views write: visited \"/pricing\"".to_owned(),
            SCREEN_EVENT => "screen views have no rules; send and declare an event of your own".to_owned(),
            _ if self.nouns.schema.attributes.contains_key(name) => format!("`{name}` is an attribute; {declare}"),
            _ if self.names.segments.index(name).is_some() => format!("`{name}` is a segment; write: segment {name}"),
            _ => {
                let events = self.nouns.schema.events.keys().map(|name| &**name).chain([VISIT_START]);
                self.did_you_mean("event", name, events, declare)
            }
        }
    }
}
