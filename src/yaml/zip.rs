//! Puts what serde_yaml read and where saphyr saw it together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::outline::{Outline, Shape};
use super::resolved::Resolved;
use super::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Span};

pub(super) fn zip(
    file: &Arc<str>,
    outline: Outline,
    resolved: Resolved,
    findings: &mut Vec<Diagnostic>,
) -> Option<Node> {
    Zip { file, findings }.node(outline, resolved)
}

struct Zip<'a> {
    file: &'a Arc<str>,
    findings: &'a mut Vec<Diagnostic>,
}

impl Zip<'_> {
    fn node(&mut self, outline: Outline, resolved: Resolved) -> Option<Node> {
        let span = outline.span;
        let (value, style) = match (outline.shape, resolved) {
            (Shape::Scalar(text, style), resolved) => (self.scalar(span, text, resolved)?, Some(style)),
            (Shape::List(outlines), Resolved::List(items)) if outlines.len() == items.len() => {
                let nodes = outlines.into_iter().zip(items).map(|(outline, item)| self.node(outline, item));
                (Value::List(nodes.collect::<Option<_>>()?), None)
            }
            (Shape::Map(outlines), Resolved::Map(entries)) if outlines.len() == entries.len() => {
                (Value::Map(self.entries(outlines, entries)?), None)
            }
            _ => return self.ambiguous(span),
        };
        Some(Node { value, span, style })
    }

    fn scalar(&mut self, span: Span, text: String, resolved: Resolved) -> Option<Value> {
        match resolved {
            Resolved::Null => Some(Value::Null),
            Resolved::Boolean(boolean) => Some(Value::Boolean(boolean)),
            Resolved::Number => Some(self.number(span, &text)),
            Resolved::Text(resolved) if resolved == text => Some(Value::Text(text.into())),
            // Both kinds of reader fold line breaks; should they ever differ, nobody can foresee what is meant.
            Resolved::Text(_) | Resolved::List(_) | Resolved::Map(_) => self.ambiguous(span),
        }
    }

    /// Only the number forms that JSON has too are taken; others are reported and count as zero from here on.
    fn number(&mut self, span: Span, written: &str) -> Value {
        if written.parse::<serde_json::Number>().is_ok() {
            return Value::Number(written.into());
        }
        self.findings.push(
            Diagnostic::error(
                "bad-number",
                self.file,
                span,
                format!("`{written}` is an unusual way to write a number"),
            )
            .help("write digits with at most one point, such as 0.5; a text goes in quotes"),
        );
        Value::Number("0".into())
    }

    fn entries(&mut self, outlines: Vec<(Outline, Outline)>, entries: Vec<(Resolved, Resolved)>) -> Option<Vec<Entry>> {
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        let mut fields = Vec::with_capacity(outlines.len());
        for ((key, value), (_, resolved)) in outlines.into_iter().zip(entries) {
            let Shape::Scalar(name, _) = key.shape else { return self.ambiguous(key.span) };
            let name: Arc<str> = name.into();
            let mut value = self.node(value, resolved)?;
            if value.is_null() && value.span.start == value.span.end {
                value.span = key.span;
            }
            if let Some(first) = seen.get(&name) {
                self.findings.push(
                    Diagnostic::error("duplicate-key", self.file, key.span, format!("`{name}` is given twice"))
                        .label("again here")
                        .also(*first, "first here")
                        .help("keep one of the two"),
                );
                continue;
            }
            seen.insert(Arc::clone(&name), key.span);
            fields.push(Entry { key: name, key_span: key.span, value });
        }
        Some(fields)
    }

    fn ambiguous<T>(&mut self, span: Span) -> Option<T> {
        self.findings.push(
            Diagnostic::error("yaml-syntax", self.file, span, "this value can be read in two ways")
                .help("put texts in quotes and keep each on one line"),
        );
        None
    }
}
