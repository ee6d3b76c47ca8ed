//! Mistakes in names.

use super::Rule;
use super::fault::Fault;
use super::rewrite::snake;
use crate::diagnostic::Diagnostic;
use crate::language::token::TokenKind;

/// The words that cannot be names; the grammar's list.
const RESERVED: [&str; 31] = [
    "and",
    "or",
    "not",
    "if",
    "show",
    "nothing",
    "experiment",
    "ranking",
    "otherwise",
    "because",
    "segment",
    "slot",
    "measure",
    "trigger",
    "when",
    "wait",
    "visited",
    "did",
    "then",
    "without",
    "is",
    "in",
    "known",
    "unknown",
    "one",
    "list",
    "consent",
    "yes",
    "no",
    "first",
    "last",
];

/// Where a name may stand and nothing but names.
const NAMES: [Rule; 7] = [Rule::name, Rule::dotted, Rule::event, Rule::path, Rule::contents, Rule::value, Rule::factor];

/// Where a name is one of several things that may begin.
const BEGINNINGS: [Rule; 4] = [Rule::piece, Rule::outcome, Rule::text, Rule::condition];

/// `black-friday`: a hyphen glued between two words where no value can stand.
pub(super) fn glued(fault: &Fault<'_>) -> Option<Diagnostic> {
    let (before, after) = (fault.here.checked_sub(1)?, fault.here + 1);
    let touches = |one: usize, other: usize| fault.span(one).end == fault.span(other).start;
    let word = |index: usize| {
        fault.token(index).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Number))
    };
    let hyphen = fault.written(fault.here) == "-" && touches(before, fault.here) && touches(fault.here, after);
    if !hyphen || !word(before) || !word(after) || fault.token(before)?.kind != TokenKind::Word {
        return None;
    }
    let mut last = after;
    while fault.written(last + 1) == "-" && touches(last, last + 1) && touches(last + 1, last + 2) && word(last + 2) {
        last += 2;
    }
    let name: String = (before..=last).map(|index| fault.written(index)).collect();
    let help = if fault.word(0) == "slot" && before == 1 {
        format!("{}          or in quotes: \"{name}\"", snake(&name))
    } else {
        snake(&name)
    };
    let error = fault.error("hyphen-in-name", fault.here, format!("a name has no `-`, so `{name}` is none"));
    Some(error.label("write `_` here").help(help))
}

/// Whether a word may be a name.
pub(super) fn is_name(written: &str) -> bool {
    written.starts_with(|letter: char| letter.is_ascii_lowercase()) && !RESERVED.contains(&written)
}

/// A word that cannot be the name that belongs here.
pub(super) fn no_name(fault: &Fault<'_>) -> Option<Diagnostic> {
    let token = fault.token(fault.here)?;
    let (written, word) = (fault.written(fault.here), fault.word(fault.here));
    let only_names = fault.expects(&NAMES) || fault.inside;
    if !only_names && !fault.expects(&BEGINNINGS) {
        return dotted(fault, written);
    }
    let error = |code, message: String| fault.error(code, fault.here, message);
    match token.kind {
        TokenKind::Word if RESERVED.contains(&word.as_str()) && !only_names => Some(
            error("reserved-word", format!("nothing begins with `{written}` here"))
                .label("a word of the language")
                .help(
                    "a condition begins with a fact, or with `segment`, `list`, `consent`, `did`, `visited` or `not`",
                ),
        ),
        TokenKind::Word if RESERVED.contains(&word.as_str()) => Some(
            error("reserved-word", format!("`{written}` has a meaning of its own and cannot be a name"))
                .label("a word of the language")
                .help(format!("choose another name: my_{word}")),
        ),
        TokenKind::Word if written.contains(|letter: char| letter.is_ascii_uppercase()) => Some(
            error("upper-case-name", format!("names are lower case, so `{written}` is none"))
                .label("not a name")
                .help(format!("{}          if it is a text: \"{written}\"", snake(written))),
        ),
        TokenKind::Word if written.starts_with('_') || written.contains("._") => Some(
            error("bad-name", format!("a name begins with a letter, so `{written}` is none"))
                .label("not a name")
                .help(written.trim_matches('_').replace("._", ".")),
        ),
        TokenKind::Number if only_names && written.contains(|letter: char| letter.is_ascii_alphabetic()) => Some(
            error("bad-name", format!("a name begins with a letter, so `{written}` is none"))
                .label("begins with a digit")
                .help(format!("n_{}", snake(written))),
        ),
        TokenKind::Text if only_names && fault.expects(&[Rule::name, Rule::dotted, Rule::event]) => Some(
            error("quoted-name", "a name stands without quotes".to_owned())
                .label("remove the quotes")
                .help(snake(written.trim_matches('"'))),
        ),
        _ => dotted(fault, written),
    }
}

/// A name with a dot where none may be: the parser stopped inside the word.
fn dotted(fault: &Fault<'_>, written: &str) -> Option<Diagnostic> {
    let inside =
        fault.token(fault.here)?.kind == TokenKind::Word && written.contains('.') && !fault.expects(&[Rule::test]);
    inside.then(|| {
        fault
            .error("dotted-name", fault.here, format!("a name has no dots here, so `{written}` is none"))
            .label("not a name")
            .help(written.replace('.', "_"))
    })
}

/// Two words where one name belongs: `show black friday`.
pub(super) fn two_words(fault: &Fault<'_>) -> Option<Diagnostic> {
    let before = fault.here.checked_sub(1)?;
    let word = |index: usize| {
        let written = fault.written(index);
        fault.token(index).is_some_and(|token| token.kind == TokenKind::Word) && !RESERVED.contains(&written)
    };
    let keyword = before.checked_sub(1).map_or(String::new(), |index| fault.word(index));
    let named =
        matches!(keyword.as_str(), "show" | "did" | "segment" | "list" | "consent" | "experiment" | "ranking" | "slot");
    if !named || !word(before) || !word(fault.here) || fault.expects(&[Rule::test]) {
        return None;
    }
    let (one, other) = (fault.written(before), fault.written(fault.here));
    let last = (fault.here..fault.len()).take_while(|index| word(*index) && !goes_on(&fault.word(*index))).last();
    let name: Vec<&str> = (before..=last.unwrap_or(fault.here)).map(|index| fault.written(index)).collect();
    let help = match keyword.as_str() {
        "show" => format!("{}          several contents: {}", name.join("_"), name.join(", ")),
        _ => name.join("_"),
    };
    let error = fault.error("two-words", fault.here, format!("a name is one word, and `{one} {other}` are two"));
    Some(error.label("does not belong to the name").help(help))
}

/// A keyword that may follow a name.
fn goes_on(word: &str) -> bool {
    let after_event =
        matches!(word, "at" | "exactly" | "more" | "fewer" | "on" | "between" | "since" | "with" | "within");
    after_event || matches!(word, "limit" | "tags" | "active" | "priority")
}
