//! The bytes of a tracking call -> checked messages, and what a kept message means.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run shall stop")]

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segue::ingest::{Call, Kind, Sender, Settings, interpret, read_call};
use segue::profile::Schema;
use serde_json::{Value, json};

const SCHEMA: &str = "
zone: Europe/Berlin
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}, items: {type: number}, coupon: {type: text}}}
  product_view: {wire: Product Viewed, properties: {category: {type: text, one_of: [shoes, bags, hats]}, price: {type: number}}}
attributes: {plan: {type: text}, age: {type: number}}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
";

/// A message as the browser library sends it.
fn message(number: usize) -> Value {
    let path = format!("/products/{}", number % 100);
    json!({
        "type": "track",
        "event": if number.is_multiple_of(10) { "Order Completed" } else { "Product Viewed" },
        "userId": format!("visitor-{number}"),
        "anonymousId": "0d1f8a52-7a7e-4a55-9a58-0f6f4ad2f5b7",
        "messageId": format!("ajs-next-1795386492200-{number:08x}-6ed8-43ab-a82d-5ac83a3ae006"),
        "timestamp": "2026-11-20T09:59:58.117Z",
        "properties": {"category": "shoes", "price": 59.9, "revenue": "42.50", "currency": "EUR", "items": 2, "sku": "A-4711"},
        "context": {
            "page": {"path": path, "url": format!("https://shop.example{path}?utm_source=newsletter"), "title": "Boots", "referrer": ""},
            "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "locale": "de-DE", "timezone": "Europe/Berlin", "ip": Ipv4Addr::new(192, 0, 2, 1),
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"}
        },
        "integrations": {},
    })
}

fn reading(criterion: &mut Criterion) {
    let mut findings = Vec::new();
    let schema = Schema::read(&[("schema.yaml".into(), SCHEMA.into())], &|_| None, &mut findings);
    assert!(findings.is_empty());
    let received = "2026-11-20T10:00:00Z".parse().unwrap();
    let settings = Settings { internal: vec!["10.0.0.0/8".parse().unwrap()], ..Settings::default() };
    let single = message(1).to_string();
    let batch = |size: usize| {
        json!({"batch": (0..size).map(message).collect::<Vec<_>>(), "sentAt": "2026-11-20T10:00:00Z"}).to_string()
    };
    let inputs = [
        ("one", Some(Kind::Track), single, 1),
        ("batch_32", None, batch(32), 32),
        ("batch_256", None, batch(256), 256),
    ];
    let mut group = criterion.benchmark_group("ingest");
    for (name, kind, body, messages) in &inputs {
        group.throughput(Throughput::Elements(*messages));
        group.bench_with_input(BenchmarkId::new("read_call", name), body, |bencher, body| {
            let call = Call { kind: *kind, body: body.as_bytes(), received, nonce: 7, sender: Sender::default() };
            bencher.iter(|| {
                let batch = read_call(black_box(&call), &settings, &schema).unwrap();
                assert_eq!((batch.messages.len() as u64, batch.rejected.len()), (*messages, 0));
                batch
            });
        });
    }
    let call =
        Call { kind: Some(Kind::Track), body: inputs[0].2.as_bytes(), received, nonce: 7, sender: Sender::default() };
    let kept = read_call(&call, &settings, &schema).unwrap().messages.remove(0).kept;
    group.throughput(Throughput::Elements(1));
    group.bench_function("interpret", |bencher| bencher.iter(|| interpret(&schema, black_box(kept.get())).unwrap()));
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
