//! YAML with places: what serde_yaml read, and where each value stands.
//!
//! In: the text of a file. Out: a [`Node`] tree with a span for every key and value, read through a [`Reader`] whose
//! getters report what is wrong and go on, so that one run finds every mistake of a file. serde_yaml decides what a
//! value is; saphyr-parser, which knows places, is walked beside it. What the two read differently is refused, and so is
//! everything that makes YAML hard to foresee: anchors, aliases, merge keys, tags, several documents.

mod complaint;
mod inside;
mod node;
mod outline;
mod reader;
mod resolved;
mod zip;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span};

pub use node::{Entry, Node, Value};
pub use reader::{Fields, Reader};

/// A larger YAML file is refused: texts this long belong in several files.
pub const MAX_YAML_BYTES: usize = 8 << 20;

/// Deeper lists and fields are refused: no hand-written noun comes near it, and reading walks the tree by recursion.
pub const MAX_YAML_DEPTH: usize = 64;

/// Reads a whole file. An empty file is a [`Value::Null`]; `None` means that the findings say why there is no tree.
///
/// Mistakes that leave a tree (a field given twice) are reported too, and the tree is returned.
pub fn read(file: &Arc<str>, text: &str, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    if text.len() > MAX_YAML_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_YAML_BYTES >> 20);
        findings
            .push(Diagnostic::error("too-large", file, Span::default(), message).help("split it into several files"));
        return None;
    }
    let before = findings.len();
    let outline = outline::outline(file, text, findings);
    if findings.len() > before {
        return None;
    }
    let resolved = match resolved::resolve(text) {
        Ok(resolved) => resolved,
        Err(error) => {
            findings.push(complaint::from_serde(file, text, &error));
            return None;
        }
    };
    match (outline, resolved) {
        (Ok(Some(outline)), Some(resolved)) => zip::zip(file, outline, resolved, findings),
        (Ok(_), _) => Some(Node { value: Value::Null, span: Span::default(), style: None }),
        (Err(error), _) => {
            findings.push(complaint::from_saphyr(file, text, &error));
            None
        }
    }
}
