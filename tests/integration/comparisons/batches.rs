//! Means and ratios within the batches of a bandit, and the split of each.

use proptest::prelude::*;
use segue::statistics::{
    Adjustment, Batch, CONCENTRATION, Cell, Measure, Observation, SampleRatio, Split, SplitBatch, Sums, Undefined,
    compare_batches, goodness_of_fit,
};

use super::{close, sums, units};

fn batch() -> impl Strategy<Value = Batch> {
    (units(), units(), 0..50_u64).prop_map(|(control, treatment, others)| {
        let cell = Cell { control: sums(&control), treatment: sums(&treatment) };
        let units = cell.control.units() + cell.treatment.units() + others;
        Batch { cell, units }
    })
}

proptest! {
    #[test]
    fn one_batch_is_no_batch(batch in batch(), is_adjusted: bool) {
        let Cell { control, treatment } = &batch.cell;
        let adjustment = Adjustment::of(Measure::Mean, [control, treatment]).unwrap();
        let adjustment = is_adjusted.then_some(&adjustment);
        let plain = match adjustment {
            Some(adjustment) => adjustment.compare(control, treatment),
            None => Measure::Mean.compare(control, treatment),
        };
        match (compare_batches(Measure::Mean, std::slice::from_ref(&batch), adjustment), plain) {
            (Ok(within), Ok(plain)) => {
                prop_assert_eq!(within.clock, batch.units);
                let (within, scale) = (within.comparison, plain.difference.standard_error);
                close(within.difference.estimate, plain.difference.estimate, scale);
                close(within.difference.standard_error, scale, 0.0);
                close(within.difference.degrees_of_freedom.unwrap(), plain.difference.degrees_of_freedom.unwrap(), 0.0);
                close(within.baseline_variance, plain.baseline_variance, 0.0);
                close(within.covariance, plain.covariance, scale * scale);
            }
            (within, plain) => prop_assert_eq!(within.err(), plain.err()),
        }
    }

    #[test]
    fn the_plain_formula_gives_the_same(batches in prop::collection::vec(batch(), 1..6)) {
        let (mut difference, mut squared_error, mut all) = (0.0, 0.0, 0.0);
        for Batch { cell, units } in &batches {
            let (a, b) = (Measure::Mean.level(&cell.control).unwrap(), Measure::Mean.level(&cell.treatment).unwrap());
            let (n, m) = (a.units as f64, b.units as f64);
            let weight = (*units as f64 * n * m / (n + m)).sqrt();
            all += weight;
            difference += weight * (b.value - a.value);
            squared_error += weight * weight * (a.variance / n + b.variance / m);
        }
        let Ok(found) = compare_batches(Measure::Mean, &batches, None) else { return Ok(()) };
        let scale = squared_error.sqrt() / all;
        close(found.comparison.difference.estimate, difference / all, scale);
        close(found.comparison.difference.standard_error, scale, 0.0);
        prop_assert_eq!(found.clock, batches.iter().map(|batch| batch.units).sum::<u64>());
        // A batch of one unit of a variant has no variance, and changes nothing.
        let mut thin = batches.clone();
        let control = sums(&[Observation { outcome: 1e6, ..Observation::default() }]);
        thin.push(Batch { cell: Cell { control, treatment: batches[0].cell.treatment.clone() }, units: 1_000 });
        prop_assert_eq!(compare_batches(Measure::Mean, &thin, None), Ok(found));
    }

    #[test]
    fn a_ratio_by_one_is_a_mean(batches in prop::collection::vec(batch(), 1..5)) {
        let by_one = |sums: &Sums| {
            use segue::statistics::Variable::{Denominator as D, Outcome as Y};
            let mut by_one = sums.clone();
            let count = sums.units() as f64;
            by_one.set(D, count).unwrap();
            by_one.set_product(D, D, count).unwrap();
            by_one.set_product(Y, D, sums.sum(Y)).unwrap();
            by_one
        };
        let cell = |cell: &Cell| Cell { control: by_one(&cell.control), treatment: by_one(&cell.treatment) };
        let ratios: Vec<Batch> =
            batches.iter().map(|batch| Batch { cell: cell(&batch.cell), units: batch.units }).collect();
        let Ok(mean) = compare_batches(Measure::Mean, &batches, None) else { return Ok(()) };
        let ratio = compare_batches(Measure::Ratio, &ratios, None).unwrap().comparison;
        let scale = mean.comparison.difference.standard_error;
        prop_assert!((ratio.difference.estimate - mean.comparison.difference.estimate).abs() <= 1e-6 * scale);
        prop_assert!((ratio.difference.standard_error / scale - 1.0).abs() <= 1e-6);
        prop_assert!((ratio.baseline - mean.comparison.baseline).abs() <= 1e-6 * scale.max(mean.comparison.baseline.abs()));
    }

    /// Split in one way all the time, the batches are a table of one row.
    #[test]
    fn batches_of_one_split_are_one(
        counts in prop::collection::vec((0..2_000_u64, 0..2_000_u64, 1..2_000_u64), 1..5), weights in [0.1..1.0_f64, 0.1..1.0, 0.1..1.0],
    ) {
        let batches: Vec<SplitBatch> = counts.iter()
            .map(|(a, b, c)| SplitBatch { counts: vec![*a, *b, *c], weights: weights.to_vec() })
            .collect();
        let all: Vec<u64> = (0..3).map(|place| batches.iter().map(|batch| batch.counts[place]).sum()).collect();
        let Ok(SampleRatio::Possible(found)) = SampleRatio::of_batches(&batches) else { panic!("possible") };
        let (found, plain) = (found.fixed.unwrap(), goodness_of_fit(&all, &weights).unwrap());
        prop_assert_eq!(found.degrees_of_freedom, 2);
        prop_assert!((found.statistic - plain.statistic).abs() <= 1e-8 * (1.0 + plain.statistic));
        let expected = SampleRatio::expected_of_batches(&batches).unwrap();
        let total: u64 = all.iter().sum();
        for (expected, weight) in expected.iter().zip(weights) {
            close(*expected, total as f64 * weight / weights.iter().sum::<f64>(), 0.0);
        }
    }
}

