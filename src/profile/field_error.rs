//! What is wrong with a request, and what was passed over in it.

use serde_json::{Map, Value as Json};

/// A field of a request that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {message}")]
pub struct FieldError {
    /// The path in the body: `visitor.attributes.age`, `visitor.events[3].timestamp`.
    pub field: String,
    /// What is wrong. Values of sensitive attributes are never repeated.
    pub message: String,
    /// What to send instead.
    pub help: String,
}

impl FieldError {
    /// An error at a path.
    pub fn new(field: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), help: help.into() }
    }

    /// A value of the wrong JSON type.
    pub fn wrong_type(field: impl Into<String>, expected: &str, found: &Json, help: impl Into<String>) -> Self {
        Self::new(field, format!("expected {expected}, found {}", json_type(found)), help)
    }

    /// The same error one level further out: `age` in `visitor.attributes` is `visitor.attributes.age`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{outer}{dot}{}", self.field);
        self
    }
}

/// What a request held that nobody declared, or that could not be used. Counted, not refused: clients send more than a
/// site has rules for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Attributes that the schema does not declare.
    pub attributes: usize,
    /// Events that the schema does not declare; they still begin and extend visits.
    pub events: usize,
    /// Properties that their event does not declare.
    pub properties: usize,
    /// Properties and facts of events whose value cannot be cast to the declared type.
    pub uncastable: usize,
    /// Context facts that are neither built in nor declared.
    pub context: usize,
    /// Events with a `messageId` that came before.
    pub duplicates: usize,
}

impl Ignored {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            attributes: self.attributes + other.attributes,
            events: self.events + other.events,
            properties: self.properties + other.properties,
            uncastable: self.uncastable + other.uncastable,
            context: self.context + other.context,
            duplicates: self.duplicates + other.duplicates,
        }
    }
}

/// The type of a JSON value, as messages name it.
pub(super) fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// A field that is there and not null.
pub(super) fn field<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text field that is there and not null.
pub(super) fn text<'a>(object: &'a Map<String, Json>, name: &str) -> Result<Option<&'a str>, FieldError> {
    match field(object, name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(FieldError::wrong_type(name, "a text", other, "put it in quotes")),
    }
}
