//! What can never be part of a rule, whatever stands around it: said before the grammar sees it.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span};

/// A slip of the pen within one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// A text without its closing quote on the same line.
    UnclosedText,
    /// A backslash before this letter.
    Escape(char),
    /// A text in these quotes.
    Quotes(char),
    /// `didn't`
    Apostrophe,
    /// A comment of another language.
    Comment,
    /// `;`
    Semicolon,
    /// A date in another form.
    Date,
    /// A word with letters outside `a-z`.
    ForeignWord,
    /// A character that means nothing here.
    Letter(char),
}

impl Slip {
    /// The finding; `text` is the whole file.
    pub fn report(self, file: &Arc<str>, text: &str, span: Span) -> Diagnostic {
        let written = text.get(span.start..span.end).unwrap_or_default();
        let error = |code, message: String| Diagnostic::error(code, file, span, message);
        match self {
            Self::UnclosedText => {
                error("unclosed-text", "this text has no closing quote".into()).label("the line ends before `\"`").help(
                    "close the text with `\"` on the same line; inside a text `\\\"` is a quote and `\\n` a line break",
                )
            }
            Self::Escape(letter) => error("unknown-escape", format!("`\\{letter}` means nothing in a text"))
                .label("a backslash stands before this")
                .help(format!(
                    "for a backslash itself write two: `\\\\{letter}`; the others are `\\\"`, `\\n` and `\\t`"
                )),
            Self::Quotes(quote) => {
                error("wrong-quotes", format!("texts go in plain double quotes, not in {}", named(quote)))
                    .label("write `\"` here")
                    .help(format!("\"{}\"", inside(written, quote)))
            }
            Self::Apostrophe => error("apostrophe", format!("`{written}` is no word of this language"))
                .label("names and keywords have no apostrophe")
                .help("say `not` before the whole test: not did order in last 7 days          country is not \"DE\""),
            Self::Comment => error("comment-sign", "a comment starts with `#`".into())
                .label("not a comment here")
                .help(format!("# {}", written.trim_start_matches(['/', '*', '<', '!', '-']).trim())),
            Self::Semicolon => error("semicolon", "no `;` is needed".into())
                .label("remove this")
                .help("line breaks and indentation never matter: a rule ends where the next `if` begins"),
            Self::Date => error("bad-date", format!("`{written}` is not a date"))
                .label("write year-month-day, with two digits each for month and day")
                .help("2026-11-27, or with a time of day: 2026-11-27T18:00 (hours and minutes, no zone)"),
            Self::ForeignWord => {
                error("foreign-letter", format!("names use only a-z, 0-9 and `_`, so `{written}` is none"))
                    .label("not a name")
                    .help("if this is a text, put it in double quotes")
            }
            Self::Letter(letter) => unknown_letter(error, letter),
        }
    }
}

/// What stands between the quotes, as it would stand between double quotes.
fn inside(written: &str, quote: char) -> String {
    let inside = written.strip_prefix(quote).unwrap_or(written);
    let inside = inside.strip_suffix(['\'', '`', '“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‹', '›', '"']);
    inside.unwrap_or("..").replace('\\', "\\\\").replace('"', "\\\"")
}

/// How a message names a quote.
fn named(quote: char) -> String {
    if quote == '`' { "backticks".to_owned() } else { format!("`{quote}`") }
}

fn unknown_letter(error: impl Fn(&'static str, String) -> Diagnostic, letter: char) -> Diagnostic {
    let instead = match letter {
        '≥' => Some(">="),
        '≤' => Some("<="),
        '≠' => Some("is not"),
        '–' | '—' | '−' | '‐' | '‑' => Some("-"),
        '×' | '·' => Some("*"),
        '÷' => Some("/"),
        _ => None,
    };
    if let Some(instead) = instead {
        return error("unknown-sign", format!("`{letter}` is not a sign of this language"))
            .label(format!("write `{instead}`"))
            .help(format!("the sign on a keyboard is `{instead}`"));
    }
    if letter.is_control() || letter.is_whitespace() || ('\u{200b}'..='\u{206f}').contains(&letter) {
        return error(
            "invisible-character",
            format!("an invisible character stands here (U+{:04X})", u32::from(letter)),
        )
        .label("remove it, or put a plain space")
        .help("it came along when the text was copied; retype the words around it");
    }
    error("unknown-sign", format!("`{letter}` means nothing here"))
        .label("not part of this language")
        .help("if this is a text, put it in double quotes; a remark starts with `#`")
}
