//! The grammar's `file` reads a whole file at once; the scanner's cuts and this must agree on what is valid.

use std::sync::Arc;

use pest::Parser as _;

use super::line::Line;
use super::{Grammar, Rule, parse};
use crate::diagnostic::Span;

/// What the grammar lets through and the scanner or the tree builder refuses.
const BEYOND_GRAMMAR: [&str; 10] = [
    "aggregate-call",
    "bad-date",
    "empty-name",
    "foreign-word",
    "impossible-date",
    "impossible-time",
    "mixed-and-or",
    "nested-filter",
    "number-too-long",
    "too-deep",
];

/// All inputs of the case tables.
fn inputs() -> Vec<String> {
    let tables = [
        include_str!("../../../tests/cases/language/examples.toml"),
        include_str!("../../../tests/cases/language/comments.toml"),
        include_str!("../../../tests/cases/language/faults_compare.toml"),
        include_str!("../../../tests/cases/language/faults_often.toml"),
        include_str!("../../../tests/cases/language/faults_shape.toml"),
        include_str!("../../../tests/cases/language/faults_words.toml"),
    ];
    let cases = |table: &str| toml::from_str::<toml::Table>(table).unwrap()["case"].as_array().unwrap().clone();
    tables.into_iter().flat_map(cases).map(|case| case["input"].as_str().unwrap().to_owned()).collect()
}

fn assert_agreement(text: &str) {
    let mut findings = Vec::new();
    parse(&Arc::from("home.rules"), text, &mut findings);
    let mut line = Line::default();
    line.fill(text, Span::new(0, text.len()));
    match Grammar::parse(Rule::file, &line.text) {
        Ok(_) => assert!(findings.iter().all(|finding| BEYOND_GRAMMAR.contains(&finding.code)), "{text}\n{findings:?}"),
        Err(error) => assert!(!findings.is_empty(), "{text}\n{error}"),
    }
}

#[test]
fn cutting_a_file_up_changes_nothing_about_what_is_valid() {
    let inputs = inputs();
    assert!(inputs.len() > 300);
    for input in &inputs {
        assert_agreement(input);
    }
}

#[test]
fn nor_do_the_items_around() {
    let around =
        ["segment a { x is 1 }", "measure m = 3", "slot s { if x is 1 show y otherwise show z }", "if x is 1 show y"];
    for input in inputs() {
        for (before, after) in around.iter().zip(around.iter().cycle().skip(1)) {
            assert_agreement(&format!("{before}\n{input}\n{after}"));
        }
    }
}
