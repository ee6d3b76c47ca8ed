//! `tests/cases/events/*.toml`: calls and the messages in them.

use segue::ingest::{Kind, Settings, Undeclared};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// `batch`, or the kind in the path.
    call: String,
    received: Option<String>,
    /// `accept`, `quarantine`, `refuse`.
    undeclared: Option<String>,
    body: String,
    /// Each message in one line; refused ones come behind the others.
    expect: Vec<String>,
    /// The first message as it is kept.
    kept: Option<String>,
}

fn check(text: &str) {
    let table: Table = toml::from_str(text).unwrap();
    for case in table.case {
        let undeclared = match case.undeclared.as_deref() {
            None | Some("accept") => Undeclared::Accept,
            Some("quarantine") => Undeclared::Quarantine,
            Some("refuse") => Undeclared::Refuse,
            Some(other) => panic!("{other}"),
        };
        let settings = Settings { undeclared, ..Settings::default() };
        let kind = (case.call != "batch").then(|| Kind::of_word(&case.call).unwrap());
        let read = read(kind, case.body.as_bytes(), case.received.as_deref().unwrap_or(RECEIVED), &settings);
        let (found, kept) = match &read {
            Err(error) => (vec![format!("error: {error}; {}", error.help())], None),
            Ok(batch) => {
                let messages = batch.messages.iter().map(described);
                let kept = batch.messages.first().map(|message| message.kept.get().to_owned());
                (messages.chain(batch.rejected.iter().map(refused)).collect(), kept)
            }
        };
        assert_eq!(found, case.expect, "{}", case.name);
        if let Some(expected) = case.kept {
            let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(json(&kept.unwrap()), json(&expected), "{}", case.name);
        }
    }
}

#[test]
fn calls_are_read_as_real_clients_write_them() {
    check(include_str!("../../cases/events/calls.toml"));
}

#[test]
fn ids_say_who_it_was() {
    check(include_str!("../../cases/events/ids.toml"));
}

#[test]
fn times_are_corrected_by_the_clients_clock() {
    check(include_str!("../../cases/events/times.toml"));
}

#[test]
fn exposures_may_be_told_by_events() {
    check(include_str!("../../cases/events/viewed.toml"));
}

#[test]
fn declared_events_are_held_against_the_schema() {
    check(include_str!("../../cases/events/declared.toml"));
}
