//! Experiments over HTTP: what is defined, how one stands, how it came to stand so.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::serving::{Client, Served, Shop};

const SCHEMA: &str = "\
language: 1
events:
  order: {properties: {amount: {type: number}}}
attributes:
  country: {type: text}
";

const RULES: &str = "\
slot home_hero {
  if country is \"DE\" show experiment hero_test
  otherwise show default_hero
}
";

const METRICS: &str = "\
metrics:
  order_rate: {kind: conversion, event: order, within: 14 days, direction: up}
  spend: {kind: sum, event: order, property: amount, within: 14 days, before: none, direction: up}
";

const HERO: &str = "\
experiment: hero_test
hypothesis: A greeting sells
owner: growth@example.com
status: running
traffic: 60%
variants: [{name: control, weight: 1, show: default_hero}, {name: greeting, weight: 2, show: german_hero}]
metrics: {primary: order_rate, guardrails: [spend]}
plan: {alpha: 0.01, minimum_effect: 5%, stop: anytime}
";

const TOLD: &str = "\
experiment: told_test
status: running
assignment: external
variants: [{name: control, show: nothing}, {name: new, show: nothing}]
metrics: {primary: order_rate, secondary: [spend]}
";

fn shop() -> Shop {
    let shop = Shop::new();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("experiments/metrics.yaml", METRICS);
    shop.write("experiments/hero_test.yaml", HERO);
    shop.write("experiments/told_test.yaml", TOLD);
    let draft = TOLD.replace("told_test", "draft_test").replace("status: running", "status: draft");
    shop.write("experiments/draft_test.yaml", &draft);
    let bare =
        TOLD.replace("told_test", "bare_test").replace("metrics: {primary: order_rate, secondary: [spend]}\n", "");
    shop.write("experiments/bare_test.yaml", &bare);
    shop
}

/// Tells of visitors who saw a variant, and of orders of some.
fn tell(client: &Client, visitors: usize) {
    let shown = Timestamp::now() - 24.hours();
    let mut batch = Vec::new();
    for number in 0..visitors {
        let (id, variant) = (format!("v{number}"), if number % 2 == 0 { "control" } else { "new" });
        let viewed = json!({"experiment_name": "told_test", "variation_name": variant});
        batch.push(json!({"type": "track", "event": "Experiment Viewed", "userId": id, "timestamp": shown.to_string(), "properties": viewed}));
        if number % 4 == 1 || number % 10 == 0 {
            batch.push(json!({"type": "track", "event": "order", "userId": id, "properties": {"amount": 10}}));
        }
    }
    for part in batch.chunks(500) {
        assert_eq!(client.post("/v1/batch", &json!({ "batch": part })).status, 200);
    }
}

fn listed(client: &Client, name: &str) -> Value {
    let listing = client.get("/v1/experiments").json();
    let all = listing["experiments"].as_array().unwrap();
    all.iter().find(|experiment| experiment["experiment"] == name).unwrap_or_else(|| panic!("{listing}")).clone()
}

#[test]
fn the_listing_says_what_is_defined_and_how_it_stands() {
    let shop = shop();
    let served = shop.serve();
    tell(&served.client, 2_000);
    served.client.until("everybody is in the listing", |client| listed(client, "told_test")["units"] == json!(2_000));
    let hero = listed(&served.client, "hero_test");
    let expected = json!({
        "experiment": "hero_test", "status": "running", "owner": "growth@example.com", "hypothesis": "A greeting sells",
        "assignment": "hash", "unit": "visitor", "traffic": 0.6,
        "variants": [
            {"variant": "control", "weight": 1, "control": true}, {"variant": "greeting", "weight": 2, "control": false},
        ],
        "metrics": {"primary": "order_rate", "secondary": [], "guardrails": ["spend"]},
        "plan": {"stop": "anytime", "alpha": 0.01, "power": 0.8, "minimum_effect": 0.05, "visitors": null},
        "units": 0, "verdict": "continue", "breaker_tripped": false,
    });
    assert_eq!(hero, expected, "{hero:#}");
    assert_eq!(listed(&served.client, "told_test")["verdict"], "ship");
    for nobody in ["draft_test", "bare_test"] {
        let listed = listed(&served.client, nobody);
        assert_eq!((&listed["units"], &listed["verdict"]), (&Value::Null, &Value::Null), "{listed}");
    }
}

