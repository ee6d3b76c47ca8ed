//! Releases on a running server, over its own HTTP interface.

use std::time::Duration;

use anyhow::{Context, anyhow};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::http::{Method, Request};

use crate::release::{FileSet, MAX_SET_BYTES, ReleaseId};

use super::{Keeper, Kept, KeptFiles, Note, Published};

/// A large set on a slow line fits; a server that is gone does not hold the terminal for ever.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An answer holds at most one set, whose JSON escapes take up to six bytes a byte.
const MAX_ANSWER_BYTES: u64 = 6 * MAX_SET_BYTES as u64 + (1 << 20);

/// A server by its address.
pub(super) struct Server {
    agent: ureq::Agent,
    url: String,
    authorization: Option<String>,
}

/// The one error shape.
#[derive(Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Deserialize)]
struct RefusalBody {
    message: String,
    help: Option<String>,
    #[serde(default)]
    diagnostics: Vec<Finding>,
}

/// As much of a finding as a line shows.
#[derive(Deserialize)]
struct Finding {
    code: String,
    severity: String,
    file: String,
    line: usize,
    column: usize,
    message: String,
}

#[derive(Deserialize)]
struct List {
    releases: Vec<Kept>,
}

impl Server {
    pub(super) fn new(url: &str, admin_token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        Self {
            agent: config.new_agent(),
            url: url.trim_end_matches('/').to_owned(),
            authorization: admin_token.map(|token| format!("Bearer {token}")),
        }
    }

    fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<T> {
        let unreachable = || format!("cannot reach the server at {}", self.url);
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(serde_json::to_vec(body)?)?;
                self.agent.run(request)
            }
            None => self.agent.run(request.body(())?),
        }
        .with_context(unreachable)?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec().with_context(unreachable)?;
        if status.is_success() {
            return serde_json::from_slice(&text)
                .with_context(|| format!("{} does not answer as Segue does", self.url));
        }
        Err(match serde_json::from_slice::<Refusal>(&text) {
            Ok(refusal) => anyhow!(refusal.error.words()),
            Err(_) => anyhow!("{} answers {status}", self.url),
        })
    }
}

impl RefusalBody {
    fn words(self) -> String {
        let findings = self.diagnostics.iter().map(|Finding { code, severity, file, line, column, message }| {
            format!("\n{severity}[{code}]: {message}\n  --> {file}:{line}:{column}")
        });
        let help = self.help.map(|help| format!("\nhelp: {help}"));
        self.message.clone() + &findings.collect::<String>() + &help.unwrap_or_default()
    }
}

impl Keeper for Server {
    fn list(&self) -> anyhow::Result<Vec<Kept>> {
        Ok(self.call::<List>(Method::GET, "/v1/releases", None)?.releases)
    }

    fn show(&self, id: &ReleaseId) -> anyhow::Result<KeptFiles> {
        self.call(Method::GET, &format!("/v1/releases/{id}"), None)
    }

    fn publish(&self, files: &FileSet, note: &Note<'_>, activate: bool) -> anyhow::Result<Published> {
        let files: serde_json::Map<String, Value> =
            files.iter().map(|(key, text)| (key.to_string(), text.to_string().into())).collect();
        let body = json!({"files": files, "message": note.message, "author": note.author, "activate": activate});
        self.call(Method::POST, "/v1/releases", Some(&body))
    }

    fn activate(&self, id: &ReleaseId, author: &str) -> anyhow::Result<Published> {
        self.call(Method::POST, &format!("/v1/releases/{id}/activate"), Some(&json!({ "author": author })))
    }
}
