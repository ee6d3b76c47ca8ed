//! `order.amount`: a property of an event, as `first`, `last` and the aggregates name it.

use super::Checker;
use super::events::{KnownEvent, Property};
use super::paths::{VISIT, part};
use crate::diagnostic::Span;
use crate::language::syntax::Name;
use crate::profile::name::VISIT_START;

impl<'a> Checker<'a> {
    /// The event and the property of a dotted name. `before` is what stands before it, for messages: `first`, `sum of`.
    pub(super) fn event_property(&mut self, name: &Name, before: &str) -> Option<(KnownEvent<'a>, Property<'a>)> {
        let at = name.at.0;
        let Some((head, tail)) = name.text.split_once('.') else {
            self.missing_property(&name.text, at, before);
            return None;
        };
        match head {
            "visit" => {
                let found = KnownEvent::VisitStart.property(tail);
                if found.is_none() {
                    self.not_of_a_visit(&name.text, at);
                }
                Some((KnownEvent::VisitStart, found?))
            }
            "local" | "context" => {
                let finding = self
                    .error("not-an-event", at, format!("`{}` is a fact of this request, not of an event", name.text))
                    .label(format!("`{before}` needs an event"))
                    .help(format!("for its value now write: {}", name.text));
                self.report(finding);
                None
            }
            "model" | "cluster" | "item" => {
                self.not_yet(&name.text, at);
                None
            }
            _ => {
                let event = self.event_named(head, part(at, 0, head.len()))?;
                let found = event.property(tail);
                if found.is_none() {
                    self.unknown_property(event, tail, part(at, head.len() + 1, tail.len()));
                }
                Some((event, found?))
            }
        }
    }

    fn missing_property(&mut self, name: &str, at: Span, before: &str) {
        if self.nouns.schema.attributes.contains_key(name) || self.names.measures.index(name).is_some() {
            let what = if self.names.measures.index(name).is_some() { "a measure" } else { "an attribute" };
            let finding = self
                .error("not-an-event", at, format!("`{name}` is {what}, not an event"))
                .label(format!("`{before}` needs an event and its property"))
                .help(format!("for its value write: {name}"));
            self.report(finding);
            return;
        }
        let Some(event) = self.event_named(name, at) else { return };
        let names = event.property_names();
        let dotted = |property: &&str| match event {
            KnownEvent::Declared(event) => format!("{before} {}.{property}", event.name),
            KnownEvent::VisitStart => format!("{before} {VISIT}{property}"),
        };
        let help = match names.first().map(dotted) {
            Some(example) => format!("for example: {example}"),
            None => format!("declare its properties in rules/schema: {name}: {{properties: {{..}}}}"),
        };
        let finding = self
            .error("missing-property", at, format!("`{before} {name}` does not say which property"))
            .label("an event has several facts")
            .help(help);
        self.report(finding);
    }

    /// Reports a `visit.*` name that no event carries.
    fn not_of_a_visit(&mut self, name: &str, at: Span) {
        let names: Vec<&str> = KnownEvent::VisitStart.property_names();
        let help = match self.nearest("fact of a visit", name.trim_start_matches(VISIT), names) {
            Some(near) => format!("did you mean `{VISIT}{near}`?"),
            None => format!("the facts with which a visit begins are the properties of `{VISIT_START}`"),
        };
        let finding = self
            .error("unknown-fact", at, format!("a visit does not begin with a fact `{name}`"))
            .label("not a fact of one visit")
            .help(help);
        self.report(finding);
    }

    /// Reports a name that is no property of the event.
    pub(super) fn unknown_property(&mut self, event: KnownEvent<'a>, name: &str, at: Span) {
        let table = format!("property of {}", event.name());
        let names = event.property_names();
        let otherwise = if names.is_empty() {
            format!("declare it in rules/schema: {}: {{properties: {{{name}: {{type: text}}}}}}", event.name())
        } else {
            format!("its properties are: {}", names.join(", "))
        };
        let help = self.did_you_mean(&table, name, names, otherwise);
        let finding = self
            .error("unknown-property", at, format!("the event `{}` has no property `{name}`", event.name()))
            .label("not declared in rules/schema")
            .help(help);
        self.report(finding);
    }
}
