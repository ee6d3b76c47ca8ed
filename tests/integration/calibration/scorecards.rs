//! Whole scorecards of experiments in which nothing is different: what is shipped, not the rules alone.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use segue::analysis::{Data, Kind, Measured, Metric, Plan, Stop, Variant, scorecard};
use segue::statistics::calibration::rate_interval;
use segue::statistics::group_sequential::Spending;
use segue::statistics::{Observation, Sums};

/// What plans promise.
const ALPHA: f64 = 0.05;

fn data(units: &[u64], measured: Vec<Measured>) -> Data {
    let names = ["a", "b", "c"];
    let variant = |(name, units): (&&str, &u64)| Variant { name: (*name).to_owned(), weight: 1.0, units: *units };
    Data { variants: names.iter().zip(units).map(variant).collect(), metrics: vec![measured], ..Data::default() }
}

/// Whether any treatment's adjusted p-value is at or below alpha.
fn claims(plan: &Plan, data: &Data) -> bool {
    let found = scorecard(plan, data).unwrap();
    found.metrics.iter().any(|row| row.adjusted_p_value.is_some_and(|p_value| p_value.get() <= ALPHA))
}

/// An experiment claims something no oftener than alpha, but for chance.
fn check(name: &str, runs: u64, is_wrong: impl Fn(&mut SmallRng) -> bool + Sync) {
    let wrong = (0..runs).into_par_iter().filter(|run| is_wrong(&mut SmallRng::seed_from_u64(*run))).count() as u64;
    let upper = rate_interval(wrong, runs, 0.002).unwrap().upper;
    println!("{name}: {wrong} of {runs} (99.9 % bound {:.2} %)", 100.0 * upper);
    // A plan that spends all of alpha is near it.
    let allowed = ALPHA + 3.3 * (ALPHA * (1.0 - ALPHA) / runs as f64).sqrt();
    assert!(wrong as f64 / runs as f64 <= allowed, "{name}: {wrong} of {runs}");
}

/// Shares of so many variants, with new units at each of 20 looks, a tenth more than planned in the end.
fn shares(stop: Stop, variants: usize, rate: f64, units: u64) -> impl Fn(&mut SmallRng) -> bool + Sync {
    move |random| {
        let visitors = Some(20 * units * variants as u64 * 10 / 11);
        let plan = Plan {
            alpha: ALPHA,
            stop,
            visitors,
            metrics: vec![Metric::new("order", Kind::Conversion)],
            ..Plan::default()
        };
        let mut hits = vec![0_u64; variants];
        let mut looks: Vec<f64> = Vec::new();
        (1..=20_u64).any(|look| {
            for hits in &mut hits {
                *hits += (0..units).filter(|_| random.random_bool(rate)).count() as u64;
            }
            let is_planned = matches!(stop, Stop::GroupSequential { .. });
            if is_planned && !look.is_multiple_of(5) {
                return false;
            }
            let counted = data(
                &vec![look * units; variants],
                hits.iter().map(|hits| Sums::of_share(look * units, *hits).into()).collect(),
            );
            let found = claims(&plan, &Data { looks: looks.clone(), ..counted });
            if is_planned {
                looks.push((look * 11) as f64 / 200.0);
            }
            found
        })
    }
}

#[test]
#[ignore = "slow suite: 1,000 A/A tests"]
fn scorecards_of_shares() {
    let planned = Stop::GroupSequential { spending: Spending::ObrienFleming };
    check("three variants, anytime, planned end", 400, shares(Stop::Anytime, 3, 0.1, 100));
    check("planned looks", 300, shares(planned, 2, 0.1, 100));
    check("planned looks, exact tests", 300, shares(planned, 2, 0.02, 10));
}

#[test]
#[ignore = "slow suite: 300 A/A tests"]
fn scorecards_of_outcomes_that_accumulate() {
    let plan = Plan {
        alpha: ALPHA,
        stop: Stop::Anytime,
        visitors: Some(200),
        metrics: vec![Metric::new("events", Kind::Sum)],
        ..Plan::default()
    };
    // All units are there at the first look; their events come at each of 40.
    check("outcomes that accumulate", 300, |random| {
        let mut units = vec![vec![0.0; 100]; 2];
        (0..40).any(|_| {
            for outcome in units.iter_mut().flatten() {
                *outcome += f64::from(u8::from(random.random_bool(0.3)));
            }
            let measured = units.iter().map(|units| {
                let mut sums = Sums::default();
                for outcome in units {
                    sums.add(Observation { outcome: *outcome, denominator: 0.0, covariate: 0.0 }).unwrap();
                }
                Measured::from(sums)
            });
            claims(&plan, &Data { accumulates: true, ..data(&[100, 100], measured.collect()) })
        })
    });
}
