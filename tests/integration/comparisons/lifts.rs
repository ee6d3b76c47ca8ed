//! The relative lift.

use proptest::prelude::*;
use segue::statistics::{Adjustment, Comparison, Level, Measure, Region, Undefined};

use super::{close, sums, units};

fn contains(region: Region, lift: f64) -> bool {
    match region {
        Region::Within(interval) => interval.lower <= lift && lift <= interval.upper,
        Region::Outside(interval) => lift <= interval.lower || interval.upper <= lift,
        Region::Everything => true,
    }
}

/// By how much the test of "the lift is this one" falls short of rejecting, in units of what it compares.
fn slack(comparison: &Comparison, lift: f64, critical: f64) -> f64 {
    let size = comparison.baseline.abs();
    let covariance = comparison.covariance * comparison.baseline.signum();
    let away = comparison.difference.estimate - lift * size;
    let variance = comparison.difference.standard_error.powi(2) - 2.0 * lift * covariance
        + lift * lift * comparison.baseline_variance;
    let (left, right) = (away * away, critical * critical * variance);
    (right - left) / left.max(right)
}

proptest! {
    #[test]
    fn the_region_is_what_the_test_does_not_reject(
        a in units(), b in units(), lift in -5.0..5.0_f64, critical in 0.1..6.0_f64, is_adjusted: bool,
    ) {
        let (a, b) = (sums(&a), sums(&b));
        let comparison = if is_adjusted {
            Adjustment::of(Measure::Mean, [&a, &b]).unwrap().compare(&a, &b)
        } else {
            Measure::Mean.compare(&a, &b)
        };
        let Ok(comparison) = comparison else { return Ok(()) };
        let Ok(region) = comparison.lift_region(critical) else { return Ok(()) };
        let slack = slack(&comparison, lift, critical);
        prop_assume!(slack.abs() > 1e-9);
        prop_assert_eq!(contains(region, lift), slack > 0.0, "{:?}", region);
    }

    #[test]
    fn what_is_left_of_the_difference_adds_up(a in units(), b in units()) {
        let (a, b) = (sums(&a), sums(&b));
        let Ok(comparison) = Adjustment::of(Measure::Ratio, [&a, &b]).unwrap().compare(&a, &b) else { return Ok(()) };
        prop_assume!(comparison.baseline_variance > 0.0);
        let explained = comparison.covariance.powi(2) / comparison.baseline_variance;
        let whole = comparison.difference.standard_error.powi(2);
        close(comparison.residual_variance + explained, whole, 0.0);
    }

    #[test]
    fn a_mirrored_metric_has_a_mirrored_lift(value in 1.0..9.0_f64, other in 1.0..9.0_f64) {
        let level = |value| Level { units: 100, value, variance: 1.0 };
        let up = Comparison::of_independent(level(value), level(other)).unwrap();
        let down = Comparison::of_independent(level(-value), level(-other)).unwrap();
        prop_assert_eq!(up.lift().unwrap().estimate, -down.lift().unwrap().estimate);
        prop_assert_eq!(up.lift().unwrap().standard_error, down.lift().unwrap().standard_error);
        let (of_up, of_down) = (up.log_lift_interval(2.0).unwrap(), down.log_lift_interval(2.0).unwrap());
        prop_assert_eq!((of_up.lower, of_up.upper), (-of_down.upper, -of_down.lower));
        let ends = |comparison: &Comparison| comparison.lift_region(2.0).unwrap().interval().unwrap();
        prop_assert_eq!(ends(&up).lower, -ends(&down).upper);
    }
}

#[test]
fn a_control_that_may_be_0_has_no_bounded_lift() {
    let level = |value: f64| Level { units: 100, value, variance: 100.0 };
    let of = |control, treatment| Comparison::of_independent(level(control), level(treatment)).unwrap();
    assert!(matches!(of(1.0, 9.0).lift_region(1.96).unwrap(), Region::Outside(_)));
    assert_eq!(of(1.0, 1.5).lift_region(1.96).unwrap(), Region::Everything);
    assert_eq!(of(1.0, 1.5).lift_region(1.96).unwrap().interval(), Err(Undefined::Unbounded));
    assert!(matches!(of(9.0, 1.0).lift_region(1.96).unwrap(), Region::Within(_)));
    assert_eq!(of(0.0, 1.0).lift_region(1.96), Err(Undefined::ZeroBaseline));
    assert_eq!(of(0.0, 1.0).lift(), Err(Undefined::ZeroBaseline));
    assert_eq!(of(2.0, -1.0).log_lift_interval(1.96), Err(Undefined::OutOfRange));
}
