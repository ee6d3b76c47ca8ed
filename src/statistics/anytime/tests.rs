//! Anytime rules: what they promise, when they open, and by their laws.

use proptest::prelude::*;

use super::*;
use crate::statistics::{Comparison, Level, Undefined};

const ENOUGH: Evidence = Evidence { control: 1e3, treatment: 1e3 };

fn comparison(z: f64, units: (u64, u64), variances: (f64, f64)) -> Comparison {
    let level = |units, value, variance| Level { units, value, variance };
    let still = Comparison::of_independent(level(units.0, 1.0, variances.0), level(units.1, 1.0, variances.1)).unwrap();
    let treatment = level(units.1, 1.0 + z * still.difference.standard_error, variances.1);
    Comparison::of_independent(level(units.0, 1.0, variances.0), treatment).unwrap()
}

fn open(rule: &Rule, comparison: &Comparison) -> Look {
    match rule.look(comparison, ENOUGH).unwrap() {
        Standing::Open(look) => look,
        Standing::Waiting(waiting) => panic!("{waiting:?}"),
    }
}

fn rules(alpha: f64) -> [Rule; 3] {
    [
        Rule::new(alpha, Tuning::default()).unwrap(),
        Rule::with_horizon(alpha, 40_000).unwrap(),
        Rule::new(alpha, Tuning::MinimumEffect(0.1)).unwrap(),
    ]
}

#[test]
fn nothing_is_claimed_before_there_is_enough() {
    let huge = comparison(50.0, (500, 500), (1.0, 1.0));
    let few = Evidence { control: 1e3, treatment: 12.0 };
    for rule in rules(0.05) {
        let waiting = Waiting { have: 12.0, needed: EFFECTIVE_UNITS };
        assert_eq!(rule.look(&huge, few), Ok(Standing::Waiting(waiting)));
        assert!(matches!(rule.starting_at(12.0).look(&huge, few), Ok(Standing::Open(_))));
        let unknown = Evidence { control: f64::NAN, treatment: 1e3 };
        assert!(matches!(rule.look(&huge, unknown), Ok(Standing::Waiting(_))));
    }
}

#[test]
fn the_horizon_costs_little_at_its_end_and_is_silent_beyond() {
    let rule = Rule::with_horizon(0.05, 40_000).unwrap();
    let at_the_end = open(&rule, &comparison(0.0, (20_000, 20_000), (1.0, 1.0)));
    assert!((at_the_end.critical - 2.232).abs() < 1e-3, "{at_the_end:?}");
    let a_little_more = open(&rule, &comparison(0.0, (20_400, 20_400), (1.0, 1.0)));
    assert!((a_little_more.critical - 2.190).abs() < 1e-3 && a_little_more.information == Some(1.0));
    let beyond = open(&rule, &comparison(0.0, (20_401, 20_400), (1.0, 1.0)));
    assert!(beyond.critical > 3.5 && beyond.information.is_none());
    // Early a large effect needs no more than the mixture asks for.
    let early = open(&rule, &comparison(0.0, (1_000, 1_000), (1.0, 1.0)));
    assert!(early.critical < 4.5, "{early:?}");
}

#[test]
fn what_is_out_of_range_is_refused() {
    for alpha in [0.0, 1.0, -0.1, f64::NAN] {
        assert_eq!(Rule::new(alpha, Tuning::default()), Err(Undefined::OutOfRange));
        assert_eq!(Rule::with_horizon(alpha, 100), Err(Undefined::OutOfRange));
    }
    assert_eq!(Rule::with_horizon(0.05, 0), Err(Undefined::OutOfRange));
    let rule = Rule::new(0.05, Tuning::Units(-1.0)).unwrap();
    assert_eq!(rule.look(&comparison(1.0, (10, 10), (1.0, 1.0)), ENOUGH), Err(Undefined::OutOfRange));
}

proptest! {
    #[test]
    fn p_value_and_interval_are_one_decision(
        z in -9.0..9.0_f64, units in (2..60_000_u64, 2..60_000_u64), variances in (0.0..9.0_f64, 0.1..9.0_f64), alpha in 0.001..0.3_f64,
    ) {
        let comparison = comparison(z, units, variances);
        for rule in rules(alpha) {
            let look = open(&rule, &comparison);
            // Not where rounding decides.
            prop_assume!((look.p_value.value / alpha - 1.0).abs() > 1e-9);
            let excludes = look.interval.lower > 0.0 || look.interval.upper < 0.0;
            prop_assert_eq!(excludes, look.p_value.value < alpha);
            let by_critical = comparison.difference.statistic().abs() > look.critical;
            prop_assert_eq!(excludes, by_critical);
        }
    }

    #[test]
    fn a_wider_alpha_narrows(units in 2..60_000_u64, alpha in 0.001..0.2_f64) {
        let comparison = comparison(1.0, (units, units), (1.0, 2.0));
        for (strict, wide) in rules(alpha).iter().zip(rules(alpha * 1.5)) {
            prop_assert!(open(&wide, &comparison).critical < open(strict, &comparison).critical);
        }
    }

    #[test]
    fn swapping_the_variants_mirrors_and_scaling_scales(z in -5.0..5.0_f64, units in 2..60_000_u64, scale in 1e-6..1e6_f64) {
        let rule = Rule::with_horizon(0.05, 40_000).unwrap();
        let found = open(&rule, &comparison(z, (units, units), (1.0, 1.0)));
        let mirrored = open(&rule, &comparison(-z, (units, units), (1.0, 1.0)));
        prop_assert!((found.interval.lower + mirrored.interval.upper).abs() < 1e-9);
        let original = comparison(z, (units, 2 * units), (1.0, 3.0));
        let scaled = Comparison::of_independent(
            Level { value: scale * original.control.value, variance: scale * scale, units },
            Level { value: scale * original.treatment.value, variance: 3.0 * scale * scale, units: 2 * units },
        ).unwrap();
        let (plain, scaled) = (open(&rule, &original), open(&rule, &scaled));
        prop_assert!((scaled.interval.upper / scale - plain.interval.upper).abs() < 1e-9);
        prop_assert!((scaled.p_value.log10 - plain.p_value.log10).abs() < 1e-9);
    }
}
