//! Messages that were refused, newest first, for whoever mends the client that sent them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::app::App;
use super::doors;
use super::error::ApiError;
use super::limits::{MAX_DEAD_LETTER_BYTES, MAX_DEAD_LETTERS};
use crate::ingest::{Kind, Rejected};

/// The newest refused messages; older ones make room.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Newest last.
    letters: VecDeque<Rejected>,
    bytes: usize,
    dropped: u64,
}

impl DeadLetters {
    pub(super) fn add(&self, rejected: Vec<Rejected>) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        for letter in rejected {
            ring.bytes += bytes(&letter);
            ring.letters.push_back(letter);
            while ring.letters.len() > MAX_DEAD_LETTERS || ring.bytes > MAX_DEAD_LETTER_BYTES {
                let Some(oldest) = ring.letters.pop_front() else { break };
                ring.bytes -= bytes(&oldest);
                ring.dropped += 1;
            }
        }
    }

    /// Newest first, and how many older ones had to make room.
    pub(super) fn listed(&self) -> Value {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let letters: Vec<Value> = ring.letters.iter().rev().map(letter).collect();
        json!({ "dead_letters": letters, "dropped": ring.dropped })
    }
}

fn bytes(letter: &Rejected) -> usize {
    letter.body.len() + letter.cause.len() + size_of::<Rejected>()
}

fn letter(rejected: &Rejected) -> Value {
    json!({
        "received": rejected.received.to_string(),
        "reason": rejected.reason.word(),
        "cause": rejected.cause,
        "type": rejected.kind.map(Kind::word),
        "visitor": rejected.visitor,
        "message_id": rejected.message_id,
        "body": rejected.body,
    })
}

/// `GET /v1/dead-letters`: they may hold personal facts, so the door is that of authoring.
pub(super) async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    Ok(HttpResponse::Ok().json(app.sink.dead_letters()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::ingest::Reason;

    fn rejected(body: String) -> Rejected {
        Rejected {
            reason: Reason::BadName,
            cause: "why".to_owned(),
            kind: Some(Kind::Track),
            visitor: Some("v1".into()),
            message_id: None,
            body,
            received: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_stay() {
        let letters = DeadLetters::default();
        letters.add((0..MAX_DEAD_LETTERS + 5).map(|number| rejected(number.to_string())).collect());
        let listed = letters.listed();
        let bodies = listed["dead_letters"].as_array().unwrap();
        assert_eq!((bodies.len(), &listed["dropped"]), (MAX_DEAD_LETTERS, &json!(5)));
        assert_eq!(bodies[0]["body"], (MAX_DEAD_LETTERS + 4).to_string());
        letters.add((0..400).map(|_| rejected("x".repeat(32 << 10))).collect());
        let held = letters.listed()["dead_letters"].as_array().unwrap().len();
        assert!((200..MAX_DEAD_LETTER_BYTES >> 15).contains(&held), "{held}");
    }
}
