//! The quick reader and the thorough one read alike.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Request, plain};
use crate::profile::Schema;

const SCHEMA: &str = "
attributes:
  age: {type: number}
  name: {type: text, wire: first_name}
  plan: {type: text, one_of: [free, pro]}
  tags: {type: list}
  member: {type: boolean}
  app: {type: version}
  since: {type: moment}
context: {store: {type: text}}
purposes: {marketing: {default: denied}}
";

fn schema() -> Schema {
    Schema::of_text(SCHEMA)
}

fn one_of(values: Vec<Value>) -> impl Strategy<Value = Option<Value>> {
    proptest::option::weighted(0.7, proptest::sample::select(values))
}

prop_compose! {
    fn attributes()(
        age in one_of(vec![json!(41), json!(-0.5), json!("41"), json!(null), json!(1e30), json!(2.50)]),
        name in one_of(vec![json!("Ines"), json!(""), json!("a\"b\n"), json!("\u{e4}\u{1f600}"), json!(3)]),
        plan in one_of(vec![json!("free"), json!("gold")]),
        tags in one_of(vec![json!(["a", "b"]), json!([]), json!(["\\"]), json!(["a", 1]), json!("a")]),
        member in one_of(vec![json!(true), json!("true")]),
        app in one_of(vec![json!("2.10"), json!(2.1)]),
        since in one_of(vec![json!("2026-11-20T10:00:00Z"), json!("today")]),
        undeclared in one_of(vec![json!({"deep": [1, 2]}), json!(null)]),
    ) -> Value {
        let all = [
            ("age", age), ("first_name", name), ("plan", plan), ("tags", tags), ("member", member), ("app", app),
            ("since", since), ("shoes", undeclared),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}

prop_compose! {
    fn body()(
        id in one_of(vec![json!("v1"), json!("\u{e4}"), json!(""), json!(1), json!("x".repeat(257))]),
        attributes in proptest::option::of(attributes()),
        consent in one_of(vec![json!({"marketing": true, "tracking": false, "other": true}), json!({"marketing": 1}), json!({"marketing": null})]),
        events in proptest::option::weighted(0.1, Just(json!([{"type": "page", "properties": {"path": "/a"}}]))),
        context in one_of(vec![json!({"page": "/a?utm_source=x", "store": "berlin"}), json!({"device": "fridge"}), json!(null), json!([])]),
        slots in one_of(vec![json!(["a", "b"]), json!(["a", "a"]), json!([]), json!("a"), json!([1])]),
        explain in one_of(vec![json!(true), json!("yes")]),
        expose in one_of(vec![json!("seen"), json!("later")]),
        unknown in proptest::option::weighted(0.05, Just(json!(1))),
    ) -> Value {
        let fields = |fields: Vec<(&str, Option<Value>)>| -> Value {
            fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
        };
        let visitor = fields(vec![("id", id), ("attributes", attributes), ("consent", consent), ("events", events)]);
        fields(vec![
            ("visitor", Some(visitor)), ("context", context), ("slots", slots), ("explain", explain),
            ("expose", expose), ("explian", unknown),
        ])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_quick_reader_reads_what_the_thorough_one_reads(body in body()) {
        let (schema, text) = (schema(), body.to_string());
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        if let Some(quick) = plain::read(text.as_bytes(), &schema) {
            prop_assert_eq!(Ok(quick), Request::read_thoroughly(text.as_bytes(), &schema, now));
        }
    }
}

#[test]
fn what_is_no_json_is_refused_though_nobody_declares_it() {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    for undeclared in [r#""\ud800""#, r#"["\ud800"]"#] {
        let body = format!(r#"{{"visitor": {{"id": "v1", "attributes": {{"shoes": {undeclared}}}}}}}"#);
        assert_eq!(Request::read(body.as_bytes(), &schema(), now).unwrap_err().code, "invalid-json", "{body}");
    }
}

#[test]
fn usual_bodies_take_the_quick_way() {
    for body in [
        r#"{"visitor": {"id": "v1"}}"#,
        r#"{"visitor": {"id": "v1", "attributes": {"age": 4.50, "tags": ["a"], "shoes": 3}, "consent": {"marketing": true}},
            "context": {"page": "/", "store": "berlin"}, "slots": ["hero"], "explain": false, "expose": "now"}"#,
    ] {
        assert!(plain::read(body.as_bytes(), &schema()).is_some(), "{body}");
    }
}
