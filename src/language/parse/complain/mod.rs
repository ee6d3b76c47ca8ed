//! What the parser could not read, in words a marketer understands.
//!
//! In: a unit and the place where the parser gave up, with what could have stood there. Out: one finding. First come
//! the tables of mistakes that people make, then what can be told of brackets, names and misspelt keywords, last a
//! plain list of what may stand there. No word of the parser's own ever reaches a person.

mod compare;
mod expected;
mod fault;
mod follow;
mod names;
mod often;
mod rewrite;
mod row;
mod shape;

use std::sync::Arc;

use pest::error::Error;

use self::fault::Fault;
use super::Rule;
use crate::diagnostic::{Diagnostic, edits};
use crate::language::scan::Unit;

/// The finding for a unit that did not parse; `at` is where in the file the parser gave up.
pub(super) fn complain(file: &Arc<str>, text: &str, unit: Unit, at: usize, error: &Error<Rule>) -> Diagnostic {
    let fault = Fault::new(file, text, unit, at, error);
    brackets(&fault)
        .or_else(|| names::glued(&fault))
        .or_else(|| misspelt_for_certain(&fault))
        .or_else(|| table(&fault))
        .or_else(|| names::no_name(&fault))
        .or_else(|| misspelt(&fault))
        .or_else(|| follow::ROWS.iter().find_map(|row| row.complaint(&fault)))
        .or_else(|| missing_link(&fault))
        .or_else(|| names::two_words(&fault))
        .or_else(|| no_test(&fault))
        .or_else(|| unclosed(&fault))
        .unwrap_or_else(|| unexpected(&fault))
}

fn table(fault: &Fault<'_>) -> Option<Diagnostic> {
    [often::ROWS, shape::ROWS, compare::ROWS].into_iter().flatten().find_map(|row| row.complaint(fault))
}

