//! Sends batches of messages to a server, and comes again when it is told to.

use std::time::Duration;

use anyhow::{anyhow, bail};
use serde::Deserialize;
use serde_json::Value as Json;

use super::message::Refusal;
use crate::ingest::{MAX_BATCH_BYTES, MAX_EVENT_BYTES};

/// Messages of a batch: what a server syncs at once.
const BATCH: usize = 1_000;

/// Bytes of a batch; one more message always fits into what a server takes.
const BATCH_BYTES: usize = MAX_BATCH_BYTES - MAX_EVENT_BYTES - 1024;

/// A batch is sent so often before the import stops: about five minutes of waiting.
const TRIES: u32 = 15;

/// The first wait; each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// No wait is longer, whatever the server says.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A batch is answered within this, or sent again.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Gathers messages and sends them in batches.
pub(super) struct Sender {
    agent: ureq::Agent,
    url: String,
    authorization: Option<String>,
    body: Vec<u8>,
    lines: Vec<u64>,
}

/// What a server made of a batch.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) kept: u64,
    /// By line.
    pub(super) refused: Vec<(u64, Refusal)>,
}

/// The body of an answer: 200 with what was refused, or an error.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    rejections: Vec<Rejection>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Rejection {
    reason: String,
    message: String,
    #[serde(rename = "messageId")]
    message_id: Option<String>,
}

/// Whether it is worth to send again.
enum Trouble {
    /// The server says when, or has gone away.
    Passing(Option<Duration>, anyhow::Error),
    Lasting(anyhow::Error),
}

impl Sender {
    pub(super) fn new(server: &str, write_key: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        Self {
            agent: config.new_agent(),
            url: format!("{}/v1/batch", server.trim_end_matches('/')),
            authorization: write_key.map(|key| format!("Bearer {key}")),
            body: Vec::new(),
            lines: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, line: u64, message: &Json) -> anyhow::Result<()> {
        self.body.extend_from_slice(if self.lines.is_empty() { br#"{"batch":["# } else { b"," });
        serde_json::to_writer(&mut self.body, message)?;
        self.lines.push(line);
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= BATCH || self.body.len() >= BATCH_BYTES
    }

    /// Sends what was gathered, again and again while the server asks for it.
    pub(super) fn send(&mut self) -> anyhow::Result<Answer> {
        if self.lines.is_empty() {
            return Ok(Answer::default());
        }
        self.body.extend_from_slice(b"]}");
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let (asked, error) = match self.try_once() {
                Ok(answer) => {
                    self.body.clear();
                    self.lines.clear();
                    return Ok(answer);
                }
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(asked, error)) => (asked, error),
            };
            if attempt >= TRIES {
                return Err(error);
            }
            tracing::warn!("{error:#}; sending again");
            std::thread::sleep(asked.map_or(wait, |asked| asked.max(wait)).min(LONGEST_WAIT));
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        bail!("a batch was sent too often")
    }

    fn try_once(&self) -> Result<Answer, Trouble> {
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let unreachable = || format!("cannot reach the server at {}", self.url);
        let passing = |error: ureq::Error| Trouble::Passing(None, anyhow::Error::new(error).context(unreachable()));
        let mut response = request.send(self.body.as_slice()).map_err(passing)?;
        let status = response.status().as_u16();
        let asked = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let text = response.body_mut().read_to_string().map_err(passing)?;
        let said = serde_json::from_str::<Said>(&text);
        let error = |said: &Said| match &said.message {
            Some(message) => anyhow!("the server answers {status}: {message}"),
            None => anyhow!("the server answers {status}"),
        };
        match (status, said) {
            (200, Ok(said)) => Ok(self.answer(said)),
            (200, Err(cause)) => {
                let foreign = format!("{} does not answer as Segue does", self.url);
                Err(Trouble::Lasting(anyhow::Error::new(cause).context(foreign)))
            }
            (408 | 425 | 429 | 500..=599, said) => Err(Trouble::Passing(asked, error(&said.unwrap_or_default()))),
            (_, said) => Err(Trouble::Lasting(error(&said.unwrap_or_default()))),
        }
    }

    fn answer(&self, said: Said) -> Answer {
        let refused: Vec<(u64, Refusal)> = said
            .rejections
            .into_iter()
            .map(|Rejection { reason, message, message_id }| {
                let line = message_id.and_then(|id| id.rsplit(':').next()?.parse().ok());
                (line.unwrap_or_default(), Refusal { reason, cause: message })
            })
            .collect();
        Answer { kept: self.lines.len() as u64 - refused.len() as u64, refused }
    }
}
