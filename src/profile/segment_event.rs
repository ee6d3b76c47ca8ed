//! Reads events in the shapes of the Segment tracking protocol.
//!
//! Only `page`, `screen` and `track` are behaviour. `identify`, `group` and `alias` are checked and passed over: the
//! attributes of a decision are those of its request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::facts::device_named;
use super::field_error::{field, text};
use super::name::BUILT_IN_EVENTS;
use super::page::{UTM, page_path};
use super::request_context::object;
use super::schema::by_sent_name;
use super::typed::cast_value;
use super::{Context, Event, FieldError, Ignored, PAGE_EVENT, SCREEN_EVENT, Schema, parse_moment, zone};

/// More events in one request are refused.
pub const MAX_EVENTS: usize = 10_000;

/// A longer event name is refused.
pub const MAX_EVENT_NAME_CHARS: usize = 256;

/// The field of a kept event's context that holds what was derived when it arrived: device, browser, os, country, zone.
/// What clients send under this name is not believed.
pub const DERIVED: &str = "segue";

/// The `type`s of the protocol.
pub const EVENT_TYPES: &[&str] = &["page", "screen", "track", "identify", "group", "alias"];

/// Reads a list of events, oldest first; equal times keep their order. An event without `timestamp` happened at
/// `default_at`; of two with one `messageId` the first counts.
///
/// # Errors
/// An event that is no object, has no known `type`, no name or a time that is no RFC 3339 moment. A property of the
/// wrong type is no error: it is cast, or dropped and counted.
pub fn read_events(schema: &Schema, sent: &[Json], default_at: Timestamp) -> Result<(Vec<Event>, Ignored), FieldError> {
    if sent.len() > MAX_EVENTS {
        return Err(FieldError::new("", format!("more than {MAX_EVENTS} events"), "send the latest ones only"));
    }
    let mut ignored = Ignored::default();
    let mut seen = BTreeSet::new();
    let mut events = Vec::with_capacity(sent.len());
    for (index, event) in sent.iter().enumerate() {
        let within = |error: FieldError| error.within(&format!("[{index}]"));
        let help = "send {\"type\": \"track\", \"event\": \"Order Completed\", \"timestamp\": ..}";
        let event = event.as_object().ok_or_else(|| within(FieldError::wrong_type("", "an object", event, help)))?;
        if let Some(id) = text(event, "messageId").map_err(within)?
            && !seen.insert(id)
        {
            ignored.duplicates += 1;
            continue;
        }
        events.extend(read_event(schema, event, default_at, &mut ignored).map_err(within)?);
    }
    events.sort_by_key(|event| event.at);
    Ok((events, ignored))
}

/// Reads one event; `None` for one that is no behaviour.
///
/// # Errors
/// As [`read_events`].
pub fn read_event(
    schema: &Schema,
    sent: &Map<String, Json>,
    default_at: Timestamp,
    ignored: &mut Ignored,
) -> Result<Option<Event>, FieldError> {
    let at = match text(sent, "timestamp")? {
        None => default_at,
        Some(written) => parse_moment(written).map_err(|_| {
            FieldError::new("timestamp", "this is no moment", "send RFC 3339, such as \"2026-11-20T10:00:00Z\"")
        })?,
    };
    let none = Map::new();
    let properties = object(sent, "properties")?.unwrap_or(&none);
    let wire = object(sent, "context")?.unwrap_or(&none);
    let mut context = event_context(wire, ignored);
    let (name, properties, path) = match event_type(sent)? {
        "page" => {
            let path = page_of(properties, wire, &mut context);
            (Arc::from(PAGE_EVENT), BTreeMap::new(), path.map(Arc::from))
        }
        "screen" => (Arc::from(SCREEN_EVENT), BTreeMap::new(), None),
        "track" => {
            let (name, properties) = track(schema, event_name(sent)?, properties, ignored);
            (name, properties, None)
        }
        _ => return Ok(None),
    };
    Ok(Some(Event { name, at, properties, path, context }))
}

fn event_type(sent: &Map<String, Json>) -> Result<&'static str, FieldError> {
    let help = || format!("send one of {}", EVENT_TYPES.join(", "));
    let written = text(sent, "type")?.ok_or_else(|| FieldError::new("type", "the event has no type", help()))?;
    EVENT_TYPES
        .iter()
        .find(|known| **known == written)
        .copied()
        .ok_or_else(|| FieldError::new("type", "this is no type of event", help()))
}

