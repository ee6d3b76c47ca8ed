//! Regular expressions of `matches "..."`.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;

use super::Checker;
use crate::diagnostic::Span;
use crate::language::syntax::Text;

/// A compiled pattern may take this much memory. Matching is linear in the text whatever the pattern.
pub const MAX_PATTERN_BYTES: usize = 256 << 10;

/// Different patterns in a set: all of them stay in memory.
pub const MAX_PATTERNS: usize = 2_000;

impl<'a> Checker<'a> {
    pub(super) fn pattern(&mut self, text: &Text) -> Option<Regex> {
        self.pattern_uses += 1;
        self.text(&text.text, text.at.0)?;
        if let Some(known) = self.patterns.get(text.text.as_str()) {
            if known.is_some() {
                return known.clone();
            }
        } else if self.patterns.len() >= MAX_PATTERNS {
            let finding = self
                .error("too-many-patterns", text.at.0, "there are too many different patterns")
                .label(format!("at most {MAX_PATTERNS} in all files"))
                .help("use `contains`, `starts with` or `ends with` where they will do");
            self.report(finding);
            return None;
        }
        let compiled = RegexBuilder::new(&text.text).size_limit(MAX_PATTERN_BYTES).build();
        let pattern = match compiled {
            Ok(pattern) => Some(pattern),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.pattern_too_large(text);
                None
            }
            Err(_) => {
                self.invalid_pattern(text);
                None
            }
        };
        self.patterns.insert(text.text.clone(), pattern.clone());
        pattern
    }

    fn pattern_too_large(&mut self, text: &Text) {
        let finding = self
            .error("pattern-too-large", text.at.0, "this pattern is too large")
            .label(format!("compiled it takes more than {} KiB", MAX_PATTERN_BYTES >> 10))
            .help("use smaller repetitions, and `[a-z]` or `[0-9]` instead of `\\w` or `\\d`");
        self.report(finding);
    }

    fn invalid_pattern(&mut self, text: &Text) {
        let (label, offset) = fault(&text.text);
        let at = self.inside_text(text, offset);
        let finding = self
            .error("invalid-pattern", at, format!("`{}` is no regular expression", text.text))
            .label(label)
            .help("to find plain text write: contains \"..\"; in a pattern a backslash is written twice");
        self.report(finding);
    }

    /// The character of a quoted text at an offset of its unescaped form.
    fn inside_text(&self, text: &Text, offset: usize) -> Span {
        let Span { start, end } = text.at.0;
        let source = self.sources.get(self.file).map(|source| &*source.text);
        let Some(written) = source.and_then(|source| source.get(start + 1..end.saturating_sub(1))) else {
            return text.at.0;
        };
        let mut characters = written.char_indices().peekable();
        let mut unescaped = 0;
        while let Some((at, character)) = characters.next() {
            let read =
                if character == '\\' { characters.next().map_or('\\', |(_, escaped)| escaped) } else { character };
            let next = characters.peek().map_or(written.len(), |(next, _)| *next);
            if unescaped >= offset {
                return Span::new(start + 1 + at, start + 1 + next);
            }
            unescaped += if character == '\\' { 1 } else { read.len_utf8() };
        }
        text.at.0
    }
}

/// What is wrong with a pattern, in our words, and at which byte.
fn fault(pattern: &str) -> (&'static str, usize) {
    match regex_syntax::Parser::new().parse(pattern) {
        Err(regex_syntax::Error::Parse(error)) => (words(error.kind()), error.span().start.offset),
        Err(regex_syntax::Error::Translate(error)) => {
            ("there is no such class of characters", error.span().start.offset)
        }
        _ => ("not understood", 0),
    }
}

fn words(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::GroupUnclosed => "this bracket is never closed",
        ErrorKind::GroupUnopened => "this bracket was never opened",
        ErrorKind::ClassUnclosed => "this class of characters is never closed",
        ErrorKind::ClassRangeInvalid => "this range is the wrong way round",
        ErrorKind::RepetitionMissing => "there is nothing to repeat",
        ErrorKind::RepetitionCountInvalid => "this repetition is the wrong way round",
        ErrorKind::RepetitionCountUnclosed => "this repetition is never closed",
        ErrorKind::RepetitionCountDecimalEmpty => "this repetition needs a number",
        ErrorKind::UnsupportedLookAround => "looking ahead or behind is not possible",
        ErrorKind::UnsupportedBackreference => "referring back is not possible",
        ErrorKind::NestLimitExceeded(_) => "nested too deeply",
        ErrorKind::EscapeUnrecognized | ErrorKind::EscapeUnexpectedEof => {
            "a backslash needs a character it can go with"
        }
        _ => "not understood",
    }
}
