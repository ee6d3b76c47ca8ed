//! Tree -> checked tree: names, types, limits.
//!
//! In: the trees of all rule files and the nouns they may use. Out: a [`Program`], and every finding at once. A leaf in
//! error is left out and says so once: what surrounds it is checked as if it stood alone, so no error hides another and
//! none is a mere consequence. Nothing here walks all rules once per rule: a set of 100,000 rules checks in a second.

mod behaviour;
mod clauses;
mod comparison;
mod conditions;
mod cycles;
mod events;
mod filters;
mod inline_lists;
mod leaves;
mod lints;
mod literals;
mod names;
mod operands;
mod order;
mod outcomes;
mod pages;
mod paths;
mod patterns;
mod properties;
mod references;
mod slots;
mod spans;
mod suggestions;
mod uses;
mod values;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use regex::Regex;

use super::checked::{Measure, Place, Program, Segment};
use super::kept::{Before, Kept, KeptFile};
use super::parse::{Outline, Part, RuleReader};
use super::syntax;
use super::{Findings, Nouns, RuleFile};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};

use clauses::Owner;
use events::Scope;
use leaves::Leaves;
use names::{Named, Names};
use paths::Choices;
use suggestions::Suggestions;

pub use behaviour::MAX_STEPS;
pub use cycles::MAX_DEPTH;
pub use inline_lists::MAX_LIST_VALUES;
pub use literals::MAX_TEXT_BYTES;
pub use pages::MAX_PAGE_SEGMENTS;
pub use patterns::{MAX_PATTERN_BYTES, MAX_PATTERNS};
pub use slots::DEFAULT_PRIORITY;
pub use spans::{MAX_COUNT, MAX_SPAN_DAYS};

/// Reads and checks all rule files of a set against its nouns, and against each other.
///
/// The program counts only while `findings` holds no error: what is wrong is missing from it.
pub fn check(files: &[RuleFile], nouns: Nouns<'_>, findings: &mut Findings) -> Program {
    check_after(files, nouns, None, findings).0
}

/// The same after another release: rules that it kept are taken from it, unread.
///
/// `before` must come from a set with equal nouns. The program and the findings are those of a [`check`] of all.
pub fn check_after(
    files: &[RuleFile],
    nouns: Nouns<'_>,
    before: Option<&Kept>,
    findings: &mut Findings,
) -> (Program, Kept) {
    let outlines: Vec<Outline> = files.iter().map(|file| Outline::read(file, findings)).collect();
    let mut checker = Checker::new(&outlines, nouns, before);
    checker.repeated_names();
    checker.measures();
    let segments = checker.segments();
    let slots = checker.slots();
    let complete = !findings.iter().chain(&checker.findings).any(|finding| finding.severity == Severity::Error);
    if complete {
        // With an error anywhere the use of a name may have been lost with it.
        checker.unused(&slots);
    }
    findings.append(&mut checker.findings);
    let measures = checker.checked_measures.into_iter().flatten().map(|(measure, _)| measure).collect();
    (Program { segments, measures, slots }, checker.kept)
}

/// What the parts of the check share.
struct Checker<'a> {
    nouns: Nouns<'a>,
    /// The files in the order given.
    outlines: &'a [Outline],
    /// One per file.
    sources: Vec<Source>,
    /// The file that is being checked.
    file: usize,
    names: Rc<Names<'a>>,
    /// By index, with the only values it may have; `None` = in error, or not checked yet.
    checked_measures: Vec<Option<(Measure, Choices<'a>)>>,
    used: Used<'a>,
    suggestions: Suggestions<'a>,
    /// Patterns compiled so far; `None` = in error.
    patterns: HashMap<String, Option<Regex>>,
    /// How often a pattern was asked for.
    pattern_uses: usize,
    leaves: Leaves<'a>,
    reader: RuleReader,
    /// Faults in the texts of rules of this file so far.
    faults: usize,
    before: Option<Before<'a>>,
    /// For the release after this one.
    kept: Kept,
    findings: Findings,
}

/// Which names something refers to.
#[derive(Default)]
struct Used<'a> {
    segments: HashSet<usize>,
    measures: HashSet<usize>,
    content: HashSet<&'a str>,
    experiments: HashSet<&'a str>,
    leaves: uses::Seen,
}

