//! The bytes of tracking calls, and what comes of them.

mod laws;
pub(crate) mod mmdb;
mod origins;
mod tables;
mod viewed;

use jiff::Timestamp;
use segue::ingest::{Batch, Call, Error, Kind, Message, Rejected, Sender, Settings, read_call};
use segue::profile::Schema;

/// When all calls of these tests arrive, unless a case says otherwise.
const RECEIVED: &str = "2026-11-20T10:00:00.000Z";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schema() -> Schema {
    let text = include_str!("../../cases/events/schema.yaml");
    let mut findings = Vec::new();
    let schema = Schema::read(&[("schema.yaml".into(), text.into())], &|_| None, &mut findings);
    assert_eq!(findings, []);
    schema
}

fn read(kind: Option<Kind>, body: &[u8], received: &str, settings: &Settings) -> Result<Batch, Error> {
    let call = Call { kind, body, received: moment(received), nonce: 7, sender: Sender::default() };
    read_call(&call, settings, &schema())
}

/// Reads a call that must be readable.
fn batch(body: &str) -> Batch {
    read(None, body.as_bytes(), RECEIVED, &Settings::default()).unwrap()
}

/// The only message of a call that names its kind.
fn message(kind: Kind, body: &str) -> Message {
    let batch = read(Some(kind), body.as_bytes(), RECEIVED, &Settings::default()).unwrap();
    assert_eq!(batch.rejected, []);
    batch.messages.into_iter().next().unwrap()
}

/// One message in one line: kind, visitor, joined id, time, marks, and what it means.
fn described(message: &Message) -> String {
    let mut words = vec![message.kind.word().to_owned(), message.visitor.to_string()];
    words.extend(message.joins.iter().map(|joined| format!("joins {joined}")));
    words.push(format!("at {:.3}", message.at));
    let marks = [("bot", message.marks.bot), ("internal", message.marks.internal), ("late", message.marks.late)];
    words.extend(marks.into_iter().filter(|(_, set)| *set).map(|(mark, _)| mark.to_owned()));
    if let Some(event) = &message.meaning.event {
        words.push(format!("event {}", event.name));
        words.extend(event.path.iter().map(|path| path.to_string()));
        words.extend(event.properties.iter().map(|(name, value)| format!("{name}={value}")));
        words.extend(event.context.facts.iter().map(|(name, value)| format!("{name}={value}")));
        let zone = event.context.zone.as_ref().unwrap().iana_name().unwrap();
        words.extend((zone != "Europe/Berlin").then(|| zone.to_owned()));
    }
    if let Some(viewed) = &message.meaning.viewed {
        let either = |name: &str, id: &Option<std::sync::Arc<str>>| match id {
            Some(id) => format!("{name} or {id}"),
            None => name.to_owned(),
        };
        words.push(format!("viewed {}:", either(&viewed.experiment, &viewed.experiment_id)));
        words.push(either(&viewed.variant, &viewed.variant_id));
        words.extend(viewed.properties.iter().map(|(name, value)| format!("{name}={value}")));
    }
    words.extend(message.meaning.attributes.iter().map(|(name, value)| format!("attribute {name}={value}")));
    words.extend(message.meaning.consent.iter().map(|(name, said)| format!("consent {name}={said}")));
    words.extend(message.meaning.group.iter().map(|group| format!("group {group}")));
    words.join(" ")
}

fn refused(rejected: &Rejected) -> String {
    format!("{}: {}", rejected.reason.word(), rejected.cause)
}
