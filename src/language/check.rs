//! Tree -> checked tree: names, types, limits.

use super::checked::Program;
use super::{Findings, Nouns, RuleFile};

/// Checks all rule files of a set against its nouns, and against each other.
pub fn check(files: &[RuleFile], nouns: Nouns<'_>, findings: &mut Findings) -> Program {
    let _ = (files, nouns, findings);
    Program::default()
}
