//! What a rule or a variant shows.

use std::sync::Arc;

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Nothing, on purpose.
    Nothing,
    /// Content items by name, in order; at least one.
    Contents(Arc<[Arc<str>]>),
    /// A value written out.
    Literal(serde_json::Value),
}

impl Shown {
    /// The names of the content items; none for a literal and for nothing.
    pub fn contents(&self) -> &[Arc<str>] {
        match self {
            Self::Contents(names) => names,
            Self::Nothing | Self::Literal(_) => &[],
        }
    }
}
