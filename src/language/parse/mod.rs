//! Text -> syntax tree. The only folder that knows pest.
//!
//! In: the text of one file. Out: its tree, and a finding for each part that is none. The scanner cuts the text into
//! units; each is parsed by itself, so one fault hides no other and costs no other rule its place in the tree.

mod assembly;
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
use super::comments::Spot;
use super::scan::{Comment, MAX_FAULTS, Unit, cut};
use super::syntax::{At, File};
use crate::diagnostic::{Diagnostic, Span};

use assembly::Assembly;

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
    let mut assembly = Assembly::new(reader);
    for (index, unit) in cut.units.iter().enumerate() {
        let next = cut.units.get(index + 1).map_or(text.len(), |next| next.span.start);
        assembly.unit(*unit, next);
        if assembly.findings() >= most {
            assembly.give_up(*unit);
            break;
        }
    }
    if let Some(swallowed) = cut.swallowed {
        assembly.pass_over(swallowed.start);
    }
    assembly.finish()
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
