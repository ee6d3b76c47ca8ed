//! Names that nothing uses: segments, measures, content; slots that no rule fills.
//!
//! Runs only over sets without errors: with one, the use of a name may have been lost.

use std::rc::Rc;

use super::super::Checker;
use crate::diagnostic::Diagnostic;
use crate::language::checked;
use crate::language::format::slot_name;
use crate::language::syntax::Name;

impl Checker<'_> {
    pub(in super::super) fn unused(&mut self, slots: &[checked::Slot]) {
        let names = Rc::clone(&self.names);
        for (index, named) in names.segments.iter().enumerate() {
            if !self.used.segments.contains(&index) {
                self.nobody_uses("segment", named.file, &named.item.name);
            }
        }
        for (index, named) in names.measures.iter().enumerate() {
            if !self.used.measures.contains(&index) {
                self.nobody_uses("measure", named.file, &named.item.name);
            }
        }
        self.unused_content();
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
        for name in catalogue.items.keys().filter(|name| !self.used.content.contains(&***name)) {
            let Some(place) = catalogue.item_places.get(name) else { continue };
            let message = format!("no rule shows the content `{name}`");
            self.findings.push(
                Diagnostic::warning("unused-name", &place.file, place.span, message)
                    .label("never shown")
                    .help("show it in a rule, or take it out"),
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
