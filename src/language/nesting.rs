//! Limits how deep a rule goes, before the parser recurses.

use std::sync::Arc;

use super::token::TokenKind;
use crate::diagnostic::{Diagnostic, Span};

/// Deeper rules are refused: parser, checker and evaluation recurse, and no hand-written rule comes near it.
///
/// Brackets, `not` after `not`, and the terms of one sum or product each count one level.
pub const MAX_NESTING: usize = 64;

/// How deep the token just read stands.
#[derive(Debug, Default)]
pub struct Nesting {
    /// For each open bracket, the levels that were gathered before it on its own level.
    open: Vec<Level>,
    here: Level,
    /// The sum over all open levels.
    depth: usize,
    after_with: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Level {
    nots: usize,
    signs: usize,
    filter: bool,
}

/// Why a text is refused before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooDeep {
    /// More than [`MAX_NESTING`] levels.
    Levels,
    /// `with (..)` inside `with (..)`: no event has events, and trying each reading of it takes the parser for ever.
    Filter,
}

impl Nesting {
    /// Takes one more token of a unit.
    pub fn step(&mut self, kind: TokenKind, written: &str) -> Option<TooDeep> {
        let after_with = std::mem::replace(&mut self.after_with, written.eq_ignore_ascii_case("with"));
        match written {
            "(" | "[" => {
                let filter = self.here.filter || after_with;
                if after_with && self.here.filter {
                    return Some(TooDeep::Filter);
                }
                self.open.push(self.here);
                self.here = Level { filter, ..Level::default() };
                self.depth += 1;
            }
            ")" | "]" => {
                self.reset(true);
                if let Some(before) = self.open.pop() {
                    self.here = before;
                    self.depth = self.depth.saturating_sub(1);
                }
                self.reset(false);
            }
            "+" | "-" | "*" | "/" => {
                self.here.signs += 1;
                self.depth += 1;
            }
            _ if written.eq_ignore_ascii_case("not") => {
                self.here.nots += 1;
                self.depth += 1;
            }
            "," => self.reset(true),
            _ if kind == TokenKind::Word
                && ["and", "or", "show"].iter().any(|word| written.eq_ignore_ascii_case(word)) =>
            {
                self.reset(true);
            }
            _ => self.reset(false),
        }
        (self.depth > MAX_NESTING).then_some(TooDeep::Levels)
    }

    /// Forgets the levels that end with the operand just read: the `not`s, and at its end the signs too.
    fn reset(&mut self, signs: bool) {
        self.depth -= self.here.nots;
        self.here.nots = 0;
        if signs {
            self.depth -= self.here.signs;
            self.here.signs = 0;
        }
    }
}

impl TooDeep {
    /// The finding, at the token that goes too deep.
    pub fn report(self, file: &Arc<str>, span: Span) -> Diagnostic {
        match self {
            Self::Levels => Diagnostic::error("too-deep", file, span, "this rule is nested too deep")
                .label(format!("level {} begins here", MAX_NESTING + 1))
                .help(format!(
                    "at most {MAX_NESTING} brackets, `not`s and terms of one sum inside one another; give a part of it a name \
                     with `segment` or `measure`"
                )),
            Self::Filter => Diagnostic::error("nested-filter", file, span, "`with (..)` cannot stand inside `with (..)`")
                .label("already inside one")
                .help("inside the brackets names are properties of that one event: compare them with constants"),
        }
    }
}
