//! Whatever the sums are, there is a finite number or a reason.

use proptest::prelude::*;
use segue::statistics::{
    Adjustment, Cell, Comparison, Effect, Floor, Measure, Quantile, QuantileEstimate, Region, Sums, Undefined,
    Variable, compare_within,
};

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -10.0..10.0_f64,
        prop_oneof![
            Just(0.0),
            Just(1.0),
            Just(-1.0),
            Just(f64::MAX),
            Just(f64::MIN),
            Just(f64::MIN_POSITIVE),
            Just(5e-324)
        ],
        any::<f64>().prop_filter("finite", |number| number.is_finite()),
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..5_u64, 0..2_000_000_000_u64, Just(u64::MAX), Just(u64::MAX / 2)]
}

/// Sums that may contradict one another.
fn any_sums() -> impl Strategy<Value = Sums> {
    (count(), prop::array::uniform9(number())).prop_map(|(units, numbers)| {
        use Variable::{Covariate, Denominator, Outcome};
        let [y, d, x, yy, yd, yx, dd, dx, xx] = numbers;
        let mut sums = Sums::of_outcome(units, y, yy).unwrap();
        for (variable, sum) in [(Denominator, d), (Covariate, x)] {
            sums.set(variable, sum).unwrap();
        }
        for (a, b, sum) in [
            (Outcome, Denominator, yd),
            (Outcome, Covariate, yx),
            (Denominator, Denominator, dd),
            (Denominator, Covariate, dx),
            (Covariate, Covariate, xx),
        ] {
            sums.set_product(a, b, sum).unwrap();
        }
        sums
    })
}

/// Sums of real units, of sizes far apart.
fn real_sums() -> impl Strategy<Value = Sums> {
    prop::collection::vec(prop::array::uniform3(number()), 0..6).prop_map(|units| {
        let mut sums = Sums::default();
        for [outcome, denominator, covariate] in units {
            sums.add(segue::statistics::Observation { outcome, denominator, covariate }).unwrap();
        }
        sums
    })
}

fn check(number: Result<f64, Undefined>) {
    assert!(number.is_err() || number.is_ok_and(f64::is_finite), "{number:?}");
}

fn check_effect(effect: Result<Effect, Undefined>) {
    let Ok(effect) = effect else { return };
    check(Ok(effect.estimate));
    check(Ok(effect.statistic()));
    assert!(
        effect.standard_error > 0.0 && effect.degrees_of_freedom.is_none_or(|freedom| freedom >= 0.99),
        "{effect:?}"
    );
    for p in [effect.p_value(), effect.p_value_greater(), effect.p_value_less()] {
        assert!((0.0..=1.0).contains(&p.value) && p.log10 <= 0.0 && p.log10.is_finite(), "{effect:?} {p:?}");
    }
    for alpha in [1e-300, 1e-9, 0.05, 0.9999] {
        let interval = effect.critical(alpha).and_then(|critical| effect.interval(critical));
        check(interval.map(|interval| interval.lower));
        check(interval.map(|interval| interval.upper));
    }
}

fn check_comparison(comparison: Result<Comparison, Undefined>) {
    let Ok(comparison) = comparison else { return };
    check_effect(Ok(comparison.difference));
    check_effect(comparison.lift());
    for critical in [0.01, 1.96, 40.0] {
        check(comparison.fieller_g(critical));
        match comparison.lift_region(critical) {
            Ok(Region::Within(interval) | Region::Outside(interval)) => {
                check(Ok(interval.lower));
                check(Ok(interval.upper));
                assert!(interval.lower <= interval.upper, "{interval:?}");
            }
            Ok(Region::Everything) | Err(_) => {}
        }
        check(comparison.log_lift_interval(critical).map(|interval| interval.lower));
        check(comparison.log_lift_interval(critical).map(|interval| interval.upper));
    }
}

fn check_all(a: &Sums, b: &Sums) {
    for measure in [Measure::Mean, Measure::Ratio] {
        check(measure.value(a));
        check(measure.difference(a, b));
        check(measure.level(a).map(|level| level.variance));
        check_comparison(measure.compare(a, b));
        let Ok(adjustment) = Adjustment::of(measure, [a, b]) else { continue };
        check(adjustment.theta());
        check(adjustment.value_at_zero(a));
        check(adjustment.variance_reduction(a, b));
        check_comparison(adjustment.compare(a, b));
    }
    let cells = [Cell { control: a.clone(), treatment: b.clone() }, Cell { control: b.clone(), treatment: a.clone() }];
    check_comparison(compare_within(&cells, None).map(|found| found.comparison));
}

proptest! {
    #[test]
    fn any_sums_have_an_answer(a in any_sums(), b in any_sums()) {
        check_all(&a, &b);
    }

    #[test]
    fn any_units_have_an_answer(a in real_sums(), b in real_sums()) {
        check_all(&a, &b);
    }

    #[test]
    fn any_order_statistics_have_an_answer(
        level in 0.0001..0.9999_f64, counts in prop::array::uniform2(count()), numbers in prop::array::uniform3(number()),
        clusters in any_sums(), is_clustered: bool,
    ) {
        let quantile = Quantile::new(level).unwrap();
        let ([events, sampled], [value, lower, upper]) = (counts, numbers);
        let clusters = is_clustered.then_some(clusters);
        let estimate = QuantileEstimate { events, sampled, value, lower, upper, distinct: Some(4), clusters };
        for floor in [None, Some(Floor::GBSTATS)] {
            check(quantile.level_of(&estimate, floor).map(|level| level.variance));
            check_comparison(quantile.compare(&estimate, &estimate, floor));
        }
    }
}
