//! `segue decide` for one visitor.

use serde_json::json;

use super::Shop;

#[test]
fn a_visitor_from_flags_is_answered_for_people() {
    let shop = Shop::new();
    let ran = shop.run("decide --id v1 --attribute country=DE --attribute age=30 --at 2026-11-20T10:00:00Z --explain");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.masked(), @r#"
    visitor v1, release <-- release -->, at <----- moment ---->
    home_hero: german_hero
      value    "Willkommen"
      reason   rule home.rules:4
      because  Grown up in Germany
      yes      segment grown_up  ·  in the segment
      yes        age >= 18  ·  age = 30
      yes      country is "DE"  ·  country = "DE"
    "#);
}

#[test]
fn rules_passed_over_are_explained() {
    let shop = Shop::new();
    let ran = shop.run("decide --id v1 --attribute age=17 --at 2026-11-20T10:00:00Z --explain");
    insta::assert_snapshot!(ran.masked(), @r#"
    visitor v1, release <-- release -->, at <----- moment ---->
    home_hero: default_hero
      value    "Welcome"
      reason   otherwise home.rules:6
      passed over home.rules:4
        no       segment grown_up  ·  not in the segment
        no         age >= 18  ·  age = 17
      passed over home.rules:5
        no       did order in last 90 days  ·  order: never
    "#);
}

#[test]
fn programs_get_the_answer_of_the_server() {
    let shop = Shop::new();
    let ran = shop.run("decide --id v1 --attribute country=DE --attribute age=30 --format json");
    let answer = ran.json();
    let release = answer["release"].clone();
    assert_eq!(
        answer,
        json!({"visitor": "v1", "release": release, "decisions": [{
            "slot": "home_hero", "content": "german_hero", "value": "Willkommen", "reason": "rule",
            "rule": "home.rules:4", "experiment": null, "variant": null, "layer": null, "assignment_probability": null, "because": "Grown up in Germany",
            "release": release,
        }]})
    );
}

#[test]
fn the_schema_types_the_flags() {
    let shop = Shop::new();
    let rules = "slot home_hero {
  if vip is yes and interests includes \"hiking\" and country is \"42\" show german_hero
  otherwise show default_hero
}\n";
    shop.write("rules/home.rules", rules);
    shop.write("rules/cases/home.yaml", "cases: []\n");
    let ran =
        shop.run("decide --id v1 --attribute vip=yes --attribute interests=running,hiking --attribute country=42");
    assert!(ran.out.contains("home_hero: german_hero"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_flag_that_the_schema_refuses_is_wrong_usage() {
    let shop = Shop::new();
    for (flag, message) in [
        ("--attribute contry=DE", "did you mean `country`?"),
        ("--attribute age=old", "the attribute `age` is a number"),
        ("--attribute age", "name=value"),
        ("--slot home_hera", "home_hero"),
    ] {
        let ran = shop.run(&format!("decide --id v1 {flag}"));
        assert_eq!((ran.code, &*ran.out), (2, ""), "{flag}");
        assert!(ran.err.contains(message), "{flag}: {}", ran.err);
    }
}

#[test]
fn a_file_holds_the_body_of_a_visitor_with_events() {
    let shop = Shop::new();
    let order = json!({"type": "track", "event": "Order Completed", "timestamp": "2026-11-01T09:00:00Z",
        "properties": {"revenue": 620}});
    let body = json!({"visitor": {"id": "v2", "events": [order]}, "slots": ["home_hero"]});
    shop.write("visitor.json", &body.to_string());
    let decide = |at: &str| shop.run(&format!("decide --visitor visitor.json --at {at} --format json")).json();
    assert_eq!(decide("2026-11-20T10:00:00Z")["decisions"][0]["content"], "thanks_hero");
    // The window of 90 days has ended.
    assert_eq!(decide("2027-02-20T10:00:00Z")["decisions"][0]["content"], "default_hero");
    assert_eq!(shop.run_with_input("decide --visitor - --format json", &body.to_string()).json()["visitor"], "v2");
}

#[test]
fn slots_of_the_command_replace_those_of_the_body() {
    let shop = Shop::new();
    shop.write("visitor.json", r#"{"visitor": {"id": "v1"}, "slots": []}"#);
    let decisions = |line: &str| shop.run(line).json()["decisions"].as_array().unwrap().len();
    assert_eq!(decisions("decide --visitor visitor.json --format json"), 0);
    assert_eq!(decisions("decide --visitor visitor.json --format json --slot home_hero"), 1);
}

#[test]
fn a_bad_body_cannot_be_decided() {
    let shop = Shop::new();
    shop.write("visitor.json", r#"{"visitor": {"id": "v1", "attributes": {"age": "old"}}}"#);
    let ran = shop.run("decide --visitor visitor.json");
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("visitor.attributes.age"), "{}", ran.err);
    assert_eq!(shop.run("decide --visitor no-such.json").code, 2);
}

#[test]
fn rules_that_do_not_compile_decide_nothing() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    let ran = shop.run("decide --id v1");
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("--> ./rules/more.rules:1:18"), "{}", ran.err);
    assert!(ran.err.ends_with("error: the rules do not compile: 1 error\n"), "{}", ran.err);
}

#[test]
fn a_moment_that_cannot_be_read_says_how_one_is_written() {
    let ran = Shop::new().run("decide --id v1 --at yesterday");
    assert_eq!((ran.code, &*ran.out), (2, ""));
    let first = ran.err.lines().next().unwrap();
    assert_eq!(
        first,
        "error: invalid value 'yesterday' for '--at <TIME>': a moment is written as 2026-11-20T10:00:00Z"
    );
}
