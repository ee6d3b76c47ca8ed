//! Units -> items: slots are put together from their rules, comments find their place.

use super::{Reader, Rule};
use crate::diagnostic::Span;
use crate::language::comments::{attach, closing};
use crate::language::scan::{Comment, Unit, UnitKind};
use crate::language::syntax::{File, Item, Otherwise, Slot};
use crate::language::unclosed;

/// Puts units together to items.
pub(super) struct Assembly<'a, 'f> {
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

impl<'a, 'f> Assembly<'a, 'f> {
    pub fn new(reader: Reader<'a, 'f>) -> Self {
        Self { reader, tree: File::default(), slot: None, taken: 0 }
    }

    /// How many findings there are by now.
    pub fn findings(&self) -> usize {
        self.reader.findings.len()
    }

    /// Takes the next unit; `next` is where the one after it starts.
    pub fn unit(&mut self, unit: Unit, next: usize) {
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

    /// Leaves the rest of the file unread: there are too many faults.
    pub fn give_up(&mut self, unit: Unit) {
        self.reader.give_up(unit.span);
        self.pass_over(unit.span.end);
    }

    /// Notes the names of what is not read.
    pub fn pass_over(&mut self, from: usize) {
        self.tree.unreadable.extend(unclosed::names(self.reader.text, from));
    }

    /// The tree, with the comments after the last item.
    pub fn finish(mut self) -> File {
        let rest = self.reader.comments.get(self.taken..).unwrap_or_default();
        self.tree.closing = closing(self.reader.text, rest);
        self.tree
    }
}
