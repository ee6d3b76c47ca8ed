//! Reads the `visitor` of a request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::field_error::text;
use super::request_context::object;
use super::schema::by_sent_name;
use super::segment_event::read_events;
use super::typed::{read_value, read_written};
use super::{FieldError, Ignored, Schema, Value, Visitor};

/// A longer visitor id is refused.
pub const MAX_VISITOR_ID_CHARS: usize = 256;

/// More attributes in one request are refused.
pub const MAX_ATTRIBUTES: usize = 1_000;

/// The `visitor` of a decide body: `{"id", "attributes"?, "consent"?, "events"?}`. Any JSON object deserialises, so that
/// [`Visitor::read`] can name the field that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct VisitorBody(pub Map<String, Json>);

/// The fields of a visitor.
const FIELDS: &[&str] = &["id", "attributes", "consent", "events"];

impl Visitor {
    /// Reads the visitor of a request; null is absent. Events without a time happened at `default_at`.
    ///
    /// # Errors
    /// No id, an unknown field, an attribute that breaks its declared type or choices, an undeclared purpose, a
    /// malformed event. Undeclared attributes are no error: they are counted.
    pub fn read(schema: &Schema, body: &VisitorBody, default_at: Timestamp) -> Result<(Self, Ignored), FieldError> {
        read(schema, &body.0, default_at).map_err(|error| error.within("visitor"))
    }
}

impl Visitor {
    /// The visitor of a request without events, from the texts of its JSON values; `None` where [`Visitor::read`] would
    /// find a mistake, or is needed to say what there is.
    pub(crate) fn from_pairs(
        schema: &Schema,
        id: &str,
        sent: &[(Cow<'_, str>, &RawValue)],
        said: &[(Cow<'_, str>, Option<bool>)],
    ) -> Option<(Self, Ignored)> {
        if id.is_empty() || id.chars().count() > MAX_VISITOR_ID_CHARS || sent.len() > MAX_ATTRIBUTES {
            return None;
        }
        let mut visitor = Self { id: Arc::from(id), ..Self::default() };
        let mut ignored = Ignored::default();
        for (name, written) in sent {
            let Some(declared) = by_sent_name(&schema.attributes, name) else {
                // What is nested or has escapes must be looked into before it is passed over.
                if written.get().contains(['[', '{', '\\']) {
                    return None;
                }
                ignored.attributes += 1;
                continue;
            };
            match read_written(declared, written.get()) {
                Ok(Some(value)) => drop(visitor.attributes.insert(Arc::clone(&declared.name), value)),
                // A field that was sent twice counts as it was sent last.
                Ok(None) => drop(visitor.attributes.remove(&declared.name)),
                Err(_) => return None,
            }
        }
        for (name, said) in said {
            let Some(said) = said else { return None };
            let purpose = schema.consented(name);
            visitor.consent.extend(purpose.map(|purpose| (purpose, *said)));
        }
        Some((visitor, ignored))
    }
}

fn read(schema: &Schema, body: &Map<String, Json>, default_at: Timestamp) -> Result<(Visitor, Ignored), FieldError> {
    if let Some(unknown) = body.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let help = format!("a visitor has {}", FIELDS.join(", "));
        return Err(FieldError::new(unknown.as_str(), "unknown field", help));
    }
    let id = visitor_id(body)?;
    let (attributes, undeclared) = attributes(schema, body)?;
    let consent = consent(schema, body)?;
    let (events, ignored) = match body.get("events") {
        None | Some(Json::Null) => (Vec::new(), Ignored::default()),
        Some(Json::Array(events)) => read_events(schema, events, default_at).map_err(|error| error.within("events"))?,
        Some(other) => {
            let help = "send a list of events in the Segment shapes";
            return Err(FieldError::wrong_type("events", "a list", other, help));
        }
    };
    let visitor = Visitor { id, attributes, consent, events, ..Visitor::default() };
    Ok((visitor, ignored.and(Ignored { attributes: undeclared, ..Ignored::default() })))
}

fn visitor_id(body: &Map<String, Json>) -> Result<Arc<str>, FieldError> {
    let help = "send \"id\": the text that stands for this visitor";
    match text(body, "id")? {
        None | Some("") => Err(FieldError::new("id", "the visitor has no id", help)),
        Some(id) if id.chars().count() > MAX_VISITOR_ID_CHARS => {
            let message = format!("the id is longer than {MAX_VISITOR_ID_CHARS} characters");
            Err(FieldError::new("id", message, "send a shorter id"))
        }
        Some(id) => Ok(Arc::from(id)),
    }
}

fn attributes(schema: &Schema, body: &Map<String, Json>) -> Result<(BTreeMap<Arc<str>, Value>, usize), FieldError> {
    let mut attributes = BTreeMap::new();
    let mut undeclared = 0;
    let Some(sent) = object(body, "attributes")? else { return Ok((attributes, 0)) };
    if sent.len() > MAX_ATTRIBUTES {
        let message = format!("more than {MAX_ATTRIBUTES} attributes");
        return Err(FieldError::new("attributes", message, "send declared attributes only"));
    }
    for (name, value) in sent {
        let Some(declared) = by_sent_name(&schema.attributes, name) else {
            undeclared += 1;
            continue;
        };
        let read = read_value(declared, value).map_err(|error| error.within(name).within("attributes"))?;
        attributes.extend(read.map(|value| (Arc::clone(&declared.name), value)));
    }
    Ok((attributes, undeclared))
}

fn consent(schema: &Schema, body: &Map<String, Json>) -> Result<BTreeMap<Arc<str>, bool>, FieldError> {
    let mut consent = BTreeMap::new();
    for (name, value) in object(body, "consent")?.into_iter().flatten() {
        let said = match value {
            Json::Null => continue,
            Json::Bool(said) => *said,
            other => {
                let error = FieldError::wrong_type(name.as_str(), "true or false", other, "send true or false");
                return Err(error.within("consent"));
            }
        };
        consent.extend(schema.consented(name).map(|purpose| (purpose, said)));
    }
    Ok(consent)
}
