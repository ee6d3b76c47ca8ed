//! What a rule shows, and whether it fits the slot.

use std::sync::Arc;

use serde_json::{Number, Value};

use super::Checker;
use crate::content::{Item, Slot};
use crate::diagnostic::Span;
use crate::language::checked::Outcome;
use crate::language::syntax::{self, Literal, LiteralKind, Name, OutcomeKind};

impl<'a> Checker<'a> {
    /// An outcome in a slot; without a slot (it is unknown) only names are checked.
    pub(super) fn outcome(&mut self, outcome: &'a syntax::Outcome, slot: Option<&'a Slot>) -> Option<Outcome> {
        match &outcome.kind {
            OutcomeKind::Nothing => Some(Outcome::Nothing),
            OutcomeKind::Experiment(name) => self.later("experiments", name),
            OutcomeKind::Ranking(name) => self.later("rankings", name),
            OutcomeKind::Contents(names) => {
                let checked: Vec<_> = names.iter().map(|name| self.shown(name, slot)).collect();
                checked.into_iter().collect::<Option<_>>().map(Outcome::Contents)
            }
            OutcomeKind::Literal(literal) => self.literal_outcome(literal, slot),
        }
    }

    fn later(&mut self, what: &str, name: &Name) -> Option<Outcome> {
        let finding = self
            .error("not-yet-supported", name.at.0, format!("{what} are not supported yet"))
            .label("not yet")
            .help("until then show content by name");
        self.report(finding);
        None
    }

    fn shown(&mut self, name: &'a Name, slot: Option<&'a Slot>) -> Option<Arc<str>> {
        let item = self.content_named(name)?;
        self.used.content.insert(&name.text);
        if let Some(slot) = slot {
            self.content_fits(item, slot, name.at.0)?;
        }
        Some(Arc::clone(&item.name))
    }

    /// The item of this name; reports it if there is none.
    fn content_named(&mut self, name: &Name) -> Option<&'a Item> {
        let items = &self.nouns.catalogue.items;
        if let Some(item) = items.get(name.text.as_str()) {
            return Some(item);
        }
        let otherwise = match name.text.as_str() {
            "true" => "write: show yes".to_owned(),
            "false" => "write: show no".to_owned(),
            _ => format!("describe it under `content` in rules/content: {}: {{value: ..}}", name.text),
        };
        let help = self.did_you_mean("content", &name.text, items.keys().map(|name| &**name), otherwise);
        self.unknown_noun("unknown-content", "content", name.at.0, &name.text, "not described in rules/content", help);
        None
    }

    fn content_fits(&mut self, item: &'a Item, slot: &Slot, at: Span) -> Option<()> {
        if !item.slots.is_empty() && !item.slots.contains(&slot.name) {
            let finding = self
                .error("wrong-slot", at, format!("`{}` is not made for the slot `{}`", item.name, slot.name))
                .label(format!("its `slots` are: {}", item.slots.join(", ")))
                .help(format!(
                    "add `{}` to the `slots` of `{}` in rules/content, or show something else",
                    slot.name, item.name
                ));
            self.report(finding);
            return None;
        }
        match slot.kind.fits(&item.value) {
            Ok(()) => Some(()),
            Err(misfit) => {
                self.misfit(slot, &misfit, at);
                None
            }
        }
    }

    fn literal_outcome(&mut self, literal: &Literal, slot: Option<&Slot>) -> Option<Outcome> {
        let at = literal.at.0;
        let value = match &literal.kind {
            LiteralKind::Boolean(yes) => Value::Bool(*yes),
            LiteralKind::Number(number) => Value::Number(number.to_string().parse::<Number>().ok()?),
            LiteralKind::Text(text) => Value::String(self.text(text, at)?.to_string()),
        };
        if let Some(slot) = slot
            && let Err(misfit) = slot.kind.fits(&value)
        {
            self.misfit(slot, &misfit, at);
            return None;
        }
        Some(Outcome::Literal(value))
    }

    fn misfit(&mut self, slot: &Slot, misfit: &str, at: Span) {
        let finding = self
            .error("wrong-type", at, format!("this does not fit the slot `{}`", slot.name))
            .label(misfit)
            .help(format!("the slot takes {}", slot.kind.described()));
        self.report(finding);
    }
}
