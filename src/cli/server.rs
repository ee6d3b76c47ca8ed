//! A running server, asked over its own HTTP interface.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};

use crate::release::MAX_SET_BYTES;

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
    #[serde(default)]
    code: String,
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

impl Server {
    pub(super) fn new(url: &str, admin_token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        Self {
            agent: config.new_agent(),
            url: url.trim_end_matches('/').to_owned(),
            authorization: admin_token.map(|token| format!("Bearer {token}")),
        }
    }

    /// What it answers, as JSON.
    pub(super) fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let (_, text) = self.ask(method, path, "application/json", body)?;
        serde_json::from_slice(&text).with_context(|| format!("{} does not answer as Segue does", self.url))
    }

    /// Headers and bytes of what it answers.
    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(HeaderMap, Vec<u8>)> {
        if !["http://", "https://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            bail!("`{}` is no address of a server\nhelp: write `http://{0}`", self.url);
        }
        let unreachable = || format!("cannot reach the server at {}", self.url);
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url)).header("accept", accept);
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
            return Ok((response.headers().clone(), text));
        }
        Err(match serde_json::from_slice::<Refusal>(&text) {
            Ok(Refusal { mut error }) => {
                self.mend(&mut error);
                anyhow!(error.words())
            }
            Err(_) => anyhow!("{} answers {status}", self.url),
        })
    }

    /// The server helps those who write requests; here it is options that are written.
    fn mend(&self, refusal: &mut RefusalBody) {
        let help = match &*refusal.code {
            "unauthorized" if self.authorization.is_none() => {
                "give the server's token with `--admin-token TOKEN`, or as SEGUE_ADMIN_TOKEN in the environment"
            }
            "unknown-experiment" if refusal.help.as_ref().is_some_and(|help| help.contains("GET ")) => {
                "its name is what stands behind `experiment:` in its file in the experiments folder"
            }
            _ => return,
        };
        refusal.help = Some(help.to_owned());
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
