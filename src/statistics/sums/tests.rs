//! Sums against whole numbers of 128 bits, and against themselves.

use proptest::prelude::*;

use super::*;

const VARIABLES: [Variable; 3] = [Variable::Outcome, Variable::Denominator, Variable::Covariate];

fn of(units: &[Observation]) -> Sums {
    let mut sums = Sums::default();
    units.iter().for_each(|unit| sums.add(*unit).unwrap());
    sums
}

fn number(unit: &Observation, variable: Variable) -> f64 {
    match variable {
        Variable::Outcome => unit.outcome,
        Variable::Denominator => unit.denominator,
        Variable::Covariate => unit.covariate,
    }
}

fn anything() -> impl Strategy<Value = Observation> {
    let finite = any::<f64>().prop_filter("finite", |number| number.is_finite());
    let number = prop_oneof![3 => Just(0.0), 2 => Just(1.0), 3 => -1e4..1e4, 2 => finite];
    (number.clone(), number.clone(), number).prop_map(|(outcome, denominator, covariate)| Observation {
        outcome,
        denominator,
        covariate,
    })
}

fn samples() -> impl Strategy<Value = Vec<Observation>> {
    prop::collection::vec(anything(), 0..8)
}

/// Numbers of 2^-10 around a base, so that whole numbers say exactly what is expected.
fn on_a_grid() -> impl Strategy<Value = Vec<Observation>> {
    let base = prop::sample::select(vec![0_i64, 1, 100_000_000, -3_000_000]);
    let steps = prop::collection::vec([-5000_i64..5000, -5000..5000, -5000..5000], 2..40);
    ([base.clone(), base.clone(), base], steps).prop_map(|(base, steps)| {
        let at = |base: i64, step: i64| (base * 1024 + step) as f64 / 1024.0;
        let unit = |[y, d, x]: [i64; 3]| Observation {
            outcome: at(base[0], y),
            denominator: at(base[1], d),
            covariate: at(base[2], x),
        };
        steps.into_iter().map(unit).collect()
    })
}

/// The covariance of numbers on the grid, rounded three times.
fn expected(units: &[Observation], a: Variable, b: Variable) -> f64 {
    let steps = |unit: &Observation, variable| (number(unit, variable) * 1024.0) as i128;
    let n = units.len() as i128;
    let sum = |variable| units.iter().map(|unit| steps(unit, variable)).sum::<i128>();
    let products: i128 = units.iter().map(|unit| steps(unit, a) * steps(unit, b)).sum();
    (n * products - sum(a) * sum(b)) as f64 / (n * (n - 1)) as f64 / 1024.0 / 1024.0
}

proptest! {
    #[test]
    fn means_and_covariances_are_rounded_about_once(units in on_a_grid()) {
        let sums = of(&units);
        for a in VARIABLES {
            for b in VARIABLES {
                let (found, expected) = (sums.covariance(a, b).unwrap(), expected(&units, a, b));
                prop_assert!((found - expected).abs() <= 5e-16 * expected.abs(), "{found:e} {expected:e}");
            }
            let whole: i128 = units.iter().map(|unit| (number(unit, a) * 1024.0) as i128).sum();
            let expected = whole as f64 / units.len() as f64 / 1024.0;
            prop_assert!((sums.mean(a).unwrap() - expected).abs() <= 3e-16 * expected.abs());
        }
    }

    #[test]
    fn merging_has_no_order(a in samples(), b in samples(), c in samples()) {
        let merged = |parts: &[&[Observation]]| {
            let mut whole = Sums::default();
            parts.iter().for_each(|part| whole.merge(&of(part)).unwrap());
            whole
        };
        let all: Vec<_> = a.iter().chain(&b).chain(&c).copied().collect();
        prop_assert_eq!(merged(&[&a, &b, &c]), of(&all));
        prop_assert_eq!(merged(&[&c, &a, &b]), of(&all));
        let mut late = of(&b);
        late.merge(&of(&c)).unwrap();
        let mut first = of(&a);
        first.merge(&late).unwrap();
        prop_assert_eq!(first, of(&all));
    }

    #[test]
    fn subtracting_undoes(a in samples(), b in samples()) {
        let mut both = of(&a);
        both.merge(&of(&b)).unwrap();
        both.subtract(&of(&b)).unwrap();
        prop_assert_eq!(both, of(&a));
    }

    #[test]
    fn what_is_kept_comes_back(units in samples()) {
        let sums = of(&units);
        let text = serde_json::to_string(&sums).unwrap();
        prop_assert_eq!(serde_json::from_str::<Sums>(&text).unwrap(), sums);
    }

    #[test]
    fn finite_numbers_never_panic(units in samples()) {
        let sums = of(&units);
        for a in VARIABLES {
            for found in [sums.mean(a), sums.variance(a)].into_iter().flatten() {
                prop_assert!(found.is_finite());
            }
            let variance = sums.variance(a);
            prop_assert!(variance == Err(Undefined::TooSmall) || variance.is_ok_and(|variance| variance >= 0.0)
                || sums.units() < 2 || units.iter().any(|unit| number(unit, a).abs() > 1e150));
        }
    }
}

