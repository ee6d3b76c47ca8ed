//! A whole scorecard: three variants, ten metrics of all kinds with a covariate, from sums to JSON.
#![expect(clippy::expect_used, reason = "a bench that cannot run shall stop")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::analysis::{Data, Kind, Measured, Metric, Plan, Role, Stop, Variant, scorecard};
use segue::statistics::group_sequential::Spending;
use segue::statistics::{Observation, Sums};

const UNITS: u64 = 10_000;

fn plan(stop: Stop) -> Plan {
    let metrics = (0..10).map(|index| {
        let kind = match index % 3 {
            0 => Kind::Conversion,
            1 => Kind::Sum,
            _ => Kind::Ratio,
        };
        let role = match index {
            0 => Role::Primary,
            1 => Role::Secondary,
            _ => Role::Guardrail,
        };
        Metric {
            role,
            margin: (role == Role::Guardrail).then_some(0.02),
            minimum_effect: Some(0.05),
            has_covariate: true,
            ..Metric::new(format!("metric_{index}"), kind)
        }
    });
    Plan { stop, visitors: Some(6 * UNITS), metrics: metrics.collect(), ..Plan::default() }
}

/// Revenue-like numbers with cents: sums as long as those of real data.
fn sums(random: &mut StdRng, kind: Kind, lift: f64) -> Sums {
    let mut sums = Sums::default();
    for _ in 0..UNITS {
        let habit: f64 = random.random();
        let buys = random.random::<f64>() < 0.1 * (0.5 + habit) * lift;
        let outcome = match kind {
            Kind::Conversion => f64::from(u8::from(buys)),
            _ if buys => (random.random::<f64>() * 10_000.0).round() / 100.0,
            _ => 0.0,
        };
        let denominator = f64::from(random.random_range(1..9_u8));
        let covariate = (habit * 5_000.0).round() / 100.0;
        sums.add(Observation { outcome, denominator, covariate }).expect("finite numbers");
    }
    sums
}

fn data(plan: &Plan) -> Data {
    let mut random = StdRng::seed_from_u64(7);
    let variants = ["control", "blue", "red"];
    let by_metric = plan.metrics.iter().map(|metric| {
        let measured = [1.0, 1.05, 0.98].map(|lift| Measured::from(sums(&mut random, metric.kind, lift)));
        measured.into()
    });
    Data {
        metrics: by_metric.collect(),
        variants: variants.map(|name| Variant { name: name.into(), weight: 1.0, units: UNITS }).into(),
        ..Data::default()
    }
}

fn scorecards(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scorecard");
    let looks = Stop::GroupSequential { spending: Spending::ObrienFleming };
    for (name, stop) in [("fixed", Stop::Fixed), ("anytime", Stop::Anytime), ("group_sequential", looks)] {
        let plan = plan(stop);
        let data = Data { looks: vec![0.25], ..data(&plan) };
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let found = scorecard(black_box(&plan), black_box(&data)).expect("a plan that fits");
                serde_json::to_vec(&found).expect("numbers that JSON can carry")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scorecards);
criterion_main!(benches);
