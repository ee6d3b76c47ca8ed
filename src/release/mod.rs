//! A release: one compiled, immutable set of all files a team edits.
//!
//! In: a [`FileSet`], from two folders or from an upload. Out: a [`Release`] that decisions are made from, or the
//! [`Report`](crate::diagnostic::Report) that says why not. A set that does not compile whole is refused whole.

pub mod case;
mod case_expect;
mod case_visitor;
mod compile;
mod file_set;
mod text_hash;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::content::Catalogue;
use crate::experiment::Experiments;
use crate::language::Kept;
use crate::language::checked::Program;
use crate::measurement::{Counted, Measured};
use crate::profile::Schema;
use crate::rules::compiled::Cost;
use crate::rules::{CellPlan, Compiled, MemoryCost};

pub use case::{Case, Expected};
pub use compile::SetNouns;
pub use file_set::{FileSet, FileSetError, MAX_RULE_FILE_BYTES, MAX_SET_BYTES, ReleaseId};
pub use text_hash::{NotAHash, TextHash};

/// A compiled set of files.
#[derive(Debug)]
pub struct Release {
    /// The first 16 hex digits of the content hash.
    pub id: ReleaseId,
    /// The files it was made from.
    pub files: FileSet,
    /// The nouns.
    pub schema: Arc<Schema>,
    /// What can be shown.
    pub catalogue: Arc<Catalogue>,
    /// Who is in which experiment.
    pub experiments: Arc<Experiments>,
    /// Segments, measures, slots.
    pub program: Program,
    /// The same, ready to decide.
    pub compiled: Compiled,
    /// What is remembered of visitors for it.
    pub cells: CellPlan,
    /// What of it counts in which experiment.
    pub measured: Measured,
    /// The examples that are tests.
    pub cases: Vec<Case>,
    /// What metrics count, by their names.
    counted: Arc<BTreeMap<Arc<str>, Counted>>,
    /// Reading the nouns gave no finding.
    clean_nouns: bool,
    /// What is known of rules by their text.
    kept: Kept,
}

/// What a release costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseCost {
    /// To decide.
    #[serde(flatten)]
    pub deciding: Cost,
    /// To remember.
    pub memory: MemoryCost,
}

impl Release {
    /// What deciding costs at most, and what is remembered of each visitor at most.
    pub fn cost(&self) -> ReleaseCost {
        ReleaseCost {
            deciding: self.compiled.cost(&self.program),
            memory: self.cells.cost(self.schema.max_state_per_visitor),
        }
    }
}
