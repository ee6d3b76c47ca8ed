//! Rule text -> syntax tree, and what is said about text that is none.

use std::sync::Arc;

use segue::diagnostic::{Diagnostic, Report, Source};
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

fn read(text: &str) -> (File, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let tree = parse(&Arc::from("rules/home.rules"), text, &mut findings);
    (tree, findings)
}

fn report(text: &str) -> Report {
    let mut report = Report::default();
    let file = report.sources.add(Source::new("rules/home.rules", text));
    parse(&file, text, &mut report.diagnostics);
    report.sort();
    report
}

/// The tree of a text that must be without a fault.
fn tree(text: &str) -> File {
    let report = report(text);
    assert!(report.diagnostics.is_empty(), "{text}\n{}", segue::diagnostic::draw(&report, false));
    read(text).0
}

/// The text with each gap between words outside of quotes replaced.
fn with_gaps(text: &str, gap: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for letter in text.trim().chars() {
        quoted ^= letter == '"';
        match letter {
            ' ' | '\n' if !quoted && out.ends_with(gap) => {}
            ' ' | '\n' if !quoted => out.push_str(gap),
            letter => out.push(letter),
        }
    }
    out
}

fn examples() -> Vec<Example> {
    toml::from_str::<Examples>(include_str!("../cases/language/examples.toml")).unwrap().case
}

#[test]
fn every_example_parses_however_its_gaps_are_written() {
    let examples = examples();
    assert_eq!(examples.len(), 17);
    for example in examples {
        let written = tree(&example.input);
        assert!(!written.items.is_empty(), "{}", example.name);
        for gap in [" ", "\n\n", "\t", " \r\n\t", "\u{a0}"] {
            assert_eq!(tree(&with_gaps(&example.input, gap)), written, "{}", example.name);
        }
    }
}
