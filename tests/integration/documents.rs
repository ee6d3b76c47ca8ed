//! What the documents say is so: the examples of `docs/rules.md` compile against the sample shop.

use std::collections::BTreeMap;
use std::path::Path;

use segue::diagnostic::draw;
use segue::release::{FileSet, Release};

/// The sample shop's nouns, segments and measures, and one more file; no other rules.
fn with_file(path: &str, text: &str) -> FileSet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shop = FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap();
    let shared = |key: &str| {
        !key.starts_with("rules/cases/")
            && (!key.ends_with(".rules") || ["rules/segments.rules", "rules/measures.rules"].contains(&key))
    };
    let mut files: BTreeMap<String, String> =
        shop.iter().filter(|(key, _)| shared(key)).map(|(key, text)| (key.to_string(), text.to_string())).collect();
    files.insert(format!("rules/{path}"), text.to_owned());
    FileSet::from_files(files).unwrap()
}

/// The errors that one more file causes, drawn; empty if it is fine. Warnings about what nothing uses do not count.
fn errors(path: &str, text: &str) -> String {
    let (release, report) = Release::compile(with_file(path, text));
    if release.is_some() { String::new() } else { draw(&report, false) }
}

/// The blocks of a document that are fenced with this word, each with its line.
fn blocks(document: &str, fence: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in document.lines().enumerate() {
        match &mut open {
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some((_, text)) => text.push_str(&format!("{line}\n")),
            None if line == format!("```{fence}") => open = Some((index + 2, String::new())),
            None => {}
        }
    }
    assert!(!blocks.is_empty(), "no block is fenced with {fence}");
    blocks
}

const RULES: &str = include_str!("../../docs/rules.md");

#[test]
fn the_rules_of_the_guide_compile() {
    for (line, text) in blocks(RULES, "rules") {
        let errors = errors("guide.rules", &text);
        assert!(errors.is_empty(), "docs/rules.md:{line}\n{errors}");
    }
}

#[test]
fn the_conditions_of_the_guide_compile() {
    for (line, text) in blocks(RULES, "condition") {
        for (index, condition) in text.lines().enumerate() {
            let errors = errors("guide.rules", &format!("segment guide {{ {condition} }}\n"));
            assert!(errors.is_empty(), "docs/rules.md:{}\n{errors}", line + index);
        }
    }
}

#[test]
fn a_condition_with_a_mistake_would_be_found() {
    assert!(errors("guide.rules", "segment guide { contry is \"DE\" }\n").contains("contry"));
}