#[test]
fn a_mean_of_1e8_with_variance_1_keeps_all_digits_at_ten_billion_units() {
    let units: Vec<_> =
        [1e8 - 1.0, 1e8, 1e8 + 1.0, 1e8].map(|outcome| Observation { outcome, ..Observation::default() }).into();
    let mut sums = of(&units);
    for _ in 0..32 {
        let again = sums.clone();
        sums.merge(&again).unwrap();
    }
    assert_eq!(sums.units(), 1 << 34);
    assert_eq!(sums.mean(Variable::Outcome), Ok(1e8));
    let n = 2.0_f64.powi(34);
    let expected = 0.5 * n / (n - 1.0);
    assert!((sums.variance(Variable::Outcome).unwrap() / expected - 1.0).abs() < 3e-16);
}

#[test]
fn the_largest_numbers_have_a_mean_and_the_smallest_a_sum() {
    let unit = |outcome: f64| Observation { outcome, ..Observation::default() };
    let sums = of(&[unit(f64::MAX), unit(f64::MAX)]);
    assert_eq!(sums.mean(Variable::Outcome), Ok(f64::MAX));
    assert_eq!(sums.variance(Variable::Outcome), Ok(0.0));
    assert_eq!(of(&[unit(f64::MAX), unit(-f64::MAX)]).variance(Variable::Outcome), Err(Undefined::TooLarge));
    let sums = of(&[unit(5e-324), unit(5e-324), unit(0.0)]);
    assert_eq!((sums.sum(Variable::Outcome), sums.variance(Variable::Outcome)), (1e-323, Err(Undefined::TooSmall)));
}

#[test]
fn contradictory_sums_are_said_to_be_so() {
    let sums = Sums::of_outcome(10, 100.0, 900.0).unwrap();
    assert_eq!(sums.variance(Variable::Outcome), Err(Undefined::Contradiction));
    // 0.1 ten times, as somebody else has rounded it.
    let sums = Sums::of_outcome(10, 1.0, 0.1 - 2e-17).unwrap();
    assert_eq!(sums.variance(Variable::Outcome), Ok(0.0));
    assert_eq!(Sums::of_outcome(2, f64::NAN, 1.0), Err(Undefined::TooLarge));
}

#[test]
fn other_forms_are_refused() {
    let kept = serde_json::to_string(&of(&[Observation { outcome: 2.5, ..Observation::default() }])).unwrap();
    assert_eq!(kept, r#"{"units":1,"firsts":["5p-1","0","0"],"seconds":["19p-2","0","0","0","0","0"]}"#);
    for (from, to) in [("5p-1", "ap-2"), ("5p-1", "5p-9999"), (r#""0","#, ""), ("units", "unit"), (":1,", ":-1,")] {
        assert!(serde_json::from_str::<Sums>(&kept.replacen(from, to, 1)).is_err(), "{to}");
    }
}

#[test]
fn what_varies_below_the_range_is_not_nothing() {
    let units = |size: f64| -> Vec<Observation> {
        [1.0, 2.0, 4.0].map(|number| Observation { outcome: number * size, ..Observation::default() }).to_vec()
    };
    assert_eq!(of(&units(1e-200)).variance(Variable::Outcome), Err(Undefined::TooSmall));
    assert_eq!(of(&units(1e-155)).variance(Variable::Outcome), Err(Undefined::TooSmall));
    assert!(of(&units(1e-150)).variance(Variable::Outcome).unwrap() > 0.0);
    assert_eq!(of(&units(0.0)).variance(Variable::Outcome), Ok(0.0));
}
