//! Rule text -> syntax tree, and what is said about text that is none.

mod cascade;
mod comments;
mod faults;
mod random;
mod tree;

use std::sync::Arc;

use segue::diagnostic::{Report, Source};
use segue::language::parse;
use segue::language::syntax::File;
use serde::Deserialize;

#[derive(Deserialize)]
struct Examples {
    case: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    name: String,
    input: String,
}

/// The seventeen examples of the language.
fn examples() -> Vec<Example> {
    toml::from_str::<Examples>(include_str!("../../cases/language/examples.toml")).unwrap().case
}

/// The tree of a text and what is wrong with it.
fn read(text: &str) -> (File, Report) {
    let mut report = Report::default();
    let file: Arc<str> = report.sources.add(Source::new("home.rules", text));
    let tree = parse(&file, text, &mut report.diagnostics);
    report.sort();
    (tree, report)
}

/// The tree of a text that must be without a fault.
fn tree(text: &str) -> File {
    let (tree, report) = read(text);
    assert!(report.diagnostics.is_empty(), "{text}\n{}", segue::diagnostic::draw(&report, false));
    tree
}

/// What is drawn for a text.
fn drawn(text: &str) -> String {
    segue::diagnostic::draw(&read(text).1, false)
}
