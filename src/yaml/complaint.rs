//! What the YAML parsers complain about, in plain words with a remedy.

use std::sync::Arc;

use saphyr_parser::ScanError;

use super::outline::Offsets;
use crate::diagnostic::{Diagnostic, Span};

/// Part of a parser's message; what it means; what to do. The first entry that fits counts.
const WORDS: &[(&str, &str, &str)] = &[
    ("tab ", "a tab stands where blanks are needed", "indent with blanks; YAML takes no tabs there"),
    (
        "mapping values are not allowed",
        "a `:` stands where no field can begin",
        "put a text that holds `: ` in quotes, and check that the lines above are indented alike",
    ),
    ("document indicator", "a line `---` or `...` stands inside a quoted text", "close the quotes before it"),
    ("while scanning a quoted scalar", "the quotes are never closed", "close the text with the same quote"),
    ("unexpected end of stream", "the quotes are never closed", "close the text with the same quote"),
    (
        "while parsing a flow mapping",
        "the bracket `{` is never closed, or a `,` is missing",
        "close it with `}`; put `,` between fields",
    ),
    (
        "while parsing a flow sequence",
        "the bracket `[` is never closed, or a `,` is missing",
        "close it with `]`; put `,` between values",
    ),
    ("misplaced bracket", "a closing bracket has no opening one", "remove it, or put the text in quotes"),
    (
        "escape",
        "`\\` in a double-quoted text starts an escape that does not exist",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "hexadecimal",
        "`\\x`, `\\u` and `\\U` need 2, 4 and 8 hex digits",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "could not find expected ':'",
        "this line is neither a field nor a list entry",
        "write `name: value` or `- value`, or put a text of several lines in quotes",
    ),
    (
        "simple key expect",
        "this line is neither a field nor a list entry",
        "write `name: value` or `- value`, or put a text of several lines in quotes",
    ),
    (
        "anchor",
        "`&` or `*` starts an anchor or alias, which are not read",
        "put a text that starts with `&` or `*` in quotes",
    ),
    (
        "alias",
        "`&` or `*` starts an anchor or alias, which are not read",
        "put a text that starts with `&` or `*` in quotes",
    ),
    ("tag", "`!` starts a tag, which is not read", "put a text that starts with `!` in quotes"),
    ("directive", "`%` starts a directive, which is not read", "put a text that starts with `%` in quotes"),
    ("cannot start any token", "no value starts with this character", "put the text in quotes"),
    ("unexpected character", "no value starts with this character", "put the text in quotes"),
    (
        "block sequence entries are not allowed",
        "a list entry `-` cannot begin here",
        "start the list on a line of its own",
    ),
    (
        "did not find expected '-' indicator",
        "this line does not belong to the list above it",
        "indent it like the other entries and begin it with `- `",
    ),
    (
        "block collection",
        "this line does not belong to the list above it",
        "indent it like the other entries and begin it with `- `",
    ),
    (
        "did not find expected key",
        "this line is not indented like the fields around it",
        "give all fields of one thing the same indentation",
    ),
    (
        "block scalar",
        "the text block after `|` or `>` is not indented alike",
        "indent all of its lines alike, deeper than the field's name",
    ),
    (
        "indentation",
        "this line is not indented like its neighbours",
        "give all fields of one thing the same indentation",
    ),
    ("byte order mark", "an invisible byte order mark stands inside the file", "delete it and type the line anew"),
    ("mapping keys are not allowed", "`?` cannot begin a field here", "put a text that starts with `?` in quotes"),
    (
        "document start",
        "this does not belong to what stands above it",
        "indent it like the lines around it, or close what stands above",
    ),
    (
        "more than one document",
        "more follows after the file's one value",
        "indent all lines of one thing alike, and give it `name: value` lines",
    ),
    (
        "comments must be separated",
        "`#` begins a comment only after a blank",
        "put a blank before it, or put the text in quotes",
    ),
    ("valid YAML whitespace", "a blank is missing here", "put one blank after `:` and after `-`, and no tab"),
    ("recursion limit", "values are nested too deep", "flatten the value; check for unclosed brackets"),
    (
        "did not find expected node content",
        "a value is missing here",
        "write the value, or remove what stands before it",
    ),
];

