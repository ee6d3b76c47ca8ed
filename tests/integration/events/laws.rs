//! What holds for every call.

use proptest::collection::vec;
use proptest::prelude::*;
use segue::ingest::{
    MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_EVENT_DEPTH, MAX_MESSAGE_ID_CHARS, Reason, interpret,
};
use serde_json::{Value, json};

use super::*;

/// JSON of all kinds, with the protocol's own field names often enough.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        prop_oneof![
            Just("track"),
            Just("page"),
            Just("v1"),
            Just("Order Completed"),
            Just("2026-11-20T09:00:00Z"),
            Just("Asia/Tokyo")
        ]
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        prop_oneof![
            Just("type"),
            Just("event"),
            Just("userId"),
            Just("anonymousId"),
            Just("previousId"),
            Just("groupId"),
            Just("messageId"),
            Just("timestamp"),
            Just("sentAt"),
            Just("originalTimestamp"),
            Just("properties"),
            Just("context"),
            Just("traits"),
            Just("integrations"),
            Just("revenue"),
            Just("currency"),
            Just("consent"),
            Just("categoryPreferences"),
            Just("page"),
            Just("path"),
            Just("url"),
            Just("timezone"),
            Just("ip"),
            Just("userAgent"),
            Just("segue"),
            Just("batch"),
            Just("writeKey"),
            Just("importedUntil"),
        ]
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((name.clone(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Whatever is read must also be readable from what is kept, and mean the same.
fn check(read: Result<Batch, Error>) {
    let Ok(batch) = read else { return };
    for message in &batch.messages {
        let again = interpret(&schema(), message.kept.get()).unwrap();
        assert_eq!(again, message.meaning, "{}", message.kept);
        assert!(message.at <= message.received);
        assert_eq!(message.at.subsec_nanosecond() % 1_000_000, 0);
        assert!(message.message_id.chars().count() <= MAX_MESSAGE_ID_CHARS && !message.visitor.is_empty());
        let zone = message.meaning.event.as_ref().map(|event| event.context.zone.is_some());
        assert_ne!(zone, Some(false));
    }
    for rejected in &batch.rejected {
        assert!(!rejected.cause.is_empty() && rejected.body.len() <= MAX_EVENT_BYTES);
    }
}

fn kinds() -> impl Iterator<Item = Option<Kind>> {
    Kind::ALL.into_iter().map(Some).chain([None])
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        kinds().for_each(|kind| check(read(kind, &bytes, RECEIVED, &Settings::default())));
    }

    #[test]
    fn no_json_makes_the_reader_panic(body in any_json()) {
        let text = body.to_string();
        kinds().for_each(|kind| check(read(kind, text.as_bytes(), RECEIVED, &Settings::default())));
        let wrapped = json!({ "batch": [body] }).to_string();
        check(read(None, wrapped.as_bytes(), RECEIVED, &Settings::default()));
    }

    #[test]
    fn what_a_batch_says_of_all_its_messages_leaves_them_readable(
        context in any_json(), integrations in any_json(), deep in 0..140_usize, message in any_json()
    ) {
        let good = json!({"type": "screen", "userId": "v1", "context": {"page": {"path": "/"}}});
        let nested = (0..deep).fold(context, |inner, _| json!({ "page": inner }));
        let body = json!({"context": nested, "integrations": integrations, "batch": [good, message]}).to_string();
        let read = read(None, body.as_bytes(), RECEIVED, &Settings::default());
        if let Ok(batch) = &read {
            for message in &batch.messages {
                prop_assert!(depth(&serde_json::from_str(message.kept.get()).unwrap()) <= MAX_EVENT_DEPTH);
            }
        }
        check(read);
    }

    #[test]
    fn a_bad_message_loses_only_itself(good in 1..40_usize, at in any::<prop::sample::Index>(), bad in any_json()) {
        let track = |index| json!({"type": "track", "event": "cart_add", "userId": "v1", "messageId": format!("m{index}")});
        let mut messages: Vec<Value> = (0..good).map(track).collect();
        messages.insert(at.index(good + 1), bad);
        let batch = batch(&json!({ "batch": messages }).to_string());
        let kept: Vec<_> = batch.messages.iter().map(|message| message.message_id.to_string()).collect();
        let expected: Vec<_> = (0..good).map(|index| format!("m{index}")).collect();
        let found: Vec<_> = kept.iter().filter(|id| expected.contains(id)).cloned().collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(batch.messages.len() + batch.rejected.len(), good + 1);
    }
}

#[test]
fn what_is_too_large_is_refused_alone_or_whole() {
    let track =
        |properties: Value| json!({"type": "track", "event": "cart_add", "userId": "v1", "properties": properties});
    let large = json!({"x": "x".repeat(MAX_EVENT_BYTES)});
    let read_batch = batch(&json!({"batch": [track(large), track(json!({}))]}).to_string());
    assert_eq!((read_batch.messages.len(), read_batch.rejected[0].reason), (1, Reason::TooLarge));
    assert_eq!(read_batch.rejected[0].body.len(), MAX_EVENT_BYTES);

    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let deep: Vec<Value> =
        [MAX_EVENT_DEPTH - 2, MAX_EVENT_DEPTH - 1, 100].map(|depth| track(json!({"x": nested(depth)}))).into();
    let read_batch = batch(&json!({ "batch": deep }).to_string());
    assert_eq!(read_batch.messages.len(), 1);
    assert!(read_batch.rejected.iter().all(|rejected| rejected.reason == Reason::TooDeep));
    let deepest = format!("{{\"batch\": [{{\"x\": {}{}}}, {}]}}", "[".repeat(5000), "]".repeat(5000), track(json!({})));
    let read_batch = batch(&deepest);
    assert_eq!((read_batch.messages.len(), read_batch.rejected[0].reason), (1, Reason::NotAnObject));

    let whole = |body: String| read(None, body.as_bytes(), RECEIVED, &Settings::default()).unwrap_err();
    assert_eq!(whole(json!({"batch": vec![1; MAX_BATCH_EVENTS + 1]}).to_string()), Error::TooManyEvents);
    assert_eq!(whole(" ".repeat(MAX_BATCH_BYTES + 1)), Error::TooLarge);
    assert_eq!(batch(&json!({"batch": vec![1; MAX_BATCH_EVENTS]}).to_string()).rejected.len(), MAX_BATCH_EVENTS);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn what_a_batch_says_of_all_its_messages_is_bounded_with_them() {
    let reasons = |frame: Value| {
        let mut body = json!({"batch": vec![json!({"type": "screen", "userId": "v1"}); 3]});
        body.as_object_mut().unwrap().extend(frame.as_object().unwrap().clone());
        batch(&body.to_string()).rejected.iter().map(|rejected| rejected.reason).collect::<Vec<_>>()
    };
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({ "x": inner }));
    for name in ["context", "integrations"] {
        assert_eq!(reasons(json!({ name: nested(MAX_EVENT_DEPTH - 1) })), []);
        assert_eq!(reasons(json!({ name: nested(MAX_EVENT_DEPTH) })), [Reason::TooDeep; 3]);
        assert_eq!(reasons(json!({ name: nested(100) })), [Reason::TooDeep; 3]);
        assert_eq!(reasons(json!({ name: {"x": "x".repeat(MAX_EVENT_BYTES - 100)} })), []);
        assert_eq!(reasons(json!({ name: {"x": "x".repeat(MAX_EVENT_BYTES - 20)} })), [Reason::TooLarge; 3]);
    }
    assert_eq!(reasons(json!({"sentAt": "x".repeat(900_000)})), [Reason::TooLarge; 3]);
}

#[test]
fn ids_have_an_end() {
    let with = |user: usize, message: usize| {
        batch(
            &json!({"batch": [{"type": "screen", "userId": "é".repeat(user), "messageId": "é".repeat(message)}]})
                .to_string(),
        )
    };
    assert_eq!(with(256, 100).rejected, []);
    assert_eq!(with(257, 100).rejected[0].reason, Reason::BadId);
    assert_eq!(with(256, 101).rejected[0].reason, Reason::BadId);
}

#[test]
fn a_kept_message_has_a_meaning_under_any_schema() {
    let message = message(
        Kind::Track,
        r#"{"event": "Order Completed", "userId": "v1", "properties": {"revenue": 5, "level": 3}}"#,
    );
    let later = "events: {order: {wire: Order Completed, properties: {amount: {type: boolean, wire: revenue}, level: {type: number}}}}\nzone: Asia/Tokyo";
    let mut findings = Vec::new();
    let later = Schema::read(&[("schema.yaml".into(), later.into())], &|_| None, &mut findings);
    let meaning = interpret(&later, message.kept.get()).unwrap();
    let event = meaning.event.unwrap();
    assert_eq!(event.properties.keys().map(|name| &**name).collect::<Vec<_>>(), ["level"]);
    assert_eq!(meaning.ignored.uncastable, 1);
    assert_eq!(
        event.context.zone.unwrap().iana_name(),
        Some("Europe/Berlin"),
        "the zone is fixed when an event arrives"
    );
    assert!(interpret(&later, "{}").is_err() && interpret(&later, "[").is_err());
}
