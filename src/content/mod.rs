//! What can be shown: content items with templates, and the slots that take them.
//!
//! In: `rules/content/*.yaml`. Out: a [`Catalogue`] that names every slot with its type and every item with its value;
//! [`Item::render`] fills the templates for one visitor. minijinja lives only here.

mod catalogue_file;
mod slot;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use slot::{Slot, SlotType};

/// All slots and content items of a release.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// By name.
    pub slots: BTreeMap<Arc<str>, Slot>,
    /// By name.
    pub items: BTreeMap<Arc<str>, Item>,
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
}
