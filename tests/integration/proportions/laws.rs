//! What holds for all counts: swapped variants, permuted tables, wider intervals, and an answer to whatever is asked.

use proptest::prelude::*;
use segue::statistics::{
    Alternative, Interval, Method, Probability, SampleRatio, TwoProportions, Undefined, goodness_of_fit, independence,
};

/// Units and conversions of two variants, of any size up to `most`.
fn counts(most: u64) -> impl Strategy<Value = TwoProportions> {
    let variant = move || {
        let units = (0..=most.ilog2()).prop_flat_map(move |bits| 1..=(1_u64 << bits).min(most));
        (units, 0.0..=1.0_f64, 0..4_u8).prop_map(|(units, share, edge)| match edge {
            0 => (units, 0),
            1 => (units, units),
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "any count will do"
            )]
            _ => (units, ((units as f64 * share) as u64).min(units)),
        })
    };
    (variant(), variant()).prop_map(|(control, treatment)| TwoProportions::new(control, treatment).unwrap())
}

fn close(a: f64, b: f64, least: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(least)
}

fn same(a: Probability, b: Probability) -> bool {
    (a.log10 - b.log10).abs() <= 1e-9 * a.log10.abs().max(1.0)
}

/// All intervals of the difference; Wald's where there is one.
fn intervals(counts: &TwoProportions, alpha: f64) -> Vec<Interval> {
    let wald = counts.unpooled().and_then(|effect| effect.interval(effect.critical(alpha)?));
    let always =
        [counts.newcombe(alpha), counts.agresti_caffo(alpha), counts.miettinen_nurminen(alpha)].map(Result::unwrap);
    always.into_iter().chain(wald.ok()).collect()
}

