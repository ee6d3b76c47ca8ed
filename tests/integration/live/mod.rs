//! Experiments on the real server, from exposure to verdict.

mod breaker;
mod delay;
mod faults;
mod looks;
mod reading;
mod real;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::serving::{Client, Process, Shop};

/// What `segue analyse` prints of a table, the answer has too.
const SCORECARD: [&str; 9] =
    ["plan", "alpha", "sample_ratio", "variants", "metrics", "omnibus", "breakdowns", "flags", "verdict"];

/// Starts the real server; nobody is a bot there.
fn serve(shop: &Shop) -> Process {
    Process::start_with(shop, &["--bot-rate", "0"])
}

/// So many days before now, at a whole hour: a run looks the same however long it takes.
fn days_ago(days: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - now.rem_euclid(3_600)).unwrap() - (24 * days).hours()
}

/// Segment's word for an exposure.
fn viewed(visitor: &str, experiment: &str, variant: &str, at: Timestamp) -> Value {
    let properties = json!({"experiment_name": experiment, "variation_name": variant});
    json!({"type": "track", "event": "Experiment Viewed", "userId": visitor, "timestamp": at.to_string(), "properties": properties})
}

fn track(visitor: &str, event: &str, properties: Value, at: Timestamp) -> Value {
    json!({"type": "track", "event": event, "userId": visitor, "timestamp": at.to_string(), "properties": properties})
}

/// The answer to `GET /v1/experiments/{name}/results`.
fn results(client: &Client, experiment: &str) -> Value {
    let reply = client.get(&format!("/v1/experiments/{experiment}/results"));
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

/// The part of an answer that `segue analyse` prints too.
fn scorecard(answer: &Value) -> Value {
    SCORECARD
        .iter()
        .map(|field| ((*field).to_owned(), answer[*field].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Compares two answers digit for digit; says how many values there were. Values of a breakdown may stand in any order.
fn assert_same(found: &Value, expected: &Value) -> usize {
    let mut wrong = Vec::new();
    let count = compare("", &scorecard(found), &scorecard(expected), &mut wrong);
    let all = wrong.len();
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{all} of {count} values differ:\n{}", wrong.join("\n"));
    count
}

fn compare(path: &str, found: &Value, expected: &Value, wrong: &mut Vec<String>) -> usize {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let names = found.keys().chain(expected.keys().filter(|key| !found.contains_key(*key)));
            let of = |fields: &serde_json::Map<String, Value>, key: &str| fields.get(key).cloned().unwrap_or_default();
            names.map(|key| compare(&format!("{path}.{key}"), &of(found, key), &of(expected, key), wrong)).sum()
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let (found, expected) = (ordered(found), ordered(expected));
            let pairs = found.iter().zip(&expected).enumerate();
            pairs.map(|(place, (one, other))| compare(&format!("{path}[{place}]"), one, other, wrong)).sum()
        }
        _ => {
            if found != expected {
                wrong.push(format!("{path}: {found}, not {expected}"));
            }
            1
        }
    }
}

fn ordered(list: &[Value]) -> Vec<Value> {
    let mut list = list.to_vec();
    list.sort_by_key(|entry| entry["value"].as_str().unwrap_or_default().to_owned());
    list
}

/// The number of a Prometheus line.
fn metric(text: &str, line: &str) -> Option<f64> {
    text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
}

/// The row of a metric in a variant.
fn row<'a>(answer: &'a Value, metric: &str, variant: &str) -> &'a Value {
    let rows = answer["metrics"].as_array().unwrap();
    rows.iter().find(|row| row["metric"] == metric && row["variant"] == variant).unwrap()
}