/// A complaint of serde_yaml at its place.
pub(super) fn from_serde(file: &Arc<str>, text: &str, error: &serde_yaml::Error) -> Diagnostic {
    let at = error.location().map_or(0, |location| Offsets::of(text).byte(location.index()));
    let said = error.to_string();
    let begins = context(text, &said).filter(|begins| begins.start < at);
    if said.contains("scanning a simple key") {
        return complaint(file, text, begins.map_or(at, |begins| begins.start), &said);
    }
    let Some(opening) = begins.filter(|_| said.contains("quoted") || said.contains("flow")) else {
        return complaint(file, text, at, &said);
    };
    let same_line = !text.get(opening.start..at).unwrap_or_default().contains('\n');
    let is_open = said.contains("unexpected end of stream") || !same_line;
    // What is never closed is mended where it begins; everything else where the parser stops.
    if is_open && by_character(text, at).is_none() {
        let Diagnostic { message, help, .. } = complaint(file, text, at, &said);
        let finding = Diagnostic::error("yaml-syntax", file, opening, message).label("it begins here");
        return finding.help(help.unwrap_or_default());
    }
    complaint(file, text, at, &said).also(opening, "it begins here")
}

/// A complaint of saphyr at its place.
pub(super) fn from_saphyr(file: &Arc<str>, text: &str, error: &ScanError) -> Diagnostic {
    let at = Offsets::of(text).byte(error.marker().index());
    complaint(file, text, at, error.info())
}

fn complaint(file: &Arc<str>, text: &str, at: usize, said: &str) -> Diagnostic {
    let found = WORDS.iter().find(|(part, _, _)| said.contains(part)).map(|(_, message, help)| (*message, *help));
    let (message, help) = by_character(text, at).or(found).unwrap_or((
        "this cannot be read as YAML",
        "check quotes, brackets and indentation on this line and the one above",
    ));
    Diagnostic::error("yaml-syntax", file, character(text, at), message).help(help)
}

/// What the character that stops the parser says better than the parser.
fn by_character(text: &str, at: usize) -> Option<(&'static str, &'static str)> {
    let (before, after) = text.split_at_checked(at)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let marks = after.starts_with("---") || after.starts_with("...");
    match after.chars().next()? {
        _ if line.is_empty() && marks => None,
        '\t' => Some(("a tab stands where blanks are needed", "indent with blanks; YAML takes no tabs there")),
        '}' if !line.contains('{') || line.matches('}').count() >= line.matches('{').count() => {
            Some(("a closing bracket has no opening one", "remove it, or put the text in quotes"))
        }
        '-' if line.trim().is_empty() && after.starts_with("- ") => {
            Some(("a list entry `-` stands among fields", "write `name: value`, or indent the list below its field"))
        }
        _ => None,
    }
}

/// The one character at `at`; at the end of the text, the last one that is not blank.
fn character(text: &str, at: usize) -> Span {
    let at = if at >= text.len() { text.trim_end().char_indices().last().map_or(0, |(last, _)| last) } else { at };
    let width =
        text.get(at..).and_then(|rest| rest.chars().next()).filter(|char| *char != '\n').map_or(0, char::len_utf8);
    Span::new(at, at + width)
}

/// Where the thing begins that the parser was reading: what it says after "while".
fn context(text: &str, said: &str) -> Option<Span> {
    let (_, context) = said.split_once(", while ")?;
    let (_, place) = context.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let offset = text.get(start..)?.char_indices().nth(column.checked_sub(1)?).map(|(offset, _)| offset)?;
    Some(character(text, start + offset))
}
