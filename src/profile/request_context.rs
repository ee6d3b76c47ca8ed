//! Reads the `context` of a request.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::facts::DEVICES;
use super::field_error::{field, text};
use super::page::{UTM, campaign, page_path};
use super::schema::by_sent_name;
use super::typed::{MAX_TEXT_BYTES, read_value};
use super::{Agent, Context, FieldError, Ignored, Schema, Value, zone};

/// The fields that a request's context may have without declaration.
pub const CONTEXT_FIELDS: &[&str] = &[
    "page",
    "referrer",
    "user_agent",
    "ip",
    "language",
    "zone",
    "device",
    "browser",
    "os",
    "country",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
];

impl Context {
    /// Reads a request's context; null is absent.
    ///
    /// What can be derived is, unless the request says it: device, browser and system from `user_agent`, the campaign
    /// from the query of `page`. `visit.page` is the path of `page`, `visit.language` the primary part of the first
    /// language in lower case. Whoever knows which country an `ip` belongs to calls [`Context::set_country`].
    ///
    /// # Errors
    /// A field of the wrong type, an unknown zone, a device that is none of [`DEVICES`], a value that breaks the
    /// declared type or choices.
    pub fn read(schema: &Schema, sent: &Map<String, Json>) -> Result<(Self, Ignored), FieldError> {
        let within = |error: FieldError| error.within("context");
        let mut context = Self::default();
        context.read_built_in(sent).map_err(within)?;
        let mut ignored = Ignored::default();
        for (name, value) in sent.iter().filter(|(name, _)| !CONTEXT_FIELDS.contains(&name.as_str())) {
            let Some(declared) = by_sent_name(&schema.context, name) else {
                ignored.context += 1;
                continue;
            };
            if let Some(value) = read_value(declared, value).map_err(|error| within(error.within(name)))? {
                context.facts.insert(format!("context.{}", declared.name).into(), value);
            }
        }
        Ok((context, ignored))
    }

    fn read_built_in(&mut self, sent: &Map<String, Json>) -> Result<(), FieldError> {
        if let Some(page) = short_text(sent, "page")? {
            self.set_page(page);
        }
        if let Some(agent) = short_text(sent, "user_agent")? {
            self.set_agent(agent);
        }
        if let Some(languages) = short_text(sent, "language")? {
            self.set_language(languages);
        }
        if let Some(name) = short_text(sent, "zone")? {
            let zone = zone(name).map_err(|unknown| FieldError::new("zone", unknown.to_string(), unknown.help()))?;
            self.zone = Some(zone);
        }
        if let Some(device) = short_text(sent, "device")? {
            let known = DEVICES.iter().find(|known| **known == device).ok_or_else(|| {
                let message = format!("`{device}` is none of the devices");
                FieldError::new("device", message, format!("send one of {}", DEVICES.join(", ")))
            })?;
            self.set("visit.device", known);
        }
        self.ip = short_text(sent, "ip")?.and_then(|ip| ip.trim().parse().ok());
        for name in ["referrer", "browser", "os", "country"].into_iter().chain(UTM) {
            if let Some(value) = short_text(sent, name)? {
                self.set(&format!("visit.{name}"), value);
            }
        }
        Ok(())
    }

    /// Sets `visit.page` and the campaign in its query.
    pub(super) fn set_page(&mut self, address: &str) {
        self.set("visit.page", &page_path(address));
        self.set_campaign(address);
    }

    /// Sets the campaign in an address's query, where it is not known yet.
    pub(super) fn set_campaign(&mut self, address: &str) {
        for (name, value) in campaign(address) {
            let fact = format!("visit.{name}").into();
            self.facts.entry(fact).or_insert_with(|| Value::Text(Arc::from(&*value)));
        }
    }

    /// Sets what a user agent shows.
    pub(super) fn set_agent(&mut self, agent: &str) {
        let seen = Agent::read(agent);
        self.is_bot = seen.is_bot;
        let facts = [
            ("visit.device", seen.device),
            ("visit.browser", seen.browser.as_deref()),
            ("visit.os", seen.os.as_deref()),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                self.set(name, value);
            }
        }
    }

    /// Sets `visit.language` from `de`, `de-AT` or `de-DE,de;q=0.9,en;q=0.8`.
    pub(super) fn set_language(&mut self, languages: &str) {
        let first = languages.split([',', ';']).next().unwrap_or_default().trim();
        let primary = first.split(['-', '_']).next().unwrap_or_default();
        if (2..=8).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            self.set("visit.language", &primary.to_ascii_lowercase());
        }
    }

    /// Sets `visit.country`, unless the request said it.
    pub fn set_country(&mut self, country: &str) {
        let country = Value::Text(Arc::from(country));
        self.facts.entry(Arc::from("visit.country")).or_insert(country);
    }

    /// Sets one fact to a text.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.facts.insert(Arc::from(name), Value::Text(Arc::from(value)));
    }
}

/// A text field that is there, not empty and not too long.
pub(super) fn short_text<'a>(sent: &'a Map<String, Json>, name: &str) -> Result<Option<&'a str>, FieldError> {
    let found = text(sent, name)?.filter(|text| !text.is_empty());
    if found.is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
        let message = format!("the text is longer than {MAX_TEXT_BYTES} bytes");
        return Err(FieldError::new(name, message, "send a shorter text"));
    }
    Ok(found)
}

/// A field that holds an object.
pub(super) fn object<'a>(sent: &'a Map<String, Json>, name: &str) -> Result<Option<&'a Map<String, Json>>, FieldError> {
    match field(sent, name) {
        None => Ok(None),
        Some(Json::Object(object)) => Ok(Some(object)),
        Some(other) => Err(FieldError::wrong_type(name, "an object", other, "send {\"name\": value}")),
    }
}
