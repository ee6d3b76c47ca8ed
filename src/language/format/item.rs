//! Items, rules and clauses: what stands on lines of its own.

use super::condition::{chain, starts_with_comment};
use super::layout::{Doc, above, below, push_comment, render};
use super::value::{boolean, list, moment, number, quoted, span, unit_word, value};
use crate::language::syntax::{
    Clause, ClauseKind, Comments, File, Item, LiteralKind, Measure, Otherwise, Outcome, OutcomeKind, Per, Rule,
    Segment, Slot,
};
use crate::profile::name::{RESERVED, is_snake_case};

/// A whole file, one blank line between its items.
pub(super) fn file(file: &File) -> String {
    let mut out = String::new();
    for each in &file.items {
        separate(&mut out);
        item(each, &mut out);
    }
    if !file.closing.is_empty() {
        separate(&mut out);
        comment_lines(&file.closing, "", &mut out);
    }
    out
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}

fn item(item: &Item, out: &mut String) {
    match item {
        Item::Segment(it) => {
            comment_lines(&it.comments, "", out);
            line(&segment(it), 0, out);
        }
        Item::Measure(it) => {
            comment_lines(&it.comments, "", out);
            line(&measure(it), 0, out);
        }
        Item::Slot(it) => slot(it, out),
        Item::Rule(it) => rule(it, 0, out),
    }
}

/// A slot is never written on one line, so its parts are laid out one by one.
fn slot(slot: &Slot, out: &mut String) {
    comment_lines(&slot.comments, "", out);
    out.push_str("slot ");
    out.push_str(&slot_name(&slot.name.text));
    if let Some(priority) = &slot.priority {
        out.push_str(&format!(" priority {}", priority.value));
    }
    out.push_str(" {");
    let start = out.len();
    out.push('\n');
    if let Some(active) = &slot.active {
        comment_lines(&active.comments, "  ", out);
        line(&clause(active), 2, out);
    }
    for each in &slot.rules {
        rule(each, 2, out);
    }
    if let Some(it) = &slot.otherwise {
        comment_lines(&it.comments, "  ", out);
        line(&otherwise(it), 2, out);
    }
    comment_lines(&slot.closing, "  ", out);
    if out.len() == start + 1 {
        out.truncate(start);
    }
    out.push_str("}\n");
}

fn rule(rule: &Rule, indent: usize, out: &mut String) {
    comment_lines(&rule.comments, if indent == 0 { "" } else { "  " }, out);
    let gap = if starts_with_comment(&rule.condition) { Doc::Line } else { Doc::text(" ") };
    let condition = Doc::Many(vec![gap, chain(&rule.condition)]).group();
    let shown = [Doc::Line, above(&rule.outcome.comments), outcome(&rule.outcome), clauses(&rule.clauses)];
    let rest = std::iter::once(condition).chain(shown).collect();
    line(&Doc::Many(vec![Doc::text("if"), Doc::Many(rest).nest()]).group(), indent, out);
}

fn otherwise(otherwise: &Otherwise) -> Doc<'_> {
    let gap = if otherwise.outcome.comments.is_empty() { Doc::text(" ") } else { Doc::Line };
    let shown = vec![gap, above(&otherwise.outcome.comments), outcome(&otherwise.outcome), clauses(&otherwise.clauses)];
    Doc::Many(vec![Doc::text("otherwise"), Doc::Many(shown).nest()]).group()
}

fn segment(segment: &Segment) -> Doc<'_> {
    let inside = vec![Doc::Line, chain(&segment.condition).group(), clauses(&segment.clauses), below(&segment.closing)];
    let head = Doc::text(format!("segment {} {{", segment.name.text));
    Doc::Many(vec![head, Doc::Many(inside).nest(), Doc::Line, Doc::text("}")]).group()
}

fn measure(measure: &Measure) -> Doc<'_> {
    Doc::Many(vec![Doc::text(format!("measure {} = ", measure.name.text)), value(&measure.value)])
}

fn outcome(outcome: &Outcome) -> Doc<'_> {
    match &outcome.kind {
        OutcomeKind::Nothing => Doc::text("show nothing"),
        OutcomeKind::Experiment(name) => Doc::text(format!("show experiment {}", name.text)),
        OutcomeKind::Ranking(name) => Doc::text(format!("show ranking {}", name.text)),
        OutcomeKind::Contents(names) => {
            let mut rest = Vec::with_capacity(names.len() * 3);
            for (index, name) in names.iter().enumerate() {
                rest.extend((index > 0).then_some([Doc::text(","), Doc::Line]).into_iter().flatten());
                rest.push(Doc::text(name.text.as_str()));
            }
            Doc::Many(vec![Doc::text("show "), Doc::Many(rest).nest()]).group()
        }
        OutcomeKind::Literal(literal) => Doc::text(match &literal.kind {
            LiteralKind::Boolean(yes) => format!("show {}", boolean(*yes)),
            LiteralKind::Number(value) => format!("show {}", number(value)),
            LiteralKind::Text(text) => format!("show {}", quoted(text)),
        }),
    }
}

fn clauses<'a>(clauses: &'a [Clause]) -> Doc<'a> {
    Doc::Many(clauses.iter().flat_map(|each| [Doc::Line, above(&each.comments), clause(each)]).collect())
}

fn clause(it: &Clause) -> Doc<'_> {
    match &it.kind {
        ClauseKind::Because(text) => Doc::text(format!("because {}", quoted(&text.text))),
        ClauseKind::Active { from, until, zone } => {
            let from = from.as_ref().map(|it| format!(" from {}", moment(&it.kind)));
            let until = until.as_ref().map(|it| format!(" until {}", moment(&it.kind)));
            let zone = zone.as_ref().map(|it| format!(" zone {}", quoted(&it.text)));
            let parts = [from, until, zone].into_iter().flatten();
            Doc::text(std::iter::once("active".to_owned()).chain(parts).collect::<String>())
        }
        ClauseKind::Limit { count, per } => Doc::text(match per {
            Per::Visit => format!("limit {} per visit", count.value),
            Per::Span(length) if length.count == 1 => {
                format!("limit {} per {}", count.value, unit_word(length.unit, 1))
            }
            Per::Span(length) => format!("limit {} per {}", count.value, span(length)),
        }),
        ClauseKind::Tags(values) => Doc::Many(vec![Doc::text("tags "), list(values)]),
    }
}

/// As it is if the grammar takes it so, else in quotes.
pub(in crate::language) fn slot_name(name: &str) -> String {
    let is_free = name.split('.').next().is_some_and(|first| !RESERVED.contains(&first));
    if is_free && name.split('.').all(is_snake_case) { name.to_owned() } else { quoted(name) }
}

fn comment_lines(comments: &Comments, margin: &str, out: &mut String) {
    for comment in comments {
        out.push_str(margin);
        push_comment(&comment.text, out);
        out.push('\n');
        if comment.gap && margin.is_empty() {
            out.push('\n');
        }
    }
}

fn line(doc: &Doc<'_>, indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
    render(doc, indent, out);
    out.push('\n');
}
