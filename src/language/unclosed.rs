//! A block without its `}`: what it swallows is named, and otherwise silent.

use std::sync::Arc;

use super::scan::{Unit, UnitKind};
use super::token::{Token, TokenKind, Tokens};
use crate::diagnostic::{Diagnostic, Span};

/// The finding for a block that is open at the end of the file; `brace` is where its `{` stands.
pub fn report(file: &Arc<str>, text: &str, unit: Unit, brace: usize) -> Diagnostic {
    let name = tokens(text, unit.span.start).nth(1).map_or("", |name| written(text, name)).trim_matches('"');
    let (code, what) = match unit.kind {
        UnitKind::SlotHead => ("unclosed-slot", format!("the slot `{name}`")),
        UnitKind::Segment => ("unclosed-segment", format!("the segment `{name}`")),
        _ => ("unclosed-brace", "this block".to_owned()),
    };
    let last_line = text.trim_end().lines().count().max(1);
    let error = Diagnostic::error(code, file, Span::new(brace, brace + 1), format!("{what} is never closed"))
        .label(format!("opened here, the file ends at line {last_line} without `}}`"));
    match items(text, brace).first() {
        Some(item) => error.also(item.keyword, "is a `}` missing before this?").help("close each block with `}`"),
        None => error.help("close the block with `}`"),
    }
}

/// The names of the segments and measures in a stretch of text that was swallowed.
pub fn names(text: &str, from: usize) -> Vec<String> {
    let named = items(text, from).into_iter().filter(|item| item.is_named);
    named.map(|item| item.name.to_owned()).collect()
}

/// What begins like an item.
struct Beginning<'a> {
    keyword: Span,
    name: &'a str,
    /// Whether rules can name it.
    is_named: bool,
}

/// The items that begin on a line of their own.
fn items(text: &str, from: usize) -> Vec<Beginning<'_>> {
    let tokens: Vec<Token> = tokens(text, from).collect();
    let mut items = Vec::new();
    for three in tokens.windows(3) {
        let [keyword, name, next] = three else { continue };
        let (word, next) = (written(text, *keyword).to_ascii_lowercase(), written(text, *next));
        let begins = match word.as_str() {
            "slot" => next == "{" || next.eq_ignore_ascii_case("priority"),
            "segment" => next == "{",
            "measure" => next == "=",
            _ => false,
        };
        if begins && keyword.first_on_line {
            items.push(Beginning { keyword: keyword.span, name: written(text, *name), is_named: word != "slot" });
        }
    }
    items
}

fn tokens(text: &str, from: usize) -> impl Iterator<Item = Token> {
    Tokens::new(text, from).filter(|token| token.kind != TokenKind::Comment)
}

fn written(text: &str, token: Token) -> &str {
    text.get(token.span.start..token.span.end).unwrap_or_default()
}
