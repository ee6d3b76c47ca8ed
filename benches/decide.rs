//! One decision: a slot of generated rules, and the slots of the samples for a visitor with a hundred events.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

mod generated;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::decision::{Request, decide};
use segue::profile::{Context, Visitor, VisitorBody};
use segue::release::{FileSet, Release};
use serde_json::{Value, json};

/// Within the time of day at which some samples match.
const NOW: &str = "2026-11-20T10:00:00Z";

/// Enough that no visitor stays in a cache by chance.
const VISITORS: usize = 256;

/// One every 14 hours, so of the last two months.
const EVENTS: i64 = 100;

fn generated_slot(criterion: &mut Criterion) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut group = criterion.benchmark_group("generated slot");
    for count in [10, 100, 1_000] {
        let release = generated::compiled(generated::files(count));
        let requests = requests(&release);
        let mut next = requests.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| black_box(decide(&release, next.next().unwrap(), now).unwrap()));
        });
    }
    group.finish();
}

fn sample_slots(criterion: &mut Criterion) {
    let now: Timestamp = NOW.parse().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap();
    let release = generated::compiled(files);
    for (name, visitor) in [("samples, no events", visitor(now, 0)), ("samples, 100 events", visitor(now, EVENTS))] {
        let mut group = criterion.benchmark_group(name);
        let mut request = request(&release, visitor);
        group.bench_function("all slots", |bencher| {
            bencher.iter(|| black_box(decide(&release, &request, now).unwrap()));
        });
        for slot in slots(&release) {
            request.slots = Some(vec![Arc::clone(&slot)]);
            group.bench_function(&*slot, |bencher| {
                bencher.iter(|| black_box(decide(&release, &request, now).unwrap()));
            });
        }
        group.finish();
    }
}

fn slots(release: &Release) -> Vec<Arc<str>> {
    release.program.slots.iter().map(|slot| Arc::clone(&slot.name)).collect()
}

/// Requests of different visitors for all slots; each visitor has five tags.
fn requests(release: &Release) -> Vec<Request> {
    let mut random = StdRng::seed_from_u64(generated::SEED + 1);
    let visitors = (0..VISITORS).map(|index| {
        let tags: Vec<String> = (0..5).map(|_| format!("t{}", random.random_range(0..1_000))).collect();
        let device = generated::DEVICES[random.random_range(0..generated::DEVICES.len())];
        let (country, age) = (format!("c{}", random.random_range(0..200)), random.random_range(18..98));
        let attributes = json!({"country": country, "device": device, "age": age, "tags": tags});
        request(release, json!({"id": format!("v{index}"), "attributes": attributes}))
    });
    visitors.collect()
}

/// The request of one visitor, given as in a decide body.
fn request(release: &Release, visitor: Value) -> Request {
    let body: VisitorBody = serde_json::from_value(visitor).unwrap();
    let (visitor, ignored) = Visitor::read(&release.schema, &body, jiff::Timestamp::UNIX_EPOCH).unwrap();
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

/// A visitor who looks at many things and buys now and then.
fn visitor(now: Timestamp, events: i64) -> Value {
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
    json!({"id": "v1", "attributes": {"country": "DE", "customer_type": "private", "age": 40}, "events": events})
}

criterion_group!(benches, generated_slot, sample_slots);
criterion_main!(benches);