impl<'a> Checker<'a> {
    fn new(outlines: &'a [Outline], nouns: Nouns<'a>, before: Option<&'a Kept>) -> Self {
        let names = Names::collect(outlines);
        let kept = kept(outlines, nouns);
        let before = before.filter(|before| before.named == kept.named && names.unreadable.is_empty());
        let source = |outline: &Outline| Source::new(Arc::clone(&outline.file.file), Arc::clone(&outline.file.text));
        Self {
            nouns,
            outlines,
            sources: outlines.iter().map(source).collect(),
            file: 0,
            checked_measures: vec![None; names.measures.len()],
            names: Rc::new(names),
            used: Used::default(),
            suggestions: Suggestions::default(),
            patterns: HashMap::new(),
            pattern_uses: 0,
            leaves: Leaves::default(),
            reader: RuleReader::default(),
            faults: 0,
            before: before.map(Before::new),
            kept,
            findings: Findings::new(),
        }
    }

    fn printed(&self, file: usize) -> Arc<str> {
        self.sources.get(file).map(|source| Arc::clone(&source.file)).unwrap_or_default()
    }

    fn error(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, &self.printed(self.file), span, message)
    }

    fn warning(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, &self.printed(self.file), span, message)
    }

    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// The place of a span in the file that is being checked.
    fn place(&self, span: Span) -> Place {
        let line = self.sources.get(self.file).map_or(1, |source| source.line(span.start));
        let file = self.outlines.get(self.file).map(|outline| Arc::clone(&outline.file.inside));
        Place { file: file.unwrap_or_default(), line }
    }

    /// `./rules/home.rules:4`, for texts that point to another file.
    fn shown_place(&self, file: usize, span: Span) -> String {
        let line = self.sources.get(file).map_or(1, |source| source.line(span.start));
        format!("{}:{line}", self.printed(file))
    }

    /// Checks every measure, those first that others refer to.
    fn measures(&mut self) {
        for index in self.measure_order() {
            let Some(named) = self.names.measures.get(index) else { continue };
            let measure = self.measure(named);
            if let Some(slot) = self.checked_measures.get_mut(index) {
                *slot = measure;
            }
        }
        for (_, named) in Rc::clone(&self.names).measures.repeated() {
            self.measure(named);
        }
    }

    fn measure(&mut self, named: Named<'a, syntax::Measure>) -> Option<(Measure, Choices<'a>)> {
        self.file = named.file;
        let value = self.value(&named.item.value, Scope::Visitor)?;
        let place = self.place(named.item.at.0);
        Some((Measure { name: named.item.name.text.as_str().into(), value: value.expr, place }, value.choices))
    }

    fn segments(&mut self) -> Vec<Segment> {
        self.segment_rings();
        let names = Rc::clone(&self.names);
        let segments = names.segments.iter().filter_map(|named| self.segment(named)).collect();
        for (_, named) in names.segments.repeated() {
            self.segment(named);
        }
        segments
    }

    fn segment(&mut self, named: Named<'a, syntax::Segment>) -> Option<Segment> {
        self.file = named.file;
        let condition = self.whole_condition(&named.item.condition);
        let clauses = self.clauses(&named.item.clauses, Owner::Segment);
        Some(Segment {
            name: named.item.name.text.as_str().into(),
            condition: condition?,
            active: clauses.active,
            because: clauses.because,
            place: self.place(named.item.at.0),
        })
    }
}

/// What to keep of a set, without its rules.
fn kept(outlines: &[Outline], nouns: Nouns<'_>) -> Kept {
    let named = |outline: &'_ Outline| -> Vec<Box<str>> {
        let spans = outline.parts.iter().filter_map(|part| match part {
            Part::Segment(segment) => Some(segment.at.0),
            Part::Measure(measure) => Some(measure.at.0),
            Part::Slot(..) | Part::Rule(_) | Part::Lost(_) => None,
        });
        spans.map(|span| outline.text(span).into()).collect()
    };
    let file = |outline: &Outline| KeptFile {
        inside: Arc::clone(&outline.file.inside),
        text: Arc::clone(&outline.file.text),
        rules: Vec::new(),
    };
    Kept {
        named: outlines.iter().flat_map(named).collect(),
        slots: nouns.catalogue.slots.keys().cloned().collect(),
        files: outlines.iter().map(file).collect(),
    }
}
