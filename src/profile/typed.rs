//! Gives a JSON value its declared type: strictly for attributes and context, by casting for events.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Number, Value as Json};

use super::field_error::json_type;
use super::{Declaration, FieldError, Type, Value, Version, parse_moment, parse_span};

/// A longer text is refused as a value: it would be copied into every decision.
pub const MAX_TEXT_BYTES: usize = 8 << 10;

/// A longer list is refused as a value.
pub const MAX_LIST_ENTRIES: usize = 1_000;

/// Reads a value of exactly the declared type; null is absent. The only cast is RFC 3339 text to moment; spans and
/// versions are texts in JSON.
///
/// # Errors
/// The error's `field` is empty: the caller knows where the value stands.
pub fn read_value(declared: &Declaration, value: &Json) -> Result<Option<Value>, FieldError> {
    let typed = match (declared.kind, value) {
        (_, Json::Null) => return Ok(None),
        (Type::Text, Json::String(text)) => Value::Text(short(text)?),
        (Type::Number, Json::Number(number)) => Value::Number(decimal(number).ok_or_else(too_many_digits)?),
        (Type::Boolean, Json::Bool(boolean)) => Value::Boolean(*boolean),
        (Type::List, Json::Array(items)) => Value::List(texts(items)?),
        (Type::Moment, Json::String(text)) => Value::Moment(parse_moment(text).map_err(|_| malformed(declared, text))?),
        (Type::Span, Json::String(text)) => Value::Span(parse_span(text).map_err(|_| malformed(declared, text))?),
        (Type::Version, Json::String(text)) => {
            Value::Version(text.parse::<Version>().map_err(|_| malformed(declared, text))?)
        }
        (kind, other) => return Err(wrong_type(kind, declared, other)),
    };
    check_choice(declared, &typed)?;
    Ok(Some(typed))
}

/// The same from the text of a JSON value, without a tree of it.
///
/// # Errors
/// As [`read_value`]; a number written with an exponent too large for a decimal among them.
pub(super) fn read_written(declared: &Declaration, written: &str) -> Result<Option<Value>, FieldError> {
    let typed = match (declared.kind, written.as_bytes().first()) {
        (Type::Text, Some(b'"')) => match serde_json::from_str::<&str>(written) {
            Ok(text) => Value::Text(short(text)?),
            Err(_) => return read_tree(declared, written),
        },
        (Type::Number, Some(b'-' | b'0'..=b'9')) => {
            Value::Number(decimal_written(written).ok_or_else(too_many_digits)?)
        }
        (Type::List, Some(b'[')) => match serde_json::from_str::<Vec<&str>>(written) {
            Ok(items) if items.len() <= MAX_LIST_ENTRIES => {
                Value::List(items.into_iter().map(short).collect::<Result<_, _>>()?)
            }
            _ => return read_tree(declared, written),
        },
        _ => return read_tree(declared, written),
    };
    check_choice(declared, &typed)?;
    Ok(Some(typed))
}

/// By way of a tree: what needs no speed, and texts with escapes.
fn read_tree(declared: &Declaration, written: &str) -> Result<Option<Value>, FieldError> {
    let tree = serde_json::from_str(written).map_err(|_| FieldError::new("", "this is not JSON", "send JSON"))?;
    read_value(declared, &tree)
}

/// Reads a value as events carry it: `"42"` is a number where a number is declared, `42` a text where a text is. Null is
/// absent.
///
/// # Errors
/// What cannot be cast. The error's `field` is empty: the caller knows where the value stands.
pub fn cast(declared: &Declaration, value: &Json) -> Result<Option<Value>, FieldError> {
    let cast = match (declared.kind, value) {
        (Type::Number, Json::String(text)) => text.trim().parse().ok().map(Json::Number),
        (Type::Boolean, Json::String(text)) => match text.trim() {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        },
        (Type::Text | Type::Version, Json::Number(number)) => Some(Json::String(number.to_string())),
        (Type::Text, Json::Bool(boolean)) => Some(Json::String(boolean.to_string())),
        _ => None,
    };
    read_value(declared, cast.as_ref().unwrap_or(value))
}

/// [`cast`], where it does not matter what is wrong: `None` for null, and for what cannot be cast.
pub fn cast_value(declared: &Declaration, value: &Json) -> Option<Value> {
    cast(declared, value).ok().flatten()
}

