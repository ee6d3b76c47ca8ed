//! A file in parts, of which everything but the rules is parsed.
//!
//! In: a rule file. Out: its segments, measures and heads of slots as trees, its rules as stretches of text. The check
//! takes the rules one by one, so that the trees of 100,000 rules never stand in memory at once, and a rule that is known
//! already is not parsed at all.

use super::line::Line;
use super::{Reader, Rule};
use crate::language::comments::Spot;
use crate::language::scan::{Comment, MAX_FAULTS, Unit, UnitKind, cut};
use crate::language::syntax::{self, Measure, Segment, Slot};
use crate::language::{Findings, RuleFile, unclosed};

use crate::diagnostic::Span;

/// A file with its rules unread.
pub(in crate::language) struct Outline {
    pub file: RuleFile,
    pub parts: Vec<Part>,
    /// The names of segments and measures that did not parse.
    pub unreadable: Vec<String>,
    comments: Vec<Comment>,
    /// How many faults were found.
    faults: usize,
}

/// What a file is made of, in text order.
pub(in crate::language) enum Part {
    Segment(Box<Segment>),
    Measure(Box<Measure>),
    /// Its rules stand beside it.
    Slot(Box<Slot>, Vec<Unit>),
    /// A rule outside a slot block.
    Rule(Unit),
    /// Rules of a block that is none: read for their own faults.
    Lost(Vec<Unit>),
}

impl Outline {
    pub fn read(file: &RuleFile, findings: &mut Findings) -> Self {
        let before = findings.len();
        let cut = cut(&file.file, &file.text, findings);
        let reader = Reader::new(&file.file, &file.text, &cut.comments, findings);
        let mut draft = Draft { reader, parts: Vec::new(), unreadable: Vec::new(), open: None };
        for unit in cut.units {
            draft.unit(unit);
            if draft.reader.findings.len() - before >= MAX_FAULTS {
                draft.reader.give_up(unit.span);
                draft.unreadable.extend(unclosed::names(&file.text, unit.span.end));
                break;
            }
        }
        draft.abandon();
        if let Some(swallowed) = cut.swallowed {
            draft.unreadable.extend(unclosed::names(&file.text, swallowed.start));
        }
        let Draft { parts, unreadable, .. } = draft;
        let faults = findings.len() - before;
        Self { file: file.clone(), parts, unreadable, comments: cut.comments, faults }
    }

    /// The text of a rule.
    pub fn text(&self, span: Span) -> &str {
        self.file.text.get(span.start..span.end).unwrap_or_default()
    }
}

/// Puts units together to parts.
struct Draft<'a, 'f> {
    reader: Reader<'a, 'f>,
    parts: Vec<Part>,
    unreadable: Vec<String>,
    open: Option<OpenSlot>,
}

/// A slot block whose `}` has not come yet.
struct OpenSlot {
    /// `None` when its head did not parse.
    head: Option<Slot>,
    rules: Vec<Unit>,
    /// The first `otherwise` of the block.
    otherwise: Option<Span>,
}

impl Draft<'_, '_> {
    fn unit(&mut self, unit: Unit) {
        if !matches!(unit.kind, UnitKind::SlotRule | UnitKind::Otherwise | UnitKind::SlotEnd) {
            self.abandon();
        }
        self.reader.begin();
        match unit.kind {
            UnitKind::Segment => match self.reader.read(unit, Rule::only_segment, Reader::segment) {
                Some(segment) => self.parts.push(Part::Segment(Box::new(segment))),
                None => self.unreadable.extend(self.reader.name_of(unit)),
            },
            UnitKind::Measure => match self.reader.read(unit, Rule::only_measure, Reader::measure) {
                Some(measure) => self.parts.push(Part::Measure(Box::new(measure))),
                None => self.unreadable.extend(self.reader.name_of(unit)),
            },
            UnitKind::BareRule => self.parts.push(Part::Rule(unit)),
            UnitKind::SlotHead => {
                let head = self.reader.read(unit, Rule::only_slot_head, Reader::slot_head);
                self.open = Some(OpenSlot { head, rules: Vec::new(), otherwise: None });
            }
            UnitKind::SlotRule => self.slot_rule(unit),
            UnitKind::Otherwise => self.otherwise(unit),
            UnitKind::SlotEnd => match self.open.take() {
                Some(OpenSlot { head: Some(mut slot), rules, .. }) => {
                    slot.at.0.end = unit.span.end;
                    self.parts.push(Part::Slot(Box::new(slot), rules));
                }
                other => self.open = other,
            },
            UnitKind::Later => self.reader.later(unit),
            UnitKind::Stray => self.reader.stray(unit),
        }
    }

    fn slot_rule(&mut self, unit: Unit) {
        match &mut self.open {
            None => self.parts.push(Part::Lost(vec![unit])),
            Some(open) => {
                open.rules.push(unit);
                if let Some(otherwise) = open.otherwise {
                    self.reader.rule_after_otherwise(unit, otherwise);
                }
            }
        }
    }

    fn otherwise(&mut self, unit: Unit) {
        let otherwise = self.reader.read(unit, Rule::only_otherwise, Reader::otherwise);
        let Some(open) = &mut self.open else { return };
        if let Some(first) = open.otherwise {
            return self.reader.second_otherwise(unit, first);
        }
        // One that did not parse may be a rule that begins with the wrong word.
        open.otherwise = otherwise.is_some().then_some(unit.span);
        if let Some(slot) = &mut open.head {
            slot.otherwise = otherwise;
        }
    }

    /// Leaves a block without its end.
    fn abandon(&mut self) {
        if let Some(open) = self.open.take() {
            self.parts.push(Part::Lost(open.rules));
        }
    }
}

/// Reads the rules of outlines.
#[derive(Debug, Default)]
pub(in crate::language) struct RuleReader {
    line: Line,
    spots: Vec<Spot>,
}

impl RuleReader {
    /// The tree of a rule; what is wrong with its text is reported. `faults` counts what was wrong with rules of this
    /// file before: after too many of them nothing more is read.
    pub fn rule(
        &mut self,
        outline: &Outline,
        unit: Unit,
        faults: &mut usize,
        findings: &mut Findings,
    ) -> Option<syntax::Rule> {
        if outline.faults + *faults >= MAX_FAULTS {
            return None;
        }
        let before = findings.len();
        let mut reader = Reader::new(&outline.file.file, &outline.file.text, &outline.comments, findings);
        reader.line = std::mem::take(&mut self.line);
        reader.spots = std::mem::take(&mut self.spots);
        reader.begin();
        let rule = reader.read(unit, Rule::only_rule, Reader::rule);
        *faults += reader.findings.len() - before;
        if outline.faults + *faults >= MAX_FAULTS {
            reader.give_up(unit.span);
        }
        self.line = reader.line;
        self.spots = reader.spots;
        rule
    }
}
