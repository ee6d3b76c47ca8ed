//! Draws a report for a terminal: message, place, carets, help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Report, Severity};

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
        let mut snippet = Snippet::source(&*source.text).path(&*diagnostic.file).line_start(1).fold(true);
        for (index, label) in diagnostic.labels.iter().enumerate() {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let mut annotation = kind.span(label.span.start..label.span.end);
            if !label.text.is_empty() {
                annotation = annotation.label(&label.text);
            }
            snippet = snippet.annotation(annotation);
        }
        group = group.element(snippet);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}
