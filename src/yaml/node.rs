//! A YAML value and its place.

use std::sync::Arc;

use saphyr_parser::ScalarStyle;

use crate::diagnostic::Span;

/// One value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// From its first to its last character; of an empty value, the place where it would stand.
    pub span: Span,
    /// How a scalar is written; `None` for lists, maps and an empty file.
    pub(super) style: Option<ScalarStyle>,
}

/// What a YAML value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: an empty value, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number as it is written, in the form that JSON knows: `1` is not `1.0`.
    Number(Arc<str>),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Vec<Node>),
    /// Fields in file order; every key once.
    Map(Vec<Entry>),
}

/// One field of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub key: Arc<str>,
    /// Where the name stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Whether there is nothing here.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The fields of a map; none of anything else.
    pub fn fields(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Where a path such as `properties.amount` or `events[3].timestamp` leads from here: to the value, else to the
    /// innermost thing on the way that is there.
    pub fn place(&self, path: &str) -> Span {
        let (step, rest) = match path.strip_prefix('[') {
            Some(index) => index.split_once(']').unwrap_or((index, "")),
            None => path.split_at_checked(path.find(['.', '[']).unwrap_or(path.len())).unwrap_or((path, "")),
        };
        let inner = match &self.value {
            Value::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            Value::Map(entries) => entries.iter().find(|entry| &*entry.key == step).map(|entry| &entry.value),
            _ => None,
        };
        inner.map_or(self.span, |inner| inner.place(rest.strip_prefix('.').unwrap_or(rest)))
    }

    /// Moves this node and all below it `offset` bytes on.
    pub(super) fn shift(&mut self, offset: usize) {
        self.span = self.span.shift(offset);
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.shift(offset)),
            Value::Map(entries) => entries.iter_mut().for_each(|entry| {
                entry.key_span = entry.key_span.shift(offset);
                entry.value.shift(offset);
            }),
            _ => {}
        }
    }

    /// The value as JSON; numbers keep their written form.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(boolean) => serde_json::Value::Bool(*boolean),
            // A number was accepted only because serde_json reads it.
            Value::Number(written) => written.parse().map_or(serde_json::Value::Null, serde_json::Value::Number),
            Value::Text(text) => serde_json::Value::String(text.to_string()),
            Value::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_json())).collect(),
        }
    }

    /// What it is, as messages say it: ``the text `abc` ``, `a list`.
    pub fn described(&self) -> String {
        /// Longer texts are cut in messages.
        const SHOWN: usize = 40;
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Boolean(boolean) => format!("`{boolean}`"),
            Value::Number(written) => format!("the number `{written}`"),
            Value::Text(text) if text.chars().count() > SHOWN || text.contains('\n') => {
                let start: String = text.chars().take_while(|char| *char != '\n').take(SHOWN).collect();
                format!("the text `{start}...`")
            }
            Value::Text(text) => format!("the text `{text}`"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a set of fields".to_owned(),
        }
    }
}
