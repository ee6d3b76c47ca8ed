//! The place at which a unit stopped being readable, and the tokens around it.

use std::sync::Arc;

use pest::error::{Error, ErrorVariant};

use super::Rule;
use crate::diagnostic::{Diagnostic, Span};
use crate::language::scan::{Unit, UnitKind};
use crate::language::token::{Token, TokenKind, Tokens};

/// Where a unit stopped being readable.
pub(super) struct Fault<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    /// The tokens of the unit, without comments.
    tokens: Vec<Token>,
    /// Which token cannot stand there; the number of tokens when more should have come.
    pub here: usize,
    /// The parser stopped inside that token: a name that goes on with what no name has.
    pub inside: bool,
    /// What could have stood there.
    pub expected: Vec<Rule>,
}

impl<'a> Fault<'a> {
    pub fn new(file: &'a Arc<str>, text: &'a str, unit: Unit, at: usize, error: &Error<Rule>) -> Self {
        let tokens = Tokens::new(text, unit.span.start).filter(|token| token.kind != TokenKind::Comment);
        let tokens: Vec<Token> = tokens.take_while(|token| token.span.start < unit.span.end).collect();
        let here = tokens.partition_point(|token| token.span.end <= at);
        let inside = tokens.get(here).is_some_and(|token| token.span.start < at);
        let mut expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.clone(),
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        if expected.contains(&Rule::operator) {
            // A number may go on as a span, but where it is a value nobody misses the unit.
            expected.retain(|grammar| *grammar != Rule::unit);
        }
        let ends_unit = expected.contains(&Rule::kw_active) || expected.contains(&Rule::clause);
        if ends_unit && matches!(unit.kind, UnitKind::SlotHead | UnitKind::SlotRule) {
            expected.extend([Rule::rule, Rule::otherwise]);
        }
        Self { file, text, tokens, here, inside, expected }
    }

    pub fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).copied()
    }

    /// A token as written; nothing past the end.
    pub fn written(&self, index: usize) -> &'a str {
        self.token(index).map_or("", |token| self.text.get(token.span.start..token.span.end).unwrap_or_default())
    }

    /// A token in lower case, as keywords compare.
    pub fn word(&self, index: usize) -> String {
        self.written(index).to_ascii_lowercase()
    }

    /// How many tokens the unit has.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether one of these could have stood here.
    pub fn expects(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|found| self.expected.contains(found))
    }

    /// Where to point for a token; past the end, at the last one.
    pub fn span(&self, index: usize) -> Span {
        self.token(index).or(self.tokens.last().copied()).map_or(Span::default(), |token| token.span)
    }

    /// Tokens on one line, with a blank where there was a gap.
    pub fn line(&self, from: usize, to: usize) -> String {
        let mut line = String::new();
        let mut end = None;
        for index in from..to.min(self.len()) {
            let span = self.span(index);
            if end.is_some_and(|end| end < span.start) {
                line.push(' ');
            }
            line.push_str(self.written(index));
            end = Some(span.end);
        }
        line
    }

    /// From a token to the end of its line.
    pub fn rest_of_line(&self, index: usize) -> &'a str {
        let rest = self.text.get(self.span(index).start..self.span(self.len()).end).unwrap_or_default();
        rest.lines().next().unwrap_or_default().trim_end()
    }

    pub fn error(&self, code: &'static str, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.file, self.span(at), message)
    }
}
