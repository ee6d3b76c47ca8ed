//! What is kept of a visitor with their first exposure: the values by which results are broken down.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Experiment;

/// A longer value is cut: a result is broken down by few values, and each exposure keeps its own.
pub const MAX_DIMENSION_BYTES: usize = 200;

impl Experiment {
    /// The dimensions of its breakdowns, each once, in the order of their names.
    pub fn dimensions(&self) -> BTreeSet<&Arc<str>> {
        self.breakdowns.iter().flatten().collect()
    }

    /// The values of its dimensions, as far as they are `known`; cut after [`MAX_DIMENSION_BYTES`].
    pub fn dimensions_of<'v>(&self, known: impl Fn(&str) -> Option<Cow<'v, str>>) -> BTreeMap<Arc<str>, Arc<str>> {
        let value = |name: &Arc<str>| {
            let value = known(name)?;
            let end = value.floor_char_boundary(MAX_DIMENSION_BYTES);
            Some((Arc::clone(name), Arc::from(value.get(..end)?)))
        };
        self.dimensions().into_iter().filter_map(value).collect()
    }
}
