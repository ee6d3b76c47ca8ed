//! What is wrong with a template's syntax, in plain words.

use std::ops::Range;

/// One thing that is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) code: &'static str,
    /// Bytes of the template.
    pub(super) part: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Part of minijinja's detail; what it means; what to do. The first entry that fits counts.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "unknown statement",
        "this tag is not known here",
        "use `{{ fact }}`, `{% if %}`, `{% for %}` and `{% set %}` only",
    ),
    ("end of string", "quotes are opened and never closed", "close the text with the same quote"),
    ("end of comment", "`{#` is never closed", "close the comment with `#}`"),
    ("end of raw block", "`{% raw %}` is never closed", "close it with `{% endraw %}`"),
    ("end of input, expected end of variable", "`{{` is never closed", "close it with `}}`"),
    (
        "end of input",
        "the template ends too early",
        "close `{{` with `}}`, `{% if %}` with `{% endif %}`, `{% for %}` with `{% endfor %}`",
    ),
    (
        "expected end of variable block",
        "one `{{ .. }}` holds one expression",
        "write `{{ visitor.first_name | default('there') }}`",
    ),
    ("expected identifier", "a name is missing here", "write `visitor.first_name`, or a filter such as `| upper`"),
];

pub(super) fn complaint(template: &str, error: &minijinja::Error) -> Complaint {
    let detail = error.detail().unwrap_or_default();
    let found = WORDS.iter().find(|(part, _, _)| detail.contains(part));
    let (message, help) = found.map_or(
        ("this template cannot be read here", "write facts as `{{ visitor.first_name | default('there') }}`"),
        |(_, message, help)| (*message, *help),
    );
    let end = template.trim_end().len();
    let range = error.range().unwrap_or(end.saturating_sub(1)..end);
    let start = range.start.min(end.saturating_sub(1));
    let part = start..range.end.clamp(start, end);
    Complaint { code: "template-syntax", part, message: message.to_owned(), help: help.to_owned() }
}
