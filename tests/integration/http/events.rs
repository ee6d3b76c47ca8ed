//! Tracking calls over HTTP: who may send, what is answered, what is laid aside.

use std::cell::RefCell;
use std::io::Write;
use std::net::Ipv4Addr;

use flate2::write::GzEncoder;
use segue::ingest::{MAX_BATCH_BYTES, Undeclared};
use segue::server::{Error, EventOptions, MAX_EVENT_BYTES_AT_ONCE, Server};
use serde_json::{Value, json};

use crate::events::mmdb;
use crate::serving::{Client, Reply, Served, Shop};

const PATHS: [&str; 14] = [
    "/v1/identify",
    "/v1/i",
    "/v1/track",
    "/v1/t",
    "/v1/page",
    "/v1/p",
    "/v1/screen",
    "/v1/s",
    "/v1/group",
    "/v1/g",
    "/v1/alias",
    "/v1/a",
    "/v1/batch",
    "/v1/b",
];

/// A batch of messages that cannot be kept, so that it is answered whatever happens to those that can.
fn bad(count: usize) -> Vec<u8> {
    json!({"batch": vec![json!({"type": "track", "userId": "v1", "messageId": "m1", "properties": {"x": "y".repeat(900)}}); count]})
        .to_string()
        .into_bytes()
}

fn dead_letters(client: &Client) -> Vec<Value> {
    client.get("/v1/dead-letters").json()["dead_letters"].as_array().unwrap().clone()
}

fn code(reply: &Reply) -> (u16, String) {
    let body = reply.json();
    assert_eq!(body["code"], body["error"]["code"], "both shapes say the same: {body}");
    assert_eq!(body["message"], body["error"]["message"]);
    (reply.status, body["code"].as_str().unwrap().to_owned())
}

fn keyed() -> (Shop, Served) {
    let shop = Shop::new();
    let mut options = shop.options();
    options.events.write_keys = vec!["k1".to_owned(), "k2".to_owned()];
    let served = Served::start(options);
    (shop, served)
}

