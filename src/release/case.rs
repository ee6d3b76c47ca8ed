//! Examples that are tests: visitor + events + time -> content and reason.
//!
//! In: `rules/cases/*.yaml`. Out: [`Case`]s. A case is written by hand, so what a request may hold without harm (an
//! attribute, event or property that nobody declared) is a mistake here and is reported with the nearest name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::case_expect::expectations;
use super::case_visitor::{context, events, visitor};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::language::Nouns;
use crate::profile::name::where_else;
use crate::profile::{Context, Visitor, parse_moment};
use crate::yaml::{self, Node, Reader};

/// The visitor of a case that names none.
pub const CASE_VISITOR: &str = "case";

/// One example of `rules/cases/*.yaml`.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows, in the author's words.
    pub name: Arc<str>,
    /// The path inside the rules folder: `cases/home.yaml`.
    pub file: Arc<str>,
    /// The line of its name, from 1.
    pub line: usize,
    /// The moment at which it is decided.
    pub at: Timestamp,
    /// With attributes, consent and events.
    pub visitor: Visitor,
    /// The facts of its request.
    pub context: Context,
    /// By slot, in file order.
    pub expect: Vec<(Arc<str>, Expected)>,
}

/// What a case expects of one slot. Fields that are `None` are not looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// The content's name; `Some(None)` expects no content. A list means several, in order.
    pub content: Option<Option<Vec<Arc<str>>>>,
    /// The rendered value.
    pub value: Option<serde_json::Value>,
    /// `home.rules:6`
    pub rule: Option<Arc<str>>,
    /// `rule`, `otherwise`, ..
    pub reason: Option<Arc<str>>,
    /// The experiment's name; `Some(None)` expects none.
    pub experiment: Option<Option<Arc<str>>>,
    /// The variant's name; `Some(None)` expects none.
    pub variant: Option<Option<Arc<str>>>,
}

/// Reads one file of cases. `inside` is its path inside the rules folder, `file` its printed path.
///
/// A case with an error is left out; the findings say why.
pub fn read(
    inside: &Arc<str>,
    file: &Arc<str>,
    text: &Arc<str>,
    known: Nouns<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Case> {
    let Some(root) = yaml::read(file, text, findings) else { return Vec::new() };
    let source = Source::new(Arc::clone(file), Arc::clone(text));
    let mut reader = Reader::new(file, findings);
    let mut fields = reader.fields(&root, root.span, "cases: [{name: .., at: .., expect: ..}]");
    let nodes = fields.get("cases").and_then(|node| reader.list(node)).unwrap_or_default();
    fields.close_with(&mut reader, &where_else);
    let mut names: BTreeMap<Arc<str>, Span> = BTreeMap::new();
    let mut cases = Vec::new();
    for node in nodes {
        let Some((name, span, case)) = case(&mut reader, node, known) else { continue };
        if let Some(first) = names.insert(Arc::clone(&name), span) {
            let message = format!("two cases are called `{name}`");
            let finding = Diagnostic::error("duplicate-name", file, span, message).label("again here");
            reader.findings.push(finding.also(first, "first here").help("say in each name what the case shows"));
        }
        cases.extend(case.map(|case| Case { file: Arc::clone(inside), line: source.line(span.start), ..case }));
    }
    cases
}

/// The case's name, its place, and the case unless it has an error. `None` without a name.
fn case(reader: &mut Reader<'_>, node: &Node, known: Nouns<'_>) -> Option<(Arc<str>, Span, Option<Case>)> {
    let before = reader.findings.len();
    let start = node.fields().first().map_or(node.span, |first| first.key_span);
    let mut fields = reader.fields(node, start, "{name: .., at: .., visitor: .., events: .., expect: ..}");
    let name = fields
        .need(reader, "name", "say what the case shows, such as `name: a big spender who looked at prices`")
        .and_then(|node| Some((Arc::clone(reader.text(node)?), node.span)));
    let blame = name.as_ref().map_or(start, |(_, span)| *span);
    fields.blame(blame);
    let help = "say when it is decided, such as `at: 2026-11-20T10:00:00Z`";
    let at = fields.need(reader, "at", help).and_then(|node| moment(reader, node));
    let visitor = visitor(reader, fields.get("visitor"), known);
    let context = context(reader, fields.get("context"), known);
    let events = events(reader, fields.get("events"), known, at);
    let help = "say what each slot shows, such as `expect: {home_hero: default_hero}`";
    let expect = fields.need(reader, "expect", help).map(|node| expectations(reader, node, known));
    fields.close(reader);
    let (name, span) = name?;
    let errors = reader.findings.get(before..).unwrap_or_default();
    let complete = errors.iter().all(|finding| finding.severity != crate::diagnostic::Severity::Error);
    let case = at.zip(expect).filter(|_| complete).map(|(at, expect)| Case {
        name: Arc::clone(&name),
        file: Arc::from(""),
        line: 0,
        at,
        visitor: Visitor { events, ..visitor },
        context,
        expect,
    });
    Some((name, span, case))
}

fn moment(reader: &mut Reader<'_>, node: &Node) -> Option<Timestamp> {
    let text = reader.text(node)?;
    let moment = parse_moment(text).ok();
    if moment.is_none() {
        let help = "write date, time and zone, such as 2026-11-20T10:00:00Z or 2026-11-20T11:00:00+01:00";
        reader.error("bad-value", node.span, format!("`{text}` is no moment"), help);
    }
    moment
}