/// The innermost bracket that is open before a token.
fn open_bracket(fault: &Fault<'_>) -> Option<usize> {
    let mut open = Vec::new();
    for index in 0..fault.here {
        match fault.written(index) {
            "(" | "[" => open.push(index),
            ")" | "]" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// Brackets without their partner, where that is plain to see.
fn brackets(fault: &Fault<'_>) -> Option<Diagnostic> {
    let here = fault.word(fault.here);
    let open = open_bracket(fault);
    if open.is_none() && matches!(here.as_str(), ")" | "]") && !fault.expects(&[Rule::piece, Rule::value, Rule::factor])
    {
        let error = fault.error("stray-bracket", fault.here, format!("this `{here}` closes nothing"));
        return Some(
            error.label("no bracket is open here").help("remove it, or put its partner where the group begins"),
        );
    }
    let over = matches!(here.as_str(), "show" | "because" | "limit" | "tags" | "active" | "otherwise" | "}" | "");
    let complete = fault.expects(&[Rule::close, Rule::list_close, Rule::kw_and, Rule::comma]);
    if over && complete { unclosed(fault) } else { None }
}

/// A bracket that is open where nothing else explains the fault.
fn unclosed(fault: &Fault<'_>) -> Option<Diagnostic> {
    let open = open_bracket(fault).filter(|_| fault.expects(&[Rule::close, Rule::list_close]))?;
    let (bracket, partner) = if fault.written(open) == "[" { ("[", "]") } else { ("(", ")") };
    let error = fault.error("unclosed-bracket", open, format!("this `{bracket}` is never closed")).label("opened here");
    let place = if fault.here < fault.len() { "before this" } else { "after this" };
    Some(
        error
            .also(fault.span(fault.here), format!("is `{partner}` missing {place}?"))
            .help(format!("write `{partner}` where the group ends")),
    )
}

/// A keyword with a letter wrong: the one that cannot stand here, or the one before it.
fn misspelt(fault: &Fault<'_>) -> Option<Diagnostic> {
    let suggest = |index: usize, keywords: Vec<&'static str>| {
        let written = fault.word(index);
        let near = keywords.into_iter().filter(|keyword| is_slip(&written, keyword));
        let meant = near.min_by_key(|keyword| edits(&written, keyword))?;
        Some(not_a_word(fault, index, meant))
    };
    let keywords: Vec<&'static str> = fault.expected.iter().flat_map(|found| expected::keywords(*found)).collect();
    let before = fault.here.checked_sub(1).filter(|_| fault.expects(&[Rule::test]));
    suggest(fault.here, keywords).or_else(|| suggest(before?, expected::keywords(Rule::piece)))
}

/// A misspelt `show` with what to show behind it, a misspelt `times`: nothing else could be meant, and the tables would
/// say that the word is missing.
fn misspelt_for_certain(fault: &Fault<'_>) -> Option<Diagnostic> {
    let (written, next) = (fault.word(fault.here), fault.word(fault.here + 1));
    let slip = |keyword: &str| is_slip(&written, keyword) && !keyword.starts_with(&*written);
    let shown = !matches!(next.as_str(), "" | "because" | "limit" | "tags" | "active" | "," | "}");
    let keyword = if fault.expects(&[Rule::kw_times]) && slip("times") {
        "times"
    } else if fault.expects(&[Rule::kw_show, Rule::outcome]) && slip("show") && shown {
        "show"
    } else {
        return None;
    };
    Some(not_a_word(fault, fault.here, keyword))
}

fn not_a_word(fault: &Fault<'_>, index: usize, meant: &str) -> Diagnostic {
    let message = format!("`{}` is no word of this language", fault.written(index));
    fault.error("misspelt-word", index, message).label("not known").help(format!("did you mean `{meant}`?"))
}

/// Near enough to be a slip of the pen: one letter, in long words two.
fn is_slip(written: &str, keyword: &str) -> bool {
    let allowed = match written.len().max(keyword.len()) {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    };
    (1..=allowed).contains(&edits(written, keyword))
}

/// Two conditions side by side.
fn missing_link(fault: &Fault<'_>) -> Option<Diagnostic> {
    let begins =
        matches!(fault.word(fault.here).as_str(), "segment" | "list" | "consent" | "did" | "visited" | "not" | "(");
    let tested = matches!(
        fault.word(fault.here + 1).as_str(),
        "is" | "<"
            | ">"
            | "<="
            | ">="
            | "="
            | "contains"
            | "includes"
            | "starts"
            | "ends"
            | "matches"
            | "between"
            | "of"
    );
    let link = fault.expects(&[Rule::kw_and]) && (begins || tested);
    link.then(|| {
        let error = fault.error("missing-and", fault.here, "two conditions stand side by side");
        error.label("write `and` or `or` before this").help("segment vip and visited \"/pricing\"")
    })
}

/// A value that is compared with nothing.
fn no_test(fault: &Fault<'_>) -> Option<Diagnostic> {
    let value = fault.here.checked_sub(1).filter(|_| fault.expects(&[Rule::test]))?;
    let written = fault.written(value);
    let error = fault.error("missing-test", value, format!("`{written}` is compared with nothing"));
    let help = if names::is_name(written) {
        let segment = if written.contains('.') {
            String::new()
        } else {
            format!("          if it is a segment: segment {written}")
        };
        format!("{written} is yes          {written} is known{segment}")
    } else {
        "country is \"DE\"          age >= 30          email is known".to_owned()
    };
    Some(error.label("a test such as `is`, `>=` or `contains` must follow").help(help))
}

/// What is left: name the word, and what may stand there.
fn unexpected(fault: &Fault<'_>) -> Diagnostic {
    let mut may_come: Vec<&str> = Vec::new();
    for words in fault.expected.iter().filter_map(|found| expected::plain_words(*found)) {
        if !may_come.contains(&words) {
            may_come.push(words);
        }
    }
    let error = match fault.here < fault.len() {
        true => {
            let written = fault.written(fault.here);
            fault
                .error("unexpected-word", fault.here, format!("did not expect `{written}` here"))
                .label("cannot stand here")
        }
        false => fault.error("unexpected-end", fault.here, "this is not complete").label("something must follow"),
    };
    match may_come.is_empty() {
        true => error.help("look at the words around it: is one too many, or one missing?"),
        false => error.help(format!("here may come: {}", may_come.join(", "))),
    }
}
