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

/// The edges of the bucket of a number: 128 buckets for each doubling.
fn bucket(number: f64) -> (f64, f64) {
    let size = number.abs();
    if size == 0.0 {
        return (0.0, 0.0);
    }
    let bits = size.to_bits() >> 45;
    let edges = [bits, bits + 1].map(|bits| f64::from_bits(bits << 45).min(f64::MAX));
    if number > 0.0 { (edges[0], edges[1]) } else { (-edges[1], -edges[0]) }
}

/// The events in order, those of each bucket spread evenly over it: for each its bucket, its place among those of its bucket, how many they
/// are, and what it counts as.
fn spread(units: &[Vec<f64>]) -> Vec<((f64, f64), usize, usize, f64)> {
    let mut edges: Vec<(f64, f64)> = units.iter().flatten().map(|event| bucket(*event)).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut found = Vec::new();
    for events in edges.chunk_by(|a, b| a == b) {
        for place in 0..events.len() {
            let ((lower, upper), share) = (events[0], (place as f64 + 0.5) / events.len() as f64);
            found.push((events[0], place, events.len(), (lower * (1.0 - share) + upper * share).clamp(lower, upper)));
        }
    }
    found
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
                prop_assert!((kept.lower - exact.lower).abs() <= RELATIVE_ERROR * exact.lower.abs());
                prop_assert!((kept.upper - exact.upper).abs() <= RELATIVE_ERROR * exact.upper.abs());
                prop_assert!(kept.lower <= kept.value && kept.value <= kept.upper);
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
        let (spread, ranks) = (spread(&units), quantile.ranks(exact.events).unwrap());
        let at = |rank: u64| spread[usize::try_from(rank).unwrap() - 1];
        prop_assert_eq!((kept.lower, kept.value, kept.upper), (at(ranks.lower).3, at(ranks.value).3, at(ranks.upper).3));
        // Up to the bucket, and up to its end; between them in proportion.
        let ((lower, _), place, count, _) = at(ranks.value);
        let of = |is_below: &dyn Fn(f64) -> bool| {
            let below = |unit: &Vec<f64>| unit.iter().filter(|event| is_below(bucket(**event).0)).count();
            let sum = |weigh: &dyn Fn(usize, usize) -> usize| units.iter().map(|unit| weigh(below(unit), unit.len())).sum::<usize>();
            [sum(&|below, _| below * below), sum(&|below, all| below * all)]
        };
        let (start, end) = (of(&|edge| edge < lower), of(&|edge| edge <= lower));
        let expected = [0, 1].map(|sum: usize| (start[sum] + (end[sum] - start[sum]) * (place + 1) / count) as f64);
        let is_one_each = units.iter().all(|unit| unit.len() < 2);
        prop_assert_eq!(kept.clusters.is_none(), is_one_each);
        if let Some(clusters) = &kept.clusters {
            use Variable::{Denominator, Outcome};
            let sums = [(Outcome, Outcome), (Outcome, Denominator)].map(|(a, b)| clusters.sum_of_products(a, b));
            prop_assert_eq!((clusters.sum(Outcome), sums), (ranks.value as f64, expected));
            let all: usize = units.iter().map(Vec::len).sum();
            prop_assert_eq!(clusters.sum(Denominator), all as f64);
        }
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

/// A value of several metrics as people have them: smooth, in cents, in one narrow heap, whole numbers of all sizes.
fn draw(kind: &str, random: &mut StdRng) -> f64 {
    let flat: f64 = random.random_range(1e-12..1.0);
    match kind {
        "seconds" => 0.2 - 1.3 * flat.ln(),
        "cents" => ((2.0 - 30.0 * flat.ln()) * 100.0).round() / 100.0,
        // All of it in two buckets or three.
        "narrow" => 100.0 + 1.6 * flat,
        "thousands" => (200.0 - 900.0 * flat.ln()).round(),
        "few whole numbers" => (1.0 - 2.0 * flat.ln()).floor(),
        "below and above 0" => (flat / (1.0 - flat)).ln(),
        other => panic!("{other}"),
    }
}

/// How often of so many pairs of samples, of which nothing differs, a difference is found at 5 %; and how often the interval of one sample's
/// quantile holds the true one.
fn misled((kind, share, size, resolution): (&str, f64, usize, f64), pairs: usize, seed: u64) -> (usize, usize, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let quantile = Quantile::new(share).unwrap();
    let mut many: Vec<f64> = (0..100_000).map(|_| draw(kind, &mut random)).collect();
    let truth = quantile.of_events(&mut many).unwrap().value;
    let (mut found, mut missed, mut known) = (0, 0, 0);
    for _ in 0..pairs {
        let mut sample = || histogram_at_once(&(0..size).map(|_| draw(kind, &mut random)).collect::<Vec<_>>());
        let (a, b) = (sample(), sample());
        let (Ok(a), Ok(b)) = (a.level(quantile), b.level(quantile)) else { continue };
        known += 1;
        let compared = segue::statistics::Comparison::of_independent(a, b).unwrap();
        found += usize::from(compared.difference.p_value().value <= 0.05);
        missed += usize::from((a.value - truth).abs() > 1.96 * a.squared_error().sqrt() + resolution * truth.abs());
    }
    (found, missed, known)
}

/// Of units with one event each: as written down, which is quicker than one histogram for each of them.
fn histogram_at_once(events: &[f64]) -> Histogram {
    let place = |event: &f64| {
        let outwards = i32::try_from(event.abs().to_bits() >> 45).unwrap() + 1;
        if *event == 0.0 { 0 } else { outwards * event.signum() as i32 }
    };
    let mut places: Vec<i32> = events.iter().map(place).collect();
    places.sort_unstable();
    let count = |bucket: &[i32]| (bucket[0], bucket.len() as u64);
    let written = places.chunk_by(|a, b| a == b).map(count).map(|(place, count)| (place, count, count, count, count));
    Histogram::try_from(written.collect::<Vec<_>>()).unwrap()
}

/// At a rate of 5 %, more than 5 % and four standard errors would come by chance once in thirty thousand times.
#[test]
fn buckets_mislead_no_more_often_than_planned() {
    let rows = [
        ("seconds", 0.5, 2_000, 0.0),
        ("seconds", 0.95, 2_000, 0.0),
        ("cents", 0.5, 2_000, 0.0),
        ("below and above 0", 0.3, 1_000, 0.0),
        // Within a bucket values are not spread evenly: the quantile itself is known to the resolution.
        ("narrow", 0.5, 2_000, RELATIVE_ERROR),
        ("narrow", 0.9, 500, RELATIVE_ERROR),
        ("thousands", 0.9, 2_000, RELATIVE_ERROR),
        ("few whole numbers", 0.5, 2_000, RELATIVE_ERROR),
    ];
    let pairs = 300;
    let limit = 0.05 * pairs as f64 + 4.0 * (0.05 * 0.95 * pairs as f64).sqrt();
    for (row, seed) in rows.into_iter().zip(40..) {
        let (found, missed, known) = misled(row, pairs, seed);
        println!("{row:?}: {found} found, {missed} missed of {known}");
        assert!((found as f64) < limit && (missed as f64) < limit, "{row:?}: {found} and {missed} of {known}");
        assert!(known == pairs || row.0 == "few whole numbers", "{row:?}: {known}");
    }
}
