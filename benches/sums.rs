//! What an exact sum costs beside plain and compensated sums of `f64`: a million units at a time, nanoseconds a unit.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run shall stop")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segue::statistics::{Observation, Sums};

const UNITS: u32 = 100_000;

/// Of the outcome and its square.
#[derive(Default)]
struct Plain {
    sum: f64,
    squares: f64,
}

/// Source: Neumaier (1974), Zeitschrift für Angewandte Mathematik und Mechanik 54, 39-51.
#[derive(Default)]
struct Neumaier {
    sum: f64,
    error: f64,
}

impl Neumaier {
    fn add(&mut self, number: f64) {
        let sum = self.sum + number;
        self.error +=
            if self.sum.abs() >= number.abs() { (self.sum - sum) + number } else { (number - sum) + self.sum };
        self.sum = sum;
    }
}

fn units(kind: &str) -> Vec<Observation> {
    (0..UNITS)
        .map(|index| {
            // A fixed scatter over the digits.
            let scatter = f64::from(index.wrapping_mul(2_654_435_769) >> 8);
            match kind {
                "conversions" => Observation { outcome: f64::from(index % 7 / 6), ..Observation::default() },
                "revenue" => Observation { outcome: (scatter / 100.0).round() / 100.0, ..Observation::default() },
                "signed" => Observation { outcome: scatter / 3.0 - 2.0e6, ..Observation::default() },
                "ratio and covariate" => Observation {
                    outcome: scatter / 100.0,
                    denominator: f64::from(index % 11 + 1),
                    covariate: scatter / 97.0,
                },
                _ => Observation { outcome: scatter * 1e-30, ..Observation::default() },
            }
        })
        .collect()
}

fn sums(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("add a unit");
    group.throughput(Throughput::Elements(u64::from(UNITS)));
    for kind in ["conversions", "revenue", "signed", "ratio and covariate", "outside the window"] {
        let units = units(kind);
        group.bench_function(BenchmarkId::new("exact", kind), |bencher| {
            bencher.iter(|| {
                let mut sums = Sums::default();
                black_box(&units).iter().for_each(|unit| sums.add(*unit).unwrap());
                sums
            });
        });
        group.bench_function(BenchmarkId::new("plain f64", kind), |bencher| {
            bencher.iter(|| {
                let mut sums = Plain::default();
                for unit in black_box(&units) {
                    sums.sum += unit.outcome;
                    sums.squares += unit.outcome * unit.outcome;
                }
                sums.sum + sums.squares
            });
        });
        group.bench_function(BenchmarkId::new("Neumaier", kind), |bencher| {
            bencher.iter(|| {
                let (mut sum, mut squares) = (Neumaier::default(), Neumaier::default());
                for unit in black_box(&units) {
                    sum.add(unit.outcome);
                    squares.add(unit.outcome * unit.outcome);
                }
                sum.sum + sum.error + squares.sum + squares.error
            });
        });
    }
    group.finish();
}

criterion_group!(benches, sums);
criterion_main!(benches);
