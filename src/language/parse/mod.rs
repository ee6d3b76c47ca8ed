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
mod line;
mod literal;
mod outline;
mod refuse;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use pest::Parser as _;
use pest::error::InputLocation;
use pest_derive::Parser;

use super::Findings;
use super::comments::Spot;
use super::scan::{Comment, MAX_FAULTS, Unit, cut};
use super::syntax::{At, File};
use crate::diagnostic::{Diagnostic, Span};

use assembly::Assembly;
use line::Line;

pub(super) use outline::{Outline, Part, RuleReader};

#[derive(Parser)]
#[grammar = "../grammar/segue.pest"]
struct Grammar;

type Pair<'i> = pest::iterators::Pair<'i, Rule>;
type Pairs<'i> = pest::iterators::Pairs<'i, Rule>;

/// Parses one file. Every item (and within a slot block every rule) is parsed by itself, so one fault hides no other.
///
/// `file` is the printed path that findings carry.
pub fn parse(file: &Arc<str>, text: &str, findings: &mut Findings) -> File {
    let most = findings.len() + MAX_FAULTS;
    let cut = cut(file, text, findings);
    let reader = Reader::new(file, text, &cut.comments, findings);
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

/// A word, number, text or sign without the blank behind it.
fn word<'i>(pair: &Pair<'i>) -> &'i str {
    let written = pair.as_str();
    written.strip_suffix(' ').unwrap_or(written)
}

/// Turns the parser's nodes into the tree.
struct Reader<'a, 'f> {
    file: &'a Arc<str>,
    text: &'a str,
    findings: &'f mut Findings,
    /// All comments of the file.
    comments: &'a [Comment],
    /// The unit at hand.
    line: Line,
    /// Where the holders of comments of the item at hand stand.
    spots: Vec<Spot>,
    /// How many holders the item at hand has so far.
    holders: usize,
    /// Inside `with (..)`: its pieces stand within one test and hold no comments.
    in_filter: bool,
}

impl<'a, 'f> Reader<'a, 'f> {
    fn new(file: &'a Arc<str>, text: &'a str, comments: &'a [Comment], findings: &'f mut Findings) -> Self {
        let (line, spots) = (Line::default(), Vec::new());
        Self { file, text, findings, comments, line, spots, holders: 0, in_filter: false }
    }
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
        self.line.fill(self.text, unit.span);
        // The nodes borrow the text, and the builder needs the places.
        let line = std::mem::take(&mut self.line.text);
        let (spots, holders, found) = (self.spots.len(), self.holders, self.findings.len());
        let built = match Grammar::parse(door, &line) {
            Ok(mut pairs) => pairs.next().and_then(|pair| build(self, pair)),
            Err(error) => {
                self.findings.push(complain::complain(self.file, self.text, unit, self.place_of(&error), &error));
                None
            }
        };
        self.line.text = line;
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

    /// Where in the file the parser gave up.
    fn place_of(&self, error: &pest::error::Error<Rule>) -> usize {
        match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => self.line.place(at),
        }
    }

    /// Where a node stands in the file.
    fn span(&self, pair: &Pair<'_>) -> Span {
        let found = pair.as_span();
        self.line.span(found.start(), found.end())
    }

    fn at(&self, pair: &Pair<'_>) -> At {
        At(self.span(pair))
    }

    /// Where a node begins in the file.
    fn start(&self, pair: &Pair<'_>) -> usize {
        self.line.place(pair.as_span().start())
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
