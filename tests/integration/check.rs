//! What the check says of whole sets: the place and code of every finding, and that each code is documented.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use segue::diagnostic::Severity;
use segue::release::{FileSet, Release};
use serde::Deserialize;
use walkdir::WalkDir;

const SCHEMA: &str = include_str!("../cases/check/schema.yaml");
const CONTENT: &str = include_str!("../cases/check/content.yaml");
const EXPERIMENTS: &str = include_str!("../cases/check/experiments.yaml");
const CART_HERO_TEST: &str = include_str!("../cases/check/cart_hero_test.yaml");

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    rules: String,
    /// A second file, which comes after the first.
    other: Option<String>,
    /// Instead of the shared content; what is said of it then belongs to the expectation.
    content: Option<String>,
    /// A file in the experiments folder, beside the shared `layers.yaml` and `metrics.yaml`.
    experiment: Option<String>,
    /// `line:column code` of all findings in order; those of another file begin with its name.
    expected: Vec<String>,
    /// A part of the first finding's help.
    help: Option<String>,
}

/// The findings of a set as `line:column code` with its help; `home.rules` goes without its name.
fn findings(schema: &str, content: &str, rules: &str, other: &str, experiment: &str) -> Vec<(String, String)> {
    let file = |key: &str, text: &str| (format!("rules/{key}"), text.to_owned());
    let shared = (!experiment.is_empty()).then_some(EXPERIMENTS);
    let experiments = shared.into_iter().map(|shared| ("experiments/shared.yaml".to_owned(), shared.to_owned()));
    let experiment = (!experiment.is_empty()).then(|| ("experiments/test.yaml".to_owned(), experiment.to_owned()));
    let files = FileSet::from_files(
        [
            file("schema/shop.yaml", schema),
            file("content/home.yaml", content),
            file("lists/beta.txt", "v1\n"),
            file("home.rules", rules),
            file("other.rules", other),
        ]
        .into_iter()
        .chain(experiments)
        .chain(experiment),
    )
    .unwrap();
    let (release, report) = Release::compile(files);
    let findings = report.findings();
    let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(release.is_none(), refused, "errors, and only they, refuse a set");
    let said = |finding: &segue::diagnostic::Finding| {
        let file = finding.file.rsplit('/').next().unwrap();
        let file = if file == "home.rules" { String::new() } else { format!("{file} ") };
        let help = finding.help.clone().expect("every finding has a remedy");
        (format!("{file}{}:{} {}", finding.line, finding.column, finding.code), help)
    };
    findings.iter().map(said).collect()
}

fn lines(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(line, _)| line.as_str()).collect()
}

const TABLES: [&str; 5] = [
    include_str!("../cases/check/names.toml"),
    include_str!("../cases/check/types.toml"),
    include_str!("../cases/check/slots.toml"),
    include_str!("../cases/check/lints.toml"),
    include_str!("../cases/check/experiments.toml"),
];

