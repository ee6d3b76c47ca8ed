//! Quantiles from events, and from counts in buckets.

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use segue::statistics::{Histogram, Measure, Observation, Quantile, RELATIVE_ERROR, Ranks, Sums, Undefined, Variable};

fn events() -> impl Strategy<Value = Vec<f64>> {
    let sizes = prop_oneof![
        0.001..1000.0_f64,
        -1e9..1e9_f64,
        Just(0.0),
        (-200..200_i32).prop_map(|power| 10.0_f64.powi(power))
    ];
    prop::collection::vec(sizes, 0..120)
}

/// Of units with one event each.
fn histogram(events: &[f64]) -> Histogram {
    of_units(&events.iter().map(|event| vec![*event]).collect::<Vec<_>>())
}

fn of_units(units: &[Vec<f64>]) -> Histogram {
    let mut histogram = Histogram::default();
    units.iter().for_each(|unit| histogram.add(unit).unwrap());
    histogram
}

/// Lower edge, middle and upper edge of the bucket of a number.
fn bucket(number: f64) -> (f64, f64, f64) {
    let alone = histogram(&[number; 4]).estimate(Quantile::new(0.5).unwrap()).unwrap();
    (alone.lower, alone.value, alone.upper)
}

/// Units with a few events each, of which many are tied.
fn units() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let event = prop_oneof![0.001..1000.0_f64, -1e3..1e3_f64, (-3..3_i32).prop_map(f64::from)];
    prop::collection::vec(prop::collection::vec(event, 0..8), 0..60)
}