#[test]
fn a_result_has_the_scorecard_and_what_happened_on_the_way() {
    let shop = shop();
    let served = shop.serve();
    tell(&served.client, 2_000);
    served.client.until("its start is noted", |client| {
        !client.get("/v1/experiments/told_test/results").json()["started"].is_null()
    });
    let reply = served.client.get("/v1/experiments/told_test/results");
    assert_eq!((reply.status, reply.header("segue-verdict")), (200, "ship"), "{}", reply.text);
    let answer = reply.json();
    assert_eq!((&answer["experiment"], &answer["status"]), (&json!("told_test"), &json!("running")));
    assert_eq!(answer["terms_hash"].as_str().unwrap().len(), 32);
    let topics: Vec<&str> =
        answer["terms"].as_array().unwrap().iter().map(|term| term["topic"].as_str().unwrap()).collect();
    for topic in ["salt", "variants", "alpha", "stop", "metric order_rate", "metric spend"] {
        assert!(topics.contains(&topic), "{topics:?}");
    }
    assert_eq!((&answer["deviations"], &answer["breaker"], &answer["looks"]), (&json!([]), &Value::Null, &json!([])));
    let count = |variant: &Value| (variant["variant"].clone(), variant["n"].clone());
    let counts: Vec<_> = answer["variants"].as_array().unwrap().iter().map(count).collect();
    assert_eq!(counts, [(json!("control"), json!(1_000)), (json!("new"), json!(1_000))]);
    let row = &answer["metrics"][1];
    assert_eq!((&row["metric"], &row["variant"], &row["sum"]), (&json!("order_rate"), &json!("new"), &json!(500.0)));
    for field in ["at", "outlook", "plan", "alpha", "sample_ratio", "flags", "verdict"] {
        assert!(!answer[field].is_null(), "{field}: {answer}");
    }

    // The same for people.
    let text =
        served.client.send("GET", "/v1/experiments/told_test/results?width=70", &[("accept", "text/plain")], b"");
    let text = text.unwrap();
    assert_eq!((text.header("content-type"), text.header("segue-verdict")), ("text/plain; charset=utf-8", "ship"));
    assert!(text.text.starts_with("told_test, running since "), "{}", text.text);
    assert!(text.text.contains("Ship new: order_rate is up") && text.text.contains("split of the traffic: as planned"));
    assert!(text.text.lines().skip(1).all(|line| line.chars().count() <= 70), "{}", text.text);
}

#[test]
fn what_is_changed_after_the_start_stands_on_the_result() {
    let shop = shop();
    let served = shop.serve();
    served
        .client
        .until("it has begun", |client| !client.get("/v1/experiments/told_test/results").json()["started"].is_null());
    let before = served.client.get("/v1/experiments/told_test/results").json()["terms_hash"].clone();
    let changed = TOLD.replace("metrics:", "plan: {alpha: 0.2, stop: anytime}\nmetrics:");
    shop.replace("experiments/told_test.yaml", &changed);
    served.client.until("a deviation", |client| {
        client.get("/v1/experiments/told_test/results").json()["deviations"][0]["topic"] == json!("alpha")
    });
    let answer = served.client.get("/v1/experiments/told_test/results").json();
    let deviation = &answer["deviations"][0];
    assert_eq!((&deviation["was"], &deviation["is"]), (&json!("0.05"), &json!("0.2")), "{answer}");
    assert_eq!(answer["terms_hash"], before, "of what was settled at the start");
    let text =
        served.client.send("GET", "/v1/experiments/told_test/results", &[("accept", "text/plain")], b"").unwrap();
    let text = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.matches("alpha was changed after the start, from 0.05 to 0.2").count(), 1, "{text}");
}

#[test]
fn an_experiment_without_a_result_is_refused_with_a_remedy() {
    let shop = shop();
    let served = shop.serve();
    for (path, code, message, help) in [
        ("hero_tset/results", "unknown-experiment", "there is no experiment `hero_tset`", "did you mean `hero_test`?"),
        ("hero_tset/history", "unknown-experiment", "there is no experiment `hero_tset`", "did you mean `hero_test`?"),
        ("zzz/results", "unknown-experiment", "there is no experiment `zzz`", "`GET /v1/experiments` lists them"),
        (
            "draft_test/results",
            "no-result",
            "`draft_test` is a draft: nobody is counted before it runs; write `status: running`",
            "",
        ),
        ("bare_test/results", "no-result", "`bare_test` measures nothing: write `metrics: {primary: ..}`", ""),
    ] {
        let reply = served.client.get(&format!("/v1/experiments/{path}"));
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"], &error["message"]), (404, &json!(code), &json!(message)), "{path}");
        assert_eq!(error["help"].as_str().unwrap_or_default(), help, "{path}");
    }
    let near = served.client.get("/v1/experiment").json();
    assert_eq!(near["error"]["help"], "did you mean `/v1/experiments`?");
    let history = served.client.get("/v1/experiments/hero_test/history").json();
    assert_eq!(history["experiment"], "hero_test");
    assert!(history["points"].is_array());
}

/// The numbers by line; every one is finite.
fn scrape(served: &Served) -> String {
    let text = served.client.get("/metrics").text;
    let bad = text.lines().find(|line| line.ends_with("NaN") || line.ends_with("Inf"));
    assert_eq!(bad, None);
    text
}