#[test]
fn every_set_is_told_all_that_is_wrong_with_it() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for text in TABLES {
        let table: Table = toml::from_str(text).unwrap();
        for case in table.case {
            count += 1;
            let content = case.content.as_deref().unwrap_or(CONTENT);
            let mut found = findings(
                SCHEMA,
                content,
                &case.rules,
                case.other.as_deref().unwrap_or_default(),
                case.experiment.as_deref().unwrap_or_default(),
            );
            if case.content.is_none() {
                found.retain(|(line, _)| !line.starts_with("home.yaml "));
            }
            let help = found.first().map_or("", |(_, help)| help);
            if lines(&found) != case.expected || !help.contains(case.help.as_deref().unwrap_or_default()) {
                wrong.push(format!("{}\n{}\n{found:#?}", case.name, case.rules));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 120, "{count}");
}

#[test]
fn what_is_too_much_is_refused_at_its_place() {
    let said = |rules: &str| {
        let mut found = findings(SCHEMA, CONTENT, rules, "", "");
        found.retain(|(line, _)| !line.starts_with("home.yaml "));
        lines(&found).join(", ")
    };
    let text = |bytes: usize| said(&format!("if country is \"{}\" show b", "x".repeat(bytes)));
    assert_eq!(text(4096), "");
    assert_eq!(text(4097), "1:15 text-too-long");
    let list = |count: usize| {
        let values: Vec<_> = (0..count).map(|value| value.to_string()).collect();
        said(&format!("if age is one of [{}] show b", values.join(", ")))
    };
    assert_eq!(list(10_000), "");
    assert_eq!(list(10_001), "1:18 list-too-long");
    let patterns = |count: usize| {
        let rules = (0..count).map(|pattern| format!("if country matches \"^a{pattern}$\" show b\n"));
        said(&rules.collect::<String>())
    };
    assert_eq!(patterns(2_000), "");
    assert_eq!(patterns(2_001), "2001:20 too-many-patterns");
    let deep = |count: usize| {
        let segments = (1..count).map(|level| format!("segment s{level} {{ segment s{} }}\n", level - 1));
        let last = count - 1;
        said(&format!("segment s0 {{ age > 3 }}\n{}if segment s{last} show b", segments.collect::<String>()))
    };
    assert_eq!(deep(255), "");
    assert_eq!(deep(400), "256:9 too-deep");
}

#[test]
fn the_examples_of_the_language_check() {
    #[derive(Deserialize)]
    struct Examples {
        case: Vec<Example>,
    }
    #[derive(Deserialize)]
    struct Example {
        name: String,
        input: String,
    }
    let examples: Examples = toml::from_str(include_str!("../cases/language/examples.toml")).unwrap();
    let schema = include_str!("../cases/check/examples_schema.yaml");
    let content = include_str!("../cases/check/examples_content.yaml");
    // What the examples name and other examples define.
    let segments = "segment employees { list beta_testers }
        segment cart_abandoners { did cart_add without order within 24 hours }";
    let high_value = "segment high_value { spend_90d >= 500 }";
    let measure = "measure spend_90d = sum of order.amount in last 90 days";
    for Example { name, input } in examples.case {
        let number: u32 = name.rsplit(' ').next().unwrap().parse().unwrap();
        let experiment = match number {
            17 => CART_HERO_TEST,
            _ => "",
        };
        let nouns = match number {
            16 => segments.to_owned(),
            _ => format!("{segments} {high_value} {measure}"),
        };
        let mut found = findings(schema, content, &input, &nouns, experiment);
        // Nothing fills all slots or uses all names: what is told of that is no error.
        found.retain(|(line, _)| !["unused-name", "empty-slot"].iter().any(|lint| line.ends_with(lint)));
        let expected: &[&str] = match number {
            15 => &["1:4 not-yet-supported", "1:35 not-yet-supported"],
            _ => &[],
        };
        assert_eq!(lines(&found), expected, "{name}\n{input}\n{found:#?}");
    }
}

/// The codes that stand in the source: all hyphened words, and single words where a finding is made.
fn codes_in_source() -> BTreeSet<String> {
    let made = Regex::new(r#"\b(?:error|warning|unknown)\(\s*"([a-z]+)","#).unwrap();
    let row = Regex::new(r#"(?m)^    "([a-z]+)", ""#).unwrap();
    let hyphened = Regex::new(r#""([a-z]+(?:-[a-z]+)+)""#).unwrap();
    let remark = Regex::new(r"(?m)^\s*//.*$").unwrap();
    // Codes of HTTP answers are documented with the server; these are no codes at all.
    let others = ["dddd-dd-dd", "invalid-field", "invalid-json"];
    let mut codes = BTreeSet::new();
    for room in ["yaml", "profile", "language", "content", "experiment", "release"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
        for entry in WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let text = remark.replace_all(&text, "");
            let complains = path.components().any(|part| part.as_os_str() == "complain");
            let rows = complains.then(|| row.captures_iter(&text)).into_iter().flatten();
            let found = made.captures_iter(&text).chain(hyphened.captures_iter(&text)).chain(rows);
            codes.extend(found.map(|found| found[1].to_owned()));
        }
    }
    codes.retain(|code| !others.contains(&code.as_str()));
    codes
}

#[test]
fn every_code_is_documented() {
    let row = Regex::new(r"(?m)^\| `([a-z-]+)` \| .+ \| .+ \|$").unwrap();
    let page = include_str!("../../docs/errors.md");
    let listed: Vec<String> = row.captures_iter(page).map(|row| row[1].to_owned()).collect();
    let documented: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), documented.len(), "a code is documented twice");
    let used = codes_in_source();
    assert_eq!(used.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not in docs/errors.md");
    assert_eq!(documented.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "not in src");
}
