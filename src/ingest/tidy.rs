//! Brings a message into the form in which it is kept: what clients write in several ways is written in one.

use serde_json::{Map, Value as Json};

use super::refusal::Refusal;
use super::{MAX_EVENT_DEPTH, Reason};

/// The fields that hold objects. Some languages write an empty object as an empty list.
const OBJECTS: [&str; 4] = ["properties", "traits", "context", "integrations"];

/// Takes out whatever is null, at every depth of objects, and objects that are empty lists.
pub(super) fn tidy(message: &mut Map<String, Json>) -> Result<(), Refusal> {
    tidy_at(message, 1)?;
    let is_empty_list = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
    message.retain(|name, value| !OBJECTS.contains(&name.as_str()) || !is_empty_list(value));
    Ok(())
}

/// Takes nulls out of an object that stands at a depth; the whole message stands at 1.
pub(super) fn tidy_at(object: &mut Map<String, Json>, depth: usize) -> Result<(), Refusal> {
    object.retain(|_, value| !value.is_null());
    object.values_mut().try_for_each(|value| without_nulls(value, depth + 1))
}

fn without_nulls(value: &mut Json, depth: usize) -> Result<(), Refusal> {
    match value {
        Json::Object(_) | Json::Array(_) if depth > MAX_EVENT_DEPTH => {
            let cause = format!("the message nests deeper than {MAX_EVENT_DEPTH} levels; send flatter properties");
            Err(Refusal::new(Reason::TooDeep, cause))
        }
        Json::Object(object) => tidy_at(object, depth),
        Json::Array(items) => items.iter_mut().try_for_each(|item| without_nulls(item, depth + 1)),
        _ => Ok(()),
    }
}

/// Gives an object what another has and it lacks.
pub(super) fn merge(into: &mut Map<String, Json>, from: &Map<String, Json>) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (None, value) => drop(into.insert(name.clone(), value.clone())),
            (Some(Json::Object(into)), Json::Object(from)) => merge(into, from),
            _ => {}
        }
    }
}