/// A JSON number as a decimal, with its written zeros; `None` when it has more than 28 digits.
pub fn decimal(number: &Number) -> Option<Decimal> {
    decimal_written(&number.to_string())
}

fn decimal_written(written: &str) -> Option<Decimal> {
    Decimal::from_str_exact(written).or_else(|_| Decimal::from_scientific(written)).ok()
}

fn too_many_digits() -> FieldError {
    FieldError::new("", "the number has more digits than can be kept", "a number has at most 28 digits")
}

fn short(text: &str) -> Result<Arc<str>, FieldError> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(Arc::from(text));
    }
    Err(FieldError::new("", format!("the text is longer than {MAX_TEXT_BYTES} bytes"), "send a shorter text"))
}

fn texts(items: &[Json]) -> Result<Vec<Arc<str>>, FieldError> {
    if items.len() > MAX_LIST_ENTRIES {
        let message = format!("the list has more than {MAX_LIST_ENTRIES} entries");
        return Err(FieldError::new("", message, "send a shorter list"));
    }
    let entry = |(index, item): (usize, &Json)| match item {
        Json::String(text) => short(text),
        other => {
            Err(FieldError::wrong_type("", "a text", other, "a list holds texts only").within(&format!("[{index}]")))
        }
    };
    items.iter().enumerate().map(entry).collect()
}

fn malformed(declared: &Declaration, text: &str) -> FieldError {
    let found = if declared.sensitive { "this text".to_owned() } else { format!("`{}`", shown(text)) };
    FieldError::new(
        "",
        format!("{found} is no {}", declared.kind.word()),
        format!("send {}", looks_like(declared.kind)),
    )
}

fn wrong_type(kind: Type, declared: &Declaration, found: &Json) -> FieldError {
    let expected = match kind {
        Type::Text => "a text",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::List => "a list of texts",
        Type::Moment => "a moment as text",
        Type::Span => "a span as text",
        Type::Version => "a version as text",
        Type::Date | Type::Time => "a value that no client can send",
    };
    let help = match (kind, found) {
        (Type::Number, Json::String(text)) if !declared.sensitive && text.parse::<Decimal>().is_ok() => {
            format!("send it without quotes: {text}")
        }
        (Type::Boolean, Json::String(_)) => "send true or false without quotes".to_owned(),
        (Type::Text | Type::Version, Json::Number(number)) if !declared.sensitive => {
            format!("send it in quotes: \"{number}\"")
        }
        _ => format!("send {}", looks_like(kind)),
    };
    FieldError::new("", format!("expected {expected}, found {}", json_type(found)), help)
}

fn looks_like(kind: Type) -> &'static str {
    match kind {
        Type::Text => "a text in quotes",
        Type::Number => "a number such as 42 or 0.5",
        Type::Boolean => "true or false",
        Type::List => "a list such as [\"shoes\", \"bags\"]",
        Type::Moment => "a moment such as \"2026-11-20T10:00:00Z\"",
        Type::Span => "a span such as \"30 minutes\"",
        Type::Version => "a version such as \"2.10.1\"",
        Type::Date | Type::Time => "nothing",
    }
}

fn check_choice(declared: &Declaration, value: &Value) -> Result<(), FieldError> {
    let texts = match value {
        Value::Text(text) => std::slice::from_ref(text),
        Value::List(texts) => texts,
        _ => return Ok(()),
    };
    match texts.iter().find(|text| !declared.one_of.is_empty() && !declared.one_of.contains(text)) {
        None => Ok(()),
        Some(text) => {
            let found = if declared.sensitive { "this value".to_owned() } else { format!("`{}`", shown(text)) };
            let choices = declared.one_of.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
            Err(FieldError::new(
                "",
                format!("{found} is none of the declared values"),
                format!("send one of {choices}"),
            ))
        }
    }
}

