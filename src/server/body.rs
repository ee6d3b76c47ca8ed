//! Reads a request's body within its limits, and JSON with the place where it goes wrong.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use serde_json::{Map, Value};

use super::error::{ApiError, Code};
use super::limits::MAX_JSON_DEPTH;
use crate::decision::not_json;
use crate::profile::FieldError;

/// The whole body, uncompressed if it came compressed. The route's `PayloadConfig` bounds it.
pub(super) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    patience: Duration,
) -> Result<web::Bytes, ApiError> {
    let mut payload = payload.into_inner();
    let mut reading = std::pin::pin!(web::Bytes::from_request(request, &mut payload));
    // A short body came with its head: then no timer is needed.
    let at_once = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await;
    let read = match at_once {
        Poll::Ready(read) => Ok(read),
        Poll::Pending => actix_web::rt::time::timeout(patience, reading).await,
    };
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(match error.as_error::<PayloadError>() {
            Some(PayloadError::Overflow) => {
                ApiError::new(Code::TooLarge, format!("the body is larger than {limit} bytes"))
                    .help("send less at once")
            }
            _ => ApiError::new(Code::UnreadableBody, "the body could not be read to its end")
                .help("check `Content-Length` and `Content-Encoding`"),
        }),
        Err(_) => Err(ApiError::new(Code::TooSlow, format!("the body did not arrive within {} s", patience.as_secs()))
            .help("send it faster, or less of it")),
    }
}

/// The body as text of which it is sure that it nests no deeper than the JSON reader may go.
///
/// # Errors
/// [`Code::InvalidJson`] with line and column.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ApiError> {
    let bad = |at: usize, what: &str, help: &'static str| {
        let (line, column) = place(bytes, at);
        ApiError::new(Code::InvalidJson, format!("{what} at line {line}, column {column}")).help(help)
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| bad(error.valid_up_to(), "the body is not UTF-8", "send JSON as UTF-8 text"))?;
    match too_deep(bytes) {
        None => Ok(text),
        Some(at) => Err(bad(at, "the body nests too deeply", "nothing this server takes nests deeper than 64 levels")),
    }
}

/// The body as a JSON object.
///
/// # Errors
/// [`Code::InvalidJson`], with line and column where it is no JSON at all.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let refused = |message: String| {
        let help = "send one JSON object, complete and without comments or trailing commas";
        Err(ApiError::new(Code::InvalidJson, message).help(help))
    };
    match serde_json::from_str(text(bytes)?) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => refused("the body is not a JSON object".to_owned()),
        Err(_) if bytes.trim_ascii().is_empty() => refused("the body is empty".to_owned()),
        Err(error) => refused(not_json(&error)),
    }
}

/// The fields of a body, each taken once; what is left is unknown.
pub(super) struct Fields {
    fields: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Fields {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self { fields, known: Vec::new() }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.fields.shift_remove(name).filter(|value| !value.is_null())
    }

    /// A text of limited length; empty when the field is absent or null.
    pub(super) fn text(&mut self, name: &'static str, limit: usize) -> Result<String, ApiError> {
        match self.take(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) if text.len() <= limit => Ok(text),
            Some(Value::String(_)) => {
                Err(ApiError::new(Code::InvalidField, format!("`{name}` is longer than {limit} bytes"))
                    .help("shorten it"))
            }
            Some(other) => Err(wrong_type(name, "text", &other)),
        }
    }

    /// `false` when the field is absent or null.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, ApiError> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong_type(name, "true or false", &other)),
        }
    }

    /// An object of texts, which must be there.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<(String, String)>, ApiError> {
        let texts = match self.take(name) {
            Some(Value::Object(texts)) => texts,
            None => {
                return Err(ApiError::new(Code::MissingField, format!("the body has no `{name}`"))
                    .help("send the whole set: `{\"files\":{\"rules/home.rules\":\"..\"}}`"));
            }
            Some(other) => return Err(wrong_type(name, "an object of texts", &other)),
        };
        let texts = texts.into_iter().map(|(key, value)| match value {
            Value::String(text) => Ok((key, text)),
            other => Err(wrong_type(&format!("{name}.{key}"), "text", &other)),
        });
        texts.collect()
    }

    /// Refuses what nobody took.
    pub(super) fn end(self) -> Result<(), ApiError> {
        let Some(unknown) = self.fields.keys().next() else { return Ok(()) };
        let error = ApiError::new(Code::UnknownField, format!("unknown field `{unknown}`"));
        Err(error.suggest(unknown, self.known.iter().copied(), format!("a body has {}", self.known.join(", "))))
    }
}

fn wrong_type(name: &str, wanted: &str, got: &Value) -> ApiError {
    let error = FieldError::wrong_type(name, wanted, got, format!("write `{name}` as {wanted}"));
    ApiError::new(Code::InvalidField, error.to_string()).help(error.help)
}

/// Line and column, from 1, of a byte; the column in bytes, as the JSON reader counts it.
fn place(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (1 + before.iter().filter(|byte| **byte == b'\n').count(), at - line_start + 1)
}

/// Where the brackets first nest too deeply, strings aside.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    bytes.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_JSON_DEPTH
    })
}
