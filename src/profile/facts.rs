//! The facts that every request has, without declaration.

use serde_json::{Map, Value as Json};

use super::Type;

/// One built-in fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The full name that rules write: `visit.page`.
    pub name: &'static str,
    /// What values it has.
    pub kind: Type,
    /// Its only values; empty = any.
    pub one_of: &'static [&'static str],
    /// For people.
    pub description: &'static str,
}

const fn text(name: &'static str, description: &'static str) -> Fact {
    Fact { name, kind: Type::Text, one_of: &[], description }
}

/// The devices that `visit.device` tells apart.
pub const DEVICES: &[&str] = &["desktop", "mobile", "tablet"];

/// The device that the context of an event names by `device.type`, as libraries for phones do; `None` where it names none that is known.
pub fn device_named(context: &Map<String, Json>) -> Option<&'static str> {
    let word = context.get("device")?.get("type")?.as_str()?.to_ascii_lowercase();
    let word = if matches!(word.as_str(), "ios" | "android") { "mobile" } else { word.as_str() };
    DEVICES.iter().copied().find(|device| *device == word)
}

/// Weekdays as `local.weekday` names them; the week starts on Monday.
pub const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Every `visit.*` and `local.*`, in the order of the documentation.
pub const BUILT_IN: &[Fact] = &[
    text("visit.page", "path of the page that is asked for, without query, fragment and trailing slash"),
    text("visit.referrer", "address of the page the visitor came from"),
    Fact {
        name: "visit.device",
        kind: Type::Text,
        one_of: DEVICES,
        description: "kind of device, as the request says or as its user agent shows",
    },
    text("visit.browser", "name of the browser, lower case: `chrome`, `firefox`, `safari`"),
    text("visit.os", "name of the operating system, lower case: `windows`, `macos`, `android`"),
    text("visit.language", "first language the visitor prefers, two or three lower-case letters: `de`"),
    text("visit.country", "country of the request as the site knows it: `DE`"),
    text("visit.utm_source", "campaign source from the page's address"),
    text("visit.utm_medium", "campaign medium from the page's address"),
    text("visit.utm_campaign", "campaign name from the page's address"),
    text("visit.utm_term", "campaign term from the page's address"),
    text("visit.utm_content", "campaign content from the page's address"),
    Fact { name: "visit.number", kind: Type::Number, one_of: &[], description: "which visit this is, from 1" },
    Fact { name: "visit.is_new", kind: Type::Boolean, one_of: &[], description: "whether this is the first visit" },
    Fact { name: "local.time", kind: Type::Time, one_of: &[], description: "time of day in the visitor's zone" },
    Fact { name: "local.date", kind: Type::Date, one_of: &[], description: "date in the visitor's zone" },
    Fact {
        name: "local.weekday",
        kind: Type::Text,
        one_of: WEEKDAYS,
        description: "weekday in the visitor's zone, lower case",
    },
    Fact { name: "local.hour", kind: Type::Number, one_of: &[], description: "hour in the visitor's zone, 0 to 23" },
];

/// The facts of a visit without their `visit.`, as breakdowns name them.
pub fn of_visit<'n>() -> impl Iterator<Item = &'n str> + Clone {
    BUILT_IN.iter().filter_map(|fact| fact.name.strip_prefix("visit."))
}

/// The built-in fact of this full name.
pub fn built_in(name: &str) -> Option<&'static Fact> {
    BUILT_IN.iter().find(|fact| fact.name == name)
}
