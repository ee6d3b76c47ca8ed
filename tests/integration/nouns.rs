//! Schema, content and cases: what is read from YAML, and what is said about mistakes.

use std::sync::Arc;

use proptest::prelude::*;
use segue::content::Catalogue;
use segue::diagnostic::{Report, Source, draw};
use segue::experiment::Experiments;
use segue::language::Nouns;
use segue::profile::Schema;
use segue::release::case;
use segue::yaml;
use serde::Deserialize;

/// The schema that content and cases are read against.
const SCHEMA: &str = "
zone: Europe/Berlin
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}}}
  cart_add: {}
attributes:
  first_name: {type: text}
  age: {type: number}
  plan: {type: text, one_of: [free, pro]}
  interests: {type: list}
  member: {type: boolean}
  app: {type: version}
  since: {type: moment}
context: {store: {type: text}}
purposes: {marketing: {default: denied}}
";

/// The content that cases are read against; its slots are also in every content file.
const CONTENT: &str = "
slots:
  home_hero: {type: object}
  headline: {type: text}
  new_checkout: {type: boolean}
  count: {type: integer}
content:
  default_hero: {value: {headline: Welcome}}
";

/// What experiments share, for every experiment file.
const SHARED: &str = "
layers: {hero: {salt: hero}, footer: }
holdouts: {global: {share: 2%, layers: all}}
metrics: {order_rate: {kind: conversion, event: order, direction: up}, bad_rate: {kind: rate, event: order, direction: up}}
";

/// An experiment that has a part of a layer already.
const TAKEN: &str = "
experiment: taken
status: running
layer: {name: hero, range: 50%..100%}
variants: [{name: control, show: default_hero}, {name: other, show: nothing}]
";

#[derive(Deserialize)]
struct Table {
    case: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    /// `schema`, `content`, `cases` or `experiments`.
    file: String,
    text: String,
    /// `line:column code: message = help`, sorted.
    findings: Vec<String>,
}

fn named(report: &mut Report, file: &str, text: &str) -> (Arc<str>, Arc<str>) {
    (report.sources.add(Source::new(file, text)), text.into())
}

fn schema(report: &mut Report, text: &str) -> Schema {
    let file = named(report, "rules/schema/shop.yaml", text);
    let list = |path: &str| (path == "lists/employees.txt").then(|| Arc::from("v1\n"));
    Schema::read(&[file], &list, &mut report.diagnostics)
}

fn catalogue(report: &mut Report, texts: &[&str], schema: &Schema) -> Catalogue {
    let files: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| named(report, &format!("rules/content/{index}.yaml"), text))
        .collect();
    Catalogue::read(&files, schema, &mut report.diagnostics)
}

fn cases(report: &mut Report, text: &str, schema: &Schema, catalogue: &Catalogue) -> Vec<case::Case> {
    let (file, text) = named(report, "rules/cases/home.yaml", text);
    case::read(
        &"cases/home.yaml".into(),
        &file,
        &text,
        Nouns { schema, catalogue, experiments: &Experiments::default() },
        &mut report.diagnostics,
    )
}

/// Reads a text as one kind of file; everything else about the set is in order.
fn report(kind: &str, text: &str) -> Report {
    let mut report = Report::default();
    match kind {
        "schema" => drop(schema(&mut report, text)),
        "content" => {
            let schema = schema(&mut report, SCHEMA);
            drop(catalogue(&mut report, &[text, CONTENT], &schema));
        }
        "cases" => {
            let schema = schema(&mut report, SCHEMA);
            let catalogue = catalogue(&mut report, &[CONTENT], &schema);
            drop(cases(&mut report, text, &schema, &catalogue));
        }
        "experiments" => {
            let schema = schema(&mut report, SCHEMA);
            let catalogue = catalogue(&mut report, &[CONTENT], &schema);
            let files = [
                named(&mut report, "experiments/a.yaml", text),
                named(&mut report, "experiments/shared.yaml", SHARED),
                named(&mut report, "experiments/taken.yaml", TAKEN),
            ];
            drop(Experiments::read(&files, &schema, &catalogue, &mut report.diagnostics));
            // The metric in error of the shared file is told of each time.
            report.diagnostics.retain(|finding| !finding.message.contains("`rate` is no kind"));
        }
        other => panic!("no kind of file: {other}"),
    }
    report.sort();
    report
}

