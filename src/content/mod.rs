//! What can be shown: content items with templates, and the slots that take them.
//!
//! In: `rules/content/*.yaml`. Out: a [`Catalogue`] that names every slot with its type and every item with its value;
//! [`Item::render`] fills the templates for one visitor. minijinja lives only here.

mod catalogue_file;
mod shown;
mod slot;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Span;
use crate::profile::{Context, Schema, Visitor};

pub use catalogue_file::MAX_SLOT_NAME_CHARS;
pub use shown::Shown;
pub use slot::{Slot, SlotType};
use template::Filling;
pub use template::{FILTERS, MAX_RENDERED_BYTES, MAX_TEMPLATE_BYTES, RenderError, TEMPLATE_FUEL, TESTS};

/// All slots and content items of a release.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// By name.
    pub slots: BTreeMap<Arc<str>, Slot>,
    /// By name.
    pub items: BTreeMap<Arc<str>, Item>,
    /// Where each slot is declared, by name; a slot that no file declares has no place.
    pub slot_places: BTreeMap<Arc<str>, Place>,
    /// Where each item is described, by name.
    pub item_places: BTreeMap<Arc<str>, Place>,
}

/// The name of a slot or item in a content file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The printed path.
    pub file: Arc<str>,
    /// Of the name.
    pub span: Span,
}

/// One thing that a slot can show.
#[derive(Debug, Clone)]
pub struct Item {
    /// Lower snake case, as rules write it.
    pub name: Arc<str>,
    /// The value as written; texts may hold templates.
    pub value: serde_json::Value,
    /// The only slots that may show it; empty = every slot of its type.
    pub slots: Vec<Arc<str>>,
    /// The value with its templates compiled; `None` when it has none.
    filling: Option<Filling>,
}

impl Item {
    /// An item without templates.
    pub fn plain(name: impl Into<Arc<str>>, value: serde_json::Value, slots: Vec<Arc<str>>) -> Self {
        Self { name: name.into(), value, slots, filling: None }
    }

    /// The value with every template filled in for one visitor and one request.
    ///
    /// Every value that goes into a text is escaped for HTML. A fact that is missing, or whose purpose the visitor has
    /// not granted, falls back to the template's `default(..)`, else to empty text.
    ///
    /// # Errors
    /// [`RenderError`]: a template ran out of fuel, wrote too much, or applied a filter to a value it cannot take.
    pub fn render(
        &self,
        visitor: &Visitor,
        context: &Context,
        schema: &Schema,
    ) -> Result<serde_json::Value, RenderError> {
        match &self.filling {
            None => Ok(self.value.clone()),
            Some(filling) => filling.fill(visitor, context, schema),
        }
    }
}

impl Catalogue {
    /// The one slot that all these contents name as theirs; the only declared slot, if there is just one.
    ///
    /// `None` when a content is unknown, belongs to several slots or to none, or when they disagree.
    pub fn only_slot_of<'n>(&self, contents: impl IntoIterator<Item = &'n str>) -> Option<&Slot> {
        let declared = || self.slots.values().next().filter(|_| self.slots.len() == 1);
        let mut found: Option<&Slot> = None;
        for content in contents {
            let slot = match self.items.get(content)?.slots.as_slice() {
                [] => declared()?,
                [only] => self.slots.get(only)?,
                _ => return None,
            };
            if found.is_some_and(|found| found.name != slot.name) {
                return None;
            }
            found = Some(slot);
        }
        found.or_else(declared)
    }
}

#[cfg(test)]
mod tests;
