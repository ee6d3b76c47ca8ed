//! One assignment: the bucket of an id with its key put together, and a whole experiment in a layer with a holdout.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run shall stop")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segue::content::Catalogue;
use segue::experiment::{Experiments, Purpose, Steering, bucket};
use segue::profile::{Schema, Visitor};

/// Enough that no branch is learnt by heart.
const IDS: usize = 1024;

const SHARED: &str = "layers: {hero: {}}\nholdouts: {global: {share: 2%, layers: all}}";
const EXPERIMENT: &str = "experiment: cart_hero_test\nstatus: running\nlayer: {name: hero, range: 0%..50%}\n\
    variants: [{name: control, show: nothing}, {name: code, show: nothing}]";

fn buckets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bucket");
    group.throughput(Throughput::Elements(IDS as u64));
    // A salt of 14 bytes and the 5 bytes before it make keys of 25, 40 and 55 bytes.
    for length in [6, 21, 36] {
        let ids: Vec<String> = (0..IDS).map(|index| format!("{index:0length$}")).collect();
        group.bench_function(BenchmarkId::new("bytes of the key", 19 + length), |bencher| {
            bencher
                .iter(|| ids.iter().fold(0, |sum, id| sum ^ bucket(Purpose::Variant, black_box("cart_hero_test"), id)));
        });
    }
    group.finish();
}

fn experiments(criterion: &mut Criterion) {
    let mut findings = Vec::new();
    let files: Vec<(Arc<str>, Arc<str>)> =
        vec![("shared.yaml".into(), SHARED.into()), ("one.yaml".into(), EXPERIMENT.into())];
    let schema = Schema::default();
    let read = Experiments::read(&files, &schema, &Catalogue::default(), &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    let experiment = read.get("cart_hero_test").unwrap();
    let steering = Steering::default();
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let visitors: Vec<Visitor> =
        (0..IDS).map(|index| Visitor { id: format!("{index:021}").into(), ..Visitor::default() }).collect();
    let mut group = criterion.benchmark_group("experiment");
    group.throughput(Throughput::Elements(IDS as u64));
    group.bench_function("holdout, layer and variant", |bencher| {
        bencher.iter(|| {
            visitors.iter().filter(|visitor| experiment.assign(visitor, &schema, now, &steering).is_ok()).count()
        });
    });
    group.finish();
}

criterion_group!(benches, buckets, experiments);
criterion_main!(benches);
