//! Text -> syntax tree. The only file that knows pest.

use std::sync::Arc;

use super::{Findings, syntax::File};

/// Parses one file. Every item (and within a slot block every rule) is parsed by itself, so one fault hides no other.
///
/// `file` is the printed path that findings carry.
pub fn parse(file: &Arc<str>, text: &str, findings: &mut Findings) -> File {
    let _ = (file, text, findings);
    File::default()
}
