//! Reading requests: visitors, events, context.

use serde_json::{Value as Json, json};

use super::{Context, FieldError, Ignored, MAX_EVENTS, Schema, Visitor, VisitorBody};

const SCHEMA: &str = "
events:
  order: {wire: Order Completed, properties: {amount: {type: number, wire: revenue}, coupon: {type: text}, at: {type: moment}}}
  cart_add: {}
attributes:
  age: {type: number}
  plan: {type: text, one_of: [free, pro]}
  name: {type: text, wire: firstName}
  email: {type: text, sensitive: true, one_of: [a@example.com]}
context: {store: {type: text}}
purposes: {marketing: {default: denied}}
";

fn schema() -> Schema {
    Schema::of_text(SCHEMA)
}

fn visitor(body: Json) -> Result<(Visitor, Ignored), FieldError> {
    let body: VisitorBody = serde_json::from_value(body).unwrap();
    Visitor::read(&schema(), &body, "2026-11-20T10:00:00Z".parse().unwrap())
}

fn context(body: &Json) -> Result<(Context, Ignored), FieldError> {
    Context::read(&schema(), body.as_object().unwrap())
}

fn facts(context: &Context) -> Vec<String> {
    context.facts.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn a_visitor_has_typed_attributes_and_consent() {
    let (visitor, ignored) = visitor(json!({
        "id": "v1",
        "attributes": {"age": 41.50, "plan": null, "firstName": "Ann", "shoe_size": 44},
        "consent": {"marketing": true, "tracking": false, "gossip": true},
        "events": null,
    }))
    .unwrap();
    let attributes: Vec<_> = visitor.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(attributes, ["age=41.5", "name=\"Ann\""]);
    assert_eq!(
        visitor.consent.iter().map(|(name, said)| (&**name, *said)).collect::<Vec<_>>(),
        [("marketing", true), ("tracking", false)]
    );
    assert_eq!(ignored, Ignored { attributes: 1, ..Ignored::default() });
}

#[test]
fn every_error_names_its_field() {
    for (body, field) in [
        (json!({}), "visitor.id"),
        (json!({"id": ""}), "visitor.id"),
        (json!({"id": 7}), "visitor.id"),
        (json!({"id": "v".repeat(257)}), "visitor.id"),
        (json!({"id": "v", "name": "x"}), "visitor.name"),
        (json!({"id": "v", "attributes": []}), "visitor.attributes"),
        (json!({"id": "v", "attributes": {"age": "42"}}), "visitor.attributes.age"),
        (json!({"id": "v", "attributes": {"plan": "gold"}}), "visitor.attributes.plan"),
        (json!({"id": "v", "attributes": {"firstName": 1}}), "visitor.attributes.firstName"),
        (json!({"id": "v", "consent": {"marketing": "yes"}}), "visitor.consent.marketing"),
        (json!({"id": "v", "events": {}}), "visitor.events"),
        (json!({"id": "v", "events": [1]}), "visitor.events[0]"),
        (json!({"id": "v", "events": [{"type": "page"}, {}]}), "visitor.events[1].type"),
        (json!({"id": "v", "events": [{"type": "click"}]}), "visitor.events[0].type"),
        (json!({"id": "v", "events": [{"type": "track"}]}), "visitor.events[0].event"),
        (json!({"id": "v", "events": [{"type": "page", "timestamp": "yesterday"}]}), "visitor.events[0].timestamp"),
        (json!({"id": "v", "events": [{"type": "page", "properties": []}]}), "visitor.events[0].properties"),
        (json!({"id": "v", "events": vec![json!({"type": "page"}); MAX_EVENTS + 1]}), "visitor.events"),
    ] {
        let error = visitor(body).unwrap_err();
        assert_eq!(error.field, field, "{error}");
        assert!(!error.help.is_empty(), "{error}");
    }
}

#[test]
fn sensitive_values_stay_out_of_errors() {
    let error = visitor(json!({"id": "v", "attributes": {"email": "b@example.com"}})).unwrap_err();
    assert_eq!(error.to_string(), "`visitor.attributes.email`: this value is none of the declared values");
}

#[test]
fn events_come_in_order_of_time_and_count_once() {
    let (visitor, ignored) = visitor(json!({"id": "v", "events": [
        {"type": "track", "event": "cart_add", "messageId": "m1"},
        {"type": "page", "timestamp": "2026-11-19T10:00:00+02:00", "properties": {"path": "/a/"}, "messageId": "m2"},
        {"type": "page", "timestamp": "2026-11-19T08:00:00.000Z", "properties": {"path": "/b"}, "messageId": null},
        {"type": "page", "timestamp": "2026-11-19T10:00:00+02:00", "properties": {"path": "/a/"}, "messageId": "m2"},
        {"type": "identify", "traits": {"age": 1}, "anonymousId": null},
        {"type": "screen", "name": "Home", "timestamp": "2026-11-18T00:00:00Z"},
        {"type": "track", "event": "Newsletter Opened", "timestamp": "2026-11-17T00:00:00Z", "properties": {"a": 1}},
        {"type": "track", "event": "page", "timestamp": "2026-11-16T00:00:00Z"},
    ]}))
    .unwrap();
    let events: Vec<_> =
        visitor.events.iter().map(|event| format!("{} {} {:?}", event.at, event.name, event.path.as_deref())).collect();
    assert_eq!(
        events,
        [
            "2026-11-16T00:00:00Z track:page None",
            "2026-11-17T00:00:00Z Newsletter Opened None",
            "2026-11-18T00:00:00Z screen None",
            "2026-11-19T08:00:00Z page Some(\"/a\")",
            "2026-11-19T08:00:00Z page Some(\"/b\")",
            "2026-11-20T10:00:00Z cart_add None",
        ]
    );
    assert_eq!(ignored, Ignored { events: 2, duplicates: 1, ..Ignored::default() });
    assert!(visitor.attributes.is_empty(), "identify changes no attribute of a decision");
}

#[test]
fn properties_are_cast_or_dropped() {
    let (visitor, ignored) = visitor(json!({"id": "v", "events": [{
        "type": "track",
        "event": "Order Completed",
        "properties": {"amount": 1, "revenue": "620.50", "coupon": 42, "at": "soon", "color": "red", "x": null},
    }]}))
    .unwrap();
    let event = &visitor.events[0];
    assert_eq!(&*event.name, "order");
    let properties: Vec<_> = event.properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(properties, ["amount=620.50", "coupon=\"42\""]);
    assert_eq!(ignored, Ignored { properties: 1, uncastable: 1, ..Ignored::default() });
}

#[test]
fn a_page_event_takes_its_path_from_the_first_place_that_has_one() {
    for (event, path) in [
        (
            json!({"properties": {"path": "/a/?x", "url": "https://s.example/b"}, "context": {"page": {"path": "/c"}}}),
            Some("/a"),
        ),
        (json!({"properties": {"url": "https://s.example/b/#f"}, "context": {"page": {"path": "/c"}}}), Some("/b")),
        (json!({"context": {"page": {"path": "/c", "url": "https://s.example/d"}}}), Some("/c")),
        (json!({"context": {"page": {"url": "https://s.example/d?e"}}}), Some("/d")),
        (json!({"properties": {"path": null, "title": "T"}}), None),
    ] {
        let mut event = event;
        event["type"] = json!("page");
        let (visitor, _) = visitor(json!({"id": "v", "events": [event]})).unwrap();
        assert_eq!(visitor.events[0].path.as_deref(), path);
    }
}

#[test]
fn an_event_carries_the_facts_of_its_visit() {
    let (visitor, ignored) = visitor(json!({"id": "v", "events": [{
        "type": "page",
        "properties": {"url": "https://s.example/a?utm_source=url&utm_term=t", "referrer": "https://r.example/"},
        "context": {
            "page": {"url": "https://s.example/other", "search": "?utm_medium=m", "referrer": "https://x.example/"},
            "campaign": {"source": "explicit", "name": "autumn"},
            "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0",
            "locale": "de-AT", "timezone": "Europe/Vienna", "ip": "192.0.2.1", "library": {"name": "x"},
        },
    }, {"type": "page", "context": {"timezone": "Europe/Atlantis", "page": "/x", "userAgent": 7, "device": {"type": "ios"}}}]}))
    .unwrap();
    let context = &visitor.events[0].context;
    assert_eq!(
        facts(context),
        [
            "visit.browser=\"firefox\"",
            "visit.device=\"desktop\"",
            "visit.language=\"de\"",
            "visit.os=\"macos\"",
            "visit.page=\"/a\"",
            "visit.referrer=\"https://r.example/\"",
            "visit.utm_campaign=\"autumn\"",
            "visit.utm_medium=\"m\"",
            "visit.utm_source=\"explicit\"",
            "visit.utm_term=\"t\"",
        ]
    );
    assert_eq!(context.zone.as_ref().and_then(|zone| zone.iana_name()), Some("Europe/Vienna"));
    assert_eq!(ignored, Ignored { uncastable: 1, ..Ignored::default() });
    assert_eq!(visitor.events[1].path.as_deref(), Some("/x"));
    assert_eq!(facts(&visitor.events[1].context), ["visit.device=\"mobile\"", "visit.page=\"/x\""]);
}

#[test]
fn a_context_derives_what_the_request_does_not_say() {
    let (read, ignored) = context(&json!({
        "page": "https://shop.example/pricing/?utm_source=news&utm_term=shoes#x",
        "utm_source": "explicit",
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        "device": "tablet",
        "language": "DE-de,en;q=0.5",
        "zone": "America/New_York",
        "country": "DE",
        "ip": "192.0.2.1",
        "store": "berlin",
        "weather": "rain",
        "referrer": null,
    }))
    .unwrap();
    assert_eq!(
        facts(&read),
        [
            "context.store=\"berlin\"",
            "visit.browser=\"safari\"",
            "visit.country=\"DE\"",
            "visit.device=\"tablet\"",
            "visit.language=\"de\"",
            "visit.os=\"ios\"",
            "visit.page=\"/pricing\"",
            "visit.utm_source=\"explicit\"",
            "visit.utm_term=\"shoes\"",
        ]
    );
    assert_eq!(read.zone.and_then(|zone| zone.iana_name().map(str::to_owned)).as_deref(), Some("America/New_York"));
    assert_eq!(ignored, Ignored { context: 1, ..Ignored::default() });
}

#[test]
fn a_context_with_a_wrong_field_is_refused() {
    for (body, text) in [
        (json!({"zone": "Europe/Berlim"}), "`context.zone`: unknown time zone `Europe/Berlim`"),
        (json!({"device": "tv"}), "`context.device`: `tv` is none of the devices"),
        (json!({"page": 7}), "`context.page`: expected a text, found a number"),
        (json!({"ip": 7}), "`context.ip`: expected a text, found a number"),
        (json!({"store": true}), "`context.store`: expected a text, found true or false"),
        (json!({"page": "/".repeat(8_193)}), "`context.page`: the text is longer than 8192 bytes"),
    ] {
        assert_eq!(context(&body).unwrap_err().to_string(), text);
    }
    for no_language in ["*", "", "x", "12"] {
        assert_eq!(context(&json!({"language": no_language})).unwrap().0, Context::default());
    }
}
