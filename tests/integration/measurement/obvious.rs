//! Everything anew from the lists of events, the slow and obvious way.

use std::collections::BTreeMap;

use jiff::Timestamp;
use segue::analysis::{Breakdown, Cell, Data, Measured, Quality, Variant};
use segue::measurement::Exposure;
use segue::statistics::{Histogram, Observation, Sums};

use super::{DAY, Did, Life};

const VARIANTS: [&str; 3] = ["control", "a", "b"];

const METRICS: [&str; 8] = ["bought", "orders", "spend", "value", "share", "looks_each", "slow", "back"];

/// The earliest; of several at one instant the smallest variant, then batch.
fn first(life: &Life) -> &Exposure {
    let rank =
        |exposure: &&Exposure| (exposure.at, exposure.variant.clone(), exposure.batch, exposure.dimensions.clone());
    life.exposures.iter().min_by_key(rank).unwrap()
}

/// The numbers of events in `[from, until)`, and how many events there are.
fn numbers(life: &Life, name: &str, (from, until): (i64, i64)) -> (Vec<f64>, f64) {
    let inside = |did: &&Did| did.name == name && from <= did.at && did.at < until;
    let mut found: Vec<&Did> = life.did.iter().filter(inside).collect();
    found.sort_by_key(|did| did.at);
    let numbers = found.iter().filter_map(|did| Some(did.number? as f64 / 100.0)).collect();
    (numbers, found.len() as f64)
}

/// Hundredths add up exactly as integers.
fn sum(numbers: &[f64]) -> f64 {
    let exact = numbers.iter().fold(segue::statistics::Sum::default(), |mut sum, number| {
        sum.add(*number);
        sum
    });
    exact.value()
}

/// What stands above the line and below it.
fn brought(life: &Life, metric: &str, window: (i64, i64)) -> (f64, f64) {
    let (amounts, orders) = numbers(life, "order", window);
    let (seconds, looks) = numbers(life, "look", window);
    let any = |there: bool| (f64::from(u8::from(there)), 0.0);
    match metric {
        "bought" => any(amounts.iter().any(|amount| *amount > 2.0)),
        "orders" => (orders.min(2.0), 0.0),
        "spend" => (sum(&amounts).min(20.5), 0.0),
        "value" => (sum(&amounts.iter().map(|amount| amount.min(9.99)).collect::<Vec<_>>()), amounts.len() as f64),
        "share" => (sum(&amounts), sum(&seconds)),
        "looks_each" => (looks, orders),
        "back" => any(looks > 0.0),
        other => panic!("{other}"),
    }
}

fn observation(life: &Life, metric: &str) -> Observation {
    let at = first(life).at;
    let days = |from: i64, days: i64| (from, from + days * DAY);
    let (window, before) = match metric {
        "bought" => (days(at, 3), 28),
        "orders" => ((at, i64::MAX), 2),
        "spend" => (days(at, 5), 5),
        "looks_each" => (days(at, 4), 28),
        "back" => (days(at + 2 * DAY, 1), 3),
        "value" => ((at, i64::MAX), 0),
        _ => ((at, i64::MAX), 28),
    };
    let (outcome, denominator) = brought(life, metric, window);
    let (above, below) = brought(life, metric, (at - before * DAY, at));
    let is_of_two = ["value", "share", "looks_each"].contains(&metric);
    let covariate = match (is_of_two, below) {
        (true, 0.0) => 0.0,
        (true, below) => above / below,
        (false, _) => above,
    };
    Observation { outcome, denominator, covariate }
}

/// Whether the third day after the exposure is over for everybody of the same day.
fn is_known(life: &Life, now: Timestamp) -> bool {
    let day = first(life).at / DAY;
    (day + 1 + 2 + 1) * DAY <= now.as_millisecond()
}

fn cell(value: &str, lives: &[&Life], now: Timestamp) -> Cell {
    let of = |variant: &str| lives.iter().filter(|life| &*first(life).variant == variant).copied().collect::<Vec<_>>();
    let measured = |metric: &str, variant: &str| {
        let lives = of(variant);
        if metric == "slow" {
            let mut histogram = Histogram::default();
            for life in lives {
                histogram.add(&numbers(life, "look", (first(life).at, i64::MAX)).0).unwrap();
            }
            return Measured::of_histogram(&histogram, 0.5);
        }
        let mut sums = Sums::default();
        for life in lives.into_iter().filter(|life| metric != "back" || is_known(life, now)) {
            sums.add(observation(life, metric)).unwrap();
        }
        Measured::from(sums)
    };
    Cell {
        value: value.to_owned(),
        units: VARIANTS.map(|variant| of(variant).len() as u64).to_vec(),
        metrics: METRICS.map(|metric| VARIANTS.map(|variant| measured(metric, variant)).to_vec()).to_vec(),
    }
}

fn counted(lives: &[Life]) -> Vec<&Life> {
    lives.iter().filter(|life| VARIANTS.contains(&&*first(life).variant)).collect()
}

pub fn data(lives: &[Life], now: Timestamp) -> Data {
    let known = counted(lives);
    let all = cell("", &known, now);
    let breakdown = |names: &[&str]| {
        let mut parts: BTreeMap<String, Vec<&Life>> = BTreeMap::new();
        for life in &known {
            let value = |name: &&str| first(life).dimensions.get(*name).map_or("(empty)", |value| value);
            parts.entry(names.iter().map(value).collect::<Vec<_>>().join(", ")).or_default().push(life);
        }
        let values: Vec<Cell> = parts.iter().map(|(value, lives)| cell(value, lives, now)).collect();
        (!values.is_empty()).then(|| Breakdown { name: names.join(", "), values })
    };
    let count = |holds: &dyn Fn(&Life) -> bool| known.iter().filter(|life| holds(life)).count() as u64;
    let immature = count(&|life| !is_known(life, now));
    // Whatever any metric would count, whenever it came.
    let goes_on = |life: &Life| {
        let at = first(life).at;
        let day = at + 2 * DAY..at + 3 * DAY;
        life.did.iter().any(|did| did.at > at || (did.name == "look" && day.contains(&did.at)))
    };
    Data {
        variants: VARIANTS
            .iter()
            .zip(&all.units)
            .map(|(name, units)| Variant { name: (*name).to_owned(), weight: 1.0, units: *units })
            .collect(),
        metrics: all.metrics,
        breakdowns: [breakdown(&["device"]), breakdown(&["device", "plan"])].into_iter().flatten().collect(),
        accumulates: count(&goes_on) > 0,
        quality: Quality {
            units_in_several_variants: count(&|life| {
                life.exposures.iter().any(|exposure| exposure.variant != first(life).variant)
            }),
            unknown_variant: (lives.len() - known.len()) as u64,
            immature_units: if immature > 0 { vec![("back".to_owned(), immature)] } else { Vec::new() },
            ..Quality::default()
        },
        ..Data::default()
    }
}

/// How many units of each variant every batch has.
pub fn batches(lives: &[Life]) -> Vec<(u32, Vec<u64>)> {
    let mut batches: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for life in counted(lives) {
        let variant = VARIANTS.iter().position(|name| *name == &*first(life).variant).unwrap();
        batches.entry(first(life).batch).or_insert_with(|| vec![0; VARIANTS.len()])[variant] += 1;
    }
    batches.into_iter().collect()
}