#[test]
fn a_scrape_says_how_experiments_stand_and_nothing_that_has_no_number() {
    let shop = shop();
    let served = shop.serve();
    assert!(!scrape(&served).contains("segue_metric_lift{"), "there is no number yet");
    tell(&served.client, 2_000);
    served.client.until("the scrape follows", |client| {
        client.get("/metrics").text.contains(r#"segue_exposures_total{experiment="told_test",variant="new"} 1000"#)
    });
    let text = scrape(&served);
    for line in [
        r#"segue_exposures_total{experiment="told_test",variant="control"} 1000"#,
        r#"segue_conversions_total{experiment="told_test",metric="order_rate",variant="control"} 200"#,
        r#"segue_conversions_total{experiment="told_test",metric="order_rate",variant="new"} 500"#,
        r#"segue_experiment_verdict{experiment="told_test",verdict="ship"} 1"#,
        r#"segue_experiment_verdict{experiment="hero_test",verdict="continue"} 1"#,
        r#"segue_breaker_tripped{experiment="told_test"} 0"#,
        r#"segue_sample_ratio_alarm{experiment="told_test"} 0"#,
        r#"segue_sample_ratio_p_value{experiment="told_test"} 1"#,
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    let [lift, lower, upper] = ["", "_lower", "_upper"].map(|end| -> f64 {
        let line = format!(r#"segue_metric_lift{end}{{experiment="told_test",metric="order_rate",variant="new"}} "#);
        text.lines().find_map(|known| known.strip_prefix(&line)).unwrap().parse().unwrap()
    });
    assert!((lift - 1.5).abs() < 1e-9 && 0.0 < lower && lower < lift && lift < upper, "{lower} {lift} {upper}");
    let of = |name: &str| text.lines().filter(|line| line.starts_with(name) && line.contains("draft_test")).count();
    assert_eq!(of("segue_"), 0, "nobody is counted in a draft");
    // Scraped again at once, it is the same reading.
    let of_experiments =
        |text: &str| text.lines().filter(|line| line.contains("told_test")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(of_experiments(&scrape(&served)), of_experiments(&text));
}

/// Readers scrape while numbers change: each scrape has every line of its reading once.
#[test]
fn no_scrape_sees_half_a_reading() {
    let shop = shop();
    let served = shop.serve();
    tell(&served.client, 40);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let count = |text: &str, name: &str| text.lines().filter(|line| line.starts_with(name)).count();
    std::thread::scope(|scope| {
        let reader = || {
            let mut scrapes = 0;
            while !is_over.load(std::sync::atomic::Ordering::Acquire) || scrapes < 20 {
                let text = served.client.get("/metrics").text;
                let found = [
                    "segue_exposures_total{",
                    "segue_experiment_verdict{",
                    "segue_breaker_tripped{",
                    "segue_release_info{",
                ]
                .map(|name| count(&text, name));
                assert_eq!(found, [4, 2, 2, 1], "{text}");
                scrapes += 1;
            }
        };
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(reader)).collect();
        (0..4).for_each(|_| tell(&served.client, 400));
        is_over.store(true, std::sync::atomic::Ordering::Release);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    let text = served.client.get("/metrics").text;
    for line in ["# TYPE segue_exposures_total gauge", "# TYPE segue_conversions_total gauge"] {
        assert!(text.lines().any(|known| known == line), "numbers that may fall are no counters: {line}\n{text}");
    }
}

#[test]
fn crawlers_and_own_people_are_answered_and_not_exposed() {
    let shop = shop();
    let mut options = shop.options();
    options.events.internal = vec!["192.0.2.0/24".parse().unwrap()];
    let served = Served::start(options);
    let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let browser = [("origin", "https://shop.example"), ("user-agent", crawler)];
    let ask = |id: &str, context: Value, headers: &[(&str, &str)]| -> bool {
        let visitor = json!({ "id": id, "attributes": { "country": "DE" } });
        let body = json!({ "visitor": visitor, "context": context, "slots": ["home_hero"] }).to_string();
        let reply = served.client.send("POST", "/v1/decide", headers, body.as_bytes()).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text);
        !reply.json()["decisions"][0]["variant"].is_null()
    };
    let mut shown: Vec<String> = Vec::new();
    for number in 0..10 {
        let asked = [
            (format!("own{number}"), json!({ "ip": "192.0.2.9" }), &browser[..0]),
            (format!("named{number}"), json!({ "user_agent": crawler }), &browser[..0]),
            (format!("sent{number}"), json!({}), &browser[..]),
        ];
        for (id, context, headers) in asked {
            if ask(&id, context, headers) {
                shown.push(id);
            }
        }
    }
    assert!(shown.len() > 10, "they are answered");
    let plain =
        (0..10).map(|number| format!("plain{number}")).filter(|id| ask(id, json!({ "ip": "198.51.100.1" }), &[]));
    let plain: Vec<String> = plain.collect();
    let is_known = |client: &Client, id: &String| client.get(&format!("/v1/visitors/{id}")).status == 200;
    served.client.until("everybody else is exposed", |client| plain.iter().all(|id| is_known(client, id)));
    assert_eq!(shown.iter().filter(|id| is_known(&served.client, id)).count(), 0);
}
