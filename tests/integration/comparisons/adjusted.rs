//! Adjusting by what was known before, beside the same done unit by unit.

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use segue::statistics::{Adjustment, Measure, Observation, Sums, Undefined, Variable};

use super::{close, sums, units};

/// Mean and sample variance, in two passes.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

/// What a metric makes of each unit: its outcome, or the linear part of the ratio, about the ratio itself.
fn linear(measure: Measure, units: &[Observation]) -> Vec<f64> {
    let mean = |of: &dyn Fn(&Observation) -> f64| moments(&units.iter().map(of).collect::<Vec<_>>()).0;
    let (outcome, denominator) = (mean(&|unit| unit.outcome), mean(&|unit| unit.denominator));
    let of = |unit: &Observation| match measure {
        Measure::Mean => unit.outcome,
        Measure::Ratio => {
            outcome / denominator + (unit.outcome - outcome / denominator * unit.denominator) / denominator
        }
    };
    units.iter().map(of).collect()
}

fn measure() -> impl Strategy<Value = Measure> {
    prop_oneof![Just(Measure::Mean), Just(Measure::Ratio)]
}

proptest! {
    #[test]
    fn adjusting_sums_is_adjusting_units(measure in measure(), a in units(), b in units(), c in units()) {
        let (of_a, of_b, of_c) = (sums(&a), sums(&b), sums(&c));
        let adjustment = Adjustment::of(measure, [&of_a, &of_b, &of_c]).unwrap();
        let all: Vec<Observation> = [a.as_slice(), &b, &c].concat();
        let (mean, variance) = moments(&all.iter().map(|unit| unit.covariate).collect::<Vec<_>>());
        let plain = linear(measure, &all);
        let middle = moments(&plain).0;
        let pairs = plain.iter().zip(&all).map(|(plain, unit)| (plain - middle) * (unit.covariate - mean));
        let theta = if variance > 0.0 { pairs.sum::<f64>() / (all.len() as f64 - 1.0) / variance } else { 0.0 };
        close(adjustment.theta().unwrap(), theta, 1.0);
        for (units, sums) in [(&a, &of_a), (&b, &of_b), (&c, &of_c)] {
            let adjusted: Vec<f64> =
                linear(measure, units).iter().zip(units).map(|(plain, unit)| plain - theta * (unit.covariate - mean)).collect();
            let (value, variance) = moments(&adjusted);
            let level = adjustment.level(sums).unwrap();
            close(level.value, value, 100.0);
            close(level.variance, variance, 100.0);
        }
    }

    #[test]
    fn a_constant_covariate_changes_nothing(measure in measure(), a in units(), b in units(), constant in -1e6..1e6_f64) {
        let flat = |units: &[Observation]| -> Vec<Observation> {
            units.iter().map(|unit| Observation { covariate: constant, ..*unit }).collect()
        };
        let (a, b) = (sums(&flat(&a)), sums(&flat(&b)));
        let adjustment = Adjustment::of(measure, [&a, &b]).unwrap();
        prop_assert!(adjustment.is_idle());
        prop_assert_eq!(adjustment.theta(), Ok(0.0));
        prop_assert_eq!(adjustment.compare(&a, &b), measure.compare(&a, &b));
        if measure.compare(&a, &b).is_ok() {
            prop_assert_eq!(adjustment.variance_reduction(&a, &b), Ok(0.0));
        }
    }

    #[test]
    fn the_covariates_unit_and_the_order_of_variants_do_not_matter(a in units(), b in units(), c in units(), power in -20..20_i32) {
        let scaled = |units: &[Observation]| -> Vec<Observation> {
            let covariate = |unit: &Observation| (unit.covariate + 1000.0) * 2.0_f64.powi(power);
            units.iter().map(|unit| Observation { covariate: covariate(unit), ..*unit }).collect()
        };
        let plain = [sums(&a), sums(&b), sums(&c)];
        let other = [sums(&scaled(&a)), sums(&scaled(&b)), sums(&scaled(&c))];
        let of = |variants: &[Sums; 3]| {
            let adjustment = Adjustment::of(Measure::Mean, variants.iter().rev()).unwrap();
            adjustment.compare(&variants[0], &variants[1])
        };
        match (of(&plain), of(&other)) {
            (Ok(plain), Ok(other)) => {
                close(other.difference.estimate, plain.difference.estimate, plain.difference.standard_error);
                close(other.difference.standard_error, plain.difference.standard_error, 0.0);
                close(other.residual_variance, plain.residual_variance, 1e-9);
            }
            (plain, other) => prop_assert_eq!(plain.err(), other.err()),
        }
    }
}

