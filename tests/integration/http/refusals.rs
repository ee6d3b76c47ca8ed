//! Bad input answers the one error shape with a remedy, and changes nothing.

use std::io::{Read, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::serving::{Client, Reply, Shop, set};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    method: Option<String>,
    path: String,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    bytes: Option<Vec<u8>>,
    /// Before, what is repeated, how often, after.
    #[serde(default)]
    repeat: Option<(String, String, usize, String)>,
    status: u16,
    code: String,
    message: String,
    #[serde(default)]
    help: String,
}

impl Case {
    fn body(&self) -> Vec<u8> {
        match (&self.body, &self.bytes, &self.repeat) {
            (Some(text), ..) => text.clone().into_bytes(),
            (_, Some(bytes), _) => bytes.clone(),
            (.., Some((before, again, times, after))) => {
                format!("{before}{}{after}", again.repeat(*times)).into_bytes()
            }
            _ => Vec::new(),
        }
    }
}

fn check(case: &Case, reply: &Reply) {
    let name = &case.name;
    assert_eq!(reply.status, case.status, "{name}: {}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json", "{name}");
    let body = reply.json();
    let error = body["error"].as_object().unwrap_or_else(|| panic!("{name}: {body}"));
    assert_eq!(body.as_object().unwrap().len(), 1, "{name}: {body}");
    assert_eq!(error["code"], json!(case.code), "{name}: {body}");
    if !case.message.is_empty() {
        assert_eq!(error["message"], json!(case.message), "{name}");
    }
    let help = error.get("help").and_then(Value::as_str).unwrap_or_default();
    assert!(!help.is_empty(), "{name} has no remedy: {body}");
    if !case.help.is_empty() {
        assert_eq!(help, case.help, "{name}");
    }
}

#[test]
fn every_bad_request_says_what_is_wrong_and_changes_nothing() {
    let shop = Shop::new();
    let served = shop.serve();
    let client = &served.client;
    let before = (client.get("/v1/releases").text, client.decide("DE"));
    let cases: Cases = toml::from_str(include_str!("../../cases/http/bad_requests.toml")).unwrap();
    assert!(cases.case.len() > 30);
    for case in &cases.case {
        let headers: Vec<_> = case.headers.iter().map(|header| header.split_once(": ").unwrap()).collect();
        let method = case.method.as_deref().unwrap_or("POST");
        check(case, &client.send(method, &case.path, &headers, &case.body()).unwrap());
    }
    assert_eq!((client.get("/v1/releases").text, client.decide("DE")), before);
}

/// Sends chunks for as long as the server takes them, and gives back what it answered before it closed.
fn chunks_without_end(client: &Client, path: &str) -> String {
    let mut stream = client.connect();
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut reading = stream.try_clone().unwrap();
    let answer = std::thread::spawn(move || {
        let mut answer = Vec::new();
        // A reset after the answer is how a server says that it listens no longer.
        drop(reading.read_to_end(&mut answer));
        String::from_utf8(answer).unwrap()
    });
    let chunk = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
    while stream.write_all(&chunk).is_ok() {}
    answer.join().unwrap()
}

#[test]
fn a_body_without_an_end_is_bounded_wherever_it_is_sent() {
    let shop = Shop::new();
    let served = shop.serve();
    for (path, answer) in [
        ("/v1/decide", r#"HTTP/1.1 413 "#),
        ("/v1/releases/0123456789abcdef/activate", "HTTP/1.1 413 "),
        ("/nowhere", "HTTP/1.1 404 "),
        ("/healthz", "HTTP/1.1 405 "),
    ] {
        let answered = chunks_without_end(&served.client, path);
        assert!(answered.starts_with(answer), "{path}: {answered}");
    }
    // A body that ends in time is read as any other.
    let chunked = [("transfer-encoding", "chunked")];
    let body = br#"{"visitor": {"id": "v1"}}"#;
    for _ in 0..3 {
        assert_eq!(served.client.send("POST", "/v1/decide", &chunked, body).unwrap().status, 200);
    }
}

#[test]
fn a_small_body_that_unpacks_to_a_large_one_is_bounded_too() {
    let shop = Shop::new();
    let served = shop.serve();
    // A gzip member of 1 MiB of spaces, made with `head -c 1048576 /dev/zero | tr '\0' ' ' | gzip -9`.
    let packed = include_bytes!("../../cases/http/spaces.gz");
    assert!(packed.len() < 2000);
    let reply = served.client.send("POST", "/v1/decide", &[("content-encoding", "gzip")], packed).unwrap();
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (413, &json!("too-large")));
}

#[test]
fn more_sets_than_may_be_under_way_are_told_to_come_back() {
    let shop = Shop::new();
    let served = shop.serve();
    // Authors who send a head and then nothing hold their places; there is one more of them than places.
    let (sender, answers) = std::sync::mpsc::channel();
    let authors: Vec<_> = (0..=segue::server::MAX_AUTHORING_REQUESTS)
        .map(|_| {
            let mut stream = served.client.connect();
            stream.write_all(b"POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n").unwrap();
            let (mut reading, sender) = (stream.try_clone().unwrap(), sender.clone());
            std::thread::spawn(move || {
                let mut answer = [0; 12];
                if reading.read_exact(&mut answer).is_ok() {
                    sender.send(answer).unwrap();
                }
            });
            stream
        })
        .collect();
    assert_eq!(&answers.recv().unwrap(), b"HTTP/1.1 503", "one of them is told to come back");
    let busy = |reply: &Reply| reply.status == 503 && reply.json()["error"]["code"] == "busy";
    let reply = served.client.publish("", false);
    assert!(busy(&reply) && reply.header("retry-after") == "1", "{reply:?}");
    served.client.decide("DE");
    authors.iter().for_each(|stream| stream.shutdown(std::net::Shutdown::Both).unwrap());
    served.client.until("a place is free", |client| !busy(&client.post("/v1/check", &json!({ "files": set("") }))));
}
