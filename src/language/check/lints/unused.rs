//! Names that nothing uses: segments, measures, content; slots that no rule fills.
//!
//! Runs only over sets without errors: with one, the use of a name may have been lost.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::Checker;
use crate::diagnostic::Diagnostic;
use crate::experiment::{Experiment, Split, Status};
use crate::language::checked;
use crate::language::format::slot_name;
use crate::language::syntax::Name;

impl Checker<'_> {
    pub(in super::super) fn unused(&mut self, slots: &[checked::Slot]) {
        let names = Rc::clone(&self.names);
        let experiments = self.nouns.experiments.experiments.values();
        let parts: HashSet<&str> =
            experiments.flat_map(|experiment| &experiment.segments).map(|(name, _)| &**name).collect();
        for (index, named) in names.segments.iter().enumerate() {
            if !self.used.segments.contains(&index) && !parts.contains(&*named.item.name.text) {
                self.nobody_uses("segment", named.file, &named.item.name);
            }
        }
        for (index, named) in names.measures.iter().enumerate() {
            if !self.used.measures.contains(&index) {
                self.nobody_uses("measure", named.file, &named.item.name);
            }
        }
        self.unused_content();
        self.unused_experiments();
        self.empty_slots(slots);
    }

    fn nobody_uses(&mut self, what: &str, file: usize, name: &Name) {
        self.file = file;
        let finding = self
            .warning("unused-name", name.at.0, format!("nothing uses the {what} `{}`", name.text))
            .label("no rule, segment or measure names it")
            .help("use it, or take it out");
        self.report(finding);
    }

    fn unused_content(&mut self) {
        let catalogue = self.nouns.catalogue;
        let tried: HashSet<&str> =
            self.nouns.experiments.experiments.values().flat_map(Experiment::contents).map(|name| &**name).collect();
        let unused = |name: &&Arc<str>| !self.used.content.contains(&***name) && !tried.contains(&***name);
        for name in catalogue.items.keys().filter(unused) {
            let Some(place) = catalogue.item_places.get(name) else { continue };
            let message = format!("no rule shows the content `{name}`");
            self.findings.push(
                Diagnostic::warning("unused-name", &place.file, place.span, message)
                    .label("never shown")
                    .help("show it in a rule or a variant, or take it out"),
            );
        }
    }

    /// A running experiment that no rule shows enrols nobody. One whose split is made elsewhere needs no rule.
    fn unused_experiments(&mut self) {
        let running =
            |experiment: &&Experiment| experiment.status == Status::Running && experiment.split != Split::External;
        for experiment in self.nouns.experiments.experiments.values().filter(running) {
            if self.used.experiments.contains(&*experiment.name) {
                continue;
            }
            let (name, place) = (&experiment.name, &experiment.place);
            let message = format!("the experiment `{name}` is running and no rule shows it");
            self.findings.push(
                Diagnostic::warning("unused-experiment", &place.file, place.span, message)
                    .label("enrols nobody")
                    .help(format!("write a rule: if .. show experiment {name}")),
            );
        }
    }

    fn empty_slots(&mut self, slots: &[checked::Slot]) {
        let filled =
            |slot: &checked::Slot| slot.blocks.iter().any(|block| !block.rules.is_empty() || block.otherwise.is_some());
        for slot in slots.iter().filter(|slot| !filled(slot)) {
            let Some(place) = self.nouns.catalogue.slot_places.get(&slot.name) else { continue };
            let message = format!("no rule fills the slot `{}`", slot.name);
            self.findings.push(
                Diagnostic::warning("empty-slot", &place.file, place.span, message)
                    .label("always empty")
                    .help(format!("write a block for it: slot {} {{ otherwise show .. }}", slot_name(&slot.name))),
            );
        }
    }
}
