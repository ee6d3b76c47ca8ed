//! Reads `/v1/decide` bodies.
//!
//! In: JSON bytes and the schema that types them. Out: a [`Request`], or the one thing that is wrong, with its field.
//! The top level is strict: a misspelt `explain` must not silently do nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{UnknownSlot, plain};
use crate::diagnostic::nearest;
use crate::profile::{Context, FieldError, Ignored, Schema, Visitor, VisitorBody};

/// A longer body over HTTP is refused; offline bodies may be longer, as they carry whole histories.
pub const MAX_BODY_BYTES: usize = 64 << 10;

/// More slots in one request are refused; without `slots` all are decided, however many there are.
pub const MAX_SLOTS: usize = 256;

/// The fields of a body.
const FIELDS: [&str; 5] = ["visitor", "context", "slots", "explain", "expose"];

const EXAMPLE: &str = r#"send {"visitor": {"id": "v1"}, "context": {"page": "/"}, "slots": ["home_hero"]}"#;

/// What is asked for one visitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// With attributes, consent and events.
    pub visitor: Visitor,
    /// The facts of the request.
    pub context: Context,
    /// Which slots, in the order of the answer; `None`: all in name order.
    pub slots: Option<Vec<Arc<str>>>,
    /// Whether each decision says how it came about.
    pub explain: bool,
    /// Whether what is shown counts only when a later event says that it was seen.
    pub exposes_later: bool,
    /// Whether a crawler asks, or one of the operator's own people: they are answered, and never exposed to an experiment.
    pub is_apart: bool,
    /// Whether the request told of events, be they none.
    pub brings_events: bool,
    /// What the request held that nobody declared.
    pub ignored: Ignored,
}

/// Why a body cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// Stable: `invalid-json`, `unknown-field`, `missing-field`, `invalid-field`, `unknown-slot`.
    pub code: &'static str,
    /// The path of the field in the body, where one is to blame: `visitor.attributes.age`.
    pub field: Option<String>,
    /// What is wrong; names the field.
    pub message: String,
    /// What to send instead.
    pub help: Option<String>,
}

impl Request {
    /// Reads a body. Events without a time happened at `now`.
    ///
    /// With `"expose": "seen"` no `limit` counts what is shown: it may never be seen.
    ///
    /// # Errors
    /// No JSON, an unknown or missing field, a value of the wrong type, a slot asked for twice.
    pub fn read(body: &[u8], schema: &Schema, now: Timestamp) -> Result<Self, RequestError> {
        match Self::read_plain(body, schema) {
            Some(request) => Ok(request),
            None => Self::read_thoroughly(body, schema, now),
        }
    }

    /// Reads a usual body; `None` for a mistake and for whatever else needs [`Request::read_thoroughly`].
    pub fn read_plain(body: &[u8], schema: &Schema) -> Option<Self> {
        plain::read(body, schema)
    }

