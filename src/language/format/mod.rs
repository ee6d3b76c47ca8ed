//! Syntax tree -> the one canonical text.
//!
//! In: a tree. Out: its text, or one node on one line for explanations and messages. Two blanks of indentation, lower
//! case keywords, 100 columns; what does not fit breaks from the outside in. The tree decides the text alone, not the way the
//! author broke the lines, so `parse(print(tree)) == tree` for every tree that the parser can make, and printing what
//! was printed changes nothing.

mod condition;
mod item;
mod layout;
mod normalise;
mod value;

use super::syntax::{Condition, File, Leaf, Value};
use layout::flat;

pub(super) use item::slot_name;
pub use normalise::normalise;
pub(super) use value::{function_word, unit_word};

/// Longer lines are broken where the language allows it.
const MAX_COLUMNS: usize = 100;

/// The canonical text of a file; empty for an empty file, else with a line end after the last line.
pub fn print(file: &File) -> String {
    item::file(file)
}

/// A leaf on one line, without its comments.
pub fn print_leaf(leaf: &Leaf) -> String {
    flat(&condition::leaf(leaf))
}

/// A condition on one line, without its comments.
pub fn print_condition(condition: &Condition) -> String {
    flat(&condition::chain(condition))
}

/// A value on one line, without its comments.
pub fn print_value(value: &Value) -> String {
    flat(&value::value(value))
}
