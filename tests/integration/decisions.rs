//! What slots show, and why.

use std::sync::{Arc, LazyLock};

use insta::assert_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;
use segue::decision::{
    Answer, CaseOutcome, ContentNames, Decision, MAX_PASSED_OVER, Reason, Request, RequestError, decide, run_case,
};
use segue::diagnostic::draw;
use segue::release::{FileSet, Release};
use serde_json::{Value, json};

const SCHEMA: &str = "
language: 1
zone: Europe/Berlin
events:
  order: {properties: {amount: {type: number, unit: EUR}}}
  cart_add: {}
attributes:
  country: {type: text}
  age: {type: number}
  first_name: {type: text}
  interests: {type: list}
  email: {type: text, sensitive: true, purpose: marketing}
lists:
  staff: {file: lists/staff.txt}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
";

const CONTENT: &str = "
slots:
  home_hero: {type: object, description: First thing on the home page}
  banner: {type: text}
  new_checkout: {type: boolean}
  price_group: {type: number}
  footer: {type: text}
  sale: {type: text}
content:
  default_hero: {value: {headline: Welcome, image: /img/a.jpg}}
  enterprise_hero: {value: {headline: \"Hello {{ visitor.first_name | default('there') }}\", image: /img/b.jpg}}
  top_stories: {value: Top stories}
  weather: {value: \"Weather in {{ visitor.country }}\"}
  sale_banner: {value: Sale}
  longest:
    value: >-
      {% for a in visitor.interests %}{% for b in visitor.interests %}{% for c in visitor.interests
      %}.{% endfor %}{% endfor %}{% endfor %}
";

const HOME: &str = "measure spend_90d = sum of order.amount in last 90 days
segment high_value { spend_90d >= 500 or did order at least 5 times in last 90 days }

slot home_hero {
  if list staff show nothing
  if segment high_value and not did cart_add in last 7 days show enterprise_hero
    because \"High-value visitor\" limit 3 per day tags [\"vip\"]
  if email ends with \"@example.com\" or country is \"NO\" show enterprise_hero
  otherwise show default_hero because \"Everybody\"
}

slot banner {
  if country is known show top_stories, weather
}

slot new_checkout {
  if age >= 18 show yes because \"Adults only\"
}

slot price_group {
  otherwise show 1.0
}

slot sale {
  active from 2026-11-27 until 2026-11-30
  if age >= 18 show sale_banner
}
";

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn compile(files: &[(&str, &str)]) -> Release {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let (release, report) = Release::compile(FileSet::from_files(files).unwrap());
    release.unwrap_or_else(|| panic!("{}", draw(&report, false)))
}

fn shop_with(rules: &str) -> Release {
    compile(&[
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/content/shop.yaml", CONTENT),
        ("rules/lists/staff.txt", "boss\n"),
        ("rules/home.rules", rules),
    ])
}

fn shop() -> Release {
    shop_with(HOME)
}

static SHOP: LazyLock<Release> = LazyLock::new(shop);

/// The same files compiled once more.
static ANOTHER: LazyLock<Release> = LazyLock::new(shop);

fn read(release: &Release, body: &Value) -> Result<Request, RequestError> {
    Request::read(body.to_string().as_bytes(), &release.schema, now())
}

fn answer(release: &Release, body: &Value) -> Answer {
    decide(release, &read(release, body).unwrap(), now()).unwrap()
}

fn only(release: &Release, body: &Value) -> Decision {
    let mut answer = answer(release, body);
    assert_eq!(answer.decisions.len(), 1);
    answer.decisions.remove(0)
}

/// Any part of an answer as people read it, with the release's id left out.
fn pretty(release: &Release, part: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(part).unwrap().replace(release.id.as_str(), "ID")
}

/// One line a decision: slot, content or value, reason, rule.
fn outline(answer: &Answer) -> String {
    let lines: Vec<String> = answer
        .decisions
        .iter()
        .map(|decision| {
            let shown = json!(decision.content.as_ref().map_or(json!(decision.value), |content| json!(content)));
            let (reason, rule) = (json!(decision.reason), decision.rule.as_deref().unwrap_or("-"));
            format!("{}: {shown} {} {rule}", decision.slot, reason.as_str().unwrap())
        })
        .collect();
    lines.join("\n")
}

fn order(ago: &str, amount: &str) -> Value {
    let at = (now() - ago.parse::<jiff::SignedDuration>().unwrap()).to_string();
    let amount: serde_json::Number = amount.parse().unwrap();
    json!({"type": "track", "event": "order", "timestamp": at, "properties": {"amount": amount}})
}

#[test]
fn an_answer_holds_every_slot_in_name_order() {
    let body = json!({"visitor": {"id": "v1", "attributes": {"age": 30, "country": "DE"}}});
    let release = shop();
    assert_snapshot!(pretty(&release, &answer(&release, &body)), @r#"
    {
      "visitor": "v1",
      "release": "ID",
      "decisions": [
        {
          "slot": "banner",
          "content": [
            "top_stories",
            "weather"
          ],
          "value": [
            "Top stories",
            "Weather in DE"
          ],
          "reason": "rule",
          "rule": "home.rules:13",
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": null,
          "release": "ID"
        },
        {
          "slot": "footer",
          "content": null,
          "value": null,
          "reason": "no_match",
          "rule": null,
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": null,
          "release": "ID"
        },
        {
          "slot": "home_hero",
          "content": "default_hero",
          "value": {
            "headline": "Welcome",
            "image": "/img/a.jpg"
          },
          "reason": "otherwise",
          "rule": "home.rules:9",
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": "Everybody",
          "release": "ID"
        },
        {
          "slot": "new_checkout",
          "content": null,
          "value": true,
          "reason": "rule",
          "rule": "home.rules:17",
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": "Adults only",
          "release": "ID"
        },
        {
          "slot": "price_group",
          "content": null,
          "value": 1.0,
          "reason": "otherwise",
          "rule": "home.rules:21",
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": null,
          "release": "ID"
        },
        {
          "slot": "sale",
          "content": null,
          "value": null,
          "reason": "inactive",
          "rule": null,
          "experiment": null,
          "variant": null,
          "layer": null,
          "assignment_probability": null,
          "because": null,
          "release": "ID"
        }
      ]
    }
    "#);
}

#[test]
fn an_explanation_names_every_leaf_with_its_fact() {
    let body = json!({
        "visitor": {"id": "v1", "events": [order("500h", "600.10"), order("30h", "12.30")]},
        "slots": ["home_hero"],
        "explain": true
    });
    let release = shop();
    assert_snapshot!(pretty(&release, &only(&release, &body).explanation), @r#"
    {
      "leaves": [
        {
          "leaf": "segment high_value",
          "truth": "yes",
          "fact": "in the segment",
          "within": [
            {
              "leaf": "spend_90d >= 500",
              "truth": "yes",
              "fact": "spend_90d = 612.40"
            },
            {
              "leaf": "did order at least 5 times in last 90 days",
              "truth": "no",
              "fact": "2 of order in the window"
            }
          ]
        },
        {
          "leaf": "not did cart_add in last 7 days",
          "truth": "yes",
          "fact": "cart_add: never"
        }
      ],
      "passed_over": [
        {
          "rule": "home.rules:5",
          "leaf": {
            "leaf": "list staff",
            "truth": "no",
            "fact": "not on list staff"
          }
        }
      ],
      "notes": [
        "its limit does not block here: no shows are known"
      ]
    }
    "#);
}

#[test]
fn an_explanation_names_what_each_rule_before_failed_on() {
    let body = json!({
        "visitor": {"id": "v1", "attributes": {"email": "a@example.com"}, "events": [order("30h", "12.30")]},
        "slots": ["home_hero", "sale"],
        "explain": true
    });
    let release = shop();
    let explained: Vec<Value> =
        answer(&release, &body).decisions.iter().map(|decision| json!(decision.explanation)).collect();
    assert_snapshot!(pretty(&release, &explained), @r#"
    [
      {
        "leaves": [],
        "passed_over": [
          {
            "rule": "home.rules:5",
            "leaf": {
              "leaf": "list staff",
              "truth": "no",
              "fact": "not on list staff"
            }
          },
          {
            "rule": "home.rules:6",
            "leaf": {
              "leaf": "segment high_value",
              "truth": "no",
              "fact": "not in the segment",
              "within": [
                {
                  "leaf": "spend_90d >= 500",
                  "truth": "no",
                  "fact": "spend_90d = 12.30"
                },
                {
                  "leaf": "did order at least 5 times in last 90 days",
                  "truth": "no",
                  "fact": "1 of order in the window"
                }
              ]
            }
          },
          {
            "rule": "home.rules:8",
            "leaf": {
              "leaf": "email ends with \"@example.com\"",
              "truth": "unknown",
              "fact": "email is unknown without consent for marketing"
            }
          }
        ]
      },
      {
        "leaves": [],
        "passed_over": [
          {
            "rule": "home.rules:26",
            "leaf": null,
            "note": "its block is not active until 2026-11-26T23:00:00Z"
          }
        ]
      }
    ]
    "#);
}

#[test]
fn slots_are_answered_in_the_order_of_the_request() {
    let body = json!({"visitor": {"id": "v1"}, "slots": ["price_group", "banner", "home_hero"]});
    assert_snapshot!(outline(&answer(&shop(), &body)), @r#"
    price_group: 1.0 otherwise home.rules:21
    banner: null no_match -
    home_hero: "default_hero" otherwise home.rules:9
    "#);
}

#[test]
fn an_unknown_slot_is_named_with_the_nearest_one() {
    let release = shop();
    let request = read(&release, &json!({"visitor": {"id": "v1"}, "slots": ["home_hreo"]})).unwrap();
    let error: RequestError = decide(&release, &request, now()).unwrap_err().into();
    assert_eq!(error.code, "unknown-slot");
    assert_eq!(error.message, "there is no slot `home_hreo`");
    assert_eq!(error.help.as_deref(), Some("did you mean `home_hero`?"));
}

#[test]
fn blocks_come_by_priority_and_otherwise_comes_last() {
    let release = compile(&[
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/content/shop.yaml", CONTENT),
        ("rules/lists/staff.txt", ""),
        ("rules/a.rules", "slot footer {\n if age > 10 show \"a\"\n otherwise show \"last\"\n}"),
        ("rules/b.rules", "slot footer priority 20 {\n if age > 20 show \"b\"\n}"),
        ("rules/c.rules", "slot footer priority 300 {\n if age > 5 show \"c\"\n}"),
    ]);
    let footer = |age: u32| {
        let body = json!({"visitor": {"id": "v1", "attributes": {"age": age}}, "slots": ["footer"]});
        outline(&answer(&release, &body))
    };
    assert_eq!(footer(30), r#"footer: "b" rule b.rules:2"#);
    assert_eq!(footer(15), r#"footer: "a" rule a.rules:2"#);
    assert_eq!(footer(7), r#"footer: "c" rule c.rules:2"#);
    assert_eq!(footer(5), r#"footer: "last" otherwise a.rules:3"#);
}

#[test]
fn what_is_outside_its_time_is_passed_over() {
    let decided = |rules: &str| {
        let release = shop_with(rules);
        outline(&answer(&release, &json!({"visitor": {"id": "v1", "attributes": {"age": 30}}, "slots": ["footer"]})))
    };
    // Now is 13:00 in Berlin.
    let rule =
        |clause: &str| decided(&format!("slot footer {{\n if age > 5 show \"a\" {clause}\n otherwise show \"b\"\n}}"));
    assert_eq!(rule("active from 2026-11-22T13:00"), r#"footer: "a" rule home.rules:2"#);
    assert_eq!(rule("active from 2026-11-22T13:01"), r#"footer: "b" otherwise home.rules:3"#);
    assert_eq!(rule("active until 2026-11-22T13:00"), r#"footer: "b" otherwise home.rules:3"#);
    let otherwise = |clause: &str| decided(&format!("slot footer {{\n otherwise show \"b\" {clause}\n}}"));
    assert_eq!(otherwise("active until 2026-11-22T13:01"), r#"footer: "b" otherwise home.rules:2"#);
    assert_eq!(otherwise("active until 2026-11-22T13:00"), "footer: null no_match -");
    let block = |clause: &str| {
        decided(&format!("slot footer {{\n {clause}\n if age > 50 show \"a\"\n otherwise show \"b\"\n}}"))
    };
    assert_eq!(block("active from 2026-11-22T13:00"), r#"footer: "b" otherwise home.rules:4"#);
    assert_eq!(block("active from 2026-11-23"), "footer: null inactive -");
}

#[test]
fn a_slot_that_nobody_fills_has_no_match() {
    let body = json!({"visitor": {"id": "v1"}, "slots": ["footer"]});
    assert_eq!(outline(&answer(&shop(), &body)), "footer: null no_match -");
}

#[test]
fn nothing_on_purpose_has_its_own_reason() {
    let release = shop_with("slot footer {\n if age > 50 show nothing\n otherwise show nothing\n}");
    let footer = |age: u32| {
        let body = json!({"visitor": {"id": "v1", "attributes": {"age": age}}, "slots": ["footer"]});
        outline(&answer(&release, &body))
    };
    assert_eq!(footer(60), "footer: null nothing home.rules:2");
    assert_eq!(footer(30), "footer: null nothing home.rules:3");
}

#[test]
fn what_is_shown_keeps_its_written_form() {
    let release = shop_with("slot price_group {\n if age > 50 show 1.0\n otherwise show 1\n}");
    let group = |age: u32| {
        let body = json!({"visitor": {"id": "v1", "attributes": {"age": age}}, "slots": ["price_group"]});
        only(&release, &body).value.unwrap().to_string()
    };
    assert_eq!((group(60), group(5)), ("1.0".to_owned(), "1".to_owned()));
}

#[test]
fn content_that_cannot_be_rendered_is_an_error_without_its_cause() {
    let release = shop_with("slot footer {\n if age > 5 show longest because \"x\"\n}");
    let shown = |entries: usize| {
        let interests = vec!["golf"; entries];
        let attributes = json!({"age": 30, "interests": interests});
        let body = json!({"visitor": {"id": "v1", "attributes": attributes}, "slots": ["footer"], "explain": true});
        only(&release, &body)
    };
    assert_eq!(shown(2).value, Some(json!("........")));
    let decision = shown(300);
    assert_eq!((decision.reason, &decision.content, &decision.value), (Reason::Error, &None, &None));
    assert_eq!(decision.rule.as_deref(), Some("home.rules:2"));
    assert_eq!(decision.explanation.unwrap().notes, ["`longest` could not be rendered; the log says why"]);
}

#[test]
fn wrong_bodies_are_refused_with_a_remedy() {
    let release = shop();
    let refused = |body: &str| {
        let error = Request::read(body.as_bytes(), &release.schema, now()).unwrap_err();
        format!(
            "{} | {} | {} | {}",
            error.code,
            error.field.unwrap_or_default(),
            error.message,
            error.help.unwrap_or_default()
        )
    };
    let bodies = [
        "",
        "{\"visitor\": ",
        "{\"visitor\" 1}",
        "[]",
        "{}",
        r#"{"visitor": null}"#,
        r#"{"visitor": "v1"}"#,
        r#"{"visitor": {}}"#,
        r#"{"visitor": {"id": 7}}"#,
        r#"{"visitor": {"id": "v1"}, "explian": true}"#,
        r#"{"visitor": {"id": "v1"}, "unit": 1}"#,
        r#"{"visitor": {"id": "v1"}, "explain": "yes"}"#,
        r#"{"visitor": {"id": "v1"}, "slots": "home_hero"}"#,
        r#"{"visitor": {"id": "v1"}, "slots": ["home_hero", 3]}"#,
        r#"{"visitor": {"id": "v1"}, "slots": ["home_hero", "banner", "home_hero"]}"#,
        r#"{"visitor": {"id": "v1"}, "expose": true}"#,
        r#"{"visitor": {"id": "v1"}, "expose": "later"}"#,
        r#"{"visitor": {"id": "v1"}, "context": "/"}"#,
        r#"{"visitor": {"id": "v1", "attributes": {"age": "30"}}}"#,
        r#"{"visitor": {"id": "v1", "events": [{"type": "track"}]}}"#,
    ];
    let refusals: Vec<String> = bodies.iter().map(|body| refused(body)).collect();
    assert_snapshot!(refusals.join("\n"), @r#"
    invalid-json |  | the body is empty | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    invalid-json |  | the body is not JSON: it ends too early | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    invalid-json |  | the body is not JSON: something is wrong at line 1, column 12 | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    invalid-json |  | the body is not a JSON object | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    missing-field | visitor | the body has no `visitor` | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    missing-field | visitor | the body has no `visitor` | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    invalid-field | visitor | `visitor`: expected an object, found a text | send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}
    invalid-field | visitor.id | `visitor.id`: the visitor has no id | send "id": the text that stands for this visitor
    invalid-field | visitor.id | `visitor.id`: expected a text, found a number | put it in quotes
    unknown-field | explian | unknown field `explian` | did you mean `explain`?
    unknown-field | unit | unknown field `unit` | a body has visitor, context, slots, explain, expose
    invalid-field | explain | `explain`: expected true or false, found a text | send "explain": true
    invalid-field | slots | `slots`: expected a list of names, found a text | send "slots": ["home_hero"], or leave it out for all
    invalid-field | slots[1] | `slots[1]`: expected a name, found a number | send "slots": ["home_hero"], or leave it out for all
    invalid-field | slots[2] | `slots[2]`: `home_hero` is asked for twice | name each slot once
    invalid-field | expose | `expose`: expected a text, found true or false | send "now", "seen", or leave it out
    invalid-field | expose | `expose`: `later` is no time to expose | send "now", "seen", or leave it out
    invalid-field | context | `context`: expected an object, found a text | send "context": {"page": "/"}
    invalid-field | visitor.attributes.age | `visitor.attributes.age`: expected a number, found a text | send it without quotes: 30
    invalid-field | visitor.events[0].event | `visitor.events[0].event`: a track event has a name | send "event": "Order Completed"
    "#);
}

#[test]
fn too_many_slots_are_refused() {
    let names: Vec<String> = (0..=segue::decision::MAX_SLOTS).map(|number| format!("s{number}")).collect();
    let error = read(&shop(), &json!({"visitor": {"id": "v1"}, "slots": names})).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("slots"));
}

#[test]
fn what_nobody_declared_is_counted() {
    let body = json!({"visitor": {"id": "v1", "attributes": {"shoe_size": 43}}, "context": {"mood": "good"}, "expose": "seen"});
    let ignored = read(&shop(), &body).unwrap().ignored;
    assert_eq!((ignored.attributes, ignored.context), (1, 1));
}

const CASES: &str = "
cases:
  - name: a big spender
    at: 2026-11-20T10:00:00Z
    visitor: {id: v1}
    events:
      - {type: track, event: order, timestamp: 2026-11-01T09:00:00Z, properties: {amount: 620}}
    expect:
      home_hero: {content: enterprise_hero, rule: home.rules:6, reason: rule}
      price_group: {value: 1.0}
      footer: {content: null}
  - name: all wrong
    at: 2026-11-20T10:00:00Z
    visitor: {id: v1}
    expect:
      home_hero: {content: enterprise_hero, rule: home.rules:6}
      price_group: {content: null}
";

#[test]
fn cases_pass_or_say_what_was_decided_instead() {
    let release = compile(&[
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/content/shop.yaml", CONTENT),
        ("rules/lists/staff.txt", ""),
        ("rules/home.rules", HOME),
        ("rules/cases/home.yaml", CASES),
    ]);
    assert_eq!(run_case(&release, &release.cases[0]), CaseOutcome::Passed);
    let CaseOutcome::Failed(mismatches) = run_case(&release, &release.cases[1]) else { panic!("it passed") };
    let lines: Vec<String> = mismatches
        .iter()
        .map(|wrong| {
            let explained = wrong.decision.as_ref().is_some_and(|decision| decision.explanation.is_some());
            format!("{} {}: {} {} {explained}", wrong.slot, wrong.what, wrong.expected, wrong.got)
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    home_hero content: "enterprise_hero" "default_hero" true
    home_hero rule: "home.rules:6" "home.rules:9" true
    price_group value: null 1.0 true
    "#);
}

fn bodies() -> impl Strategy<Value = Value> {
    let country = proptest::option::of(prop_oneof![Just("DE"), Just("NO")]);
    let orders = proptest::collection::vec((0_i64..3000, 0_u32..400), 0..6);
    let id = prop_oneof![Just("v1"), Just("boss")];
    (id, country, proptest::option::of(0_u32..40), orders).prop_map(|(id, country, age, orders)| {
        let events: Vec<Value> =
            orders.iter().map(|(hours, amount)| order(&format!("{hours}h"), &amount.to_string())).collect();
        json!({"visitor": {"id": id, "attributes": {"country": country, "age": age}, "events": events}, "explain": true})
    })
}

proptest! {
    #[test]
    fn a_decision_depends_on_its_arguments_alone(bodies in proptest::collection::vec(bodies(), 1..5)) {
        let release = &*SHOP;
        let requests: Vec<Request> = bodies.iter().map(|body| read(release, body).unwrap()).collect();
        let first: Vec<Answer> = requests.iter().map(|request| decide(release, request, now()).unwrap()).collect();
        let again = std::thread::scope(|scope| {
            let threads: Vec<_> = requests
                .iter()
                .rev()
                .map(|request| scope.spawn(|| decide(&ANOTHER, request, now()).unwrap()))
                .collect();
            threads.into_iter().rev().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        prop_assert_eq!(&first, &again);

        // A slot by itself is decided as among all others.
        for (request, answer) in requests.iter().zip(&first) {
            for decision in &answer.decisions {
                let alone = Request { slots: Some(vec![Arc::clone(&decision.slot)]), ..request.clone() };
                prop_assert_eq!(&decide(release, &alone, now()).unwrap().decisions[0], decision);
            }
        }
    }

    #[test]
    fn every_decision_is_complete(body in bodies()) {
        for decision in answer(&SHOP, &body).decisions {
            let shows = decision.value.is_some();
            prop_assert_eq!(shows, matches!(decision.reason, Reason::Rule | Reason::Otherwise));
            prop_assert_eq!(decision.rule.is_none(), matches!(decision.reason, Reason::NoMatch | Reason::Inactive));
            if let Some(ContentNames::Several(names)) = &decision.content {
                prop_assert_eq!(names.len(), decision.value.unwrap().as_array().unwrap().len());
            }
        }
    }
}

#[test]
fn an_explanation_of_very_many_rules_lists_the_first() {
    let rules: String = (0..MAX_PASSED_OVER + 5).map(|age| format!("if age is {age} show \"{age}\"\n")).collect();
    let release = shop_with(&format!("slot footer {{\n{rules}}}"));
    let explained = |age: usize| {
        let body = json!({"visitor": {"id": "v1", "attributes": {"age": age}}, "slots": ["footer"], "explain": true});
        only(&release, &body).explanation.unwrap()
    };
    let all = explained(MAX_PASSED_OVER);
    assert_eq!((all.passed_over.len(), all.notes), (MAX_PASSED_OVER, Vec::new()));
    let some = explained(MAX_PASSED_OVER + 1);
    assert_eq!(some.passed_over.len(), MAX_PASSED_OVER);
    assert_eq!(some.notes, ["more than 1000 rules were passed over: these are the first"]);
    assert_eq!(some.leaves.len(), 1);
}
