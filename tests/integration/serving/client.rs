//! An HTTP client that keeps its connections, and asks as the tests do.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::set;

/// Far longer than anything here takes: only a fault reaches it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Talks to one server and keeps its connections.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    agent: ureq::Agent,
    token: Option<String>,
}

/// Status, headers and body of an answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Client {
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(PATIENCE));
        Self { url: url.to_owned(), agent: config.build().new_agent(), token: None }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = if matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS") {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut answered = answered?;
        let text = answered.body_mut().with_config().limit(1 << 30).read_to_string()?;
        Ok(Reply { status: answered.status().as_u16(), headers: answered.headers().clone(), text })
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], &serde_json::to_vec(body).unwrap()).unwrap()
    }

    /// What the visitor of a country sees: the whole decision.
    pub fn decide(&self, country: &str) -> Value {
        let reply = self.post("/v1/decide", &json!({"visitor": {"id": "v1", "attributes": {"country": country}}}));
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["decisions"][0].clone()
    }

    pub fn publish(&self, rules: &str, activate: bool) -> Reply {
        let body = json!({"files": set(rules), "message": "a change", "author": "ada", "activate": activate});
        self.post("/v1/releases", &body)
    }

    /// How many messages of tracking calls were accepted so far, by kind.
    pub fn accepted(&self) -> BTreeMap<String, u64> {
        let metrics = self.get("/metrics").text;
        let accepted = metrics.lines().filter_map(|line| {
            let (kind, count) =
                line.strip_prefix(r#"segue_events_total{outcome="accepted",type=""#)?.split_once("\"} ")?;
            Some((kind.to_owned(), count.parse().unwrap()))
        });
        accepted.collect()
    }

    /// The ids of all releases, newest first.
    pub fn releases(&self) -> Vec<String> {
        let listed = self.get("/v1/releases").json();
        listed["releases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|release| release["release"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Asks again and again until the answer is as it should be.
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < give_up, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A bare connection for requests that no client library would send.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}
