//! Typed getters that report what is wrong and go on.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Span, nearest};

/// Reads the nodes of one file and collects what is wrong with them.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The printed path of the file.
    pub file: &'a Arc<str>,
    /// Where findings go.
    pub findings: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader for the nodes of `file`.
    pub fn new(file: &'a Arc<str>, findings: &'a mut Vec<Diagnostic>) -> Self {
        Self { file, findings }
    }

    /// Reports an error with its remedy.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Diagnostic::error(code, self.file, span, message).help(help));
    }

    /// Asks its author to look at what can be meant, but hardly is.
    pub fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Diagnostic::warning(code, self.file, span, message).help(help));
    }

    /// Reports a name that is not declared, with the nearest that is, else with all of them (or `otherwise`).
    pub fn unknown<'n>(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        written: &str,
        declared: impl Iterator<Item = &'n str> + Clone,
    ) {
        /// Longer lists of names help nobody.
        const LISTED: usize = 12;
        let help = match nearest(written, declared.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if declared.clone().count() == 0 => "none is declared yet".to_owned(),
            None => {
                let names: Vec<String> = declared.clone().take(LISTED).map(|name| format!("`{name}`")).collect();
                let more = if declared.count() > LISTED { ", .." } else { "" };
                format!("use one of {}{more}", names.join(", "))
            }
        };
        self.error(code, span, message, help);
    }

    /// A text.
    pub fn text<'n>(&mut self, node: &'n Node) -> Option<&'n Arc<str>> {
        match &node.value {
            Value::Text(text) => Some(text),
            Value::Number(written) => self.wrong(node, "a text", format!("put it in quotes: \"{written}\"")),
            Value::Boolean(boolean) => self.wrong(node, "a text", format!("put it in quotes: \"{boolean}\"")),
            _ => self.wrong(node, "a text", "write one text, in quotes if it holds signs".to_owned()),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Boolean(boolean) => Some(*boolean),
            Value::Text(text) => {
                let no = ["no", "off", "false", "n", "denied"].contains(&text.to_lowercase().as_str());
                self.wrong(node, "`true` or `false`", format!("write `{}`", !no))
            }
            _ => self.wrong(node, "`true` or `false`", "write `true` or `false`".to_owned()),
        }
    }

    /// A decimal number.
    pub fn number(&mut self, node: &Node) -> Option<Decimal> {
        match &node.value {
            Value::Number(written) => {
                let number = Decimal::from_str_exact(written).or_else(|_| Decimal::from_scientific(written)).ok();
                if number.is_none() {
                    let message = format!("`{written}` has more digits than can be kept");
                    self.error("bad-number", node.span, message, "a number has at most 28 digits");
                }
                number
            }
            Value::Text(text) if text.parse::<Decimal>().is_ok() => {
                self.wrong(node, "a number", format!("remove the quotes: {text}"))
            }
            _ => self.wrong(node, "a number", "write digits, such as 42 or 0.5".to_owned()),
        }
    }

    /// A list; an empty value is an empty list.
    pub fn list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            Value::Null => Some(&[]),
            Value::Text(text) => self.wrong(node, "a list", format!("put it in brackets: [{text}]")),
            _ => self.wrong(node, "a list", "write [first, second] or lines that begin with `- `".to_owned()),
        }
    }

    /// Names with their values, as the author chose them; empty after a report.
    pub fn entries<'n>(&mut self, node: &'n Node) -> &'n [Entry] {
        if !matches!(node.value, Value::Map(_) | Value::Null) {
            self.wrong::<()>(node, "fields", "write {name: value} or lines of `name: value`".to_owned());
        }
        node.fields()
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, node: &Node, code: &'static str, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let written = match &node.value {
            Value::Text(text) => text.to_string(),
            _ => node.to_json().to_string(),
        };
        let found = choices.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
        if found.is_none() {
            let message = format!("`{written}` is no {what}");
            self.unknown(code, node.span, message, &written, choices.iter().map(|(word, _)| *word));
        }
        found
    }

    /// The fields of a thing whose fields are fixed. `blame` is where a missing field is reported, `example` what to
    /// write when these are no fields at all.
    pub fn fields<'n>(&mut self, node: &'n Node, blame: Span, example: &str) -> Fields<'n> {
        let is_map = matches!(node.value, Value::Map(_) | Value::Null);
        if !is_map {
            self.wrong::<()>(node, "fields", format!("write `{example}`"));
        }
        Fields { entries: node.fields(), asked: Vec::new(), blame, is_map }
    }

    /// Reports a wrong type; always `None`.
    pub fn wrong<T>(&mut self, node: &Node, expected: &str, help: String) -> Option<T> {
        let message = format!("expected {expected}, found {}", node.described());
        self.error("wrong-type", node.span, message, help);
        None
    }
}

/// The fields of one thing. What was asked for is what is allowed: [`Fields::close`] reports the rest.
#[derive(Debug)]
pub struct Fields<'n> {
    entries: &'n [Entry],
    asked: Vec<&'static str>,
    blame: Span,
    /// Nothing is missing where something else stands: that is reported already.
    is_map: bool,
}

impl<'n> Fields<'n> {
    /// Reports missing fields at another place from here on.
    pub fn blame(&mut self, span: Span) {
        self.blame = span;
    }

    /// The whole entry of a field that may be absent; an empty value counts as absent.
    pub fn entry(&mut self, name: &'static str) -> Option<&'n Entry> {
        self.asked.push(name);
        self.entries.iter().find(|entry| &*entry.key == name && !entry.value.is_null())
    }

    /// The whole entry of a field that may be absent; an empty value (`null`) is there too.
    pub fn given(&mut self, name: &'static str) -> Option<&'n Entry> {
        self.asked.push(name);
        self.entries.iter().find(|entry| &*entry.key == name)
    }

    /// A field that may be absent.
    pub fn get(&mut self, name: &'static str) -> Option<&'n Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// A field that must be there.
    pub fn need(&mut self, reader: &mut Reader<'_>, name: &'static str, help: &str) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() && self.is_map {
            reader.error("missing-field", self.blame, format!("`{name}` is missing"), help);
        }
        found
    }

    /// A text that may be absent.
    pub fn text(&mut self, reader: &mut Reader<'_>, name: &'static str) -> Option<&'n Arc<str>> {
        reader.text(self.get(name)?)
    }

    /// `true` or `false`; absent is `false`.
    pub fn flag(&mut self, reader: &mut Reader<'_>, name: &'static str) -> bool {
        self.get(name).and_then(|node| reader.boolean(node)).unwrap_or_default()
    }

    /// Reports every field that nobody asked for.
    pub fn close(self, reader: &mut Reader<'_>) {
        self.close_with(reader, &|_| None);
    }

    /// The same; `elsewhere` knows of some fields where they belong.
    pub fn close_with(self, reader: &mut Reader<'_>, elsewhere: &dyn Fn(&str) -> Option<&'static str>) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&&*entry.key)) {
            let message = format!("unknown field `{}`", entry.key);
            match elsewhere(&entry.key) {
                Some(help) => reader.error("unknown-field", entry.key_span, message, help),
                None => {
                    reader.unknown("unknown-field", entry.key_span, message, &entry.key, self.asked.iter().copied())
                }
            }
        }
    }
}
