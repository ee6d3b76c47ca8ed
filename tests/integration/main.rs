//! One binary, one module per capability.
#![cfg(test)]

mod command_line;
mod decisions;
mod documents;
mod evaluation;
mod format;
mod language;
mod nouns;
mod random_tree;
mod real_data;
mod samples;
mod store;