    /// Reads any body, by way of a tree of JSON values, which holds whatever a message must name.
    ///
    /// # Errors
    /// As [`Request::read`].
    pub fn read_thoroughly(body: &[u8], schema: &Schema, now: Timestamp) -> Result<Self, RequestError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Self::from_fields(fields, schema, now),
            Ok(_) => Err(invalid_json("the body is not a JSON object".to_owned())),
            Err(_) if body.trim_ascii().is_empty() => Err(invalid_json("the body is empty".to_owned())),
            Err(cause) => Err(invalid_json(not_json(&cause))),
        }
    }

    fn from_fields(mut fields: Map<String, Value>, schema: &Schema, now: Timestamp) -> Result<Self, RequestError> {
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(unknown_field(unknown));
        }
        let visitor = match fields.remove("visitor") {
            Some(Value::Object(visitor)) => VisitorBody(visitor),
            Some(Value::Null) | None => return Err(missing_visitor()),
            Some(other) => return Err(wrong_type("visitor", "an object", &other, EXAMPLE)),
        };
        let context = match fields.remove("context") {
            Some(Value::Object(context)) => context,
            Some(Value::Null) | None => Map::new(),
            Some(other) => return Err(wrong_type("context", "an object", &other, r#"send "context": {"page": "/"}"#)),
        };
        let explain = match fields.remove("explain") {
            Some(Value::Bool(explain)) => explain,
            Some(Value::Null) | None => false,
            Some(other) => return Err(wrong_type("explain", "true or false", &other, r#"send "explain": true"#)),
        };
        let exposes_later = read_expose(fields.remove("expose"))?;
        let slots = fields.remove("slots").map_or(Ok(None), read_slots)?;
        let brings_events = visitor.0.get("events").is_some_and(|events| !events.is_null());
        let (visitor, of_visitor) = Visitor::read(schema, &visitor, now)?;
        let (context, of_context) = Context::read(schema, &context)?;
        let (is_apart, ignored) = (context.is_bot, of_visitor.and(of_context));
        Ok(Self { visitor, context, slots, explain, exposes_later, is_apart, brings_events, ignored })
    }
}

fn read_slots(slots: Value) -> Result<Option<Vec<Arc<str>>>, RequestError> {
    let help = r#"send "slots": ["home_hero"], or leave it out for all"#;
    let slots = match slots {
        Value::Array(slots) => slots,
        Value::Null => return Ok(None),
        other => return Err(wrong_type("slots", "a list of names", &other, help)),
    };
    if slots.len() > MAX_SLOTS {
        return Err(FieldError::new("slots", format!("more than {MAX_SLOTS} slots"), "leave it out for all").into());
    }
    let mut seen = BTreeSet::new();
    let mut names: Vec<Arc<str>> = Vec::with_capacity(slots.len());
    for (index, slot) in slots.iter().enumerate() {
        let field = format!("slots[{index}]");
        let Value::String(name) = slot else { return Err(wrong_type(&field, "a name", slot, help)) };
        if !seen.insert(name) {
            return Err(FieldError::new(field, format!("`{name}` is asked for twice"), "name each slot once").into());
        }
        names.push(name.as_str().into());
    }
    Ok(Some(names))
}

/// Whether exposure comes later: `seen`, not `now`.
fn read_expose(expose: Option<Value>) -> Result<bool, RequestError> {
    let help = r#"send "now", "seen", or leave it out"#;
    match expose {
        None | Some(Value::Null) => Ok(false),
        Some(Value::String(when)) if when == "now" || when == "seen" => Ok(when == "seen"),
        Some(Value::String(when)) => {
            Err(FieldError::new("expose", format!("`{when}` is no time to expose"), help).into())
        }
        Some(other) => Err(wrong_type("expose", "a text", &other, help)),
    }
}

/// Where a body stops being JSON, in words; line and column from 1, the column in bytes.
pub fn not_json(cause: &serde_json::Error) -> String {
    if cause.is_eof() {
        return "the body is not JSON: it ends too early".to_owned();
    }
    format!("the body is not JSON: something is wrong at line {}, column {}", cause.line(), cause.column())
}

fn invalid_json(message: String) -> RequestError {
    RequestError { code: "invalid-json", field: None, message, help: Some(EXAMPLE.to_owned()) }
}

fn wrong_type(field: &str, expected: &str, found: &Value, help: &str) -> RequestError {
    FieldError::wrong_type(field, expected, found, help).into()
}

fn unknown_field(name: &str) -> RequestError {
    let help = match nearest(name, FIELDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a body has {}", FIELDS.join(", ")),
    };
    RequestError {
        code: "unknown-field",
        field: Some(name.to_owned()),
        message: format!("unknown field `{name}`"),
        help: Some(help),
    }
}

fn missing_visitor() -> RequestError {
    RequestError {
        code: "missing-field",
        field: Some("visitor".to_owned()),
        message: "the body has no `visitor`".to_owned(),
        help: Some(EXAMPLE.to_owned()),
    }
}

impl From<FieldError> for RequestError {
    fn from(error: FieldError) -> Self {
        let message = error.to_string();
        Self { code: "invalid-field", field: Some(error.field), message, help: Some(error.help) }
    }
}

impl From<UnknownSlot> for RequestError {
    fn from(error: UnknownSlot) -> Self {
        let help = match &error.nearest {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it under `slots` in rules/content".to_owned(),
        };
        Self { code: "unknown-slot", field: Some("slots".to_owned()), message: error.to_string(), help: Some(help) }
    }
}

#[cfg(test)]
mod tests;
