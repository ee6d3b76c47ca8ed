//! Where every value of a YAML text stands, and what Segue does not take from YAML.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::MAX_YAML_DEPTH;
use crate::diagnostic::{Diagnostic, Span};

/// A value with its place; scalars as the text they come to, before it is known whether that is a number.
pub(super) struct Outline {
    pub(super) span: Span,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    Scalar(String, ScalarStyle),
    List(Vec<Outline>),
    Map(Vec<(Outline, Outline)>),
}

/// Reads the only document of a text. `Ok(None)`: there is none. Refused features stand in the findings.
pub(super) fn outline(
    file: &Arc<str>,
    text: &str,
    findings: &mut Vec<Diagnostic>,
) -> Result<Option<Outline>, ScanError> {
    let mut builder = Builder { file, findings, offsets: Offsets::of(text), open: Vec::new(), root: None };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event?;
        let span = builder.offsets.span(text, span);
        if !builder.take(event, span) {
            break;
        }
    }
    Ok(builder.root)
}

/// From a parser's character index to our byte offset.
pub(super) struct Offsets {
    /// Empty for an ASCII text, where both are the same.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    pub(super) fn of(text: &str) -> Self {
        let bytes =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect::<Vec<_>>() };
        Self { bytes, length: text.len() }
    }

    pub(super) fn byte(&self, index: usize) -> usize {
        if self.bytes.is_empty() {
            index.min(self.length)
        } else {
            self.bytes.get(index).copied().unwrap_or(self.length)
        }
    }

    /// Without the blanks and line breaks that the parser counts to the end of some values.
    fn span(&self, text: &str, span: saphyr_parser::Span) -> Span {
        let at = |marker: Marker| self.byte(marker.index());
        let (start, end) = (at(span.start), at(span.end).max(at(span.start)));
        let written = text.get(start..end).unwrap_or_default().trim_end();
        Span::new(start, start + written.len())
    }
}

/// A list or map that is not closed yet.
struct Open {
    start: Span,
    kind: Kind,
}

enum Kind {
    List(Vec<Outline>),
    /// The key whose value comes next.
    Map(Vec<(Outline, Outline)>, Option<Outline>),
}

struct Builder<'a> {
    file: &'a Arc<str>,
    findings: &'a mut Vec<Diagnostic>,
    offsets: Offsets,
    open: Vec<Open>,
    root: Option<Outline>,
}

impl Builder<'_> {
    /// Takes the next event; `false` when the rest cannot be read.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.refuse(span, "several documents in one file", "remove the line `---` or make it two files");
                return false;
            }
            Event::Alias(_) => {
                self.refuse(span, "aliases (`*name`) are not read", "write the value out, or put a text in quotes");
                self.put(Outline { span, shape: Shape::Scalar(String::new(), ScalarStyle::Plain) });
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                self.put(Outline { span, shape: Shape::Scalar(value.into_owned(), style) });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                return self.enter(span, Kind::List(Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(span, anchor, tag.is_some());
                return self.enter(span, Kind::Map(Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            _ => {}
        }
        true
    }

    fn enter(&mut self, span: Span, kind: Kind) -> bool {
        self.open.push(Open { start: span, kind });
        if self.open.len() <= MAX_YAML_DEPTH {
            return true;
        }
        let message = format!("values are nested deeper than {MAX_YAML_DEPTH}");
        self.findings.push(
            Diagnostic::error("too-deep", self.file, span, message)
                .help("flatten the value; check for unclosed brackets"),
        );
        false
    }

    fn leave(&mut self, end: Span) {
        let Some(Open { start, kind }) = self.open.pop() else { return };
        let (shape, last) = match kind {
            Kind::List(items) => {
                let last = items.last().map(|item| item.span);
                (Shape::List(items), last)
            }
            Kind::Map(entries, _) => {
                let first = entries.first().map(|(key, _)| key.span);
                let last = entries.last().map(|(key, value)| key.span.to(value.span));
                (Shape::Map(entries), first.zip(last).map(|(first, last)| first.to(last)))
            }
        };
        // A block ends with its last value: the parser's own end lies behind blank lines and comments. Brackets end
        // with the closing one.
        let inner = last.map_or(start, |last| start.to(last));
        let span = if end.end > end.start { inner.to(end) } else { inner };
        self.put(Outline { span, shape });
    }

    fn put(&mut self, value: Outline) {
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(value),
            Some(Kind::List(items)) => items.push(value),
            Some(Kind::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, value)),
                None => {
                    *key = Some(value);
                    self.check_key();
                }
            },
        }
    }

    fn check_key(&mut self) {
        let Some(Open { kind: Kind::Map(_, Some(key)), .. }) = self.open.last() else { return };
        let span = key.span;
        match &key.shape {
            Shape::Scalar(text, ScalarStyle::Plain) if text == "<<" => {
                self.refuse(span, "merge keys (`<<`) are not read", "write the fields out");
            }
            Shape::Scalar(..) => {}
            Shape::List(_) | Shape::Map(_) => {
                let help = "a field is `name: value`; a text with brackets goes in quotes";
                self.refuse(span, "a field's name is a plain word", help);
            }
        }
    }

    fn refuse_marks(&mut self, span: Span, anchor: usize, tag: bool) {
        if anchor > 0 {
            self.refuse(span, "anchors (`&name`) are not read", "write the value out where it is needed");
        }
        if tag {
            self.refuse(
                span,
                "tags (`!name`) are not read",
                "remove the tag; a text that starts with `!` goes in quotes",
            );
        }
    }

    fn refuse(&mut self, span: Span, message: &str, help: &str) {
        self.findings.push(Diagnostic::error("yaml-feature", self.file, span, message).help(help));
    }
}
