//! Many messages on several connections at once.

use serde_json::{Value, json};

use super::{Client, Connection};

const BATCH: usize = 250;
const CONNECTIONS: usize = 8;

/// Does something with each part of a list, on several connections at once.
pub fn on_connections<T: Sync>(client: &Client, all: &[T], work: impl Fn(&mut Connection, &[T]) + Sync) {
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(CONNECTIONS).max(1)) {
            let work = &work;
            scope.spawn(move || work(&mut Connection::open(&client.url).unwrap(), part));
        }
    });
}

/// Sends all of one visitor on one connection, in order.
pub fn send_all(client: &Client, messages: &[Value]) {
    let mut parts = vec![Vec::new(); CONNECTIONS];
    for message in messages {
        let digits = message["userId"].as_str().unwrap().bytes().fold(0, |sum, byte| sum + usize::from(byte));
        parts[digits % CONNECTIONS].push(message);
    }
    on_connections(client, &parts, |connection, parts| {
        for batch in parts.iter().flat_map(|part| part.chunks(BATCH)) {
            connection.accepted("/v1/batch", &json!({ "batch": batch }));
        }
    });
}
