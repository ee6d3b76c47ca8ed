//! Values as cells keep them: bounded in size.

use std::sync::Arc;

use crate::profile::{Type, Value};

/// A longer text is remembered by its first bytes, at a character's boundary. Different values are counted by all of it.
pub const MAX_REMEMBERED_TEXT_BYTES: usize = 128;

/// Of a longer list, the first entries are remembered.
pub const MAX_REMEMBERED_ENTRIES: usize = 16;

/// The value as a cell keeps it.
pub fn remembered_value(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) => Some(Value::Text(cut(text))),
        Value::List(texts) => Some(Value::List(texts.iter().take(MAX_REMEMBERED_ENTRIES).map(cut).collect())),
        Value::Version(version) if version.to_string().len() > MAX_REMEMBERED_TEXT_BYTES => None,
        Value::Date(_) | Value::Time(_) => None,
        other => Some(other.clone()),
    }
}

fn cut(text: &Arc<str>) -> Arc<str> {
    if text.len() <= MAX_REMEMBERED_TEXT_BYTES {
        return Arc::clone(text);
    }
    let end = text.floor_char_boundary(MAX_REMEMBERED_TEXT_BYTES);
    text.get(..end).unwrap_or_default().into()
}

/// The bytes that a value of a type takes at most when it is encoded. `longest_choice` is the longest text of a declared
/// choice list, where there is one.
pub fn value_bytes(kind: Type, longest_choice: Option<usize>) -> usize {
    let text = 2 + longest_choice.unwrap_or(MAX_REMEMBERED_TEXT_BYTES).min(MAX_REMEMBERED_TEXT_BYTES);
    match kind {
        Type::Text | Type::Version => 1 + text,
        Type::List => 2 + MAX_REMEMBERED_ENTRIES * text,
        Type::Number => 2 + 14,
        Type::Boolean => 1,
        Type::Moment | Type::Span => 1 + 14,
        Type::Date | Type::Time => 1,
    }
}
