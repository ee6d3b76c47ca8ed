//! Any bytes as the body of a tracking call, of every kind and as a batch.
//!
//! Nothing may panic, and whatever is read means the same when it is read from what is kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::ingest::{Call, Kind, Sender, Settings, interpret, read_call};
use segue::profile::Schema;

const SCHEMA: &str =
    "events: {order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}}}}
attributes: {age: {type: number}, interests: {type: list}}";

fuzz_target!(|bytes: &[u8]| {
    let schema = Schema::read(&[("schema.yaml".into(), SCHEMA.into())], &|_| None, &mut Vec::new());
    let Ok(received) = "2026-11-20T10:00:00Z".parse() else { return };
    for kind in Kind::ALL.into_iter().map(Some).chain([None]) {
        let call = Call { kind, body: bytes, received, nonce: 7, sender: Sender::default() };
        let Ok(batch) = read_call(&call, &Settings::default(), &schema) else { continue };
        for message in batch.messages {
            let again = interpret(&schema, message.kept.get());
            assert_eq!(again.as_ref(), Ok(&message.meaning), "{}", message.kept);
            assert!(message.at <= message.received);
        }
    }
});
