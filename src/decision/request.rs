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
    /// `expose` (`now` or `seen`) is accepted and has no effect before there are experiments.
    ///
    /// # Errors
    /// No JSON, an unknown or missing field, a value of the wrong type, a slot asked for twice.
    pub fn read(body: &[u8], schema: &Schema, now: Timestamp) -> Result<Self, RequestError> {
        match Self::read_plain(body, schema) {
            Some(request) => Ok(request),
            None => Self::read_thoroughly(body, schema, now),
        }
    }

    /// Reads a usual body, however deep the values nest that nobody declares; `None` for a mistake and for whatever else
    /// needs [`Request::read`].
    pub fn read_plain(body: &[u8], schema: &Schema) -> Option<Self> {
        plain::read(body, schema)
    }

    /// By way of a tree of JSON values, which holds whatever a message must name.
    fn read_thoroughly(body: &[u8], schema: &Schema, now: Timestamp) -> Result<Self, RequestError> {
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
        check_expose(fields.remove("expose"))?;
        let slots = fields.remove("slots").map_or(Ok(None), read_slots)?;
        let (visitor, of_visitor) = Visitor::read(schema, &visitor, now)?;
        let (context, of_context) = Context::read(schema, &context)?;
        Ok(Self { visitor, context, slots, explain, ignored: of_visitor.and(of_context) })
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

fn check_expose(expose: Option<Value>) -> Result<(), RequestError> {
    let help = r#"send "now", "seen", or leave it out"#;
    match expose {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(when)) if when == "now" || when == "seen" => Ok(()),
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
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Request, plain};
    use crate::profile::Schema;

    const SCHEMA: &str = "
attributes:
  age: {type: number}
  name: {type: text, wire: first_name}
  plan: {type: text, one_of: [free, pro]}
  tags: {type: list}
  member: {type: boolean}
  app: {type: version}
  since: {type: moment}
context: {store: {type: text}}
purposes: {marketing: {default: denied}}
";

    fn schema() -> Schema {
        let mut findings = Vec::new();
        let schema = Schema::read(&[("schema.yaml".into(), SCHEMA.into())], &|_| None, &mut findings);
        assert_eq!(findings, []);
        schema
    }

    fn one_of(values: Vec<Value>) -> impl Strategy<Value = Option<Value>> {
        proptest::option::weighted(0.7, proptest::sample::select(values))
    }

    prop_compose! {
        fn attributes()(
            age in one_of(vec![json!(41), json!(-0.5), json!("41"), json!(null), json!(1e30), json!(2.50)]),
            name in one_of(vec![json!("Ines"), json!(""), json!("a\"b\n"), json!("\u{e4}\u{1f600}"), json!(3)]),
            plan in one_of(vec![json!("free"), json!("gold")]),
            tags in one_of(vec![json!(["a", "b"]), json!([]), json!(["\\"]), json!(["a", 1]), json!("a")]),
            member in one_of(vec![json!(true), json!("true")]),
            app in one_of(vec![json!("2.10"), json!(2.1)]),
            since in one_of(vec![json!("2026-11-20T10:00:00Z"), json!("today")]),
            undeclared in one_of(vec![json!({"deep": [1, 2]}), json!(null)]),
        ) -> Value {
            let all = [
                ("age", age), ("first_name", name), ("plan", plan), ("tags", tags), ("member", member), ("app", app),
                ("since", since), ("shoes", undeclared),
            ];
            all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
        }
    }

    prop_compose! {
        fn body()(
            id in one_of(vec![json!("v1"), json!("\u{e4}"), json!(""), json!(1), json!("x".repeat(257))]),
            attributes in proptest::option::of(attributes()),
            consent in one_of(vec![json!({"marketing": true, "tracking": false, "other": true}), json!({"marketing": 1}), json!({"marketing": null})]),
            events in proptest::option::weighted(0.1, Just(json!([{"type": "page", "properties": {"path": "/a"}}]))),
            context in one_of(vec![json!({"page": "/a?utm_source=x", "store": "berlin"}), json!({"device": "fridge"}), json!(null), json!([])]),
            slots in one_of(vec![json!(["a", "b"]), json!(["a", "a"]), json!([]), json!("a"), json!([1])]),
            explain in one_of(vec![json!(true), json!("yes")]),
            expose in one_of(vec![json!("seen"), json!("later")]),
            unknown in proptest::option::weighted(0.05, Just(json!(1))),
        ) -> Value {
            let fields = |fields: Vec<(&str, Option<Value>)>| -> Value {
                fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
            };
            let visitor = fields(vec![("id", id), ("attributes", attributes), ("consent", consent), ("events", events)]);
            fields(vec![
                ("visitor", Some(visitor)), ("context", context), ("slots", slots), ("explain", explain),
                ("expose", expose), ("explian", unknown),
            ])
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_quick_reader_reads_what_the_thorough_one_reads(body in body()) {
            let (schema, text) = (schema(), body.to_string());
            let now = "2026-11-22T12:00:00Z".parse().unwrap();
            if let Some(quick) = plain::read(text.as_bytes(), &schema) {
                prop_assert_eq!(Ok(quick), Request::read_thoroughly(text.as_bytes(), &schema, now));
            }
        }
    }

    #[test]
    fn what_is_no_json_is_refused_though_nobody_declares_it() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        for undeclared in [r#""\ud800""#, r#"["\ud800"]"#] {
            let body = format!(r#"{{"visitor": {{"id": "v1", "attributes": {{"shoes": {undeclared}}}}}}}"#);
            assert_eq!(Request::read(body.as_bytes(), &schema(), now).unwrap_err().code, "invalid-json", "{body}");
        }
    }

    #[test]
    fn usual_bodies_take_the_quick_way() {
        for body in [
            r#"{"visitor": {"id": "v1"}}"#,
            r#"{"visitor": {"id": "v1", "attributes": {"age": 4.50, "tags": ["a"], "shoes": 3}, "consent": {"marketing": true}},
                "context": {"page": "/", "store": "berlin"}, "slots": ["hero"], "explain": false, "expose": "now"}"#,
        ] {
            assert!(plain::read(body.as_bytes(), &schema()).is_some(), "{body}");
        }
    }
}
