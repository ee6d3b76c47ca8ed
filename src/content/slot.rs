//! A place to fill.

use std::sync::Arc;

use serde_json::Value;

use crate::profile::{Version, parse_moment, parse_span};

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

    /// Whether a value has this type.
    ///
    /// # Errors
    /// What is wrong with it, as messages say it: ``expected a number, found the text `x` ``.
    pub fn fits(self, value: &Value) -> Result<(), String> {
        let fits = match (self, value) {
            (Self::Object, Value::Object(_))
            | (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => true,
            (Self::Integer, Value::Number(number)) => is_whole(&number.to_string()),
            (Self::Moment, Value::String(text)) => parse_moment(text).is_ok(),
            (Self::Span, Value::String(text)) => parse_span(text).is_ok(),
            (Self::Version, Value::String(text)) => text.parse::<Version>().is_ok(),
            (Self::List, Value::Array(items)) => items.iter().all(Value::is_string),
            _ => false,
        };
        if fits { Ok(()) } else { Err(format!("expected {}, found {}", self.described(), described(value))) }
    }

    /// What a value of this type looks like, for messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "`true` or `false`",
            Self::Moment => "a moment such as 2026-11-20T10:00:00Z",
            Self::Span => "a span such as 30 minutes",
            Self::Version => "a version in quotes such as \"2.10\"",
            Self::List => "a list of texts",
        }
    }
}

/// `1` and `-3`, not `1.0` nor `1e3`: a number keeps its written form.
fn is_whole(written: &str) -> bool {
    let digits = written.strip_prefix('-').unwrap_or(written);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A JSON value in a few words, for messages.
fn described(value: &Value) -> String {
    /// Longer texts are cut in messages.
    const SHOWN: usize = 40;
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(boolean) => format!("`{boolean}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) if text.chars().count() > SHOWN => {
            format!("the text `{}...`", text.chars().take(SHOWN).collect::<String>())
        }
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SlotType;

    #[test]
    fn every_type_takes_its_own_values_only() {
        let values = [
            ("object", json!({"a": 1})),
            ("text", json!("x")),
            ("number", json!(1.5)),
            ("integer", json!(1)),
            ("boolean", json!(false)),
            ("moment", json!("2026-11-20T10:00:00Z")),
            ("span", json!("30 minutes")),
            ("version", json!("2.10")),
            ("list", json!(["a", "b"])),
        ];
        for kind in SlotType::ALL {
            for (word, value) in &values {
                let also = match kind {
                    SlotType::Text => value.is_string(),
                    SlotType::Number => value.is_number(),
                    _ => false,
                };
                assert_eq!(kind.fits(value).is_ok(), also || *word == kind.word(), "{word} in {}", kind.word());
            }
        }
    }

    #[test]
    fn one_point_zero_is_no_whole_number() {
        let number: serde_json::Value = serde_json::from_str("1.0").unwrap();
        assert_eq!(SlotType::Integer.fits(&number).unwrap_err(), "expected a whole number, found the number `1.0`");
        assert!(SlotType::List.fits(&json!(["a", 1])).is_err());
    }
}
