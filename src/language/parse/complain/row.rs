//! One line of the table of mistakes: what it looks like, and what to say about it.
//!
//! A pattern is a list of tokens with `@` before the one that cannot stand there: `at least ^<number> @ <any>`. `a/b`
//! is either, `<..>` a kind of token, `^` where to point (else at the token after `@`), a `?` behind a token: it may be
//! missing. In the texts `{2}` is the second token of the pattern as the author wrote it, and `{fixed}` the author's
//! own test with the matched tokens replaced by the row's `fix`.

use super::Rule;
use super::fault::Fault;
use super::rewrite::rewritten;
use crate::diagnostic::Diagnostic;
use crate::language::token::TokenKind;

/// A mistake that people make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub code: &'static str,
    pub pattern: &'static str,
    /// Only where one of these could have stood; empty: anywhere.
    pub expects: &'static [Rule],
    pub says: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    /// What to write for the matched tokens.
    pub fix: &'static str,
}

/// A table of mistakes, in the order in which they are tried:
/// code, pattern, `at` what could have stood there instead: message, label, help, `fix` for the matched tokens.
macro_rules! rows {
    ($($code:literal, $pattern:literal $(, at [$($rule:ident),+])?:
        $says:literal, $label:literal, $help:literal $(, fix $fix:literal)?;)+) => {
        pub(super) const ROWS: &[super::row::Row] = &[$(super::row::Row {
            code: $code,
            pattern: $pattern,
            expects: &[$($(super::Rule::$rule),+)?],
            says: $says,
            label: $label,
            help: $help,
            fix: concat!($($fix)?),
        }),+];
    };
}
pub(super) use rows;

impl Row {
    /// What the row has to say about a fault, if it is the one.
    pub fn complaint(&self, fault: &Fault<'_>) -> Option<Diagnostic> {
        if !self.expects.is_empty() && !fault.expects(self.expects) {
            return None;
        }
        let found = self.matches(fault)?;
        let text = |template: &str| fill(template, fault, &found, self.fix);
        let error = fault.error(self.code, found.caret, text(self.says)).label(text(self.label));
        Some(if self.help.is_empty() { error } else { error.help(text(self.help)) })
    }

    fn matches(&self, fault: &Fault<'_>) -> Option<Found> {
        let (before, after) = self.pattern.split_once('@')?;
        let count = before.split_whitespace().count();
        let mut found = Found { first: fault.here.checked_sub(count)?, tokens: Vec::new(), end: 0, caret: fault.here };
        let mut at = found.first;
        for part in before.split_whitespace().chain(after.split_whitespace()) {
            let (part, here) = part.strip_prefix('^').map_or((part, false), |part| (part, true));
            let (part, optional) = part.strip_suffix('?').map_or((part, false), |part| (part, true));
            if part == "/" && fits(part, fault, at) || part.split('/').any(|form| fits(form, fault, at)) {
                if here {
                    found.caret = at;
                }
                found.tokens.push(at);
                at += 1;
            } else if optional {
                found.tokens.push(usize::MAX);
            } else {
                return None;
            }
        }
        found.end = at.min(fault.len());
        Some(found)
    }
}

/// Where a pattern was found.
struct Found {
    /// Its first token.
    first: usize,
    /// The token of each part of the pattern.
    tokens: Vec<usize>,
    /// One past its last token.
    end: usize,
    /// Where to point.
    caret: usize,
}

