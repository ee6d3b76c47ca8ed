//! Tests that were checked before: equal texts of one set share one leaf.
//!
//! Rules repeat their tests: 100,000 rules over 200 countries name each country 500 times. Only what gave no finding is
//! remembered, so that a fault is told at each place where it stands.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::language::checked::Leaf;

/// The leaves of visitors' conditions so far.
#[derive(Debug, Default)]
pub(super) struct Leaves<'a> {
    by_text: HashMap<&'a str, Arc<Leaf>>,
    /// Those that can be true by themselves. Their addresses: all of them are held above.
    possible: HashSet<*const Leaf>,
}

impl<'a> Leaves<'a> {
    /// A leaf by its text as written.
    pub fn get(&self, written: &str) -> Option<&Arc<Leaf>> {
        self.by_text.get(written)
    }

    /// Remembers a leaf; `possible` when it can be true by itself.
    pub fn insert(&mut self, written: &'a str, leaf: &Arc<Leaf>, possible: bool) {
        if self.by_text.insert(written, Arc::clone(leaf)).is_none() && possible {
            self.possible.insert(Arc::as_ptr(leaf));
        }
    }

    /// Whether this leaf is known to be possible by itself.
    pub fn is_possible(&self, leaf: &Arc<Leaf>) -> bool {
        self.possible.contains(&Arc::as_ptr(leaf))
    }
}
