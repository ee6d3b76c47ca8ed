//! YAML with places: what serde_yaml read, and where each value stands.
//!
//! In: the text of a file. Out: a [`Node`] tree with a span for every key and value, read through a [`Reader`] whose
//! getters report what is wrong and go on, so that one run finds every mistake of a file. serde_yaml decides what a
//! value is; saphyr-parser, which knows places, is walked beside it. What the two read differently is refused, and so is
//! everything that makes YAML hard to foresee: anchors, aliases, merge keys, tags, several documents.

mod complaint;
mod declared_once;
mod inside;
mod node;
mod outline;
mod reader;
mod resolved;
mod zip;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span};

pub use declared_once::{DeclaredOnce, Kind};
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
    if let Some((at, invisible)) = text.char_indices().find(|(_, char)| is_unprintable(*char)) {
        let span = Span::new(at, at + invisible.len_utf8());
        let finding = Diagnostic::error("yaml-syntax", file, span, "the file holds an invisible character");
        findings.push(finding.help("delete it and type the line anew"));
        return None;
    }
    let Some(body) = text.strip_prefix(BYTE_ORDER_MARK) else { return read_body(file, text, findings) };
    let before = findings.len();
    let mut node = read_body(file, body, findings);
    let skipped = BYTE_ORDER_MARK.len_utf8();
    for label in findings.iter_mut().skip(before).flat_map(|finding| &mut finding.labels) {
        label.span = label.span.shift(skipped);
    }
    if let Some(node) = &mut node {
        node.shift(skipped);
    }
    node
}

/// What some editors put at the start of a file; it means nothing.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Reads a text without a byte order mark.
fn read_body(file: &Arc<str>, text: &str, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    let before = findings.len();
    let outline = outline::outline(file, text, findings);
    if findings.len() > before {
        return None;
    }
    if matches!(outline, Ok(None)) {
        return Some(Node { value: Value::Null, span: Span::default(), style: None });
    }
    match (resolved::resolve(text), outline) {
        // Without a place, something follows the file's one value; saphyr may know where.
        (Err(error), Err(other)) if error.location().is_none() => {
            findings.push(complaint::from_saphyr(file, text, &other));
        }
        (Err(error), _) => findings.push(complaint::from_serde(file, text, &error)),
        (Ok(_), Err(error)) => findings.push(complaint::from_saphyr(file, text, &error)),
        (Ok(resolved), Ok(outline)) => return zip::zip(file, outline?, resolved, findings),
    }
    None
}

/// What YAML never takes, and line breaks that nobody sees: readers of YAML differ on those.
fn is_unprintable(char: char) -> bool {
    let is_control = char.is_control() && !matches!(char, '\t' | '\n' | '\r');
    is_control || matches!(char, '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}')
}
