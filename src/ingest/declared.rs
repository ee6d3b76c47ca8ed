//! Holds a track event against its declaration.

use serde_json::{Map, Value as Json};

use super::refusal::Refusal;
use super::viewed::is_told_exposure;
use super::{MAX_VIEWED_BYTES, Meaning, Reason, Undeclared};
use crate::diagnostic::nearest;
use crate::profile::{EventDeclaration, FieldError, Schema, by_sent_name, cast};

/// The property in which the protocol's shops send the currency of all amounts of an event.
const CURRENCY: &str = "currency";

/// Refuses a track event that breaks its declaration, and one without a declaration where the operator wants none.
pub(super) fn check(
    schema: &Schema,
    undeclared: Undeclared,
    message: &Map<String, Json>,
    meaning: &Meaning,
) -> Result<(), Refusal> {
    if message.get("type").and_then(Json::as_str) != Some("track") {
        return Ok(());
    }
    let name = message.get("event").and_then(Json::as_str).unwrap_or_default().trim();
    if is_told_exposure(schema, message) {
        return meaning.viewed.as_ref().map(drop).ok_or_else(names_nothing);
    }
    let Some(declared) = schema.event_on_the_wire(name) else {
        return match undeclared {
            Undeclared::Accept => Ok(()),
            Undeclared::Quarantine | Undeclared::Refuse => Err(no_declaration(schema, name)),
        };
    };
    let Some(properties) = message.get("properties").and_then(Json::as_object) else { return Ok(()) };
    if meaning.ignored.uncastable > 0 {
        check_values(declared, properties)?;
    }
    check_currency(declared, properties)
}

fn names_nothing() -> Refusal {
    let cause = format!(
        "`properties`: an `Experiment Viewed` names an experiment and a variant, each with 1 to {MAX_VIEWED_BYTES} bytes; send `experiment_name` and `variation_name`"
    );
    Refusal::new(Reason::BadProperty, cause)
}

fn no_declaration(schema: &Schema, name: &str) -> Refusal {
    let known = schema.events.values().flat_map(|event| [&**event.sent_name(), &*event.name]);
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "declare it in rules/schema, or let the server accept undeclared events".to_owned(),
    };
    Refusal::new(Reason::UndeclaredEvent, format!("`event`: no schema declares `{name}`; {help}"))
}

fn check_values(declared: &EventDeclaration, properties: &Map<String, Json>) -> Result<(), Refusal> {
    for (name, value) in properties {
        let Some(property) = by_sent_name(&declared.properties, name) else { continue };
        cast(property, value).map_err(|error: FieldError| {
            Refusal::of_field(Reason::BadProperty, &error.within(name).within("properties"))
        })?;
    }
    Ok(())
}

/// An amount in EUR may not be counted as one in USD.
fn check_currency(declared: &EventDeclaration, properties: &Map<String, Json>) -> Result<(), Refusal> {
    let Some(sent) = properties.get(CURRENCY).and_then(Json::as_str).map(str::trim) else { return Ok(()) };
    for name in properties.keys() {
        let Some(property) = by_sent_name(&declared.properties, name) else { continue };
        let Some(unit) = property.unit.as_deref().filter(|unit| is_currency(unit)) else { continue };
        if is_currency(&sent.to_ascii_uppercase()) && !unit.eq_ignore_ascii_case(sent) {
            let cause = format!(
                "`properties.{CURRENCY}`: `{name}` is sent in `{sent}`, and the schema counts it in `{unit}`; convert it before sending"
            );
            return Err(Refusal::new(Reason::WrongUnit, cause));
        }
    }
    Ok(())
}

/// Three capital letters, as ISO 4217 writes currencies.
fn is_currency(unit: &str) -> bool {
    unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase())
}