proptest! {
    #[test]
    fn counts_merge_in_any_order_and_subtract(a in events(), b in events()) {
        let (of_a, of_b) = (histogram(&a), histogram(&b));
        let (mut there, mut back) = (of_a.clone(), of_b.clone());
        there.merge(&of_b).unwrap();
        back.merge(&of_a).unwrap();
        prop_assert_eq!(&there, &back);
        prop_assert_eq!(&there, &histogram(&[a.as_slice(), &b].concat()));
        there.subtract(&of_b).unwrap();
        prop_assert_eq!(&there, &of_a);
        if there.subtract(&back).is_err() {
            prop_assert_eq!(&there, &of_a, "a refused subtraction changes nothing");
        } else {
            prop_assert!(b.is_empty());
        }
    }

    #[test]
    fn a_bucket_keeps_a_quantile_to_the_stated_error(events in events(), level in 0.05..0.95_f64) {
        let quantile = Quantile::new(level).unwrap();
        match (quantile.of_events(&mut events.clone()), histogram(&events).estimate(quantile)) {
            (Ok(exact), Ok(kept)) => {
                prop_assert_eq!(exact.events, kept.events);
                prop_assert!((kept.value - exact.value).abs() <= RELATIVE_ERROR * exact.value.abs());
                // The ends are the outer edges of their buckets: never nearer than the events themselves.
                prop_assert!(kept.lower <= exact.lower && exact.upper <= kept.upper);
                prop_assert!(exact.lower - kept.lower <= 2.0 * RELATIVE_ERROR * exact.lower.abs());
            }
            (exact, kept) => prop_assert_eq!(exact.err(), kept.err()),
        }
    }

    /// The slow form has every event at hand, and knows of buckets only where their edges are.
    #[test]
    fn units_vary_as_much_in_buckets_as_out_of_them(units in units(), level in 0.05..0.95_f64) {
        let quantile = Quantile::new(level).unwrap();
        let (exact, kept) = (quantile.of_units(&units), of_units(&units).estimate(quantile));
        let (Ok(exact), Ok(kept)) = (exact.clone(), kept.clone()) else {
            prop_assert_eq!(exact.err(), kept.err());
            return Ok(());
        };
        let (lower, value, upper) = (bucket(exact.lower).0, bucket(exact.value), bucket(exact.upper).2);
        prop_assert_eq!((kept.lower, kept.value, kept.upper), (lower, value.1, upper));
        let mut clusters = Sums::default();
        for unit in units.iter().filter(|unit| !unit.is_empty()) {
            // A positive bucket ends before its upper edge, a negative one at it.
            let is_below = |event: &f64| *event <= value.2 && (bucket(*event) == value || *event < value.2);
            let below = unit.iter().filter(|event| is_below(event)).count() as f64;
            clusters.add(Observation { outcome: below, denominator: unit.len() as f64, covariate: 0.0 }).unwrap();
        }
        let clusters = Some(clusters).filter(|clusters| clusters.units() < kept.events);
        prop_assert_eq!(&kept.clusters, &clusters);
        prop_assert_eq!(of_units(&units).level(quantile), quantile.level_of(&kept, None));
    }

    #[test]
    fn units_come_and_go_in_any_order(a in units(), b in units(), seed in any::<u64>()) {
        let (of_a, of_b) = (of_units(&a), of_units(&b));
        let mut both = [a.clone(), b.clone()].concat();
        both.sort_by_key(|unit| seed.wrapping_mul(unit.len() as u64 + 1).wrapping_add(unit.first().map_or(0, |event| event.to_bits())));
        let mut all = of_units(&both);
        let mut merged = of_b.clone();
        merged.merge(&of_a).unwrap();
        prop_assert_eq!(&all, &merged);
        prop_assert_eq!(all.units(), both.iter().filter(|unit| !unit.is_empty()).count() as u64);
        for unit in &b {
            all.take_out(unit).unwrap();
        }
        prop_assert_eq!(&all, &of_a);
        prop_assert_eq!(all.buckets() == 0, a.iter().all(Vec::is_empty));
    }

    #[test]
    fn what_is_written_down_is_read_back(units in units()) {
        let histogram = of_units(&units);
        let text = serde_json::to_string(&histogram).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Histogram>(&text).unwrap(), &histogram);
        let mut merged = Histogram::default();
        for (_, stripe) in histogram.stripes() {
            let text = serde_json::to_string(&stripe).unwrap();
            prop_assert!(text.len() <= 4096);
            merged.merge(&serde_json::from_str(&text).unwrap()).unwrap();
        }
        prop_assert_eq!(&merged, &histogram);
    }

    #[test]
    fn an_event_of_a_quantile_is_the_one_of_its_rank(events in events(), level in 0.05..0.95_f64) {
        let quantile = Quantile::new(level).unwrap();
        let Ok(Ranks { lower, value, upper }) = quantile.ranks(events.len() as u64) else { return Ok(()) };
        let mut sorted = events.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |rank: u64| sorted[usize::try_from(rank).unwrap() - 1];
        let found = quantile.of_events(&mut events.clone()).unwrap();
        prop_assert_eq!((found.lower, found.value, found.upper), (at(lower), at(value), at(upper)));
        prop_assert!(lower < value && value < upper);
    }

    #[test]
    fn units_of_one_event_each_vary_like_events(events in events()) {
        let quantile = Quantile::new(0.5).unwrap();
        let units: Vec<[f64; 1]> = events.iter().map(|event| [*event]).collect();
        let (Ok(alone), Ok(of_units)) = (quantile.of_events(&mut events.clone()), quantile.of_units(&units)) else { return Ok(()) };
        prop_assume!(alone.lower < alone.upper);
        let (alone, of_units) = (quantile.level_of(&alone, None), quantile.level_of(&of_units, None));
        let (Ok(alone), Ok(of_units)) = (alone, of_units) else { return Ok(()) };
        // Ties at the quantile leave more than half of the events at or below it.
        let share = events.iter().filter(|event| **event <= alone.value).count() as f64 / events.len() as f64;
        let count = events.len() as f64;
        let expected = share * (1.0 - share) / 0.25 * count / (count - 1.0);
        prop_assert!((of_units.variance / alone.variance / expected - 1.0).abs() < 1e-9);
    }
}

#[test]
fn too_few_events_have_no_outer_interval() {
    let at = |level: f64, events: u64| Quantile::new(level).unwrap().ranks(events);
    assert_eq!(at(0.99, 380), Err(Undefined::TooFewUnits));
    assert!(at(0.99, 381).is_ok());
    assert_eq!(at(0.5, 3), Err(Undefined::TooFewUnits));
    assert_eq!(at(0.5, 4), Ok(Ranks { lower: 1, value: 2, upper: 4 }));
    assert_eq!(at(0.5, 0), Err(Undefined::NoUnits));
    for level in [0.0, 1.0, -0.5, f64::NAN] {
        assert_eq!(Quantile::new(level), Err(Undefined::OutOfRange));
    }
}

#[test]
fn tied_events_have_no_variance_unless_a_floor_is_asked_for() {
    use segue::statistics::Floor;
    let median = Quantile::new(0.5).unwrap();
    let tied = |count: usize| median.of_events(&mut vec![3.0; count]).unwrap();
    assert_eq!(median.level_of(&tied(2000), None), Err(Undefined::ZeroVariance));
    assert_eq!(median.level_of(&tied(500), Some(Floor::GBSTATS)), Err(Undefined::ZeroVariance));
    assert_eq!(median.level_of(&tied(2000), Some(Floor::GBSTATS)).unwrap().variance, 1e-5);
    assert_eq!(median.of_events(&mut [1.0, f64::NAN]).unwrap_err(), Undefined::TooLarge);
    assert_eq!(Histogram::default().add(&[1.0, f64::INFINITY]), Err(Undefined::TooLarge));
}

