//! Places inside a scalar: from bytes of the text that was read to bytes of the file.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::{Node, Value};
use crate::diagnostic::Span;

impl Node {
    /// Where a part of this text stands in the file, whatever quotes, escapes and line breaks lie between; the whole
    /// scalar when that cannot be said.
    pub fn span_inside(&self, source: &str, part: Range<usize>) -> Span {
        self.part(source, part).unwrap_or(self.span)
    }

    fn part(&self, source: &str, part: Range<usize>) -> Option<Span> {
        let Value::Text(text) = &self.value else { return None };
        let written = source.get(self.span.start..self.span.end)?;
        let body = match self.style? {
            // The span of a text block begins below its `|` or `>`.
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => 0,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
        };
        let last = text.get(..part.end)?.char_indices().last().map_or(0, |(at, _)| at).max(part.start);
        let start = Walk { style: self.style?, written, at: body }.to(text, part.start)?;
        let end = Walk { style: self.style?, written, at: body }.to(text, last)?;
        let width = written.get(end..)?.chars().next().map_or(0, char::len_utf8);
        Some(Span::new(start, end + width).shift(self.span.start))
    }
}

/// Walks over a scalar as it is written, beside the text that it means.
struct Walk<'a> {
    style: ScalarStyle,
    written: &'a str,
    at: usize,
}

impl Walk<'_> {
    /// The byte at which the text's byte `offset` is written.
    fn to(mut self, text: &str, offset: usize) -> Option<usize> {
        for (at, char) in text.char_indices() {
            self.skip_to(char)?;
            if at >= offset {
                return Some(self.at);
            }
            self.at += self.width(char)?;
        }
        Some(self.at)
    }

    /// Skips what means nothing: indentation, and breaks of lines that are joined.
    fn skip_to(&mut self, char: char) -> Option<()> {
        loop {
            let rest = self.written.get(self.at..)?;
            let next = rest.chars().next()?;
            if self.style == ScalarStyle::DoubleQuoted && (rest.starts_with("\\\n") || rest.starts_with("\\\r\n")) {
                self.at += rest.find('\n')? + 1;
            } else if next == char || !next.is_whitespace() || char.is_whitespace() {
                return Some(());
            } else {
                self.at += next.len_utf8();
            }
        }
    }

    /// How many bytes the next character is written with.
    fn width(&self, char: char) -> Option<usize> {
        let rest = self.written.get(self.at..)?;
        let next = rest.chars().next()?;
        let plain = next == char || (next.is_whitespace() && char.is_whitespace());
        match self.style {
            ScalarStyle::DoubleQuoted if next == '\\' => Some(match rest.as_bytes().get(1)? {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 1 + rest.chars().nth(1)?.len_utf8(),
            }),
            ScalarStyle::SingleQuoted if next == '\'' => Some(2),
            _ => plain.then(|| next.len_utf8()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::yaml::{Value, read};

    /// What is written where the text says `needle`.
    fn written(source: &str, needle: &str) -> String {
        let file: Arc<str> = "a.yaml".into();
        let mut findings = Vec::new();
        let root = read(&file, source, &mut findings).unwrap();
        let Value::Map(entries) = &root.value else { panic!("{root:?}") };
        let Value::Text(text) = &entries[0].value.value else { panic!("{root:?}") };
        let start = text.find(needle).unwrap();
        let span = entries[0].value.span_inside(source, start..start + needle.len());
        source.get(span.start..span.end).unwrap().to_owned()
    }

    #[test]
    fn a_part_of_a_text_is_found_however_it_is_written() {
        assert_eq!(written("a: one two {{ x }} three", "{{ x }}"), "{{ x }}");
        assert_eq!(written("a: 'it''s {{ x }}'", "{{ x }}"), "{{ x }}");
        assert_eq!(
            written(
                r#"a: "\"q\" \u00e4 é \
    {{ x }} end""#,
                "{{ x }}"
            ),
            "{{ x }}"
        );
        assert_eq!(written("a: |\n  one\n    two\n\n  {{ x }} end\n", "{{ x }}"), "{{ x }}");
        assert_eq!(written("a: >\n  one\n  two\n\n  {{ x\n  }} end\n", "{{ x }}"), "{{ x\n  }}");
        assert_eq!(written("a: one\n  two\n\n  {{ x }}\n", "{{ x }}"), "{{ x }}");
    }
}