fn lines(report: &Report) -> Vec<String> {
    let line = |finding: &segue::diagnostic::Finding| {
        let help = finding.help.as_deref().expect("every finding has a remedy");
        format!("{}:{} {}: {} = {help}", finding.line, finding.column, finding.code, finding.message)
    };
    report.findings().iter().map(line).collect()
}

const TABLES: [(&str, &str); 5] = [
    ("syntax", include_str!("../cases/nouns/syntax.toml")),
    ("schema", include_str!("../cases/nouns/schema.toml")),
    ("content", include_str!("../cases/nouns/content.toml")),
    ("cases", include_str!("../cases/nouns/cases.toml")),
    ("experiments", include_str!("../cases/nouns/experiments.toml")),
];

#[test]
fn every_mistake_has_its_place_and_a_remedy() {
    let mut wrong = Vec::new();
    for (table, text) in TABLES {
        for line in toml::from_str::<Table>(text).unwrap().case {
            let found = report(&line.file, &line.text);
            let found_lines = lines(&found);
            if found_lines != line.findings || found_lines.is_empty() {
                wrong.push(format!("{table}: {}\n{}\n{found_lines:#?}", line.name, draw(&found, false)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n\n{}", wrong.len(), wrong.join("\n"));
}

#[derive(Deserialize)]
struct Values {
    case: Vec<ValueLine>,
}

#[derive(Deserialize)]
struct ValueLine {
    name: String,
    text: String,
    json: String,
}

#[test]
fn yaml_values_are_what_they_look_like() {
    for line in toml::from_str::<Values>(include_str!("../cases/nouns/values.toml")).unwrap().case {
        let mut report = Report::default();
        let (file, text) = named(&mut report, "a.yaml", &line.text);
        let node = yaml::read(&file, &text, &mut report.diagnostics);
        let json = node.map(|node| node.to_json().to_string());
        assert_eq!(draw(&report, false), "", "{}", line.name);
        assert_eq!(json.unwrap(), line.json, "{}", line.name);
    }
}

#[test]
fn names_of_several_files_come_together() {
    let mut report = Report::default();
    let files = [
        named(&mut report, "rules/schema/a.yaml", "attributes: {email: {type: text, purpose: marketing}}\n"),
        named(&mut report, "rules/schema/b.yaml", ""),
        named(&mut report, "rules/schema/c.yaml", "language: 1\npurposes: {marketing: {default: denied}}\n"),
    ];
    let schema = Schema::read(&files, &|_| None, &mut report.diagnostics);
    let catalogue = catalogue(&mut report, &["content: {it: {value: a, slots: [headline]}}", CONTENT], &schema);
    assert_eq!(draw(&report, false), "");
    assert_eq!(&*catalogue.items["it"].slots[0], "headline");
    assert!(schema.attributes.contains_key("email"));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let text = format!("a: {}", "x".repeat(yaml::MAX_YAML_BYTES));
    assert_eq!(
        lines(&report("schema", &text)),
        ["1:1 too-large: the file is larger than 8 MiB = split it into several files"]
    );
}

#[test]
fn a_case_holds_what_its_file_says() {
    let mut report = Report::default();
    let schema = schema(&mut report, SCHEMA);
    let catalogue = catalogue(&mut report, &[CONTENT], &schema);
    let text = "cases:
  - name: everything
    at: 2026-11-20T10:00:00+01:00
    visitor: {id: v1, attributes: {age: 41.50, since: 2026-11-01T00:00:00Z, app: '2.10', plan: null}, consent: {marketing: true}}
    context: {page: /pricing/?utm_source=news, store: berlin, zone: America/New_York}
    events:
      - {type: track, event: Order Completed, properties: {revenue: '5'}}
      - {type: page, timestamp: 2026-11-19T10:00:00Z, properties: {path: /a, title: A}, messageId: m}
      - {type: page, timestamp: 2026-11-19T10:00:00Z, properties: {path: /a}, messageId: m}
      - {type: identify, traits: {age: 4}}
    expect:
      home_hero: default_hero
      headline: {value: Hi, rule: 'home.rules:6', reason: rule}
      new_checkout: {content: null}
      count: [default_hero, default_hero]
  - name: almost nothing
    at: 2026-11-20T10:00:00Z
    expect: {count: {value: 1}}
";
    let cases = cases(&mut report, text, &schema, &catalogue);
    assert_eq!(draw(&report, false), "");
    let [full, small] = &cases[..] else { panic!("{cases:?}") };
    assert_eq!((&*full.file, full.line, small.line), ("cases/home.yaml", 2, 16));
    assert_eq!(full.at.to_string(), "2026-11-20T09:00:00Z");
    let attributes: Vec<_> = full.visitor.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(attributes, ["age=41.50", "app=2.10", "since=2026-11-01T00:00:00Z"]);
    let events: Vec<_> = full.visitor.events.iter().map(|event| format!("{} {}", event.at, event.name)).collect();
    assert_eq!(events, ["2026-11-19T10:00:00Z page", "2026-11-20T09:00:00Z order"]);
    let facts: Vec<_> = full.context.facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(facts, ["context.store=\"berlin\"", "visit.page=\"/pricing\"", "visit.utm_source=\"news\""]);
    insta::assert_debug_snapshot!(full.expect, @r#"
    [
        (
            "home_hero",
            Expected {
                content: Some(
                    Some(
                        [
                            "default_hero",
                        ],
                    ),
                ),
                value: None,
                rule: None,
                reason: None,
                experiment: None,
                variant: None,
            },
        ),
        (
            "headline",
            Expected {
                content: None,
                value: Some(
                    String("Hi"),
                ),
                rule: Some(
                    "home.rules:6",
                ),
                reason: Some(
                    "rule",
                ),
                experiment: None,
                variant: None,
            },
        ),
        (
            "new_checkout",
            Expected {
                content: Some(
                    None,
                ),
                value: None,
                rule: None,
                reason: None,
                experiment: None,
                variant: None,
            },
        ),
        (
            "count",
            Expected {
                content: Some(
                    Some(
                        [
                            "default_hero",
                            "default_hero",
                        ],
                    ),
                ),
                value: None,
                rule: None,
                reason: None,
                experiment: None,
                variant: None,
            },
        ),
    ]
    "#);
    assert_eq!((&*small.visitor.id, small.visitor.events.len()), (case::CASE_VISITOR, 0));
}

/// Texts that are often almost YAML.
fn almost_yaml() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        Just("\n".to_owned()),
        Just("\n  ".to_owned()),
        Just("\n    - ".to_owned()),
        "[a-z]{1,3}: ?",
        "[-{}\\[\\],:&*!|>'\"%@`#?~<\t \u{e4}\u{1F600}\u{FEFF}\u{85}]{1,2}",
        "(attributes|events|slots|content|cases|type|value|expect|name|at|visitor|properties|one_of|text|number): ",
        "\\{\\{ ?[a-z.|'%{}#]{0,8} ?\\}\\}",
        "0x[0-9a-f]{1,3}|[+-]?[0-9]{1,30}\\.?[0-9]{0,5}(e[0-9]{1,4})?",
        "\\PC{0,3}",
    ];
    proptest::collection::vec(words, 0..30).prop_map(|words| words.concat())
}

/// JSON is YAML, if no field is longer than YAML allows.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = "[ -~\u{e4}\u{f6}\u{1F600}]{0,12}";
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        text.prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            proptest::collection::btree_map("[a-z]{1,5}", inner, 0..5)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_the_readers_panic(text in almost_yaml()) {
        for kind in ["schema", "content", "cases"] {
            let found = report(kind, &text);
            draw(&found, false);
            lines(&found);
        }
    }

    #[test]
    fn json_reads_as_itself(value in json()) {
        let mut findings = Vec::new();
        let node = yaml::read(&"a.yaml".into(), &value.to_string(), &mut findings);
        prop_assert_eq!(findings, vec![]);
        prop_assert_eq!(node.unwrap().to_json(), value);
    }
}