#[test]
fn buckets_that_no_values_give_are_refused() {
    let read = |text: &str| serde_json::from_str::<Histogram>(text);
    assert_eq!(serde_json::to_string(&of_units(&[vec![1.0, 1.0, 0.0]])).unwrap(), "[[0,1,1,1,3],[130945,2,0,8,6]]");
    assert!(read("[]").is_ok());
    for text in [
        "[[0,0,0,0,0]]",
        "[[0,1,2,1,1]]",
        "[[0,2,1,1,4]]",
        "[[0,2,1,4,1]]",
        "[[3,1,1,1,1],[2,1,1,1,1]]",
        "[[3,1,1,1,1],[3,1,1,1,1]]",
        "[[3,1,1,18446744073709551615,1],[4,1,1,1,1]]",
        "[[0,1,1,1]]",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// Two samples of whole numbers, of which nothing differs: where their quantiles are a step apart, the step would be 2.8 standard errors.
#[test]
fn whole_numbers_that_are_few_at_the_quantile_are_no_proof_of_anything() {
    let mut random = StdRng::seed_from_u64(12);
    let median = Quantile::new(0.5).unwrap();
    let mut sample = |step: f64| {
        let mut events: Vec<f64> =
            (0..4_000).map(|_| (random.random_range(0.0..9.0_f64) / step).floor() * step).collect();
        median.of_events(&mut events).unwrap()
    };
    let coarse = median.compare(&sample(1.0), &sample(1.0), None);
    assert!(matches!(coarse, Err(Undefined::TiedValues | Undefined::ZeroVariance)), "{coarse:?}");
    assert!(median.compare(&sample(0.01), &sample(0.01), None).is_ok());
    let rejected = (0..1_000).filter(|_| {
        let found = median.compare(&sample(0.08), &sample(0.08), None);
        found.is_ok_and(|found| found.difference.p_value().value <= 0.05)
    });
    let rejected = rejected.count();
    assert!(rejected <= 80, "{rejected} of 1000 at 5 %");
}

/// Units whose events are alike: the variance of independent events would be far too small.
#[test]
fn a_quantile_of_clustered_events_moves_as_far_as_its_variance_says() {
    let mut random = StdRng::seed_from_u64(11);
    let quantile = Quantile::new(0.75).unwrap();
    let (mut values, mut told, mut told_of_events) = (Vec::new(), 0.0, 0.0);
    for _ in 0..1000 {
        let units: Vec<Vec<f64>> = (0..200)
            .map(|_| {
                let own: f64 = random.random_range(0.0..3.0);
                (0..random.random_range(1..8)).map(|_| own + random.random_range(0.0..1.0)).collect()
            })
            .collect();
        let estimate = quantile.of_units(&units).unwrap();
        values.push(estimate.value);
        told += quantile.level_of(&estimate, None).unwrap().squared_error() / 1000.0;
        let alone = segue::statistics::QuantileEstimate { clusters: None, ..estimate };
        told_of_events += quantile.level_of(&alone, None).unwrap().squared_error() / 1000.0;
    }
    let mean = values.iter().sum::<f64>() / 1000.0;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 999.0;
    assert!((told / variance - 1.0).abs() < 0.2, "{told} {variance}");
    assert!(told_of_events < 0.5 * variance);
}

#[test]
fn the_events_of_units_are_counted_for_each() {
    let quantile = Quantile::new(0.5).unwrap();
    let units = [vec![1.0, 2.0, 9.0], vec![], vec![3.0], vec![4.0, 5.0, 6.0, 7.0]];
    let estimate = quantile.of_units(&units).unwrap();
    assert_eq!((estimate.value, estimate.events), (4.0, 8));
    let mut expected = Sums::default();
    for (outcome, denominator) in [(2.0, 3.0), (1.0, 1.0), (1.0, 4.0)] {
        expected.add(Observation { outcome, denominator, covariate: 0.0 }).unwrap();
    }
    assert_eq!(estimate.clusters, Some(expected.clone()));
    assert_eq!(Measure::Ratio.value(&expected), Ok(0.5));
    assert_eq!(expected.sum(Variable::Denominator), 8.0);
}