/// Whether a token has a form.
fn fits(form: &str, fault: &Fault<'_>, at: usize) -> bool {
    let written = fault.written(at);
    let Some(token) = fault.token(at) else { return matches!(form, "<any>" | "<end>") };
    match form {
        "<any>" => true,
        "<end>" => false,
        "<name>" => token.kind == TokenKind::Word,
        "<number>" => token.kind == TokenKind::Number,
        "<text>" => token.kind == TokenKind::Text,
        "<value>" => matches!(token.kind, TokenKind::Text | TokenKind::Number),
        "<unit>" => ["second", "minute", "hour", "day", "week", "month"]
            .iter()
            .any(|unit| fault.word(at).strip_suffix('s').unwrap_or(&fault.word(at)) == *unit),
        "<dotted>" => token.kind == TokenKind::Word && written.contains('.'),
        "<short>" => token.kind == TokenKind::Number && rewritten("span", written).is_some(),
        "<count>" => token.kind == TokenKind::Number && rewritten("count", written).is_some(),
        "<in_words>" => token.kind == TokenKind::Word && rewritten("digits", written).is_some(),
        "<clock>" => token.kind == TokenKind::Number && rewritten("clock", written).is_some(),
        "<thousand>" => written.len() == 3 && token.kind == TokenKind::Number,
        "<decimal>" => token.kind == TokenKind::Number && written.contains('.'),
        word => word.len() == written.len() && word.eq_ignore_ascii_case(written),
    }
}

/// Puts the author's words into a template.
fn fill(template: &str, fault: &Fault<'_>, found: &Found, fix: &str) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((what, tail)) = after.split_once('}') else {
            rest = after;
            filled.push('{');
            continue;
        };
        match insert(what, fault, found, fix) {
            Some(words) => {
                filled.push_str(&words);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn insert(what: &str, fault: &Fault<'_>, found: &Found, fix: &str) -> Option<String> {
    match what {
        "fixed" => {
            // The last token may only have shown that the test is over.
            let over = found.tokens.last().is_some_and(|last| ends(&fault.word(*last)) && found.end == last + 1);
            let fix = if over { fix.replace(&format!(" {{{}}}", found.tokens.len()), "") } else { fix.to_owned() };
            return Some(fixed(fault, found, &fill(&fix, fault, found, "")));
        }
        "rest" => return Some(fault.rest_of_line(found.caret).to_owned()),
        _ => {}
    }
    let (number, form) = what.split_once(':').unwrap_or((what, ""));
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    let written = fault.written(*found.tokens.get(index)?);
    Some(if form.is_empty() {
        written.to_owned()
    } else {
        rewritten(form, written).unwrap_or_else(|| written.to_owned())
    })
}

/// A word after which a test or a list of contents begins.
fn begins(word: &str) -> bool {
    matches!(word, "if" | "and" | "or" | "not" | "(" | "{" | "show" | "otherwise" | ",")
}

/// A word before which it ends.
fn ends(word: &str) -> bool {
    let link = matches!(word, "and" | "or" | "show" | "if" | ",");
    link || matches!(word, ")" | "}" | "{" | "because" | "limit" | "tags" | "active")
}

/// The author's test with the matched tokens replaced.
fn fixed(fault: &Fault<'_>, found: &Found, fix: &str) -> String {
    // The `and` of `between .. and ..` joins no conditions.
    let start = (0..found.first).rev().find(|at| begins(&fault.word(*at))).map_or(0, |at| at + 1);
    let ranged = fix.starts_with("between") || (start..found.first).any(|at| fault.word(at) == "between");
    let mut range_is_open = ranged && !fix.contains(" and");
    let mut end = found.end;
    let over = end.checked_sub(1).is_some_and(|last| ends(&fault.word(last)));
    while !over && end < fault.len() {
        match fault.word(end).as_str() {
            "and" if range_is_open => range_is_open = false,
            "between" => range_is_open = true,
            word if ends(word) => break,
            _ => {}
        }
        end += 1;
    }
    let parts = [fault.line(start, found.first), fix.trim().to_owned(), fault.line(found.end, end)];
    let line: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    // What cannot be shown at a glance is not shown.
    let line = line.join(" ").replace("[ ", "[");
    if line.chars().count() > MAX_HELP_WIDTH { fix.trim().to_owned() } else { line }
}

/// A longer example helps nobody.
const MAX_HELP_WIDTH: usize = 120;
