//! A line as a message of the tracking protocol.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::lines::Line;
use super::mapping::{Mapping, Source};
use crate::ingest::{IMPORTED_UNTIL, Kind, MAX_EVENT_BYTES};

/// Visitors whose newest time is remembered, about 300 MB; the events of further ones are never late.
pub const MAX_IMPORTED_VISITORS: usize = 10_000_000;

/// Makes messages of lines, in their order.
pub(super) struct Maker<'a> {
    mapping: &'a Mapping,
    /// Visitor -> the newest time of theirs so far, in milliseconds.
    newest: HashMap<u64, i64>,
}

/// Why a line cannot be taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) cause: String,
}

impl Refusal {
    fn new(reason: &str, cause: impl Into<String>) -> Self {
        Self { reason: reason.to_owned(), cause: cause.into() }
    }
}

impl<'a> Maker<'a> {
    pub(super) fn new(mapping: &'a Mapping) -> Self {
        Self { mapping, newest: HashMap::new() }
    }

    /// The message of a line. Its id is the import's name and the line's number.
    pub(super) fn message(&mut self, line: &Line) -> Result<Json, Refusal> {
        if let Some(why) = line.broken() {
            return Err(Refusal::new("not-readable", why));
        }
        let mapping = self.mapping;
        let get = |source: &Option<Source>| source.as_ref().and_then(|source| value(line, source));
        let (visitor, anonymous) = (get(&mapping.visitor), get(&mapping.anonymous));
        let Some(id) = visitor.as_ref().or(anonymous.as_ref()) else {
            return Err(Refusal::new(
                "no-visitor",
                "the line names no visitor; fill the column that the mapping names",
            ));
        };
        let column = &mapping.time.column;
        let written = line.get(column).ok_or_else(|| Refusal::new("bad-time", format!("`{column}` is empty")))?;
        let at = mapping.time.moments.moment(&written).ok_or_else(|| {
            Refusal::new("bad-time", format!("`{column}`: {written} is no time in the form that the mapping says"))
        })?;
        let mut message = Map::new();
        let mut set = |name: &str, value: Option<Json>| message.extend(value.map(|value| (name.to_owned(), value)));
        set("type", Some(json!(mapping.kind.word())));
        set("messageId", Some(json!(format!("import:{}:{}", mapping.name, line.number()))));
        set("timestamp", Some(json!(at.to_string())));
        set(IMPORTED_UNTIL, Some(json!(self.until(&id.to_string(), at).to_string())));
        if mapping.kind == Kind::Track {
            let name = get(&mapping.event).ok_or_else(|| Refusal::new("bad-name", "the line names no event"))?;
            set("event", Some(name));
        }
        set("userId", visitor);
        set("anonymousId", anonymous);
        for (name, sources) in [("properties", &mapping.properties), ("traits", &mapping.traits)] {
            let values: Map<String, Json> =
                sources.iter().filter_map(|(name, source)| Some((name.to_string(), value(line, source)?))).collect();
            set(name, (!values.is_empty()).then_some(Json::Object(values)));
        }
        let message = Json::Object(message);
        if message.to_string().len() > MAX_EVENT_BYTES {
            return Err(Refusal::new("too-large", format!("the event is larger than {MAX_EVENT_BYTES} bytes")));
        }
        Ok(message)
    }

    /// How far this import has come with a visitor. Old events are no news: only one that stands behind a much newer one of
    /// its visitor is late.
    fn until(&mut self, visitor: &str, at: Timestamp) -> Timestamp {
        let key = FixedState::default().hash_one(visitor);
        let at_ms = at.as_millisecond();
        if self.newest.len() >= MAX_IMPORTED_VISITORS && !self.newest.contains_key(&key) {
            return at;
        }
        let newest = self.newest.entry(key).or_insert(at_ms);
        *newest = (*newest).max(at_ms);
        Timestamp::from_millisecond(*newest).unwrap_or(at)
    }
}

fn value(line: &Line, source: &Source) -> Option<Json> {
    match source {
        Source::Column(column) => line.get(column),
        Source::Value(value) => Some(value.clone()),
    }
}
