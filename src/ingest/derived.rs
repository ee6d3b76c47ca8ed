//! What is derived from a message when it arrives, and written into it: later files and settings must not change it.

use std::net::IpAddr;

use serde_json::{Map, Value as Json, json};

use super::{Call, Marks, Settings};
use crate::profile::{Agent, DERIVED, Schema, facts};

/// Where a message came from.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub(super) ip: Option<IpAddr>,
    is_bot: bool,
    fields: Map<String, Json>,
}

impl Origin {
    /// Looks at a message's context. Its own word counts before that of the machine which sent the call.
    pub(super) fn of(context: &Map<String, Json>, call: &Call<'_>, settings: &Settings, schema: &Schema) -> Self {
        let text = |name: &str| context.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let ip = text("ip").and_then(|ip| ip.trim().parse().ok()).or(call.sender.ip);
        let mut fields = Map::new();
        let mut set = |name: &str, value: Option<&str>| {
            fields.extend(value.map(|value| (name.to_owned(), json!(value))));
        };
        let own = text("userAgent");
        let agent = own.or(call.sender.agent).map(Agent::read).unwrap_or_default();
        let named = facts::device_named(context);
        set("device", if own.is_some() { agent.device.or(named) } else { named.or(agent.device) });
        set("browser", agent.browser.as_deref());
        set("os", agent.os.as_deref());
        set("country", ip.and_then(|ip| settings.country(ip)).as_deref());
        set("zone", schema.zone.iana_name());
        Self { ip, is_bot: agent.is_bot, fields }
    }

    pub(super) fn is_bot(&self) -> bool {
        self.is_bot
    }

    /// Writes it all into the message's context, over whatever the client wrote there.
    pub(super) fn write(mut self, marks: Marks, context: &mut Map<String, Json>) {
        for (name, mark) in [("bot", marks.bot), ("internal", marks.internal), ("late", marks.late)] {
            if mark {
                self.fields.insert(name.to_owned(), json!(true));
            }
        }
        context.insert(DERIVED.to_owned(), Json::Object(self.fields));
    }
}
