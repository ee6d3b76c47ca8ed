//! `GET /v1/decisions/recent`: what visitors were shown of late.

use segue::server::RecentOptions;
use serde_json::{Value, json};

use crate::serving::{Client, Served, Shop};

/// Decides for a visitor of a country.
fn decide(client: &Client, id: &str, country: &str) {
    let body = json!({"visitor": {"id": id, "attributes": {"country": country}}});
    assert_eq!(client.post("/v1/decide", &body).status, 200);
}

fn recent(client: &Client, query: &str) -> Vec<Value> {
    let reply = client.get(&format!("/v1/decisions/recent{query}"));
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["decisions"].as_array().unwrap().clone()
}

fn visitors(decisions: &[Value]) -> Vec<&str> {
    decisions.iter().map(|decision| decision["visitor"].as_str().unwrap()).collect()
}

#[test]
fn the_decisions_of_late_come_newest_first() {
    let shop = Shop::new();
    let served = shop.serve();
    let client = &served.client;
    assert_eq!(client.get("/v1/decisions/recent").text, r#"{"kept":{"number":10000,"hours":24},"decisions":[]}"#);
    for (id, country) in [("v1", "DE"), ("v2", "NO"), ("v3", "DE")] {
        decide(client, id, country);
    }
    let mut all = recent(client, "");
    assert_eq!(visitors(&all), ["v3", "v2", "v1"]);
    let release = client.releases().remove(0);
    let at = all[0].as_object_mut().unwrap().remove("at").unwrap();
    assert!(at.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert_eq!(
        all[0],
        json!({"visitor": "v3", "slot": "home_hero", "content": "german_hero", "reason": "rule", "rule": "home.rules:2",
            "experiment": null, "variant": null, "release": release})
    );
    assert_eq!(visitors(&recent(client, "?limit=2")), ["v3", "v2"]);
    assert_eq!(visitors(&recent(client, "?visitor=v1&slot=home_hero")), ["v1"]);
    assert_eq!(recent(client, "?visitor=nobody"), Vec::<Value>::new());
}

#[test]
fn an_experiment_is_named_with_its_variant() {
    let shop = Shop::new();
    shop.write("experiments/hero.yaml", "experiment: hero\nstatus: running\nvariants: [{name: control, show: default_hero}, {name: german, show: german_hero}]\n");
    shop.write("rules/home.rules", "slot home_hero {\n  otherwise show experiment hero\n}\n");
    let served = shop.serve();
    decide(&served.client, "v1", "DE");
    let shown = &recent(&served.client, "")[0];
    assert_eq!((&shown["experiment"], &shown["reason"]), (&json!("hero"), &json!("experiment")));
    assert!([json!("control"), json!("german")].contains(&shown["variant"]), "{shown}");
}

#[test]
fn a_number_bounds_them_and_nought_keeps_none() {
    let shop = Shop::new();
    let of = |number| {
        let recent = RecentOptions { number, ..RecentOptions::default() };
        Served::start(segue::server::ServeOptions { recent, ..shop.options() })
    };
    let served = of(2);
    for id in ["v1", "v2", "v3"] {
        decide(&served.client, id, "DE");
    }
    assert_eq!(visitors(&recent(&served.client, "")), ["v3", "v2"]);
    drop(served);
    let served = of(0);
    decide(&served.client, "v1", "DE");
    assert_eq!(recent(&served.client, ""), Vec::<Value>::new());
}

#[test]
fn an_erased_visitor_is_gone_under_every_id() {
    let shop = Shop::new();
    let served = shop.serve();
    let client = &served.client;
    let joined = json!({"userId": "ines", "anonymousId": "device-7", "messageId": "m1"});
    assert_eq!(client.post("/v1/identify", &joined).status, 200);
    for id in ["ines", "device-7", "somebody"] {
        decide(client, id, "DE");
    }
    assert_eq!(visitors(&recent(client, "?visitor=ines")), ["device-7", "ines"], "both ids are one visitor");
    assert_eq!(client.send("DELETE", "/v1/visitors/ines", &[], b"").unwrap().status, 200);
    assert_eq!(visitors(&recent(client, "")), ["somebody"]);
    // Of whom nothing is kept but a decision.
    assert_eq!(client.send("DELETE", "/v1/visitors/somebody", &[], b"").unwrap().json(), json!({"erased": true}));
    assert_eq!(recent(client, ""), Vec::<Value>::new());
    assert_eq!(client.send("DELETE", "/v1/visitors/somebody", &[], b"").unwrap().status, 404);
}

#[test]
fn a_bad_question_is_told_so() {
    let shop = Shop::new();
    let served = shop.serve();
    for (query, code, help) in [
        ("?slots=home_hero", "unknown-field", "did you mean `slot`?"),
        ("?limit=0", "invalid-field", "send 1 to 1000000, or leave it out for 100"),
        ("?limit=many", "invalid-field", "send 1 to 1000000, or leave it out for 100"),
        ("?slot=home_heroo", "unknown-slot", "did you mean `home_hero`?"),
    ] {
        let reply = served.client.get(&format!("/v1/decisions/recent{query}"));
        assert_eq!(reply.status, 400, "{query}");
        let error = reply.json()["error"].clone();
        assert_eq!((&error["code"], &error["help"]), (&json!(code), &json!(help)), "{query}");
    }
}

#[test]
fn they_have_the_door_of_people() {
    let shop = Shop::new();
    let served =
        Served::start(segue::server::ServeOptions { admin_token: Some("open sesame".to_owned()), ..shop.options() });
    assert_eq!(served.client.get("/v1/decisions/recent").status, 401);
    assert_eq!(served.client.with_token("open sesame").get("/v1/decisions/recent").status, 200);
}