#[test]
fn what_cannot_be_kept_is_answered_counted_and_laid_aside() {
    let shop = Shop::new();
    let served = shop.serve();
    let client = &served.client;
    let body = r#"{"batch": [{"type": "track", "userId": "v1", "messageId": "m1"}, {"type": "page"}, {"type": "turn", "anonymousId": "a1"}]}"#;
    let reply = client.send("POST", "/v1/batch", &[("content-type", "text/plain")], body.as_bytes()).unwrap();
    let answer = reply.json();
    assert_eq!((reply.status, &answer["success"], &answer["rejected"]), (200, &json!(true), &json!(3)));
    assert_eq!(answer["rejections"][0]["messageId"], "m1");
    let letters = dead_letters(client);
    let reasons: Vec<_> = letters.iter().map(|letter| letter["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["unknown-type", "no-visitor", "bad-name"], "newest first");
    assert_eq!(
        (&letters[0]["visitor"], &letters[2]["visitor"], &letters[2]["type"]),
        (&json!("a1"), &json!("v1"), &json!("track"))
    );
    assert_eq!(letters[2]["body"], r#"{"type": "track", "userId": "v1", "messageId": "m1"}"#);
    assert!(letters[2]["cause"].as_str().unwrap().contains("`event`"));
    let metrics = client.get("/metrics").text;
    for line in [
        r#"segue_events_total{outcome="rejected",type="track"} 1"#,
        r#"segue_events_total{outcome="rejected",type="unknown"} 1"#,
        r#"segue_events_rejected_total{reason="no-visitor"} 1"#,
        r#"segue_events_rejected_total{reason="bad-id"} 0"#,
        r#"segue_events_total{outcome="accepted",type="track"} 0"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}

#[test]
fn any_content_type_and_compressed_bodies_are_read_within_limits() {
    let shop = Shop::new();
    let served = shop.serve();
    let post =
        |path: &str, headers: &[(&str, &str)], body: &[u8]| served.client.send("POST", path, headers, body).unwrap();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8", "image/png", ""]
    {
        assert_eq!(post("/v1/batch", &[("content-type", kind)], &bad(2)).json()["rejected"], 2, "{kind}");
    }
    let packed = |body: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(body).unwrap();
        packed.finish().unwrap()
    };
    let gzip = [("content-encoding", "gzip"), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(post("/v1/b", &gzip, &packed(&bad(500))).json()["rejected"], 500, "480 KB");
    let bomb = packed(&b" ".repeat(MAX_BATCH_BYTES + 1));
    assert!(bomb.len() < 2000);
    assert_eq!(code(&post("/v1/batch", &gzip, &bomb)), (413, "too-large".to_owned()));
    assert_eq!(code(&post("/v1/batch", &gzip, b"no gzip")), (400, "unreadable-body".to_owned()));
    assert_eq!(code(&post("/v1/batch", &[], &b" ".repeat(MAX_BATCH_BYTES + 1))), (413, "too-large".to_owned()));
    assert_eq!(code(&post("/v1/track", &[], b"event=order")), (400, "invalid-json".to_owned()));
    assert_eq!(code(&post("/v1/batch", &[], b"{}")), (400, "missing-field".to_owned()));
    assert_eq!(
        code(&post("/v1/batch", &[], &json!({"batch": vec![1; 2501]}).to_string().into_bytes())),
        (400, "invalid-field".to_owned())
    );
}

#[test]
fn a_write_key_is_asked_for_where_there_are_some() {
    let (_shop, served) = keyed();
    let empty = |key: &str| json!({"batch": [], "writeKey": key}).to_string().into_bytes();
    let post = |headers: &[(&str, &str)], body: &[u8]| served.client.send("POST", "/v1/batch", headers, body).unwrap();
    assert_eq!(post(&[("authorization", "Basic azE6")], &empty("wrong")).status, 200);
    assert_eq!(post(&[], &empty("k2")).status, 200);
    assert_eq!(code(&post(&[], &empty("k3"))), (401, "unauthorized".to_owned()));
    assert_eq!(code(&post(&[("authorization", "Basic azM6")], &empty("k1"))), (401, "unauthorized".to_owned()));
    assert_eq!(code(&post(&[], b"{\"batch\": [7]}")), (401, "unauthorized".to_owned()));
    assert_eq!(dead_letters(&served.client), Vec::<Value>::new(), "who has no key lays nothing aside");
}

#[test]
fn pages_of_any_site_may_send_and_decide() {
    let (_shop, served) = keyed();
    let client = &served.client;
    for path in PATHS.into_iter().chain(["/v1/decide", "/v1/projects/k1/settings"]) {
        let asked = [
            ("origin", "https://shop.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-retry-count"),
        ];
        let reply = client.send("OPTIONS", path, &asked, b"").unwrap();
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, "*"), "{path}");
        assert_eq!(
            reply.header("access-control-allow-headers"),
            "authorization, content-type, x-retry-count",
            "{path}"
        );
        assert!(reply.header("access-control-allow-methods").contains("POST"));
    }
    for path in PATHS {
        let reply = client.send("POST", path, &[("origin", "https://shop.example")], b"{").unwrap();
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (400, "*"), "{path}: a refusal, too");
        let reply = client.get(path);
        assert_eq!((code(&reply), reply.header("allow")), ((405, "wrong-method".to_owned()), "POST"));
    }
    assert_eq!(
        client.get("/v1/releases").header("access-control-allow-origin"),
        "",
        "authoring is not for other sites"
    );
}

#[test]
fn the_browser_library_is_told_where_to_send() {
    let (_shop, served) = keyed();
    let settings = served.client.get("/v1/projects/k2/settings").json();
    let host = served.client.url.strip_prefix("http://").unwrap();
    let expected = json!({"apiKey": "k2", "apiHost": format!("{host}/v1"), "protocol": "http"});
    assert_eq!(settings["integrations"]["Segment.io"], expected);
    assert_eq!(served.client.get("/v1/projects/k3/settings").status, 401);
}

#[test]
fn dead_letters_have_the_door_of_authoring() {
    let shop = Shop::new();
    let mut options = shop.options();
    options.admin_token = Some("open sesame".to_owned());
    let served = Served::start(options);
    assert_eq!(served.client.get("/v1/dead-letters").status, 401);
    assert_eq!(served.client.with_token("open sesame").get("/v1/dead-letters").json(), json!({"dead_letters": []}));
}

#[test]
fn only_a_write_key_opens_the_tracking_calls_to_other_machines() {
    let shop = Shop::new();
    let mut options = shop.options();
    options.listen = "0.0.0.0:0".to_owned();
    options.admin_token = Some("open sesame".to_owned());
    assert!(matches!(Server::bind(&options), Err(Error::NoWriteKey { .. })));
    options.events.write_keys = vec![String::new()];
    assert!(matches!(Server::bind(&options), Err(Error::EmptyWriteKey)));
    options.events.write_keys = vec!["k1".to_owned()];
    assert!(Server::bind(&options).is_ok());
}

#[test]
fn a_decision_knows_the_country_of_an_address() {
    let shop = Shop::new();
    shop.write(
        "rules/home.rules",
        "slot home_hero {\n  if visit.country is \"NO\" show german_hero\n  otherwise show default_hero\n}\n",
    );
    std::fs::write(shop.path("countries.mmdb"), mmdb::table(&[(Ipv4Addr::new(192, 0, 2, 0), 24, "NO")])).unwrap();
    let mut options = shop.options();
    options.events = EventOptions { geoip: Some(shop.path("countries.mmdb")), ..EventOptions::default() };
    options.events.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let served = Served::start(options);
    let content = |context: Value, headers: &[(&str, &str)]| {
        let body = json!({"visitor": {"id": "v1"}, "context": context}).to_string();
        let reply = served.client.send("POST", "/v1/decide", headers, body.as_bytes()).unwrap();
        reply.json()["decisions"][0]["content"].as_str().unwrap().to_owned()
    };
    let browser = [("origin", "https://shop.example"), ("x-forwarded-for", "192.0.2.9")];
    assert_eq!(content(json!({"ip": "192.0.2.1"}), &[]), "german_hero");
    assert_eq!(content(json!({"ip": "192.0.2.1", "country": "SE"}), &[]), "default_hero", "what is said counts first");
    assert_eq!(content(json!({"ip": "198.51.100.1"}), &browser), "default_hero");
    assert_eq!(content(json!({}), &browser), "german_hero");
    assert_eq!(content(json!({}), &browser[1..]), "default_hero", "a shop's server is not its visitor");
    let mut options = shop.options();
    options.events.geoip = Some(shop.path("rules/home.rules"));
    assert!(matches!(Server::bind(&options), Err(Error::NotATable { .. })));
    options.events.geoip = Some(shop.path("nowhere.mmdb"));
    assert!(matches!(Server::bind(&options), Err(Error::GeoIp { .. })));
}

fn orders(ids: impl Iterator<Item = usize>) -> Vec<Value> {
    ids.map(|id| json!({"type": "track", "event": "order", "userId": "v1", "messageId": format!("m{id}"), "properties": {"amount": 1}})).collect()
}

/// How often visitor v1 ordered, as the rules see it.
const COUNTING: &str =
    "slot home_hero {\n  if count of order in last 7 days is 500 show german_hero\n  otherwise show default_hero\n}\n";

fn counting() -> (Shop, Served) {
    let shop = Shop::new();
    shop.write("rules/home.rules", COUNTING);
    shop.write("rules/schema/events.yaml", "events: {order: {properties: {amount: {type: number}}}}");
    let served = shop.serve();
    (shop, served)
}

#[test]
fn a_resent_batch_of_500_counts_once() {
    let (_shop, served) = counting();
    let client = &served.client;
    // Ids repeat within the batch, too.
    let batch = json!({"batch": orders((0..500).chain(0..100))});
    for _ in 0..3 {
        assert_eq!(client.post("/v1/batch", &batch).json(), json!({"success": true}));
        assert_eq!(client.decide("FR")["content"], "german_hero");
    }
    assert_eq!(client.accepted()["track"], 500);
    let duplicate = r#"segue_events_total{outcome="duplicate",type="track"} 1300"#;
    assert!(client.get("/metrics").text.contains(duplicate));
    // What has no id cannot come again.
    let nameless = json!({"batch": vec![json!({"type": "track", "event": "order", "userId": "v2"}); 3]});
    client.post("/v1/batch", &nameless);
    client.post("/v1/batch", &nameless);
    assert_eq!(client.accepted()["track"], 506);
}

#[test]
fn one_bad_event_in_a_batch_of_100_loses_only_itself() {
    let (_shop, served) = counting();
    let mut batch = orders(0..99);
    batch.insert(50, json!({"type": "track", "event": "order", "userId": "v1", "messageId": "bad", "properties": {"amount": "a lot"}}));
    let answer = served.client.post("/v1/batch", &json!({ "batch": batch })).json();
    assert_eq!((&answer["rejected"], &answer["rejections"][0]["messageId"]), (&json!(1), &json!("bad")));
    assert_eq!(served.client.accepted()["track"], 99);
    let letters = dead_letters(&served.client);
    assert_eq!(
        (letters.len(), &letters[0]["messageId"], &letters[0]["reason"]),
        (1, &json!("bad"), &json!("bad-property"))
    );
}

#[test]
fn what_is_kept_holds_what_was_derived() {
    let shop = Shop::new();
    std::fs::write(shop.path("countries.mmdb"), mmdb::table(&[(Ipv4Addr::new(192, 0, 2, 0), 24, "NO")])).unwrap();
    let mut options = shop.options();
    options.events = EventOptions { geoip: Some(shop.path("countries.mmdb")), ..EventOptions::default() };
    options.events.internal = vec!["192.0.2.0/24".parse().unwrap()];
    options.events.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let served = Served::start(options);
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1";
    let headers = [("origin", "https://shop.example"), ("x-forwarded-for", "192.0.2.9"), ("user-agent", agent)];
    let body = br#"{"userId": "v1", "messageId": "m1", "properties": {"path": "/a"}}"#;
    assert_eq!(served.client.send("POST", "/v1/p", &headers, body).unwrap().status, 200);
    let export = served.client.get("/v1/visitors/v1/export").json();
    let kept = &export["messages"][0]["message"];
    let expected =
        json!({"device": "mobile", "browser": "safari", "os": "ios", "country": "NO", "zone": "UTC", "internal": true});
    assert_eq!(
        (&kept["context"]["segue"], &kept["type"], &kept["messageId"]),
        (&expected, &json!("page"), &json!("m1")),
        "{export}"
    );
    assert!(!export.to_string().contains("192.0.2.9"), "an address that the client did not send is not kept");
}

#[test]
fn undeclared_events_follow_the_setting() {
    for (undeclared, accepted, letters) in [
        (Undeclared::Accept, 1, vec![]),
        (Undeclared::Quarantine, 0, vec![r#"{"userId":"v1","event":"oder"}"#]),
        (Undeclared::Refuse, 0, vec![""]),
    ] {
        let shop = Shop::new();
        shop.write("rules/schema/events.yaml", "events: {order: {properties: {amount: {type: number}}}}");
        let mut options = shop.options();
        options.events.undeclared = undeclared;
        let served = Served::start(options);
        let reply = served.client.post("/v1/track", &json!({"userId": "v1", "event": "oder"}));
        assert_eq!(reply.status, 200);
        assert_eq!(served.client.accepted()["track"], accepted, "{undeclared:?}");
        let found = dead_letters(&served.client);
        let bodies: Vec<_> = found.iter().map(|letter| letter["body"].as_str().unwrap()).collect();
        assert_eq!(bodies, letters, "{undeclared:?}");
        assert!(found.iter().all(|letter| letter["cause"].as_str().unwrap().ends_with("did you mean `order`?")));
    }
}

#[test]
fn more_events_than_can_be_held_are_told_to_come_back() {
    let shop = Shop::new();
    let served = shop.serve();
    // Clients who state a length and then send nothing take up their room.
    let wait = |length: usize| {
        let mut stream = served.client.connect();
        let head = format!("POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let most = MAX_EVENT_BYTES_AT_ONCE / MAX_BATCH_BYTES - 5;
    let waiting = RefCell::new((0..most).map(|_| wait(MAX_BATCH_BYTES)).collect::<Vec<_>>());
    let send = || served.client.send("POST", "/v1/batch", &[], br#"{"batch": []}"#).unwrap();
    served.client.until("the room is full", |_| {
        // One that finds no room is refused and gone, so more of them come until the last corner is taken.
        waiting.borrow_mut().extend([MAX_BATCH_BYTES, 64 << 10, 4 << 10, 1].map(wait));
        send().status == 503
    });
    let refused = send();
    assert_eq!((code(&refused), refused.header("retry-after")), ((503, "busy".to_owned()), "1"));
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    served.client.decide("DE");
    waiting.borrow().iter().for_each(|stream| drop(stream.shutdown(std::net::Shutdown::Both)));
    served.client.until("there is room again", |_| send().status == 200);
}

#[test]
fn a_call_with_a_wrong_key_marks_nobody_and_is_not_even_read() {
    let shop = Shop::new();
    let mut options = shop.options();
    options.events.write_keys = vec!["k1".to_owned()];
    options.events.bot_rate = std::num::NonZeroU32::new(2);
    let served = Served::start(options);
    let batch = |key: &str, count: usize| {
        let body = json!({"writeKey": key, "batch": vec![json!({"type": "screen", "userId": "v1"}); count]});
        served.client.send("POST", "/v1/batch", &[], body.to_string().as_bytes()).unwrap().status
    };
    assert_eq!((batch("k3", 50), batch("k1", 1)), (401, 200));
    assert_eq!(served.client.get("/v1/visitors/v1").json()["bot"], json!(false));
    assert_eq!(batch("k1", 50), 200);
    assert_eq!(served.client.get("/v1/visitors/v1").json()["bot"], json!(true));
    let wrong = [("authorization", "Basic azM6")];
    let reply = served.client.send("POST", "/v1/batch", &wrong, b"no JSON").unwrap();
    assert_eq!(code(&reply), (401, "unauthorized".to_owned()));
}

#[test]
fn who_is_not_known_is_not_named() {
    let shop = Shop::new();
    let served = shop.serve();
    let reply = served.client.get("/v1/visitors/jane@example.org");
    assert!(reply.status == 404 && !reply.text.contains("jane"), "{}", reply.text);
}
