//! A place to fill.

use std::sync::Arc;

/// A declared slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Any text; plain (dotted) names need no quotes in rules.
    pub name: Arc<str>,
    /// What its values are.
    pub kind: SlotType,
    /// For people.
    pub description: Option<Arc<str>>,
}

/// The type of a slot's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlotType {
    /// A JSON object.
    Object,
    /// A text.
    Text,
    /// A decimal number; keeps its written form.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// RFC 3339 text.
    Moment,
    /// A length of time as text, `30 minutes`.
    Span,
    /// A dotted version as text.
    Version,
    /// A list of texts.
    List,
}

impl SlotType {
    /// All types, in the order that messages name them.
    pub const ALL: [Self; 9] = [
        Self::Object,
        Self::Text,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Moment,
        Self::Span,
        Self::Version,
        Self::List,
    ];

    /// The word that YAML and messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Moment => "moment",
            Self::Span => "span",
            Self::Version => "version",
            Self::List => "list",
        }
    }
}
