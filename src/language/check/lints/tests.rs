use std::sync::Arc;

use crate::content::Catalogue;
use crate::diagnostic::{Report, Source};
use crate::experiment::Experiments;
use crate::language::{Nouns, RuleFile, check};
use crate::profile::Schema;

const SCHEMA: &str = "
language: 1
events:
  order: {properties: {amount: {type: number}}}
attributes:
  age: {type: number}
  country: {type: text}
  app: {type: version}
";

const CONTENT: &str = "
slots: {hero: {type: text}}
content: {a: {value: A}}
";

/// The warnings for some files `a.rules`, `b.rules`, .. as `code file:line:column`.
fn warnings(content: &str, files: &[&str]) -> Vec<String> {
    let mut report = Report::default();
    let mut findings = Vec::new();
    let add = |report: &mut Report, name: &str, text: &str| -> (Arc<str>, Arc<str>) {
        (report.sources.add(Source::new(name, text)), text.into())
    };
    let schema = Schema::read(&[add(&mut report, "schema", SCHEMA)], &|_| None, &mut findings);
    let catalogue = Catalogue::read(&[add(&mut report, "content", content)], &schema, &mut findings);
    let rules: Vec<RuleFile> = files
        .iter()
        .zip(["a.rules", "b.rules", "c.rules"])
        .map(|(text, name)| {
            let (file, text) = add(&mut report, name, text);
            RuleFile { inside: name.into(), file, text }
        })
        .collect();
    check(
        &rules,
        Nouns { schema: &schema, catalogue: &catalogue, experiments: &Experiments::default() },
        &mut findings,
    );
    report.diagnostics = findings;
    report.sort();
    assert!(!report.has_errors(), "{:#?}", report.findings());
    let shown = |finding: &crate::diagnostic::Finding| {
        format!("{} {}:{}:{}", finding.code, finding.file, finding.line, finding.column)
    };
    report.findings().iter().map(shown).collect()
}

/// The warnings for a slot with these rules, one a line, the first on line 1; the columns count from the `if`.
fn of_rules(rules: &[&str]) -> Vec<String> {
    let rules: Vec<String> = rules.iter().map(|rule| format!("{rule} show a")).collect();
    warnings(CONTENT, &[&format!("{}\n", rules.join("\n"))])
}

#[test]
fn conditions_that_no_visitor_fulfils_are_found() {
    for (condition, column) in [
        ("age > 50 and age < 40", 17),
        ("age > 5 and age <= 5", 16),
        ("age between 1 and 3 and age is 4", 28),
        ("age is one of [1, 2] and not age < 3", 29),
        ("country is \"DE\" and country is \"AT\"", 24),
        ("country is \"DE\" and not country is \"DE\"", 24),
        ("country is not \"DE\" and age > 3 and country is \"DE\"", 40),
        ("country is one of [\"DE\", \"AT\"] and country is not one of [\"AT\", \"DE\", \"CH\"]", 39),
        ("country is unknown and country starts with \"D\"", 27),
        ("age is known and not age is known", 21),
        ("did order and age > 3 and not did order", 30),
        ("(did order or age > 3) and not (age > 3 or did order)", 31),
        ("app < \"2.9\" and app > \"2.10\"", 20),
        ("count of order in last 3 days < 0", 4),
        ("age > 9 or (age > 3 and age < 2)", 28),
        ("did order with (amount > 5 and amount < 3)", 35),
        ("did order fewer than 0 times", 25),
        ("did order on at least 20 different days in last 7 days", 26),
        ("did order on 30 days in a row in this week", 17),
    ] {
        assert_eq!(of_rules(&[&format!("if {condition}")]), [format!("never-true a.rules:1:{column}")], "{condition}");
    }
}

#[test]
fn conditions_that_somebody_can_fulfil_are_left_alone() {
    for condition in [
        "age >= 5 and age <= 5",
        "age > 5 and age < 6",
        "age is one of [1, 2.0] and age is 2",
        "app is \"2.1\" and app is \"2.1.0\"",
        "country is not \"DE\" and country is not \"AT\"",
        "age > 50 or age < 40",
        "local.time between 22:00 and 06:00 and local.time < 05:00",
        "did order on at least 9 different days in last 7 days",
        "count of order in last 3 days <= 0 and age > 3",
        "not (age > 5 and country is \"DE\") and age > 5",
        "did order in last 7 days and not did order in last 3 days",
    ] {
        assert_eq!(of_rules(&[&format!("if {condition}")]), [""; 0], "{condition}");
    }
}

