//! Text -> syntax tree. The only folder that knows pest.
//!
//! In: the text of one file. Out: its tree, and a finding for each part that is none. The scanner cuts the text into
//! units; each is parsed by itself, so one fault hides no other and costs no other rule its place in the tree.

mod behaviour;
mod comparison;
mod complain;
mod condition;
mod item;
mod literal;
mod refuse;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use pest::Parser as _;
use pest_derive::Parser;

use super::Findings;
use super::comments::{Spot, attach, closing};
use super::scan::{Comment, MAX_FAULTS, Unit, UnitKind, cut};
use super::syntax::{At, File, Item, Otherwise, Slot};
use crate::diagnostic::{Diagnostic, Span};

#[derive(Parser)]
#[grammar = "../grammar/segue.pest"]
struct Grammar;

type Pair<'i> = pest::iterators::Pair<'i, Rule>;

/// Parses one file. Every item (and within a slot block every rule) is parsed by itself, so one fault hides no other.
///
/// `file` is the printed path that findings carry.
pub fn parse(file: &Arc<str>, text: &str, findings: &mut Findings) -> File {
    let most = findings.len() + MAX_FAULTS;
    let cut = cut(file, text, findings);
    let reader = Reader {
        file,
        text,
        findings,
        comments: &cut.comments,
        offset: 0,
        spots: Vec::new(),
        holders: 0,
        in_filter: false,
    };
    let mut assembly = Assembly { reader, tree: File::default(), slot: None, taken: 0 };
    for (index, unit) in cut.units.iter().enumerate() {
        let next = cut.units.get(index + 1).map_or(text.len(), |next| next.span.start);
        assembly.unit(*unit, next);
        if assembly.reader.findings.len() >= most {
            assembly.reader.give_up(unit.span);
            break;
        }
    }
    assembly.finish();
    assembly.tree
}

/// Puts units together to items.
struct Assembly<'a, 'f> {
    reader: Reader<'a, 'f>,
    tree: File,
    slot: Option<OpenSlot>,
    /// How many comments have their place.
    taken: usize,
}

/// A slot block whose `}` has not come yet.
struct OpenSlot {
    /// `None` when its head did not parse: its rules are still read for their faults.
    slot: Option<Slot>,
    /// The first `otherwise` of the block.
    otherwise: Option<Span>,
}

impl Assembly<'_, '_> {
    /// Takes the next unit; `next` is where the one after it starts.
    fn unit(&mut self, unit: Unit, next: usize) {
        if !matches!(unit.kind, UnitKind::SlotRule | UnitKind::Otherwise | UnitKind::SlotEnd) {
            self.slot = None;
            self.reader.begin();
        }
        match unit.kind {
            UnitKind::Segment => {
                let segment = self.reader.read(unit, Rule::only_segment, Reader::segment);
                self.whole(segment.map(Item::Segment), unit, next);
            }
            UnitKind::Measure => {
                let measure = self.reader.read(unit, Rule::only_measure, Reader::measure);
                self.whole(measure.map(Item::Measure), unit, next);
            }
            UnitKind::BareRule => {
                let rule = self.reader.read(unit, Rule::only_rule, Reader::rule);
                self.whole(rule.map(Item::Rule), unit, next);
            }
            UnitKind::SlotHead => {
                let slot = self.reader.read(unit, Rule::only_slot_head, Reader::slot_head);
                self.slot = Some(OpenSlot { slot, otherwise: None });
            }
            UnitKind::SlotRule => self.slot_rule(unit),
            UnitKind::Otherwise => self.otherwise(unit),
            UnitKind::SlotEnd => {
                if let Some(OpenSlot { slot: Some(mut slot), .. }) = self.slot.take() {
                    slot.at.0.end = unit.span.end;
                    self.place(Item::Slot(slot), unit.span.end, next, Some(unit.span.start));
                }
            }
            UnitKind::Later => self.reader.later(unit),
            UnitKind::Stray => self.reader.stray(unit),
        }
    }

    fn slot_rule(&mut self, unit: Unit) {
        let rule = self.reader.read(unit, Rule::only_rule, Reader::rule);
        let Some(open) = &mut self.slot else { return };
        if let Some(otherwise) = open.otherwise {
            self.reader.rule_after_otherwise(unit, otherwise);
        }
        if let (Some(slot), Some(rule)) = (&mut open.slot, rule) {
            slot.rules.push(rule);
        }
    }

    fn otherwise(&mut self, unit: Unit) {
        let otherwise: Option<Otherwise> = self.reader.read(unit, Rule::only_otherwise, Reader::otherwise);
        let Some(open) = &mut self.slot else { return };
        if let Some(first) = open.otherwise {
            return self.reader.second_otherwise(unit, first);
        }
        // One that did not parse may be a rule that begins with the wrong word.
        open.otherwise = otherwise.is_some().then_some(unit.span);
        if let Some(slot) = &mut open.slot {
            slot.otherwise = otherwise;
        }
    }

