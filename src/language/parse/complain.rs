//! What the parser could not read, in words a marketer understands.

use std::sync::Arc;

use pest::error::{Error, InputLocation};

use super::Rule;
use crate::diagnostic::{Diagnostic, Span};
use crate::language::scan::Unit;
use crate::language::token::{TokenKind, Tokens};

/// The finding for a unit that did not parse.
pub(super) fn complain(file: &Arc<str>, text: &str, unit: Unit, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => unit.span.start + at,
    };
    let mut tokens = Tokens::new(text, unit.span.start).filter(|token| token.kind != TokenKind::Comment);
    match tokens.find(|token| token.span.end > at).filter(|token| token.span.start < unit.span.end) {
        Some(token) => {
            let written = text.get(token.span.start..token.span.end).unwrap_or_default();
            Diagnostic::error("syntax", file, token.span, format!("did not expect `{written}` here"))
        }
        None => Diagnostic::error("syntax", file, Span::new(unit.span.start, unit.span.end), "this is not complete"),
    }
}
