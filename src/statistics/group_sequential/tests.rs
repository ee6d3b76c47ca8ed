//! Bounds, power and estimates of planned looks: against integrals by hand, published tables, and by their laws.

use proptest::prelude::*;

use super::*;
use crate::statistics::anytime::Sides;
use crate::statistics::distribution::normal;
use crate::statistics::{Effect, Undefined, quadrature};

fn design(spending: Spending, alpha: f64, sides: Sides) -> Design {
    Design { spending, alpha, sides }
}

fn effect(z: f64) -> Effect {
    Effect::new(2.0 * z, 2.0, None).unwrap()
}

fn above(z: f64) -> f64 {
    normal::upper_tail(z).value
}

/// The second look's probability to be above `z`, having gone on at the first: one plain integral, under the drift itself.
fn second_look(bounds: &Bounds, z: f64, drift: f64) -> f64 {
    let [first, second] = bounds.looks() else { panic!() };
    let (t, step) = (first.fraction, second.fraction - first.fraction);
    let path = |x: f64| {
        let here = normal::density((x - drift * t) / t.sqrt()) / t.sqrt();
        here * above((z * second.fraction.sqrt() - x - drift * step) / step.sqrt())
    };
    let upper = first.z * t.sqrt();
    let lower = if bounds.sides == Sides::Two { -upper } else { drift * t - 12.0 * t.sqrt() };
    quadrature::integral(lower, upper, 40, path)
}

