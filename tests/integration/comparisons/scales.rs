//! What a change of the metric's unit, or of the order of things, does to a comparison.

use proptest::prelude::*;
use segue::statistics::{Comparison, Measure, Observation, Undefined};

use super::{close, sums, units};

fn compare(measure: Measure, control: &[Observation], treatment: &[Observation]) -> Result<Comparison, Undefined> {
    measure.compare(&sums(control), &sums(treatment))
}

fn with_outcome(units: &[Observation], outcome: impl Fn(f64) -> f64) -> Vec<Observation> {
    units.iter().map(|unit| Observation { outcome: outcome(unit.outcome), ..*unit }).collect()
}

fn measure() -> impl Strategy<Value = Measure> {
    prop_oneof![Just(Measure::Mean), Just(Measure::Ratio)]
}

proptest! {
    #[test]
    fn scaling_a_metric_scales_its_interval_and_leaves_p_and_lift_alone(
        measure in measure(), a in units(), b in units(), power in -40..40_i32,
    ) {
        let by = 2.0_f64.powi(power);
        let scaled = compare(measure, &with_outcome(&a, |y| y * by), &with_outcome(&b, |y| y * by));
        match (compare(measure, &a, &b), scaled) {
            (Ok(plain), Ok(scaled)) => {
                // Bit for bit: a power of two changes no digit.
                let (before, after) = (plain.difference.interval(2.0).unwrap(), scaled.difference.interval(2.0).unwrap());
                close(after.lower, before.lower * by, plain.difference.standard_error * by);
                close(after.upper, before.upper * by, plain.difference.standard_error * by);
                close(scaled.difference.p_value().value, plain.difference.p_value().value, 0.0);
                match (plain.lift(), scaled.lift()) {
                    (Ok(plain), Ok(scaled)) => {
                        close(scaled.estimate, plain.estimate, plain.standard_error);
                        close(scaled.standard_error, plain.standard_error, 0.0);
                    }
                    (plain, scaled) => prop_assert_eq!(plain, scaled),
                }
            }
            (plain, scaled) => prop_assert_eq!(plain.err(), scaled.err()),
        }
    }

    #[test]
    fn shifting_a_metric_leaves_the_difference_of_means_alone(a in units(), b in units(), by in -1_000_000_000..1_000_000_000_i64) {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let by = by as f64;
        let shifted = compare(Measure::Mean, &with_outcome(&a, |y| y + by), &with_outcome(&b, |y| y + by));
        match (compare(Measure::Mean, &a, &b), shifted) {
            (Ok(plain), Ok(shifted)) => prop_assert_eq!(plain.difference, shifted.difference),
            (plain, shifted) => prop_assert_eq!(plain.err(), shifted.err()),
        }
    }

    #[test]
    fn swapping_the_variants_turns_the_difference_round(measure in measure(), a in units(), b in units()) {
        match (compare(measure, &a, &b), compare(measure, &b, &a)) {
            (Ok(there), Ok(back)) => {
                let (there, back) = (there.difference, back.difference);
                prop_assert_eq!(there.estimate, -back.estimate);
                prop_assert_eq!(there.standard_error, back.standard_error);
                prop_assert_eq!(there.p_value(), back.p_value());
                prop_assert_eq!(there.p_value_greater(), back.p_value_less());
            }
            (there, back) => prop_assert_eq!(there.err(), back.err()),
        }
    }

    #[test]
    fn a_wider_alpha_narrows_the_interval(measure in measure(), a in units(), b in units(), alpha in 0.001..0.9_f64) {
        let Ok(comparison) = compare(measure, &a, &b) else { return Ok(()) };
        let effect = comparison.difference;
        let at = |alpha| effect.interval(effect.critical(alpha).unwrap()).unwrap();
        let (wide, narrow) = (at(alpha), at(alpha * 1.1));
        prop_assert!(wide.lower < narrow.lower && narrow.upper < wide.upper);
        // The interval leaves 0 out where the test rejects.
        let p_value = effect.p_value().value;
        prop_assume!((p_value - alpha).abs() > 1e-9);
        prop_assert_eq!(wide.lower > 0.0 || wide.upper < 0.0, p_value < alpha);
    }
}

#[test]
fn an_alpha_out_of_range_is_refused() {
    let units = |values: [f64; 3]| values.map(|outcome| Observation { outcome, ..Observation::default() });
    let effect = compare(Measure::Mean, &units([1.0, 2.0, 3.0]), &units([1.0, 2.0, 4.0])).unwrap().difference;
    for alpha in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(effect.critical(alpha), Err(Undefined::OutOfRange));
    }
}
