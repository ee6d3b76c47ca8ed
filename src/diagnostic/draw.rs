//! Draws a report for a terminal: message, place, carets, help.
//!
//! The drawing library sees only the lines around the labels, and of a very long line only what surrounds a label:
//! a finding in a file of 100,000 rules costs no more than one in a small file.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Label, Report, Severity, Source};

/// Labels further apart than this many lines are drawn in excerpts of their own.
const MAX_LINES: usize = 40;

/// Longer lines are cut around the label.
const MAX_LINE_BYTES: usize = 240;

/// What is kept of a cut line on each side of its label.
const MARGIN_BYTES: usize = 60;

/// Draws all findings of a report, one blank line between two, with a closing line break.
///
/// With `color` the text carries ANSI escapes.
pub fn draw(report: &Report, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let drawn: Vec<String> = report.diagnostics.iter().map(|diagnostic| one(&renderer, report, diagnostic)).collect();
    if drawn.is_empty() { String::new() } else { drawn.join("\n\n") + "\n" }
}

fn one(renderer: &Renderer, report: &Report, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let mut group = Group::with_title(title);
    if let Some(source) = report.sources.get(&diagnostic.file) {
        group = group.elements(excerpts(source, &diagnostic.labels));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The lines with labels: together where they are near one another and short, else one by one.
fn excerpts<'a>(source: &'a Source, labels: &'a [Label]) -> Vec<Element<'a>> {
    let first = labels.iter().map(|label| source.line(label.span.start)).min().unwrap_or(1);
    let last = labels.iter().map(|label| source.line(label.span.end)).max().unwrap_or(1);
    let near = last - first <= MAX_LINES && (first..=last).all(|line| is_short(source, line));
    let kinds = std::iter::once(AnnotationKind::Primary).chain(std::iter::repeat(AnnotationKind::Context));
    if near {
        let start = source.line_start(first);
        let text = source.text.get(start..source.line_start(last) + source.line_text(last).len()).unwrap_or_default();
        let mut snippet = Snippet::source(text).path(&*source.file).line_start(first).fold(true);
        for (label, kind) in labels.iter().zip(kinds) {
            let span = label.span.start - start..(label.span.end - start).min(text.len());
            snippet = snippet.annotation(kind.span(span).label(words(label)));
        }
        return vec![snippet.into()];
    }
    labels.iter().zip(kinds).flat_map(|(label, kind)| alone(source, label, kind)).collect()
}

fn is_short(source: &Source, line: usize) -> bool {
    source.line_text(line).len() <= MAX_LINE_BYTES
}

/// One label on its line; of a cut line the library cannot know the column.
fn alone<'a>(source: &'a Source, label: &'a Label, kind: AnnotationKind) -> Vec<Element<'a>> {
    let place = source.place(label.span.start);
    let snippet = cut(source, label, kind);
    if is_short(source, place.line) {
        return vec![snippet.path(&*source.file).into()];
    }
    vec![Origin::path(&*source.file).line(place.line).char_column(place.column).into(), snippet.into()]
}

/// One label with what surrounds it on its line.
fn cut<'a>(
    source: &'a Source,
    label: &'a Label,
    kind: AnnotationKind,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let line = source.line(label.span.start);
    let (start, text) = (source.line_start(line), source.line_text(line));
    let from = label.span.start - start;
    let to = (label.span.end - start).min(text.len()).min(from + MAX_LINE_BYTES).max(from);
    let window =
        text.floor_char_boundary(from.saturating_sub(MARGIN_BYTES))..text.ceil_char_boundary(to + MARGIN_BYTES);
    let before = if window.start > 0 { "…" } else { "" };
    let after = if window.end < text.len() { "…" } else { "" };
    let shown = format!("{before}{}{after}", text.get(window.clone()).unwrap_or_default());
    let at = |offset: usize| before.len() + offset - window.start;
    let span = at(text.floor_char_boundary(from))..at(text.ceil_char_boundary(to));
    Snippet::source(shown).line_start(line).annotation(kind.span(span).label(words(label)))
}

fn words(label: &Label) -> Option<&str> {
    Some(label.text.as_str()).filter(|text| !text.is_empty())
}
