//! What is wrong with the author's files, as data.
//!
//! In: source texts and byte spans into them. Out: [`Diagnostic`]s that are drawn with carets in one place ([`draw`])
//! and sent as JSON in another ([`Finding`]). Every room that reads files reports through here, so a marketer meets one
//! kind of message only.

mod draw;
mod nearest;
mod source;

use std::sync::Arc;

use serde::Serialize;

pub use draw::draw;
pub use nearest::{MAX_SUGGESTION_DISTANCE, edits, nearest};
pub use source::{Place, Source, Sources, Span};

/// How bad a finding is: errors refuse the whole set, warnings do not (unless `--strict`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The set is refused.
    Error,
    /// The set is accepted; the author should look.
    Warning,
}

/// A place in the text and what is wrong there, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Bytes of the source text.
    pub span: Span,
    /// Shown beside the carets; may be empty.
    pub text: String,
}

/// One finding about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case, documented in `docs/errors.md`: `unknown-attribute`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Lower case, no final stop, the author's text in backticks.
    pub message: String,
    /// The printed path of the [`Source`] that the labels point into.
    pub file: Arc<str>,
    /// Where; the first one is the place that is reported as line and column.
    pub labels: Vec<Label>,
    /// What to write instead; one or more lines.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at one place, with no label text and no help yet.
    pub fn error(code: &'static str, file: &Arc<str>, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            file: Arc::clone(file),
            labels: vec![Label { span, text: String::new() }],
            help: None,
        }
    }

    /// The same as [`Diagnostic::error`], as a warning.
    pub fn warning(code: &'static str, file: &Arc<str>, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, file, span, message) }
    }

    /// Says beside the carets what is wrong there.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Points to a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The byte offset that orders this finding within its file.
    pub fn start(&self) -> usize {
        self.labels.first().map_or(0, |label| label.span.start)
    }
}

/// A [`Diagnostic`] as programs read it: `{code, severity, file, line, column, message, help}`.
///
/// Line and column count from 1, the column in Unicode characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// As in [`Diagnostic::code`].
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: Severity,
    /// The folder as given joined with the path inside it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// As in [`Diagnostic::message`].
    pub message: String,
    /// As in [`Diagnostic::help`].
    pub help: Option<String>,
}

/// The findings about a set of files, with the texts they point into.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Every file of the set.
    pub sources: Sources,
    /// Sorted by file, line and column once [`Report::sort`] ran.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Sorts by file, then by place, errors before warnings at one place; equal findings are kept once.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by(|a, b| {
            (&a.file, a.start(), a.severity, a.code, &a.message).cmp(&(
                &b.file,
                b.start(),
                b.severity,
                b.code,
                &b.message,
            ))
        });
        self.diagnostics.dedup();
    }

    /// Whether the set must be refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many errors and how many warnings there are.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// The findings as programs read them, in the same order.
    pub fn findings(&self) -> Vec<Finding> {
        self.diagnostics
            .iter()
            .map(|diagnostic| {
                let place = self.sources.place(&diagnostic.file, diagnostic.start());
                Finding {
                    code: diagnostic.code,
                    severity: diagnostic.severity,
                    file: diagnostic.file.to_string(),
                    line: place.line,
                    column: place.column,
                    message: diagnostic.message.clone(),
                    help: diagnostic.help.clone(),
                }
            })
            .collect()
    }
}