/// Over everything that can happen, the evidence is 1 on average: what makes it an e-value.
#[test]
fn the_evidence_against_a_right_split_is_1_on_average() {
    let splits = [vec![0.7, 0.2, 0.1], vec![1.0, 2.0, 1.0]];
    let ways = |left: u64| (0..=left).flat_map(move |a| (0..=left - a).map(move |b| [a, b, left - a - b]));
    let factorial = |n: u64| (1..=n).map(|k| k as f64).product::<f64>();
    let chance = |counts: [u64; 3], weights: &[f64]| {
        let whole: f64 = weights.iter().sum();
        let of =
            counts.iter().zip(weights).map(|(count, weight)| (weight / whole).powi(*count as i32) / factorial(*count));
        of.product::<f64>() * factorial(counts.iter().sum())
    };
    let (mut mean, mut all) = (0.0, 0.0);
    for first in ways(5) {
        for second in ways(4) {
            let batches = [first, second].into_iter().zip(&splits);
            let batches: Vec<SplitBatch> = batches
                .map(|(counts, weights)| SplitBatch { counts: counts.to_vec(), weights: weights.clone() })
                .collect();
            let SampleRatio::Possible(Split { ln_bayes_factor, .. }) = SampleRatio::of_batches(&batches).unwrap()
            else {
                panic!("possible")
            };
            let probability = chance(first, &splits[0]) * chance(second, &splits[1]);
            all += probability;
            mean += probability * ln_bayes_factor.exp();
        }
    }
    assert!((all - 1.0).abs() < 1e-12 && (mean - 1.0).abs() < 1e-12, "{all} {mean}");
}