#[test]
fn a_covariate_that_says_everything_leaves_nothing_to_test() {
    let of = |values: [f64; 4]| {
        sums(&values.map(|x| Observation { outcome: x / 3.0, denominator: 1.0, covariate: x / 3.0 }))
    };
    let (a, b) = (of([1.0, 2.0, 4.0, 7.0]), of([3.0, 1.0, 5.0, 5.0]));
    for measure in [Measure::Mean, Measure::Ratio] {
        let adjustment = Adjustment::of(measure, [&a, &b]).unwrap();
        close(adjustment.theta().unwrap(), 1.0, 0.0);
        assert_eq!(adjustment.difference(&a, &b), Ok(0.0));
        assert_eq!(adjustment.compare(&a, &b), Err(Undefined::ZeroVariance));
        close(adjustment.variance_reduction(&a, &b).unwrap(), 1.0, 0.0);
    }
}

/// The standard error that is told beside how far the difference really moves, over many draws from one distribution.
#[test]
fn an_adjusted_ratio_moves_as_far_as_its_standard_error_says() {
    let mut random = StdRng::seed_from_u64(7);
    let mut draw = |count: usize| -> Sums {
        let unit = |random: &mut StdRng| {
            let before: f64 = random.random_range(0.0..4.0);
            let views = (1.0 + before + random.random_range(0.0..2.0_f64)).floor();
            let clicks = views * 0.2 + before * 0.5 + random.random_range(-1.0..1.0);
            Observation { outcome: clicks, denominator: views, covariate: before }
        };
        sums(&(0..count).map(|_| unit(&mut random)).collect::<Vec<_>>())
    };
    let (mut differences, mut told, mut plain) = (Vec::new(), 0.0, 0.0);
    for _ in 0..2000 {
        let (a, b) = (draw(150), draw(250));
        let adjustment = Adjustment::of(Measure::Ratio, [&a, &b]).unwrap();
        let comparison = adjustment.compare(&a, &b).unwrap();
        differences.push(comparison.difference.estimate);
        told += comparison.difference.standard_error.powi(2) / 2000.0;
        plain += Measure::Ratio.compare(&a, &b).unwrap().difference.standard_error.powi(2) / 2000.0;
    }
    let (mean, variance) = moments(&differences);
    assert!(mean.abs() < 4.0 * (variance / 2000.0).sqrt());
    // The sample variance of 2000 draws is within 13 % four times in five thousand.
    assert!((told / variance - 1.0).abs() < 0.13, "{told} {variance}");
    assert!(told < 0.9 * plain);
}

#[test]
fn nobody_and_one_are_too_few_to_adjust() {
    let none = Sums::default();
    assert_eq!(Adjustment::of(Measure::Mean, [&none]).unwrap_err(), Undefined::NoUnits);
    let mut one = Sums::default();
    one.add(Observation { outcome: 1.0, denominator: 0.0, covariate: 2.0 }).unwrap();
    assert_eq!(Adjustment::of(Measure::Mean, [&one]).unwrap_err(), Undefined::TooFewUnits);
    let two = {
        let mut two = one.clone();
        two.merge(&one).unwrap();
        two
    };
    assert_eq!(Adjustment::of(Measure::Ratio, [&two]).unwrap_err(), Undefined::ZeroDenominator);
    assert_eq!(Adjustment::of(Measure::Mean, [&two]).unwrap().compare(&two, &one), Err(Undefined::TooFewUnits));
    assert_eq!(two.sum(Variable::Outcome), 2.0);
}
