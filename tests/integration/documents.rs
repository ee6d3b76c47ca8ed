//! What the documents say is so: the examples of `docs/rules.md` compile against the sample shop.

use std::collections::BTreeMap;
use std::path::Path;

use segue::decision::{Request, RequestError, decide};
use segue::diagnostic::draw;
use segue::experiment::MetricKind;
use segue::release::{FileSet, Release};
use serde_json::{Value, json};

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

/// The same set with the files of a document, each of which names its path in its first line.
fn with_named_files(files: FileSet, blocks: Vec<(usize, String)>) -> FileSet {
    let known = files.iter().map(|(key, text)| (key.to_string(), text.to_string()));
    let named = blocks.into_iter().map(|(line, text)| {
        let path = text.lines().next().and_then(|first| first.strip_prefix("# ")).map(str::to_owned);
        (path.unwrap_or_else(|| panic!("no path at line {line}")), text)
    });
    FileSet::from_files(known.chain(named).collect::<Vec<_>>()).unwrap()
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

const EXPERIMENTS: &str = include_str!("../../docs/experiments.md");

/// The files and rules of the guide together make a set.
#[test]
fn the_experiments_of_the_guide_compile() {
    let (_, rules) = blocks(EXPERIMENTS, "rules").remove(0);
    let files = with_named_files(with_file("guide.rules", &rules), blocks(EXPERIMENTS, "yaml"));
    let (release, report) = Release::compile(files);
    let release = release.unwrap_or_else(|| panic!("{}", draw(&report, false)));
    assert!(release.experiments.get("banner_test").is_some() && release.experiments.get("menu_test").is_some());
    assert_eq!(release.experiments.metrics["back_after_a_week"].kind, MetricKind::Retention(7));
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

/// The README's rule, its visitor as the sample shop's cases have them, and the decision that the README promises.
#[test]
fn the_rule_of_the_readme_decides_as_it_says() {
    let readme = include_str!("../../README.md");
    let (_, rule) = blocks(readme, "rules").remove(0);
    let (_, promised) = blocks(readme, "json").remove(0);
    let (release, report) = Release::compile(with_file("hero.rules", &rule));
    let release = release.unwrap_or_else(|| panic!("{}", draw(&report, false)));
    let now = "2026-11-04T10:00:00Z".parse().unwrap();
    let body = json!({
        "visitor": {
            "id": "v1",
            "attributes": {"first_name": "Ines"},
            "events": [
                {"type": "track", "event": "Order Completed", "timestamp": "2026-10-01T09:00:00Z", "properties": {"revenue": 620}},
                {"type": "page", "timestamp": "2026-11-03T09:00:00Z", "properties": {"path": "/tents/arctic"}},
            ],
        },
        "slots": ["home_hero"],
    });
    let request = Request::read(body.to_string().as_bytes(), &release.schema, now).unwrap();
    let answer = decide(&release, &request, now).unwrap();
    let mut made = serde_json::to_value(&answer.decisions[0]).unwrap();
    let mut promised: Value = serde_json::from_str(&promised).unwrap();
    // The id of a release is the hash of all its files: the README's is one of many.
    made["release"].take();
    promised["release"].take();
    assert_eq!(made, promised);
}

/// The request of the guide for front ends, answered by the sample shop, and its example of an error.
#[test]
fn the_request_of_the_front_end_guide_is_answered_as_it_says() {
    let guide = include_str!("../../docs/frontend.md");
    let bodies = blocks(guide, "sh")
        .into_iter()
        .take(2)
        .map(|(_, command)| serde_json::from_str::<Value>(command.split('\'').nth(3).unwrap()).unwrap());
    let [batch, mut body] = bodies.collect::<Vec<_>>().try_into().unwrap();
    body["visitor"]["events"] = batch["batch"].clone();
    let body = body.to_string();
    let promised = blocks(guide, "json");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shop = Release::compile(FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap()).0.unwrap();
    let now = "2026-11-20T10:00:00Z".parse().unwrap();

    let mut request = Request::read(body.as_bytes(), &shop.schema, now).unwrap();
    let answer = serde_json::to_string(&decide(&shop, &request, now).unwrap()).unwrap();
    let answer = answer.replace(shop.id.as_str(), "7818e09533051f46");
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), serde_json::from_str::<Value>(&promised[0].1).unwrap());

    request.slots = Some(vec!["home_heroo".into()]);
    let unknown = RequestError::from(decide(&shop, &request, now).unwrap_err());
    let error = json!({"error": {"code": unknown.code, "message": unknown.message, "help": unknown.help}});
    assert_eq!(error, serde_json::from_str::<Value>(&promised[1].1).unwrap());
}

#[test]
fn the_files_that_the_documents_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = regex::Regex::new(r"`((?:src|tests|docs|grammar|rules|benches|samples)/[\w./]*)`").unwrap();
    let linked = regex::Regex::new(r"\]\(([\w./-]+)\)").unwrap();
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/README.md",
        "docs/rules.md",
        "docs/frontend.md",
        "docs/analysing.md",
        "docs/statistics.md",
    ] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let folder = root.join(document).parent().unwrap().to_path_buf();
        let named = named.captures_iter(&text).map(|found| root.join(&found[1]));
        let linked = linked.captures_iter(&text).map(|found| folder.join(&found[1]));
        for file in named.chain(linked) {
            assert!(file.exists(), "{document} names {}, which does not exist", file.display());
        }
    }
}

#[test]
fn a_condition_with_a_mistake_would_be_found() {
    assert!(errors("guide.rules", "segment guide { contry is \"DE\" }\n").contains("contry"));
}