    /// Places an item of one unit, or notes the name of one that did not parse.
    fn whole(&mut self, item: Option<Item>, unit: Unit, next: usize) {
        match item {
            Some(item) => {
                let brace = matches!(item, Item::Segment(_)).then(|| unit.span.end.saturating_sub(1));
                self.place(item, unit.span.end, next, brace);
            }
            None => self.tree.unreadable.extend(self.reader.name_of(unit)),
        }
    }

    /// Gives an item the comments from the end of the one before up to its own end, and those behind it on its last line.
    fn place(&mut self, mut item: Item, end: usize, next: usize, brace: Option<usize>) {
        let waiting = self.reader.comments.get(self.taken..).unwrap_or_default();
        let behind = |comment: &Comment| !comment.own_line && comment.span.start < next;
        let count = waiting.partition_point(|comment| comment.span.start < end || behind(comment));
        let count = count.min(waiting.len());
        attach(self.reader.text, waiting.get(..count).unwrap_or_default(), &mut item, &self.reader.spots, brace);
        self.taken += count;
        self.tree.items.push(item);
    }

    /// Keeps the comments after the last item.
    fn finish(&mut self) {
        let rest = self.reader.comments.get(self.taken..).unwrap_or_default();
        self.tree.closing = closing(self.reader.text, rest);
    }
}

/// Turns the parser's nodes into the tree.
struct Reader<'a, 'f> {
    file: &'a Arc<str>,
    text: &'a str,
    findings: &'f mut Findings,
    /// All comments of the file.
    comments: &'a [Comment],
    /// Where the unit at hand begins.
    offset: usize,
    /// Where the holders of comments of the item at hand stand.
    spots: Vec<Spot>,
    /// How many holders the item at hand has so far.
    holders: usize,
    /// Inside `with (..)`: its pieces stand within one test and hold no comments.
    in_filter: bool,
}

impl Reader<'_, '_> {
    /// Begins a new item.
    fn begin(&mut self) {
        self.spots.clear();
        self.holders = 0;
    }

    /// Parses a unit and builds its tree; what fails is reported.
    fn read<T>(&mut self, unit: Unit, door: Rule, build: impl Fn(&mut Self, Pair<'_>) -> Option<T>) -> Option<T> {
        if unit.spoiled {
            return None;
        }
        self.offset = unit.span.start;
        let (spots, holders, found) = (self.spots.len(), self.holders, self.findings.len());
        let text = self.text.get(unit.span.start..unit.span.end).unwrap_or_default();
        let built = match Grammar::parse(door, text) {
            Ok(mut pairs) => pairs.next().and_then(|pair| build(self, pair)),
            Err(error) => {
                self.findings.push(complain::complain(self.file, self.text, unit, &error));
                None
            }
        };
        if built.is_none() || self.findings.len() > found {
            self.spots.truncate(spots);
            self.holders = holders;
            if self.findings.len() == found {
                // INVARIANT: nothing is lost in silence, should grammar and builder ever disagree.
                let error = Diagnostic::error("syntax", self.file, unit.span, "this cannot be read");
                self.findings.push(error.label("something is missing here").help("write it in smaller parts"));
            }
            return None;
        }
        built
    }

    /// Where a node stands in the file, without the blanks and comments that the parser skipped behind it.
    fn span(&self, pair: &Pair<'_>) -> Span {
        let found = pair.as_span();
        let start = self.offset + found.start();
        let mut end = self.offset + found.end();
        loop {
            let blanks = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
            end = start + self.text.get(start..end).unwrap_or_default().trim_end_matches(blanks).len();
            let before = self.comments.partition_point(|comment| comment.span.start < end);
            match before.checked_sub(1).and_then(|last| self.comments.get(last)) {
                Some(comment) if comment.span.start > start && comment.span.end >= end => end = comment.span.start,
                _ => return Span::new(start, end),
            }
        }
    }

    fn at(&self, pair: &Pair<'_>) -> At {
        At(self.span(pair))
    }

    /// Notes a holder of comments.
    fn hold(&mut self, outer: usize, core: usize) {
        if self.in_filter {
            return;
        }
        self.spots.push(Spot { outer, core, holder: self.holders });
        self.holders += 1;
    }

    /// Lets comments before this place go to the item's own: a lone condition holds none.
    fn hold_with_item(&mut self, holder: usize, start: usize) {
        self.spots.push(Spot { outer: start, core: start, holder });
    }
}
