//! What is remembered of a visitor of the sample shop: folding an event, deciding from a memory, storing one, its size.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

#[expect(dead_code, reason = "only the compiling of files is used here")]
mod generated;

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use segue::behaviour::Memory;
use segue::decision::{Past, Request, decide, decide_from};
use segue::profile::{Context, Visitor, VisitorBody};
use segue::release::{FileSet, Release};
use serde_json::{Value, json};

/// Within the time of day at which some samples match.
const NOW: &str = "2026-11-20T10:00:00Z";

/// A new visitor, a usual one, and one who comes every day.
const EVENTS: [i64; 4] = [1, 10, 100, 1_000];

fn remember(criterion: &mut Criterion) {
    let now: Timestamp = NOW.parse().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap();
    let release = generated::compiled(files);
    println!("{} cells, at most {} bytes", release.cells.cells().len(), release.cells.worst_bytes());
    for count in EVENTS {
        let request = request(&release, now, count);
        let memory = recorded(&release, &request);
        let bytes = memory.encode();
        println!("{count} events: {} cells, {} bytes", memory.ids().count(), bytes.len());
        let bare = Request { visitor: Visitor { events: Vec::new(), ..request.visitor.clone() }, ..request.clone() };

        let mut group = criterion.benchmark_group("memory");
        let mut events = request.visitor.events.iter().cycle();
        let (mut full, mut order) = (memory.clone(), 1_000_000);
        group.bench_function(BenchmarkId::new("record an event", count), |bencher| {
            bencher.iter(|| {
                order += 1;
                release.cells.record(&release.schema, &mut full, events.next().unwrap(), order, false);
            });
        });
        group.bench_function(BenchmarkId::new("record all events", count), |bencher| {
            bencher.iter(|| black_box(recorded(&release, &request)));
        });
        let past = Past { memory: Some(&memory), ..Past::default() };
        group.bench_function(BenchmarkId::new("decide all slots from the memory", count), |bencher| {
            bencher.iter(|| black_box(decide_from(&release, &bare, past, now).unwrap()));
        });
        group.bench_function(BenchmarkId::new("decide all slots from the events", count), |bencher| {
            bencher.iter(|| black_box(decide(&release, &request, now).unwrap()));
        });
        group.bench_function(BenchmarkId::new("encode", count), |bencher| {
            bencher.iter(|| black_box(memory.encode()));
        });
        group.bench_function(BenchmarkId::new("decode", count), |bencher| {
            bencher.iter(|| black_box(Memory::decode(&bytes).unwrap()));
        });
        group.finish();
    }
}

fn recorded(release: &Release, request: &Request) -> Memory {
    let mut memory = Memory::default();
    for (order, event) in request.visitor.events.iter().enumerate() {
        release.cells.record(&release.schema, &mut memory, event, order as u64, false);
    }
    memory
}

/// A visitor who looks at many things and buys now and then, with an event every fourteen hours.
fn request(release: &Release, now: Timestamp, events: i64) -> Request {
    let events: Vec<Value> = (0..events)
        .map(|index| {
            let at = (now - SignedDuration::from_hours((events - index) * 14)).to_string();
            match index % 10 {
                0..=4 => json!({"type": "page", "timestamp": at, "properties": {"path": "/tents/dome"}}),
                5..=7 => json!({"type": "track", "event": "Product Viewed", "timestamp": at,
                                "properties": {"category": "tents", "price": 199}}),
                8 => json!({"type": "track", "event": "Product Added", "timestamp": at,
                            "properties": {"category": "tents", "price": 199}}),
                _ => json!({"type": "track", "event": "Order Completed", "timestamp": at,
                            "properties": {"revenue": 19.9}}),
            }
        })
        .collect();
    let attributes = json!({"country": "DE", "customer_type": "private", "age": 40});
    let body = json!({"id": "v1", "attributes": attributes, "events": events});
    let body: VisitorBody = serde_json::from_value(body).unwrap();
    let (visitor, ignored) = Visitor::read(&release.schema, &body, now).unwrap();
    Request {
        visitor,
        context: Context::default(),
        slots: None,
        explain: false,
        exposes_later: false,
        is_apart: false,
        brings_events: false,
        ignored,
    }
}

criterion_group!(benches, remember);
criterion_main!(benches);