#[test]
fn published_bounds() {
    // Also in the reference tables; Lan and DeMets (1983) print 4.88, 3.36, 2.68, 2.29, 2.03.
    let bounds = design(Spending::ObrienFleming, 0.05, Sides::Two).bounds(&[0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
    for (bound, expected) in bounds.looks().iter().zip([4.8769, 3.3570, 2.6803, 2.2898, 2.0310]) {
        assert!((bound.z - expected).abs() < 5e-5);
    }
    assert_eq!(bounds.looks()[4].spent.value, 0.05);
}

#[test]
fn probabilities_are_those_of_a_plain_integral() {
    for sides in [Sides::Two, Sides::One] {
        let bounds = design(Spending::Pocock, 0.05, sides).bounds(&[0.3, 0.8]).unwrap();
        for drift in [-3.0, 0.0, 1.0, 2.8, 6.0] {
            let exits = bounds.exits(drift).unwrap();
            let first = bounds.looks()[0].z - drift * 0.3_f64.sqrt();
            assert!((exits[0].upper - above(first)).abs() < 1e-13);
            assert!(
                (exits[1].upper - second_look(&bounds, bounds.looks()[1].z, drift)).abs() < 1e-12,
                "{sides:?} {drift}"
            );
        }
    }
}

#[test]
fn many_looks_and_few_spend_alpha_exactly() {
    for count in [1, 2, 3, 10, 60] {
        let fractions: Vec<_> = (1..=count).map(|look| f64::from(look) / f64::from(count)).collect();
        for spending in [Spending::ObrienFleming, Spending::Pocock, Spending::Power(3.0)] {
            for (alpha, sides) in [(0.05, Sides::Two), (0.025, Sides::One), (1e-9, Sides::Two), (0.4, Sides::One)] {
                let bounds = design(spending, alpha, sides).bounds(&fractions).unwrap();
                let power = bounds.power(0.0).unwrap();
                assert!((power / alpha - 1.0).abs() < 1e-9, "{count} {spending:?} {alpha} {sides:?}: {power:e}");
                let wanted = 0.9;
                assert!((bounds.power(bounds.drift(wanted).unwrap()).unwrap() - wanted).abs() < 1e-9);
                assert!(bounds.inflation(wanted).unwrap() >= 1.0 - 1e-6);
            }
        }
    }
}

#[test]
fn what_may_be_spent_beyond_the_range_of_f64_still_has_a_bound() {
    let bounds = design(Spending::ObrienFleming, 0.05, Sides::Two).bounds(&[0.001, 0.002, 0.02, 1.0]).unwrap();
    let z: Vec<_> = bounds.looks().iter().map(|bound| bound.z).collect();
    assert!(z[0] > 70.0 && z[1] > 50.0 && z[2] > 15.0, "{z:?}");
    assert!((bounds.power(0.0).unwrap() - 0.05).abs() < 1e-10);
    assert!(bounds.looks()[0].spent.log10 < -1000.0);
}

#[test]
fn the_fraction_needed_is_that_of_the_exits() {
    let bounds = design(Spending::Pocock, 0.05, Sides::Two).bounds(&[0.5, 1.0]).unwrap();
    let exit = bounds.exits(3.0).unwrap()[0];
    let expected = 1.0 - 0.5 * (exit.upper + exit.lower);
    assert!((bounds.expected_fraction(3.0).unwrap() - expected).abs() < 1e-14);
}

#[test]
fn stopping_at_the_first_look_is_a_fixed_test() {
    let bounds = design(Spending::Pocock, 0.05, Sides::Two).bounds(&[0.4, 1.0]).unwrap();
    let found = bounds.after_stopping(0, &effect(3.0)).unwrap();
    assert!((found.p_value.value - normal::two_sided(3.0).value).abs() < 1e-15);
    assert!((found.median - 6.0).abs() < 1e-9);
    let half = 2.0 * normal::upper_quantile(0.025);
    assert!((found.interval.lower - 6.0 + half).abs() < 1e-9 && (found.interval.upper - 6.0 - half).abs() < 1e-9);
}

#[test]
fn estimates_at_the_second_look_invert_a_plain_integral() {
    for sides in [Sides::Two, Sides::One] {
        let bounds = design(Spending::Pocock, 0.05, sides).bounds(&[0.5, 1.0]).unwrap();
        for z in [2.4, 0.7, -1.0] {
            let found = bounds.after_stopping(1, &effect(z)).unwrap();
            let tail = if sides == Sides::Two { 0.025 } else { 0.05 };
            for (value, expected) in
                [(found.median, 0.5), (found.interval.lower, tail), (found.interval.upper, 1.0 - tail)]
            {
                let drift = value / 2.0;
                let high = above(bounds.looks()[0].z - drift * 0.5_f64.sqrt()) + second_look(&bounds, z, drift);
                assert!((high - expected).abs() < 1e-8, "{sides:?} {z} {high} {expected}");
            }
            // A test that may stop above reports less than it measured.
            assert!(found.median < 2.0 * z || z < 2.0);
        }
    }
}

#[test]
fn more_than_planned_at_the_last_look_spends_what_is_left_and_no_more() {
    for spending in [Spending::ObrienFleming, Spending::Pocock] {
        for last in [1.0, 1.05, 1.4] {
            let bounds = design(spending, 0.05, Sides::Two).bounds(&[0.3, 0.8, last]).unwrap();
            assert!((bounds.power(0.0).unwrap() - 0.05).abs() < 1e-9, "{spending:?} {last}");
        }
    }
}

#[test]
fn what_is_out_of_range_is_refused() {
    let plain = design(Spending::ObrienFleming, 0.05, Sides::Two);
    let none: [f64; 0] = [];
    for fractions in
        [&none[..], &[0.0, 1.0], &[0.5, 0.5], &[0.7, 0.5], &[1.0, 1.1], &[1.1, 1.2], &[f64::NAN], &[0.5; 300]]
    {
        assert_eq!(plain.bounds(fractions), Err(Undefined::OutOfRange), "{fractions:?}");
    }
    for wrong in [
        design(Spending::Pocock, 0.0, Sides::Two),
        design(Spending::Pocock, 1.0, Sides::One),
        design(Spending::Power(0.0), 0.05, Sides::Two),
        design(Spending::Power(f64::NAN), 0.05, Sides::Two),
    ] {
        assert_eq!(wrong.bounds(&[0.5, 1.0]), Err(Undefined::OutOfRange));
    }
    let bounds = plain.bounds(&[0.5, 1.0]).unwrap();
    assert_eq!(bounds.after_stopping(2, &effect(1.0)), Err(Undefined::OutOfRange));
    assert_eq!(bounds.exits(f64::INFINITY), Err(Undefined::OutOfRange));
    assert_eq!(bounds.drift(0.05), Err(Undefined::OutOfRange));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn unplanned_looks_spend_what_they_may(
        mut fractions in prop::collection::vec(0.01..1.0_f64, 1..8), alpha in 0.001..0.3_f64, kind in 0..3_usize, one in any::<bool>(),
    ) {
        fractions.sort_by(f64::total_cmp);
        fractions.dedup_by(|a, b| *a - *b < 1e-3);
        let spending = [Spending::ObrienFleming, Spending::Pocock, Spending::Power(1.5)][kind];
        let sides = if one { Sides::One } else { Sides::Two };
        let bounds = design(spending, alpha, sides).bounds(&fractions).unwrap();
        let exits = bounds.exits(0.0).unwrap();
        let mut spent = 0.0;
        for (exit, bound) in exits.iter().zip(bounds.looks()) {
            spent += exit.upper + exit.lower;
            prop_assert!((spent - bound.spent.value).abs() < 1e-10, "{spent} {bound:?}");
        }
        // A later look changes no bound before it.
        let fewer = design(spending, alpha, sides).bounds(&fractions[..fractions.len().div_ceil(2)]).unwrap();
        for (a, b) in fewer.looks().iter().zip(bounds.looks()) {
            prop_assert!((a.z - b.z).abs() < 1e-9 * b.z.abs().max(1.0));
        }
    }

    #[test]
    fn the_interval_excludes_nothing_exactly_where_a_bound_is_reached(z in -8.0..8.0_f64, look in 0..3_usize, one in any::<bool>()) {
        let sides = if one { Sides::One } else { Sides::Two };
        let bounds = design(Spending::ObrienFleming, 0.05, sides).bounds(&[0.3, 0.55, 1.0]).unwrap();
        let reached = if one { z } else { z.abs() } >= bounds.looks()[look].z;
        let found = bounds.after_stopping(look, &effect(z));
        prop_assert_eq!(found.is_err(), look < 2 && !reached);
        let Ok(found) = found else { return Ok(()) };
        prop_assert!(found.interval.lower < found.median && found.median < found.interval.upper);
        prop_assert_eq!(reached, found.p_value.value <= 0.05 + 1e-12);
        prop_assert_eq!(reached, found.interval.lower > 0.0 || (!one && found.interval.upper < 0.0));
        if !one {
            let mirrored = bounds.after_stopping(look, &effect(-z)).unwrap();
            // Only what crosses the other bound first breaks the symmetry: next to nothing.
            prop_assert!((mirrored.median + found.median).abs() < 1e-3 * found.median.abs().max(1.0));
        }
    }
}
