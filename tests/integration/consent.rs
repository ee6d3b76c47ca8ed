//! Consent, said with an event or with a decision, counts from the next decision on.

use serde_json::{Value, json};

use crate::serving::{Client, Served, Shop, shown};

const SCHEMA: &str = "\
language: 1
events:
  order: {properties: {items: {type: number}}}
attributes:
  plan: {type: text}
  email: {type: text, purpose: marketing}
purposes:
  tracking: {default: granted}
  marketing: {default: denied}
";

const RULES: &str = "\
slot letter {
  if email is known show yes
  otherwise show no
}
slot bought {
  if did order show \"yes\"
  if not did order show \"no\"
  otherwise show \"unknown\"
}
slot asks {
  if consent marketing show yes
  otherwise show no
}
";

fn served() -> (Shop, Served) {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    let slots = "slots:\n  letter: {type: boolean}\n  bought: {type: text}\n  asks: {type: boolean}\n";
    shop.write("rules/content/slots.yaml", slots);
    let served = shop.serve();
    (shop, served)
}

/// What `letter`, `bought` and `asks` show.
fn sees(client: &Client, id: &str, consent: &Value) -> Value {
    let mut visitor = json!({ "id": id });
    if !consent.is_null() {
        visitor["consent"] = consent.clone();
    }
    let answer = client.post("/v1/decide", &json!({ "visitor": visitor }));
    assert_eq!(answer.status, 200, "{}", answer.text);
    let shown = shown(&answer.json());
    json!([shown["letter"], shown["bought"], shown["asks"]])
}

fn says(client: &Client, kind: &str, id: &str, preferences: &Value) {
    let context = json!({"consent": {"categoryPreferences": preferences}});
    let message = match kind {
        "track" => json!({"userId": id, "event": "order", "context": context}),
        _ => json!({"userId": id, "context": context}),
    };
    assert_eq!(client.post(&format!("/v1/{kind}"), &message).text, r#"{"success":true}"#);
}

#[test]
fn what_an_event_says_of_consent_counts_in_the_next_decision() {
    let (_shop, served) = served();
    let client = &served.client;
    let none = Value::Null;
    client.post("/v1/identify", &json!({"userId": "v1", "traits": {"email": "v1@example.org", "plan": "pro"}}));
    client.post("/v1/track", &json!({"userId": "v1", "event": "order"}));
    assert_eq!(sees(client, "v1", &none), json!([false, "yes", false]), "by default, tracking alone");

    for kind in ["track", "page", "identify", "screen"] {
        says(client, kind, "v1", &json!({"marketing": true}));
        assert_eq!(sees(client, "v1", &none), json!([true, "yes", true]), "{kind}");
        says(client, kind, "v1", &json!({"tracking": false}));
        assert_eq!(sees(client, "v1", &none), json!([true, "unknown", true]), "{kind}");
        says(client, kind, "v1", &json!({"marketing": false}));
        assert_eq!(sees(client, "v1", &none), json!([false, "unknown", false]), "{kind}");
        says(client, kind, "v1", &json!({"tracking": true, "elsewhere": true}));
        assert_eq!(sees(client, "v1", &none), json!([false, "yes", false]), "{kind}");
    }
    assert_eq!(client.get("/v1/visitors/v1").json()["consent"], json!({"marketing": false, "tracking": true}));
}

/// A request speaks for itself: what it says counts for this decision, and is not kept.
#[test]
fn what_a_decision_says_of_consent_counts_for_it_alone() {
    let (_shop, served) = served();
    let client = &served.client;
    client.post("/v1/identify", &json!({"userId": "v1", "traits": {"email": "v1@example.org"}}));
    client.post("/v1/track", &json!({"userId": "v1", "event": "order"}));
    assert_eq!(sees(client, "v1", &json!({"marketing": true})), json!([true, "yes", true]));
    assert_eq!(sees(client, "v1", &json!({"tracking": false})), json!([false, "unknown", false]));
    assert_eq!(sees(client, "v1", &Value::Null), json!([false, "yes", false]));
}

/// Two devices of one visitor said different things: after the join, the later word counts, whichever came first here.
#[test]
fn of_two_joined_visitors_the_later_word_counts() {
    let (_shop, served) = served();
    let client = &served.client;
    let said = |id: &str, time: &str, granted: bool| {
        let context = json!({"consent": {"categoryPreferences": {"marketing": granted}}});
        client.post("/v1/page", &json!({"anonymousId": id, "timestamp": time, "context": context}));
    };
    for (user, early_first) in [("u1", true), ("u2", false)] {
        let device = format!("device of {user}");
        client.post(
            "/v1/identify",
            &json!({"userId": user, "timestamp": "2026-01-01T00:00:00Z", "traits": {"email": "u"}}),
        );
        let told = [("2026-03-01T00:00:00Z", true), ("2026-02-01T00:00:00Z", false)];
        let [late, early] = told;
        let order = if early_first { [early, late] } else { [late, early] };
        said(&device, order[0].0, order[0].1);
        said(user, order[1].0, order[1].1);
        client.post("/v1/identify", &json!({"userId": user, "anonymousId": device}));
        for id in [user, &device] {
            assert_eq!(sees(client, id, &Value::Null), json!([true, "no", true]), "{id}");
        }
    }
}
