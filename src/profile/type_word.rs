//! The words for types, also those that people bring along from elsewhere.

use crate::diagnostic::nearest;
use crate::yaml::{Node, Reader};

/// What other systems call a type, and what it is called here.
const FOREIGN: &[(&str, &str)] = &[
    ("string", "text"),
    ("str", "text"),
    ("char", "text"),
    ("url", "text"),
    ("int", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("integer", "number"),
    ("bool", "boolean"),
    ("date", "moment"),
    ("datetime", "moment"),
    ("time", "moment"),
    ("timestamp", "moment"),
    ("duration", "span"),
    ("interval", "span"),
    ("semver", "version"),
    ("array", "list"),
    ("set", "list"),
    ("map", "object"),
    ("json", "object"),
    ("dict", "object"),
];

/// Reads the word of a type; `types` are the allowed words in the order that messages name them.
pub fn read_type<T: Copy>(reader: &mut Reader<'_>, node: &Node, types: &[(&'static str, T)]) -> Option<T> {
    let word = reader.text(node)?;
    let find = |word: &str| types.iter().find(|(known, _)| *known == word);
    if let Some((_, kind)) = find(word) {
        return Some(*kind);
    }
    let lower = word.to_lowercase();
    let foreign = FOREIGN.iter().filter(|(foreign, _)| *foreign == lower).find_map(|(_, ours)| find(ours));
    let words = || types.iter().map(|(word, _)| *word);
    let help = match foreign.map(|(word, _)| *word).or_else(|| nearest(&lower, words())) {
        Some(ours) => format!("did you mean `{ours}`?"),
        None => format!("use one of {}", words().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    };
    reader.error("unknown-type", node.span, format!("`{word}` is no type"), help);
    None
}
