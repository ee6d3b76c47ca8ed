//! How the real binary starts and ends.

use std::io::{Read, Write};

use segue::server::MAX_BODY_TIME;
use serde_json::json;

use crate::serving::{Shop, rules_with};

#[test]
fn sigterm_and_sigint_let_open_requests_finish() {
    for signal in ["TERM", "INT"] {
        let shop = Shop::new();
        let process = shop.serve_binary();
        assert!(process.client.url.starts_with("http://127.0.0.1:") && !process.client.url.ends_with(":0"));
        let body = json!({"visitor": {"id": "v1"}}).to_string();
        let (first, rest) = body.split_at(10);
        let mut open = process.client.connect();
        let head =
            format!("POST /v1/decide HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{first}", body.len());
        open.write_all(head.as_bytes()).unwrap();
        // Idle connections do not hold the end up.
        let client = process.client.clone();
        assert_eq!(client.get("/healthz").status, 200);
        process.signal(signal);
        client.until("nobody new is let in", |client| client.send("GET", "/healthz", &[], b"").is_err());
        open.write_all(rest.as_bytes()).unwrap();
        let mut answer = String::new();
        open.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"home_hero\""), "{signal}: {answer}");
        assert_eq!(process.wait(), Some(0), "{signal}");
    }
}

#[test]
fn a_restarted_binary_serves_what_was_active() {
    let shop = Shop::new();
    let process = shop.serve_binary();
    assert_eq!(process.client.publish(&rules_with(1), true).status, 201);
    process.signal("TERM");
    assert_eq!(process.wait(), Some(0));
    let process = shop.serve_binary();
    assert_eq!(process.client.decide("DE")["because"], "edit 1");
}

#[test]
#[ignore = "slow suite: clients that are slower than the limits"]
fn clients_that_send_too_slowly_are_let_go() {
    let shop = Shop::new();
    let served = shop.serve();
    let patient = Some(3 * MAX_BODY_TIME);
    let send = |bytes: &[u8]| {
        let mut stream = served.client.connect();
        stream.set_read_timeout(patient).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    };
    let told = |mut stream: std::net::TcpStream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let half_head = send(b"POST /v1/decide HTTP/1.1\r\nhost: loc");
    let half_body = send(b"POST /v1/decide HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n{");
    let half_chunk = send(b"POST /v1/check HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n99\r\n{");
    let answer = told(half_head);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    for stream in [half_body, half_chunk] {
        let answer = told(stream);
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains(r#""code":"too-slow""#), "{answer}");
    }
}
