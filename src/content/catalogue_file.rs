//! Reads `rules/content/*.yaml`.
//!
//! Several files make one catalogue; a name that two files declare is an error in the later one. Slots are read from
//! all files before any item, so that an item may stand in an earlier file than its slot.

use std::sync::Arc;

use super::template::Compiler;
use super::{Catalogue, Item, Place, Slot, SlotType};
use crate::diagnostic::{Diagnostic, Span};
use crate::profile::{Schema, name, read_type};
use crate::yaml::{self, DeclaredOnce, Entry, Kind, Node, Reader};

/// A longer slot name is refused: it stands in answers and metrics.
pub const MAX_SLOT_NAME_CHARS: usize = 128;

const SLOT: Kind = "slot";
const CONTENT: Kind = "content";

impl Catalogue {
    /// Reads the content files of a set, in the order given: printed path and text of each.
    ///
    /// Whatever can be read is in the result, so that rules can be checked against it; it counts only if the findings
    /// hold no error.
    pub fn read(files: &[(Arc<str>, Arc<str>)], schema: &Schema, findings: &mut Vec<Diagnostic>) -> Self {
        let roots: Vec<(usize, Node)> = files
            .iter()
            .enumerate()
            .filter_map(|(index, (file, text))| Some((index, yaml::read(file, text, findings)?)))
            .collect();
        let mut building =
            Building { catalogue: Self::default(), templates: Compiler::new(schema), seen: DeclaredOnce::default() };
        for (index, root) in &roots {
            let Some((file, text)) = files.get(*index) else { continue };
            building.seen.begin(file, text);
            building.slots(&mut Reader::new(file, findings), root);
        }
        for (index, root) in &roots {
            let Some((file, text)) = files.get(*index) else { continue };
            building.seen.begin(file, text);
            building.items(&mut Reader::new(file, findings), root, text);
        }
        let Building { mut catalogue, templates, seen, .. } = building;
        templates.finish(&mut catalogue);
        for (kind, name, file, span) in seen.into_places() {
            let places = if kind == SLOT { &mut catalogue.slot_places } else { &mut catalogue.item_places };
            places.insert(name, Place { file, span });
        }
        catalogue
    }
}

struct Building<'a> {
    catalogue: Catalogue,
    templates: Compiler<'a>,
    seen: DeclaredOnce,
}

impl Building<'_> {
    fn slots(&mut self, reader: &mut Reader<'_>, root: &Node) {
        let mut fields = reader.fields(root, root.span, "content: {name: {value: a text}}");
        let slots = fields.get("slots").map(|node| reader.entries(node)).unwrap_or_default();
        fields.get("content");
        fields.close_with(reader, &name::where_else);
        for entry in slots {
            if is_slot_name(reader, entry)
                && self.seen.is_new(reader, SLOT, entry)
                && let Some(slot) = slot(reader, entry)
            {
                self.catalogue.slots.insert(Arc::clone(&slot.name), slot);
            }
        }
    }

    fn items(&mut self, reader: &mut Reader<'_>, root: &Node, text: &str) {
        let yaml::Value::Map(sections) = &root.value else { return };
        let content = sections.iter().find(|section| &*section.key == "content");
        for entry in content.map(|section| reader.entries(&section.value)).unwrap_or_default() {
            let free = name::check_shape(&entry.key).and_then(|()| name::check_free(&entry.key, "content", &[], true));
            if let Err(bad) = free {
                reader.error(bad.code, entry.key_span, bad.message, bad.help);
            } else if self.seen.is_new(reader, CONTENT, entry)
                && let Some(item) = self.item(reader, entry, text)
            {
                self.catalogue.items.insert(Arc::clone(&item.name), item);
            }
        }
    }

    fn item(&mut self, reader: &mut Reader<'_>, entry: &Entry, text: &str) -> Option<Item> {
        let example = format!("{}: {{value: ..}}", entry.key);
        let mut fields = reader.fields(&entry.value, entry.key_span, &example);
        let help = "say what is shown: `value: {headline: Welcome}` or `value: a text`";
        let value = fields.need(reader, "value", help);
        let slots = fields.get("slots").map(|node| self.named_slots(reader, node)).unwrap_or_default();
        fields.close(reader);
        let node = value?;
        let value = node.to_json();
        for (slot, span) in &slots {
            if let Some(declared) = self.catalogue.slots.get(slot)
                && let Err(message) = declared.kind.fits(&value)
            {
                let message = format!("`{}` does not fit the slot `{slot}`: {message}", entry.key);
                reader.findings.push(
                    Diagnostic::error("unfit-content", reader.file, node.span, message)
                        .also(*span, format!("`{slot}` takes {}", declared.kind.described()))
                        .help("change the value, or the slots that may show it"),
                );
            }
        }
        let slots = slots.into_iter().map(|(slot, _)| slot).collect();
        let item = Item::plain(Arc::clone(&entry.key), value, slots);
        self.templates.add(reader, &item, node, text);
        Some(item)
    }

    /// The declared slots that an item lists, with their places.
    fn named_slots(&self, reader: &mut Reader<'_>, node: &Node) -> Vec<(Arc<str>, Span)> {
        let mut named: Vec<(Arc<str>, Span)> = Vec::new();
        for item in reader.list(node).unwrap_or_default() {
            let Some(slot) = reader.text(item) else { continue };
            if named.iter().any(|(other, _)| other == slot) {
                reader.error("duplicate-slot", item.span, format!("the slot `{slot}` is listed twice"), "remove one");
            } else if self.catalogue.slots.contains_key(slot) {
                named.push((Arc::clone(slot), item.span));
            } else {
                let declared = self.catalogue.slots.keys().map(|name| &**name);
                let message = format!("unknown slot `{slot}`");
                reader.unknown("unknown-slot", item.span, message, slot, declared);
            }
        }
        named
    }
}

fn is_slot_name(reader: &mut Reader<'_>, entry: &Entry) -> bool {
    let good = !entry.key.trim().is_empty()
        && entry.key.chars().count() <= MAX_SLOT_NAME_CHARS
        && !entry.key.chars().any(char::is_control);
    if !good {
        let message = format!("a slot's name has 1 to {MAX_SLOT_NAME_CHARS} printable characters");
        reader.error("bad-name", entry.key_span, message, "use a name such as `home_hero` or `new-welcome-banner`");
    }
    good
}

fn slot(reader: &mut Reader<'_>, entry: &Entry) -> Option<Slot> {
    let types = SlotType::ALL.map(|kind| (kind.word(), kind));
    let mut fields = reader.fields(&entry.value, entry.key_span, &format!("{}: {{type: object}}", entry.key));
    let kind = fields
        .need(reader, "type", "say what the slot takes, such as `type: object`")
        .and_then(|node| read_type(reader, node, &types));
    let description = fields.text(reader, "description").cloned();
    fields.close(reader);
    Some(Slot { name: Arc::clone(&entry.key), kind: kind?, description })
}
