//! What must hold whatever the numbers are.

use proptest::prelude::*;
use segue::statistics::bayes::{BetaPrior, EffectPrior, Scale, Trials, best_arm, shares};
use segue::statistics::power::{Design, Rates};
use segue::statistics::{Comparison, Level};

fn trials() -> impl Strategy<Value = Trials> {
    let size = prop_oneof![0_u64..5, 0_u64..300, 0_u64..1_000_000, Just(1_000_000_000)];
    (size, 0.0..=1.0_f64, 0_u32..6).prop_map(|(units, share, power)| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small and positive"
        )]
        let conversions = ((units as f64 * share.powi(i32::try_from(power).unwrap())) as u64).min(units);
        Trials { units, conversions }
    })
}

fn arms() -> impl Strategy<Value = Vec<(f64, f64)>> {
    proptest::collection::vec((-3.0..3.0_f64, -6.0..2.0_f64).prop_map(|(mean, ln)| (mean, 10.0_f64.powf(ln))), 2..=8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn swapping_two_shares_swaps_chances_and_losses(a in trials(), b in trials(), prior in 0.2..20.0_f64) {
        let prior = BetaPrior { alpha: prior, beta: 1.5 };
        let (this, that) = (shares(a, b, prior, false).unwrap(), shares(b, a, prior, false).unwrap());
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-11 * a.abs().max(b.abs());
        prop_assert!((this.chance_to_win.value + that.chance_to_win.value - 1.0).abs() < 1e-12);
        prop_assert!((this.chance_to_win.value + this.chance_to_lose.value - 1.0).abs() < 1e-12);
        prop_assert!(near(this.chance_to_win.value, that.chance_to_lose.value));
        prop_assert!(near(this.loss_of_shipping, that.loss_of_keeping) && near(this.loss_of_keeping, that.loss_of_shipping));
        let difference = this.treatment.mean() - this.control.mean();
        prop_assert!((this.loss_of_keeping - this.loss_of_shipping - difference).abs() < 1e-12);
        let inverse = shares(a, b, prior, true).unwrap();
        prop_assert_eq!(inverse.chance_to_win, this.chance_to_lose);
        prop_assert_eq!(inverse.loss_of_shipping, this.loss_of_keeping);
        for share in [this.control, this.treatment] {
            let interval = share.credible_interval(0.05).unwrap();
            prop_assert!(0.0 <= interval.lower && interval.lower < interval.upper && interval.upper <= 1.0);
        }
    }

    #[test]
    fn chances_of_arms_add_up_and_go_with_the_arms(arms in arms(), lower in any::<bool>()) {
        let found = best_arm(&arms, lower).unwrap();
        let sum = |chances: &[f64]| (chances.iter().sum::<f64>() - 1.0).abs() < 1e-12;
        prop_assert!(sum(&found.best) && sum(&found.second_best) && sum(&found.top_two_weights()));
        prop_assert!(sum(&found.weights_with_floor(0.01).unwrap()));
        let reversed: Vec<_> = arms.iter().rev().copied().collect();
        let back = best_arm(&reversed, lower).unwrap();
        for (there, here) in back.best.iter().rev().chain(back.second_best.iter().rev()).zip(found.best.iter().chain(&found.second_best)) {
            prop_assert!((there - here).abs() < 1e-13);
        }
    }

    #[test]
    fn a_belief_takes_sides(value in -5.0..5.0_f64, variance in 0.01..100.0_f64, prior in -1.0..1.0_f64, relative in any::<bool>()) {
        let control = Level { units: 400, value: 10.0, variance: 9.0 };
        let comparison = Comparison::of_independent(control, Level { units: 300, value: 10.0 + value, variance }).unwrap();
        let scale = if relative { Scale::Relative } else { Scale::Absolute };
        let prior = EffectPrior::Normal { mean: prior, variance: 0.5, scale: Scale::Absolute };
        let belief = comparison.belief(prior, scale, false).unwrap();
        let inverse = comparison.belief(prior, scale, true).unwrap();
        prop_assert!((belief.chance_to_win().value + belief.chance_to_lose().value - 1.0).abs() < 1e-15);
        prop_assert_eq!(belief.chance_to_win(), inverse.chance_to_lose());
        prop_assert_eq!(belief.loss_of_shipping(), inverse.loss_of_keeping());
        prop_assert!((belief.loss_of_keeping() - belief.loss_of_shipping() - belief.mean).abs() < 1e-13);
        // The data and the prior pull to both sides of the posterior, and each makes it surer.
        let flat = comparison.belief(EffectPrior::Flat, scale, false).unwrap();
        prop_assert!(belief.standard_deviation < flat.standard_deviation);
    }

    #[test]
    fn power_grows_with_effect_and_units_and_comes_back(
        effect in 0.001..2.0_f64, units in 2.0..1e7_f64, ratio in 0.1..10.0_f64, alpha in 0.001..0.3_f64, power in 0.31..0.999_f64,
    ) {
        let design = Design::new(alpha, ratio).unwrap();
        let units = units + 3.0;
        let base = design.power_of_means(effect, units).unwrap();
        prop_assert!(design.power_of_means(1.1 * effect, units).unwrap() >= base - 1e-13);
        prop_assert!(design.power_of_means(effect, 1.1 * units).unwrap() >= base - 1e-13);
        prop_assert!((0.0..=1.0).contains(&base) && base >= alpha - 1e-12);
        let needed = design.units_for_means(effect, power).unwrap().control;
        let reached = design.power_of_means(effect, needed).unwrap();
        prop_assert!((reached - power).abs() < 1e-9 || needed <= 3.0 / (1.0 + ratio) + 1e-9, "{} {}", reached, power);
        let smallest = design.effect_of_means(units, power).unwrap();
        prop_assert!((design.power_of_means(smallest, units).unwrap() - power).abs() < 1e-9);
    }

    #[test]
    fn power_of_shares_comes_back(control in 0.001..0.999_f64, treatment in 0.001..0.999_f64, ratio in 0.1..10.0_f64, power in 0.31..0.999_f64) {
        prop_assume!((control - treatment).abs() > 1e-6);
        let design = Design::new(0.05, ratio).unwrap();
        let rates = Rates::new(control, treatment).unwrap();
        let by_arcsines = design.units_for_arcsines(rates, power).unwrap().control;
        prop_assert!((design.power_of_arcsines(rates, by_arcsines).unwrap() - power).abs() < 1e-12);
        if let Ok(units) = design.units_for_difference(rates, power) {
            prop_assert!((design.power_of_difference(rates, units.control).unwrap() - power).abs() < 1e-12);
            if treatment > control {
                let back = design.rate_above(control, units.control, power).unwrap();
                prop_assert!((back - treatment).abs() < 1e-9, "{} {}", back, treatment);
            }
        }
    }

    #[test]
    fn nothing_panics(numbers in proptest::array::uniform6(any::<f64>()), counts in proptest::array::uniform4(any::<u64>())) {
        let [a, b, c, d, e, f] = numbers;
        let [units, conversions, other, others] = counts;
        let _ = shares(Trials { units, conversions }, Trials { units: other, conversions: others }, BetaPrior { alpha: a, beta: b }, false);
        let finite = |found: Vec<f64>| found.iter().all(|number| number.is_finite());
        if let Ok(found) = best_arm(&[(a, b.abs()), (c, d.abs()), (e, f.abs())], false) {
            prop_assert!(finite(found.best) && finite(found.second_best));
        }
        if let Ok(design) = Design::new(a.abs().fract(), b.abs()) {
            for found in [design.power_of_means(c, d), design.power_of_means_normal(c, d), design.effect_of_means(c, e)].into_iter().flatten() {
                prop_assert!(found.is_finite());
            }
            let _ = design.units_for_means(c, f.abs().fract());
        }
        let level = |value, variance: f64| Level { units: 2 + units % 1000, value, variance: variance.abs() };
        if let Ok(comparison) = Comparison::of_independent(level(a, b), level(c, d)) {
            for scale in [Scale::Absolute, Scale::Relative] {
                let prior = EffectPrior::Normal { mean: e, variance: f, scale: Scale::Relative };
                if let Ok(belief) = comparison.belief(prior, scale, false) {
                    prop_assert!(finite(vec![belief.mean, belief.standard_deviation, belief.chance_to_win().value, belief.chance_to_win().log10]));
                    prop_assert!(finite(vec![belief.loss_of_keeping(), belief.loss_of_shipping()]), "{:?}", belief);
                }
            }
        }
    }
}
