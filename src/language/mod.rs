//! Rule text -> tree -> checked tree, and back to text.
//!
//! In: the text of `.rules` files and the nouns they may use. Out: a [`checked::Program`], or every error of every file
//! at once. pest is used in `parse` alone; a syntax tree with positions ([`syntax`]) stands behind it, so that
//! messages, formatting and checking never see the parser.

mod check;
pub mod checked;
mod comments;
mod filter;
mod format;
mod kept;
mod nesting;
mod parse;
mod scan;
mod slip;
pub mod syntax;
mod token;
mod unclosed;

use std::sync::Arc;

use crate::content::{Catalogue, Slot};
use crate::diagnostic::Diagnostic;
use crate::experiment::Experiments;
use crate::profile::Schema;

pub use check::{
    DEFAULT_PRIORITY, MAX_COUNT, MAX_DEPTH, MAX_LIST_VALUES, MAX_PAGE_SEGMENTS, MAX_PATTERN_BYTES, MAX_PATTERNS,
    MAX_SPAN_DAYS, MAX_STEPS, MAX_TEXT_BYTES, check, check_after,
};
pub use filter::check_filter;
pub use format::{normalise, print, print_condition, print_leaf, print_value};
pub use kept::Kept;
pub use nesting::MAX_NESTING;
pub use parse::parse;

/// A rule file of a set.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// The path inside the rules folder, as decisions name it: `home.rules`.
    pub inside: Arc<str>,
    /// The printed path, as diagnostics name it: `./rules/home.rules`.
    pub file: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// The nouns that rules may use.
#[derive(Debug, Clone, Copy)]
pub struct Nouns<'a> {
    /// Attributes, events, lists, purposes.
    pub schema: &'a Schema,
    /// Slots and content.
    pub catalogue: &'a Catalogue,
    /// Experiments with their variants.
    pub experiments: &'a Experiments,
}

impl<'a> Nouns<'a> {
    /// The one slot that what a bare rule shows belongs to; see [`Catalogue::only_slot_of`].
    pub fn slot_of(self, rule: &syntax::Rule) -> Option<&'a Slot> {
        match &rule.outcome.kind {
            syntax::OutcomeKind::Contents(names) => {
                self.catalogue.only_slot_of(names.iter().map(|name| name.text.as_str()))
            }
            syntax::OutcomeKind::Experiment(name) => {
                let experiment = self.experiments.get(&name.text)?;
                self.catalogue.only_slot_of(experiment.contents().map(|name| &**name))
            }
            _ => self.catalogue.only_slot_of([]),
        }
    }
}

/// Every finding of a step, in any order; [`crate::diagnostic::Report::sort`] orders them.
pub type Findings = Vec<Diagnostic>;
