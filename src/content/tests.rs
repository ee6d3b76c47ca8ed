//! Rendering: escapes, falls back, stops.

use std::sync::Arc;

use serde_json::json;

use super::{Catalogue, MAX_RENDERED_BYTES, RenderError};
use crate::diagnostic::{Diagnostic, Report, Source, draw};
use crate::profile::{Context, Schema, Value, Visitor};

const SCHEMA: &str = "
attributes:
  first_name: {type: text}
  email: {type: text, purpose: marketing}
  age: {type: number}
  member: {type: boolean}
  interests: {type: list}
context: {store: {type: text}}
purposes: {marketing: {default: denied}}
";

fn schema() -> Schema {
    Schema::of_text(SCHEMA)
}

fn read(text: &str) -> (Catalogue, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let catalogue = Catalogue::read(&[("content.yaml".into(), text.into())], &schema(), &mut findings);
    (catalogue, findings)
}

/// Renders the one content item whose value is `value`.
fn render(value: &str, visitor: &Visitor, context: &Context) -> Result<serde_json::Value, RenderError> {
    let (catalogue, findings) = read(&format!("content:\n  it:\n    value: {value}\n"));
    assert_eq!(findings, [], "{value}");
    catalogue.items["it"].render(visitor, context, &schema())
}

fn somebody() -> Visitor {
    let text = |text: &str| Value::Text(text.into());
    Visitor {
        id: "v1".into(),
        attributes: [
            ("first_name".into(), text("<b>Ann</b> & \"Bo\"")),
            ("email".into(), text("a@example.com")),
            ("age".into(), Value::Number("41.5".parse().unwrap())),
            ("member".into(), Value::Boolean(true)),
            ("interests".into(), Value::List(vec!["running".into(), "a<b".into()])),
        ]
        .into(),
        ..Visitor::default()
    }
}

#[test]
fn facts_are_filled_in_and_escaped_for_html() {
    let context = Context {
        facts: [("visit.page".into(), Value::Text("/a".into())), ("context.store".into(), Value::Text("<s>".into()))]
            .into(),
        ..Context::default()
    };
    let render = |value: &str| render(value, &somebody(), &context).unwrap();
    assert_eq!(render("'Hi {{ visitor.first_name }}'"), json!("Hi &lt;b&gt;Ann&lt;&#x2f;b&gt; &amp; &quot;Bo&quot;"));
    assert_eq!(render("'{{ visitor.age }}'"), json!("41.5"));
    assert_eq!(render("'{{ visitor.age | int }} {{ visitor[\"member\"] }}'"), json!("41 true"));
    assert_eq!(render("'{{ visit.page }} {{ context.store | upper }}'"), json!("&#x2f;a &lt;S&gt;"));
    assert_eq!(
        render("{a: [{b: '{{ visitor.interests | join(\", \") }}'}], n: 1.0, t: x}").to_string(),
        r#"{"a":[{"b":"running, a&lt;b"}],"n":1.0,"t":"x"}"#
    );
    assert_eq!(
        render("'{% for i in visitor.interests %}[{{ loop.index }}{{ i }}]{% endfor %}'"),
        json!("[1running][2a&lt;b]")
    );
    assert_eq!(render("|\n      {% if visitor.member %}yes{% endif %}\n"), json!("yes\n"));
}

#[test]
fn missing_and_not_granted_facts_fall_back() {
    let nobody = Visitor::default();
    let context = Context::default();
    assert_eq!(render("'Hi {{ visitor.first_name | default(\"there\") }}'", &nobody, &context), Ok(json!("Hi there")));
    assert_eq!(render("'[{{ visitor.first_name }}{{ visit.country }}]'", &nobody, &context), Ok(json!("[]")));
    let template = "'{{ visitor.email | default(\"secret\") }}'";
    assert_eq!(render(template, &somebody(), &context), Ok(json!("secret")));
    let granted = Visitor { consent: [("marketing".into(), true)].into(), ..somebody() };
    assert_eq!(render(template, &granted, &context), Ok(json!("a@example.com")));
}

#[test]
fn a_template_stops_when_it_takes_or_writes_too_much() {
    let long =
        Visitor { attributes: [("interests".into(), Value::List(vec!["x".into(); 400]))].into(), ..Visitor::default() };
    let nested = "'{% for a in visitor.interests %}{% for b in visitor.interests %}{{ b }}{% endfor %}{% endfor %}'";
    assert_eq!(render(nested, &long, &Context::default()), Err(RenderError::OutOfFuel));
    let large = Visitor {
        attributes: [("first_name".into(), Value::Text("x".repeat(MAX_RENDERED_BYTES / 2 + 1).into()))].into(),
        ..Visitor::default()
    };
    let twice = "'{{ visitor.first_name }}{{ visitor.first_name }}'";
    assert_eq!(render(twice, &large, &Context::default()), Err(RenderError::TooLong));
}

#[test]
fn a_misspelled_fact_is_shown_where_it_stands_in_the_yaml() {
    let text = "content:\n  hero:\n    value:\n      text: >\n        Dear\n        {{ visitor.frist_name }},\n        {{ visit.contry | uper }}\n";
    let mut report = Report { diagnostics: read(text).1, ..Report::default() };
    report.sources.add(Source::new("content.yaml", text));
    insta::assert_snapshot!(draw(&report, false), @r"
    error[unknown-attribute]: unknown attribute `visitor.frist_name`
     --> content.yaml:6:20
      |
    6 |         {{ visitor.frist_name }},
      |                    ^^^^^^^^^^
      |
      = help: did you mean `visitor.first_name`?

    error[unknown-fact]: unknown fact `visit.contry`
     --> content.yaml:7:18
      |
    7 |         {{ visit.contry | uper }}
      |                  ^^^^^^
      |
      = help: did you mean `visit.country`?

    error[template-syntax]: unknown filter `uper`
     --> content.yaml:7:27
      |
    7 |         {{ visit.contry | uper }}
      |                           ^^^^
      |
      = help: did you mean `upper`?
    ");
}

#[test]
fn a_number_goes_into_a_text_as_it_is_written() {
    let visitor =
        Visitor { attributes: [("age".into(), Value::Number("19.90".parse().unwrap()))].into(), ..Visitor::default() };
    let render = |value: &str| render(value, &visitor, &Context::default()).unwrap();
    assert_eq!(render("'{{ visitor.age }}'"), json!("19.90"));
    assert_eq!(render("'a{{ visitor[\"age\"] | default(0) ~ \" EUR\" }}b'"), json!("a19.90 EURb"));
    assert_eq!(
        render("'{{(visitor .age)}}{{-visitor.age-}}{{ visitor.first_name or (visitor.age) }}'"),
        json!("19.9019.9019.9")
    );
    assert_eq!(
        render("'{{ visitor.age if visitor.age > 19 else 1 }}|{{ (visitor.age | default(0)) + 1 }}'"),
        json!("19.90|20.9")
    );
    assert_eq!(
        render("'{{ visitor.age | default(0) | round | int }} {{ \"%.3f\" | format(visitor.age | d(0)) }}'"),
        json!("20 19.900")
    );
}

#[test]
fn texts_without_templates_keep_their_numbers() {
    let file: Arc<str> = "content:\n  it: {value: {a: 1, b: 1.0, c: 12345678901234567890.10}}\n".into();
    let (catalogue, findings) = read(&file);
    assert_eq!(findings, []);
    let value = catalogue.items["it"].render(&Visitor::default(), &Context::default(), &schema()).unwrap();
    assert_eq!(value.to_string(), r#"{"a":1,"b":1.0,"c":12345678901234567890.10}"#);
}