proptest! {
    #[test]
    fn swapped_variants_flip_signs_and_keep_p(counts in counts(1 << 40), alpha in 1e-6..0.9_f64) {
        let swapped = counts.swapped();
        prop_assert_eq!(counts.difference(), -swapped.difference());
        if let (Ok(here), Ok(there)) = (counts.pooled(), swapped.pooled()) {
            prop_assert!(same(here.p_value(), there.p_value()));
            prop_assert!(same(here.p_value_greater(), there.p_value_less()));
        }
        for (here, there) in intervals(&counts, alpha).iter().zip(intervals(&swapped, alpha)) {
            let width = here.upper - here.lower;
            prop_assert!(close(here.lower, -there.upper, width) && close(here.upper, -there.lower, width));
        }
        let (here, there) = (counts.fisher().unwrap(), swapped.fisher().unwrap());
        prop_assert!(same(here.p_value, there.p_value) && same(here.p_value_greater, there.p_value_less));
        // The units that did not convert tell the same story.
        let others = counts.complement().fisher().unwrap();
        prop_assert!(same(here.p_value, others.p_value) && same(here.p_value_greater, others.p_value_less));
    }

    #[test]
    fn intervals_hold_the_estimate_and_widen(counts in counts(1 << 40), alpha in 1e-6..0.4_f64) {
        let estimate = counts.difference();
        for (narrow, wide) in intervals(&counts, 2.0 * alpha).iter().zip(intervals(&counts, alpha)) {
            let slack = 1e-12 * (wide.upper - wide.lower);
            prop_assert!(wide.lower <= narrow.lower + slack && narrow.upper <= wide.upper + slack);
        }
        for interval in [counts.newcombe(alpha).unwrap(), counts.miettinen_nurminen(alpha).unwrap()] {
            prop_assert!(interval.lower <= estimate && estimate <= interval.upper, "{:?} {}", interval, estimate);
            prop_assert!(interval.lower >= -1.0 - 1e-15 && interval.upper <= 1.0 + 1e-15);
        }
    }

    #[test]
    fn exact_tests_agree_with_one_another(counts in counts(60)) {
        let fisher = counts.fisher().unwrap();
        let barnard = |alternative| counts.barnard(alternative).unwrap();
        let boschloo = |alternative| counts.boschloo(alternative).unwrap();
        // Boschloo's test is never less powerful than Fisher's.
        prop_assert!(boschloo(Alternative::Greater).value <= fisher.p_value_greater.value * (1.0 + 1e-9));
        prop_assert!(boschloo(Alternative::Less).value <= fisher.p_value_less.value * (1.0 + 1e-9));
        let swapped = counts.swapped();
        prop_assert!(same(barnard(Alternative::TwoSided), swapped.barnard(Alternative::TwoSided).unwrap()));
        prop_assert!(same(barnard(Alternative::Greater), swapped.barnard(Alternative::Less).unwrap()));
        prop_assert!(same(boschloo(Alternative::TwoSided), swapped.boschloo(Alternative::TwoSided).unwrap()));
        prop_assert!(barnard(Alternative::TwoSided).value >= barnard(Alternative::Greater).value.min(barnard(Alternative::Less).value) * (1.0 - 1e-9));
        for probability in [fisher.p_value, barnard(Alternative::TwoSided), boschloo(Alternative::TwoSided)] {
            prop_assert!((0.0..=1.0).contains(&probability.value) && probability.log10 <= 0.0);
        }
    }

    #[test]
    fn barnard_is_the_worst_rate(counts in counts(12)) {
        prop_assert!(close(counts.barnard(Alternative::TwoSided).unwrap().value, worst_by_grid(&counts), 0.0)
            || worst_by_grid(&counts) < counts.barnard(Alternative::TwoSided).unwrap().value * (1.0 + 1e-9)
            && worst_by_grid(&counts) > counts.barnard(Alternative::TwoSided).unwrap().value * (1.0 - 1e-5));
    }

    #[test]
    fn the_test_is_chosen_by_what_is_expected(counts in counts(3_000)) {
        let tested = counts.test().unwrap();
        let exact = counts.smallest_expected() < 5.0;
        prop_assert_eq!(exact, tested.method != Method::PooledZ);
        prop_assert!(!tested.method.because().is_empty());
        prop_assert!((0.0..=1.0).contains(&tested.p_value.value));
    }

    #[test]
    fn permuted_tables_say_the_same(
        mut table in proptest::collection::vec(proptest::collection::vec(0..1_u64 << 40, 4), 2..20),
        by in 0..20_usize,
    ) {
        let before = independence(&table);
        let places = table.len();
        table.rotate_left(by % places);
        table.iter_mut().for_each(|row| row.reverse());
        match (before, independence(&table)) {
            (Ok(before), Ok(after)) => {
                prop_assert!(close(before.pearson.statistic, after.pearson.statistic, 1e-6));
                prop_assert!(close(before.likelihood_ratio.statistic, after.likelihood_ratio.statistic, 1e-6));
                prop_assert!((0.0..=1.0).contains(&before.cramers_v));
            }
            (before, after) => prop_assert_eq!(before.err(), after.err()),
        }
    }

    #[test]
    fn the_sample_ratio_follows_its_variants(
        mut cells in proptest::collection::vec((0..1_u64 << 40, prop_oneof![Just(1.0), 1e-6..1e6_f64]), 2..20),
        scale in 1e-3..1e3_f64,
    ) {
        let of = |cells: &[(u64, f64)], scale: f64| {
            let (counts, weights): (Vec<u64>, Vec<f64>) = cells.iter().map(|(n, weight)| (*n, weight * scale)).unzip();
            match SampleRatio::of(&counts, &weights, 10_000.0).unwrap() {
                SampleRatio::Possible(split) => split,
                SampleRatio::Impossible(cell) => panic!("{cell}"),
            }
        };
        let before = of(&cells, 1.0);
        cells.reverse();
        let after = of(&cells, scale);
        prop_assert!(close(before.ln_bayes_factor, after.ln_bayes_factor, 1e-3));
        if let (Ok(before), Ok(after)) = (before.fixed, after.fixed) {
            prop_assert!(close(before.statistic, after.statistic, 1e-3));
        }
    }

    #[test]
    fn whatever_is_asked_is_answered(
        counts in any::<[u64; 4]>(),
        weights in proptest::collection::vec(any::<f64>(), 4),
        alpha in any::<f64>(),
    ) {
        let number = |number: Result<f64, Undefined>| number.is_ok_and(|number| !number.is_finite());
        if let Ok(two) = TwoProportions::new((counts[0], counts[1]), (counts[2], counts[3])) {
            prop_assert!(two.difference().is_finite());
            prop_assert!(!number(two.pooled().map(|effect| effect.statistic())));
            prop_assert!(!number(two.newcombe(alpha).map(|interval| interval.upper - interval.lower)));
            prop_assert!(!number(two.miettinen_nurminen(alpha).map(|interval| interval.upper - interval.lower)));
            prop_assert!(!number(two.agresti_caffo(alpha).map(|interval| interval.upper - interval.lower)));
            let _ = (two.fisher(), two.barnard(Alternative::TwoSided), two.boschloo(Alternative::Less), two.test());
        }
        prop_assert!(!number(goodness_of_fit(&counts, &weights).map(|found| found.statistic)));
        if let Ok(SampleRatio::Possible(split)) = SampleRatio::of(&counts, &weights, alpha) {
            prop_assert!(split.ln_bayes_factor.is_finite());
        }
        let _ = independence(&[[counts[0], counts[1]], [counts[2], counts[3]]]);
    }
}

/// Barnard's p-value by its definition: every table, every rate of a grid.
#[expect(clippy::cast_precision_loss, reason = "a dozen units")]
fn worst_by_grid(counts: &TwoProportions) -> f64 {
    let (control, treatment) = (counts.control, counts.treatment);
    let squared = |a: u64, b: u64| {
        let deviation = (b * control.units()).abs_diff(a * treatment.units());
        let conversions = a + b;
        let spread = conversions * (control.units() + treatment.units() - conversions);
        if spread == 0 { (0, 1) } else { (deviation * deviation, spread) }
    };
    let observed = squared(control.conversions(), treatment.conversions());
    let ways = |n: u64, k: u64| (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>();
    let probability = |rate: f64| {
        let mut sum = 0.0;
        for a in 0..=control.units() {
            for b in 0..=treatment.units() {
                let here = squared(a, b);
                if here.0 * observed.1 >= observed.0 * here.1 {
                    let others = control.units() + treatment.units() - a - b;
                    sum += ways(control.units(), a)
                        * ways(treatment.units(), b)
                        * rate.powf((a + b) as f64)
                        * (1.0 - rate).powf(others as f64);
                }
            }
        }
        sum
    };
    (0..=1_000).map(|step| probability(f64::from(step) / 1_000.0)).fold(0.0, f64::max)
}