/// A text as messages repeat it: not too long.
fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push_str("...");
    }
    start
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MAX_LIST_ENTRIES, MAX_TEXT_BYTES, cast_value, read_value};
    use crate::profile::{Declaration, Type, Value};

    fn declared(kind: Type, one_of: &[&str], sensitive: bool) -> Declaration {
        Declaration {
            name: "it".into(),
            kind,
            unit: None,
            one_of: one_of.iter().map(|choice| (*choice).into()).collect(),
            wire: None,
            sensitive,
            purpose: None,
            description: None,
        }
    }

    fn of(kind: Type) -> Declaration {
        declared(kind, &[], false)
    }

    #[test]
    fn attributes_are_never_cast_but_to_moments() {
        let read = |kind, json| read_value(&of(kind), &json).map(|value| value.map(|value| value.to_string()));
        assert_eq!(read(Type::Number, json!(42)), Ok(Some("42".to_owned())));
        assert_eq!(read(Type::Moment, json!("2026-11-20T10:00:00+01:00")), Ok(Some("2026-11-20T09:00:00Z".to_owned())));
        assert_eq!(read(Type::Text, json!(null)), Ok(None));
        let error = read(Type::Number, json!("42")).unwrap_err();
        assert_eq!((&*error.message, &*error.help), ("expected a number, found a text", "send it without quotes: 42"));
        for (kind, json) in [
            (Type::Text, json!(42)),
            (Type::Boolean, json!("true")),
            (Type::Boolean, json!(1)),
            (Type::Moment, json!("2026-11-20")),
            (Type::Moment, json!(1_700_000_000)),
            (Type::Span, json!(30)),
            (Type::Span, json!("a while")),
            (Type::Version, json!(2.1)),
            (Type::List, json!("shoes")),
            (Type::List, json!(["shoes", 1])),
            (Type::Text, json!("x".repeat(MAX_TEXT_BYTES + 1))),
            (Type::List, json!(vec!["x"; MAX_LIST_ENTRIES + 1])),
        ] {
            assert!(read(kind, json.clone()).is_err(), "{kind:?} {json}");
        }
    }

    #[test]
    fn numbers_keep_their_written_form() {
        let read = |text: &str| match read_value(&of(Type::Number), &serde_json::from_str(text).unwrap()) {
            Ok(Some(Value::Number(number))) => number.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(read("1.0"), "1.0");
        assert_eq!(read("0.1"), "0.1");
        assert_eq!(read("1e3"), "1000");
        assert_eq!(read("79228162514264337593543950335"), "79228162514264337593543950335");
        assert!(read("1e400").contains("more digits"));
        assert!(read("0.00000000000000000000000000001").contains("more digits"));
    }

    #[test]
    fn choices_are_named_and_sensitive_values_are_not_repeated() {
        let error = read_value(&declared(Type::Text, &["free", "pro"], false), &json!("gold")).unwrap_err();
        assert_eq!(error.message, "`gold` is none of the declared values");
        assert_eq!(error.help, "send one of `free`, `pro`");
        for (kind, json) in [(Type::Text, json!("4711")), (Type::Moment, json!("4711")), (Type::Number, json!("4711"))]
        {
            let error = read_value(&declared(kind, &["free"], true), &json).unwrap_err();
            assert!(!format!("{error:?}").contains("4711"), "{error:?}");
        }
    }

    #[test]
    fn events_are_cast_where_that_cannot_mislead() {
        let cast = |kind, json| cast_value(&of(kind), &json).map(|value| value.to_string());
        assert_eq!(cast(Type::Number, json!("42")).as_deref(), Some("42"));
        assert_eq!(cast(Type::Number, json!(" 19.90 ")).as_deref(), Some("19.90"));
        assert_eq!(cast(Type::Text, json!(42)).as_deref(), Some("\"42\""));
        assert_eq!(cast(Type::Text, json!(true)).as_deref(), Some("\"true\""));
        assert_eq!(cast(Type::Boolean, json!("true")).as_deref(), Some("yes"));
        assert_eq!(cast(Type::Version, serde_json::from_str("2.10").unwrap()).as_deref(), Some("2.10"));
        for (kind, json) in [
            (Type::Number, json!("many")),
            (Type::Number, json!("")),
            (Type::Number, json!("0x10")),
            (Type::Number, json!(true)),
            (Type::Boolean, json!("yes")),
            (Type::Boolean, json!(1)),
            (Type::Text, json!(["a"])),
            (Type::Text, json!({"a": 1})),
            (Type::Moment, json!(5)),
            (Type::Text, json!(null)),
        ] {
            assert_eq!(cast(kind, json.clone()), None, "{kind:?} {json}");
        }
    }
}
