//! `docs/operating.md` names every limit of the program, every error code of the HTTP face and every metric.

use std::path::Path;

use regex::Regex;
use segue::server::Code;

const DOCUMENT: &str = include_str!("../../docs/operating.md");

/// Room and name of every public limit.
fn limits() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let constant = Regex::new(r"(?m)^\s*pub const (MAX_\w+):").unwrap();
    let files = walkdir::WalkDir::new(&source).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    let named = files.flat_map(|entry| {
        let inside = entry.path().strip_prefix(&source).unwrap();
        let room = inside.iter().next().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        constant.captures_iter(&text).map(|found| (room.clone(), found[1].to_owned())).collect::<Vec<_>>()
    });
    named.collect()
}

#[test]
fn every_limit_is_documented() {
    let limits = limits();
    assert!(limits.len() > 30, "{limits:?}");
    let row = |room: &str, name: &str| DOCUMENT.lines().any(|line| line.ends_with(&format!("| `{name}` | `{room}` |")));
    let missing: Vec<_> = limits.iter().filter(|(room, name)| !row(room, name)).collect();
    assert!(missing.is_empty(), "docs/operating.md does not name {missing:#?}");
    let row = Regex::new(r"(?m)\| `(MAX_\w+)` \| `(\w+)` \|$").unwrap();
    let gone = row.captures_iter(DOCUMENT).map(|row| (row[2].to_owned(), row[1].to_owned()));
    let gone: Vec<_> = gone.filter(|limit| !limits.contains(limit)).collect();
    assert!(gone.is_empty(), "docs/operating.md names what is no more: {gone:#?}");
}

#[test]
fn every_error_code_is_documented_with_its_status() {
    for code in Code::ALL {
        let (name, status) = code.row();
        let row = format!("| `{name}` | {} |", status.as_u16());
        assert!(DOCUMENT.lines().any(|line| line.starts_with(&row)), "docs/operating.md has no line `{row} ..`");
    }
}

#[test]
fn every_metric_is_documented() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server");
    let name = Regex::new("\"(segue_[a-z_]+)\"").unwrap();
    let files =
        walkdir::WalkDir::new(server).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let texts: Vec<String> = files.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect();
    let names: Vec<&str> =
        texts.iter().flat_map(|text| name.captures_iter(text)).map(|found| found.extract::<1>().1[0]).collect();
    assert!(names.len() > 25, "{names:?}");
    let has_row = |name: &str| {
        let mentions = |line: &str| line.contains(&format!("`{name}`")) || line.contains(&format!("`{name}{{"));
        DOCUMENT.lines().any(|line| line.starts_with('|') && mentions(line))
    };
    let missing: Vec<_> = names.iter().filter(|name| !has_row(name)).collect();
    assert!(missing.is_empty(), "docs/operating.md does not name {missing:?}");
}
