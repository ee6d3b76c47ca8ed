//! What a rule shows, and whether it fits the slot.

use std::sync::Arc;

use serde_json::{Number, Value};

use super::Checker;
use crate::content::{Item, Shown, Slot};
use crate::diagnostic::{Diagnostic, Span};
use crate::experiment::{Split, Variant};
use crate::language::checked::Outcome;
use crate::language::syntax::{self, Literal, LiteralKind, Name, OutcomeKind};

impl<'a> Checker<'a> {
    /// An outcome in a slot; without a slot (it is unknown) only names are checked.
    pub(super) fn outcome(&mut self, outcome: &syntax::Outcome, slot: Option<&'a Slot>) -> Option<Outcome> {
        match &outcome.kind {
            OutcomeKind::Nothing => Some(Outcome::Show(Shown::Nothing)),
            OutcomeKind::Experiment(name) => self.experiment(name, slot),
            OutcomeKind::Ranking(name) => self.later("rankings", name),
            OutcomeKind::Contents(names) => {
                let checked: Vec<_> = names.iter().map(|name| self.shown(name, slot)).collect();
                Some(Outcome::Show(Shown::Contents(checked.into_iter().collect::<Option<_>>()?)))
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

    /// Every variant must fit the slot. What is wrong with a variant alone is reported where it is defined.
    fn experiment(&mut self, name: &Name, slot: Option<&'a Slot>) -> Option<Outcome> {
        let experiments = self.nouns.experiments;
        let Some(experiment) = experiments.get(&name.text) else {
            if experiments.faulty.contains(name.text.as_str()) {
                // Its own mistakes are reported where it is defined.
                return None;
            }
            let names = experiments.experiments.keys().map(|name| &**name);
            let otherwise = format!("define it in the experiments folder: experiment: {}", name.text);
            let help = self.did_you_mean("experiment", &name.text, names, otherwise);
            let label = "not defined in the experiments folder";
            self.unknown_noun("unknown-experiment", "experiment", name.at.0, &name.text, label, help);
            return None;
        };
        self.used.experiments.insert(&experiment.name);
        if experiment.split == Split::External {
            let message = format!("the split of `{}` is made elsewhere", experiment.name);
            let finding = self
                .error("external-experiment", name.at.0, message)
                .label("its `assignment` is `external`")
                .help("take the rule out, or write `assignment: hash` to let Segue make the split");
            self.report(finding);
            return None;
        }
        let slot = slot?;
        let mut fits = true;
        for variant in &experiment.variants {
            fits &= self.variant_fits(variant, slot, name.at.0).is_some();
        }
        fits.then(|| Outcome::Experiment(Arc::clone(&experiment.name)))
    }

    fn variant_fits(&mut self, variant: &'a Variant, slot: &'a Slot, at: Span) -> Option<()> {
        let of_variant = |finding: Diagnostic| {
            let message = format!("{} (variant `{}`)", finding.message, variant.name);
            Diagnostic { message, ..finding }
        };
        let before = self.findings.len();
        let fits = match &variant.shown {
            Shown::Nothing => Some(()),
            Shown::Literal(value) => match slot.kind.fits(value) {
                Ok(()) => Some(()),
                Err(misfit) => {
                    self.misfit(slot, &misfit, at);
                    None
                }
            },
            Shown::Contents(names) => {
                let items = &self.nouns.catalogue.items;
                let all: Vec<_> = names
                    .iter()
                    .filter_map(|name| items.get(name))
                    .map(|item| self.content_fits(item, slot, at))
                    .collect();
                all.into_iter().collect()
            }
        };
        for finding in self.findings.split_off(before) {
            self.findings.push(of_variant(finding));
        }
        fits
    }

    fn shown(&mut self, name: &Name, slot: Option<&'a Slot>) -> Option<Arc<str>> {
        let item = self.content_named(name)?;
        self.used.content.insert(&item.name);
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
        Some(Outcome::Show(Shown::Literal(value)))
    }

    fn misfit(&mut self, slot: &Slot, misfit: &str, at: Span) {
        let finding = self
            .error("wrong-type", at, format!("this does not fit the slot `{}`", slot.name))
            .label(misfit)
            .help(format!("the slot takes {}", slot.kind.described()));
        self.report(finding);
    }
}
