//! `segue test`.

use serde_json::json;

use super::{CASES, Shop};

#[test]
fn cases_that_pass_are_listed_and_counted() {
    let ran = Shop::new().run("test");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r#"
    ok      cases/home.yaml:2  a grown-up in Germany
    ok      cases/home.yaml:6  somebody who bought
    2 passed, 0 failed
    "#);
}

#[test]
fn a_case_that_fails_says_what_was_expected_what_came_and_why() {
    let shop = Shop::new();
    shop.write("rules/cases/home.yaml", &CASES.replace("age: 30", "age: 17").replace("home.rules:5", "home.rules:6"));
    let ran = shop.run("test");
    assert_eq!((ran.code, &*ran.err), (1, ""));
    insta::assert_snapshot!(ran.out, @r#"
    FAILED  cases/home.yaml:2  a grown-up in Germany
      home_hero: expected content german_hero, got default_hero
        reason   otherwise home.rules:6
        passed over home.rules:4
          no       segment grown_up  ·  not in the segment
          no         age >= 18  ·  age = 17
        passed over home.rules:5
          no       did order in last 90 days  ·  order: never
    FAILED  cases/home.yaml:6  somebody who bought
      home_hero: expected rule home.rules:6, got home.rules:5
        reason   rule home.rules:5
        yes      did order in last 90 days  ·  order: last 2026-11-01T09:00:00Z
        passed over home.rules:4
          unknown  segment grown_up  ·  not known whether in the segment
          unknown    age >= 18  ·  age is unknown
    0 passed, 2 failed
    "#);
}

#[test]
fn programs_read_the_outcome_as_json() {
    let shop = Shop::new();
    shop.write("rules/cases/home.yaml", &CASES.replace("age: 30", "age: 17"));
    let ran = shop.run("test --format json");
    assert_eq!(ran.code, 1);
    let outcome = ran.json();
    assert_eq!((&outcome["passed"], &outcome["failed"]), (&json!(1), &json!(1)));
    let failed = &outcome["cases"][0];
    assert_eq!((&failed["name"], &failed["passed"]), (&json!("a grown-up in Germany"), &json!(false)));
    assert_eq!((&failed["file"], &failed["line"]), (&json!("cases/home.yaml"), &json!(2)));
    let mismatch = &failed["mismatches"][0];
    assert_eq!((&mismatch["expected"], &mismatch["got"]), (&json!("german_hero"), &json!("default_hero")));
    assert_eq!(mismatch["decision"]["rule"], "home.rules:6");
    assert_eq!(outcome["cases"][1]["mismatches"], json!([]));
}

#[test]
fn a_name_picks_cases() {
    let shop = Shop::new();
    assert!(shop.run("test bought").out.ends_with("\n1 passed, 0 failed\n"));
    assert!(shop.run("test cases/home.yaml").out.ends_with("\n2 passed, 0 failed\n"));
    let none = shop.run("test nobody");
    assert_eq!((none.code, &*none.err), (2, "error: no case has `nobody` in its name or file\n"));
}
