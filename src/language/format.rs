//! Syntax tree -> the one canonical text.

use super::syntax::{Condition, File, Leaf, Value};

/// The canonical text of a file.
pub fn print(file: &File) -> String {
    let _ = file;
    String::new()
}

/// A leaf on one line.
pub fn print_leaf(leaf: &Leaf) -> String {
    let _ = leaf;
    String::new()
}

/// A condition on one line.
pub fn print_condition(condition: &Condition) -> String {
    let _ = condition;
    String::new()
}

/// A value on one line.
pub fn print_value(value: &Value) -> String {
    let _ = value;
    String::new()
}
