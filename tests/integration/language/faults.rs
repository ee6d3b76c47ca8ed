//! What is said about text that does not parse.

use serde::Deserialize;

use super::{drawn, read};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// One mistake; its name is the message.
#[derive(Deserialize)]
struct Case {
    name: String,
    input: String,
    expected: Vec<Place>,
    /// What the help begins with.
    help: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Place {
    code: String,
    line: usize,
    column: usize,
}

#[test]
fn each_mistake_gets_its_place_and_its_remedy() {
    let tables = [
        include_str!("../../cases/language/faults_compare.toml"),
        include_str!("../../cases/language/faults_often.toml"),
        include_str!("../../cases/language/faults_shape.toml"),
        include_str!("../../cases/language/faults_words.toml"),
    ];
    let mut count = 0;
    for case in tables.into_iter().flat_map(|table| toml::from_str::<Cases>(table).unwrap().case) {
        count += 1;
        let findings = read(&case.input).1.findings();
        let said: Vec<Place> = findings
            .iter()
            .map(|finding| Place { code: finding.code.to_owned(), line: finding.line, column: finding.column })
            .collect();
        assert_eq!(said, case.expected, "{}\n{}", case.input, drawn(&case.input));
        assert_eq!(findings[0].message, case.name, "{}", case.input);
        let help = findings[0].help.clone().unwrap_or_default();
        assert!(help.starts_with(case.help.as_deref().unwrap_or_default()), "{}\n{help}", case.input);
        for finding in &findings {
            let first = finding.message.chars().next().unwrap();
            assert!(first.is_lowercase() || !first.is_alphabetic(), "{}", finding.message);
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "no remedy: {}", case.input);
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn all_faults_of_a_file_are_told_at_once_in_source_order() {
    let text = "segment a { country = \"DE\" }\nslot s {\n  if a && b show x\n  if did order at least 3 show y\n  otherwise z\n}\n; \
                measure m sum\n}\nif visited x show y";
    let lines: Vec<usize> = read(text).1.findings().iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [1, 3, 4, 5, 7, 7, 9], "{}", drawn(text));
}

#[test]
fn an_unclosed_brace_silences_what_it_swallowed() {
    let text = "segment a { did order\nslot s {\n  if x = 1 show y\n}\n";
    insta::assert_snapshot!(drawn(text), @r#"
    error[unclosed-segment]: the segment `a` is never closed
     --> home.rules:1:11
      |
    1 | segment a { did order
      |           ^ opened here, the file ends at line 4 without `}`
    2 | slot s {
      | ---- is a `}` missing before this?
      |
      = help: close each block with `}`
    "#);
}

#[test]
fn mixed_and_or_shows_both_readings() {
    let text = "slot home_hero {\n  if segment vip and visited \"/pricing\" or country is \"DE\" show hero\n}\n";
    insta::assert_snapshot!(drawn(text), @r#"
    error[mixed-and-or]: `and` and `or` are mixed without brackets
     --> home.rules:2:18
      |
    2 |   if segment vip and visited "/pricing" or country is "DE" show hero
      |                  ^^^                    --
      |
      = help: say which two belong together:  (segment vip and visited "/pricing") or country is "DE"
                                         or:  segment vip and (visited "/pricing" or country is "DE")
    "#);
}

#[test]
fn a_mixture_is_found_at_any_depth_beside_other_chains() {
    let text = "if a is 1 and (b is 2 or not (c between 1 and 2 or d is 3 and e is 4)) show x";
    insta::assert_snapshot!(drawn(text), @r#"
    error[mixed-and-or]: `and` and `or` are mixed without brackets
     --> home.rules:1:49
      |
    1 | if a is 1 and (b is 2 or not (c between 1 and 2 or d is 3 and e is 4)) show x
      |                                                 ^^        ---
      |
      = help: say which two belong together:  c between 1 and 2 or (d is 3 and e is 4)
                                         or:  (c between 1 and 2 or d is 3) and e is 4
    "#);
}

#[test]
fn at_least_3_of_what() {
    insta::assert_snapshot!(drawn("slot s {\n  if did order at least 3 in last 7 days show hero\n}"), @r#"
    error[missing-times]: `at least 3` needs to say 3 of what
     --> home.rules:2:25
      |
    2 |   if did order at least 3 in last 7 days show hero
      |                         ^ write `times` here
      |
      = help: did order at least 3 times in last 7 days      (for days: on at least 3 different days)
    "#);
}

#[test]
fn equals_sign() {
    insta::assert_snapshot!(drawn("slot s {\n  if country = \"DE\" show hero\n}"), @r#"
    error[equals-sign]: use `is` to compare, not `=`
     --> home.rules:2:14
      |
    2 |   if country = "DE" show hero
      |              ^
      |
      = help: country is "DE"          several values: country is one of ["DE", "AT"]
    "#);
}

#[test]
fn unclosed_slot() {
    insta::assert_snapshot!(drawn("slot home_hero {\n  if country is \"DE\" show hero\n  otherwise\n    show nothing\n"), @r#"
    error[unclosed-slot]: the slot `home_hero` is never closed
     --> home.rules:1:16
      |
    1 | slot home_hero {
      |                ^ opened here, the file ends at line 4 without `}`
      |
      = help: close the block with `}`
    "#);
}

#[test]
fn unquoted_page() {
    insta::assert_snapshot!(drawn("if visited pricing show hero"), @r#"
    error[unquoted-page]: page addresses go in quotes
     --> home.rules:1:12
      |
    1 | if visited pricing show hero
      |            ^^^^^^^
      |
      = help: visited "/pricing"       everything below it: visited "/pricing/**"
    "#);
}

#[test]
fn labels_far_apart_are_drawn_in_two_excerpts() {
    let text = format!("slot s {{\n  otherwise show a\n{}  otherwise show b\n}}", "\n".repeat(100));
    insta::assert_snapshot!(drawn(&text), @r#"
    error[second-otherwise]: a slot block has one `otherwise`
       --> home.rules:103:3
        |
    103 |   otherwise show b
        |   ^^^^^^^^^ this is the second
        |
       ::: home.rules:2:3
        |
      2 |   otherwise show a
        |   --------- the first
        |
        = help: remove one, or make it a rule: if <condition> show <content>
    "#);
}

#[test]
fn a_very_long_line_is_cut_around_the_fault() {
    let list = vec!["\"grün\""; 10_000].join(", ");
    let text = format!("if country is one of [{list}] or age = 3 show x # {}", "x".repeat(10_000));
    insta::assert_snapshot!(drawn(&text), @r#"
    error[equals-sign]: use `is` to compare, not `=`
     --> home.rules:1:80030
      |
     ::: 
    1 | …grün", "grün", "grün", "grün", "grün", "grün"] or age = 3 show x # xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      |                                                        ^
      |
      = help: age is 3          several values: age is one of ["DE", "AT"]
    "#);
}