#[test]
fn a_rule_behind_a_wider_one_can_never_show() {
    for (rules, line) in [
        (vec!["if age > 3", "if age > 3"], 2),
        (vec!["if age > 3 and country is \"DE\"", "if country is \"DE\" and age > 3"], 2),
        (vec!["if age > 3", "if country is \"DE\"", "if country is \"DE\" and age > 3"], 3),
        (vec!["if age > 3 or country is \"DE\"", "if country is \"DE\""], 2),
        (vec!["if age > 3", "if country is \"DE\"", "if country is \"DE\" or age > 3"], 3),
    ] {
        assert_eq!(of_rules(&rules), [format!("unreachable-rule a.rules:{line}:4")], "{rules:?}");
    }
}

#[test]
fn a_rule_behind_one_that_may_pass_is_left_alone() {
    let nothing: [&str; 0] = [];
    assert_eq!(of_rules(&["if age > 3 and country is \"DE\"", "if age > 3"]), nothing);
    let limited = "if age > 3 show a limit 1 per day if age > 3 show a";
    let timed = "if age > 3 show a active from 2026-01-01 if age > 3 show a";
    for rules in [limited, timed] {
        assert_eq!(warnings(CONTENT, &[rules]), nothing, "{rules}");
    }
}

#[test]
fn an_active_block_takes_from_its_own_rules_only() {
    let first = "slot hero priority 1 {\n  active from 2026-01-01\n  if age > 3 show a\n  if age > 3 show a\n}";
    let second = "slot hero {\n  if age > 3 show a\n}";
    assert_eq!(warnings(CONTENT, &[first, second]), ["unreachable-rule a.rules:4:6"]);
    let always = "slot hero priority 1 {\n  if age > 3 show a\n}";
    assert_eq!(warnings(CONTENT, &[second, always]), ["unreachable-rule a.rules:2:6"]);
}

#[test]
fn absence_alone_includes_who_has_only_just_come() {
    for (condition, column) in [
        ("not did order in last 7 days", 4),
        ("visit.device is \"mobile\" and not did order in last 7 days", 33),
        ("did order exactly 0 times in last 36 hours", 4),
        ("not did order at least 1 times in last 2 weeks and not visited \"/a\" in last 3 days", 4),
    ] {
        let expected = format!("absence-without-age a.rules:1:{column}");
        assert_eq!(of_rules(&[&format!("if {condition}")]), [expected], "{condition}");
    }
    for condition in [
        "not did order in last 7 days and days since first visit_start >= 7",
        "not did order in last 7 days and visited \"/a\"",
        "not did order in last 7 days and age > 3",
        "not did order in last 7 days and visit.is_new is no",
        "not did order",
        "not did order in last 30 minutes",
        "not did order in this visit",
        "not did order at least 3 times in last 7 days",
        "did order in last 7 days",
    ] {
        assert_eq!(of_rules(&[&format!("if {condition}")]), [""; 0], "{condition}");
    }
}

#[test]
fn the_age_that_is_suggested_is_that_of_the_window() {
    let help = |window: &str| {
        let text = format!("slot hero {{ if not did order in last {window} show a }}");
        let mut findings = Vec::new();
        let schema = Schema::read(&[("s".into(), SCHEMA.into())], &|_| None, &mut findings);
        let catalogue = Catalogue::read(&[("c".into(), CONTENT.into())], &schema, &mut findings);
        let file: Arc<str> = "a.rules".into();
        let rules = [RuleFile { inside: "a.rules".into(), file, text: text.into() }];
        check(
            &rules,
            Nouns { schema: &schema, catalogue: &catalogue, experiments: &Experiments::default() },
            &mut findings,
        );
        findings.into_iter().find_map(|finding| finding.help)
    };
    let expected = |age: &str| Some(format!("to leave new visitors out add: and {age}"));
    assert_eq!(help("7 days"), expected("days since first visit_start >= 7"));
    assert_eq!(help("1 month"), expected("months since first visit_start >= 1"));
}

#[test]
fn names_that_nothing_uses_and_slots_that_nothing_fills_are_found() {
    let content = "slots: {hero: {type: text}, side: {type: text}}\ncontent:\n  a: {value: A}\n  b: {value: B}\n";
    let rules = "segment x { age > 3 }\nmeasure m = age + 1\nslot hero { otherwise show a }\n";
    let found = warnings(content, &[rules]);
    assert_eq!(
        found,
        ["unused-name a.rules:1:9", "unused-name a.rules:2:9", "empty-slot content:1:29", "unused-name content:4:3"]
    );
    let used = "segment x { m > 3 }\nmeasure m = age + 1\nslot hero { if segment x show a otherwise show b }\n";
    assert_eq!(warnings(content, &[used]), ["empty-slot content:1:29"]);
}