fn event_name(sent: &Map<String, Json>) -> Result<&str, FieldError> {
    let help = "send \"event\": \"Order Completed\"";
    match text(sent, "event")?.map(str::trim).filter(|name| !name.is_empty()) {
        None => Err(FieldError::new("event", "a track event has a name", help)),
        Some(name) if name.chars().count() > MAX_EVENT_NAME_CHARS => {
            let message = format!("the name is longer than {MAX_EVENT_NAME_CHARS} characters");
            Err(FieldError::new("event", message, "send a shorter name"))
        }
        Some(name) => Ok(name),
    }
}

/// A track event in the schema's words.
fn track(
    schema: &Schema,
    sent_name: &str,
    sent: &Map<String, Json>,
    ignored: &mut Ignored,
) -> (Arc<str>, BTreeMap<Arc<str>, super::Value>) {
    let mut properties = BTreeMap::new();
    let Some(declared) = schema.event_on_the_wire(sent_name) else {
        ignored.events += 1;
        // Nobody may make a page event by tracking one of that name.
        let taken = BUILT_IN_EVENTS.contains(&sent_name);
        return (if taken { format!("track:{sent_name}").into() } else { sent_name.into() }, properties);
    };
    for (name, value) in sent.iter().filter(|(_, value)| !value.is_null()) {
        let Some(property) = by_sent_name(&declared.properties, name) else {
            ignored.properties += 1;
            continue;
        };
        match cast_value(property, value) {
            // The wire name counts before the plain one, whichever comes first.
            Some(_) if properties.contains_key(&property.name) && property.wire.as_deref() != Some(name) => {}
            Some(value) => {
                properties.insert(Arc::clone(&property.name), value);
            }
            None => ignored.uncastable += 1,
        }
    }
    (Arc::clone(&declared.name), properties)
}

/// The `visit.*` facts that come with an event. Clients fill these fields by themselves: what is no text is passed over.
fn event_context(wire: &Map<String, Json>, ignored: &mut Ignored) -> Context {
    let mut context = Context::default();
    let page = field(wire, "page").and_then(Json::as_object);
    let plain = |object: Option<&Map<String, Json>>, name: &str| {
        object
            .and_then(|object| field(object, name))
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let campaign = field(wire, "campaign").and_then(Json::as_object);
    for (name, fact) in ["source", "medium", "name", "term", "content"].into_iter().zip(UTM) {
        if let Some(value) = plain(campaign, name) {
            context.set(&format!("visit.{fact}"), &value);
        }
    }
    if let Some(url) = plain(page, "url") {
        context.set_page(&url);
    }
    if let Some(search) = plain(page, "search") {
        context.set_campaign(&search);
    }
    if let Some(path) = plain(page, "path") {
        context.set("visit.page", &page_path(&path));
    }
    if let Some(referrer) = plain(page, "referrer") {
        context.set("visit.referrer", &referrer);
    }
    let derived = field(wire, DERIVED).and_then(Json::as_object);
    if derived.is_some() {
        for name in ["device", "browser", "os", "country"] {
            if let Some(value) = plain(derived, name) {
                context.set(&format!("visit.{name}"), &value);
            }
        }
    } else {
        if let Some(device) = device_named(wire) {
            context.set("visit.device", device);
        }
        if let Some(agent) = plain(Some(wire), "userAgent") {
            context.set_agent(&agent);
        }
    }
    if let Some(locale) = plain(Some(wire), "locale") {
        context.set_language(&locale);
    }
    if let Some(name) = plain(Some(wire), "timezone") {
        match zone(&name) {
            Ok(zone) => context.zone = Some(zone),
            Err(_) => ignored.uncastable += 1,
        }
    }
    if context.zone.is_none()
        && let Some(name) = plain(derived, "zone")
    {
        context.zone = zone(&name).ok();
    }
    context
}

/// The path of a page event: `properties.path`, else of `properties.url`, else of `context.page`.
fn page_of(properties: &Map<String, Json>, wire: &Map<String, Json>, context: &mut Context) -> Option<String> {
    let plain = |name: &str| field(properties, name).and_then(Json::as_str).filter(|text| !text.is_empty());
    if let Some(url) = plain("url") {
        context.set_page(url);
    }
    if let Some(search) = plain("search") {
        context.set_campaign(search);
    }
    if let Some(referrer) = plain("referrer") {
        context.set("visit.referrer", referrer);
    }
    let page = field(wire, "page");
    let inner =
        |name: &str| page.and_then(|page| page.get(name)).and_then(Json::as_str).filter(|text| !text.is_empty());
    let address = plain("path")
        .or_else(|| plain("url"))
        .or_else(|| inner("path"))
        .or_else(|| inner("url"))
        .or_else(|| page.and_then(Json::as_str))?;
    let path = page_path(address);
    context.set("visit.page", &path);
    Some(path)
}