/// A bandit that follows the data is no broken split, though all of its units together are far from any one; a variant that loses a tenth is.
#[test]
fn each_batch_is_held_to_its_own_split() {
    let batch = |counts: [u64; 2], weights: [f64; 2]| SplitBatch { counts: counts.to_vec(), weights: weights.to_vec() };
    let right = [batch([500, 500], [0.5, 0.5]), batch([95, 905], [0.1, 0.9]), batch([902, 98], [0.9, 0.1])];
    let p_value = |batches: &[SplitBatch]| match SampleRatio::of_batches(batches).unwrap() {
        SampleRatio::Possible(split) => (split.fixed.unwrap().p_value.value, split.sequential_p_value().value),
        SampleRatio::Impossible(cell) => panic!("{cell}"),
    };
    assert!(p_value(&right).0 > 0.5 && p_value(&right).1 == 1.0);
    let wrong: Vec<SplitBatch> = (0..30).map(|number| batch([45 + number % 3, 905], [0.1, 0.9])).collect();
    assert!(p_value(&wrong).0 < 1e-9 && p_value(&wrong).1 < 1e-9);
    assert_eq!(SampleRatio::of_batches(&[batch([3, 1], [1.0, 0.0]), right[0].clone()]), Ok(SampleRatio::Impossible(1)));
    assert!(SampleRatio::of_batches(&[batch([3, 0], [1.0, 0.0]), right[0].clone()]).is_ok());
    assert_eq!(SampleRatio::of_batches(&[]), Err(Undefined::NoUnits));
    assert_eq!(SampleRatio::of_batches(&[batch([3, 0], [1.0, 0.0])]), Err(Undefined::TooFewCells));
    assert_eq!(SampleRatio::of_batches(&[batch([3, 4], [0.0, f64::NAN])]), Err(Undefined::TooFewCells));
    assert_eq!(SampleRatio::of_batches(&[right[0].clone(), batch([3, 4], [0.5, -1.0])]), Err(Undefined::BadWeights));
    let ragged = SplitBatch { counts: vec![1, 2, 3], weights: vec![0.5, 0.5] };
    assert_eq!(SampleRatio::of_batches(&[ragged]), Err(Undefined::BadWeights));
    // A batch without anybody says nothing.
    assert_eq!(
        SampleRatio::of_batches(&[right[0].clone(), batch([0, 0], [0.2, 0.8])]),
        SampleRatio::of_batches(&right[..1])
    );
    assert!(SampleRatio::of(&[500, 500], &[0.5, 0.5], CONCENTRATION).is_ok());
}

#[test]
fn what_batches_cannot_tell_is_undefined() {
    let share = |units: u64, hits: u64| Sums::of_share(units, hits);
    let batch = |control, treatment, units| Batch { cell: Cell { control, treatment }, units };
    let mean = |batches: &[Batch]| compare_batches(Measure::Mean, batches, None).map(|found| found.clock);
    assert_eq!(mean(&[]), Err(Undefined::TooFewUnits));
    assert_eq!(mean(&[batch(share(1, 0), share(50, 5), 60)]), Err(Undefined::TooFewUnits));
    assert_eq!(mean(&[batch(share(20, 0), share(50, 0), 70)]), Err(Undefined::ZeroVariance));
    assert_eq!(mean(&[batch(share(20, 1), share(50, 5), 69)]), Err(Undefined::OutOfRange));
    assert_eq!(mean(&[batch(share(20, 1), share(50, 5), 70)]), Ok(70));
    let batches = [batch(share(20, 1), share(50, 5), 70)];
    assert_eq!(compare_batches(Measure::Ratio, &batches, None), Err(Undefined::ZeroDenominator));
    let adjustment = Adjustment::of(Measure::Mean, [&batches[0].cell.control, &batches[0].cell.treatment]).unwrap();
    assert_eq!(compare_batches(Measure::Ratio, &batches, Some(&adjustment)), Err(Undefined::OutOfRange));
}
