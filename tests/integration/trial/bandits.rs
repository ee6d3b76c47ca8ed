//! Batches of a bandit.

use jiff::SignedDuration;
use segue::experiment::even_split;
use segue::measurement::Contribution;
use segue::trial::{Batch, Happening, MAX_BATCHES};

use super::{METRICS, Trial, VARIANTS, release_in};

#[test]
fn a_bandit_gets_new_weights_with_each_batch() {
    let more = "assignment: bandit\nbandit: {batch: 10 minutes, floor: 10%}\nmetrics: {primary: buyers}";
    let mut trial = Trial::new(more);
    for number in 0..4_000 {
        let variant = number % 2;
        trial.count(variant, &[number % 10 < 1 + 4 * variant]);
    }
    let weights = |due: &[Happening]| -> Option<(u32, f64)> {
        due.iter().find_map(|what| match what {
            Happening::Weights(batch) => Some((batch.number, batch.weights.iter().map(|(_, weight)| weight).sum())),
            _ => None,
        })
    };
    assert_eq!(weights(&trial.look()), None, "too early");
    for number in 1..4 {
        trial.pass(SignedDuration::from_mins(10));
        let (found, sum) = weights(&trial.look()).unwrap();
        assert_eq!(found, number);
        assert!((sum - 1.0).abs() < 1e-12);
        assert_eq!(weights(&trial.look()), None, "once");
    }
    assert_eq!(trial.results().batch.unwrap().number, 3);
}

#[test]
fn nobody_is_missed_in_a_variant_from_before_a_bandit_had_it() {
    let mut trial = Trial::new("assignment: bandit\nmetrics: {primary: buyers}");
    let count = |trial: &mut Trial| {
        let batch = Some(even_split(0, trial.watched().definition));
        for number in 0..600 {
            let contribution = trial.contribution(number % 2, &[number % 20 < 2]);
            trial.totals.add(&Contribution { batch, ..contribution }).unwrap();
        }
    };
    count(&mut trial);
    let more = VARIANTS.replace("]", ", {name: c, value: c}]");
    let definition = format!("status: running\n{more}\nassignment: bandit\nmetrics: {{primary: buyers}}");
    trial.release = release_in(METRICS, &definition);
    assert!(trial.results().scorecard.sample_ratio.alarm.is_none());
    // Among those who could have got it somebody would have.
    count(&mut trial);
    assert!(trial.results().scorecard.sample_ratio.alarm.is_some());
}

/// A decision of the time before is of no batch: what it dealt then is compared, and not held against weights that it did not have.
#[test]
fn what_was_dealt_before_it_became_a_bandit_is_no_split_of_it() {
    let nine = VARIANTS.replace("{name: control,", "{name: control, weight: 9,");
    let definition = |more: &str| format!("status: running\n{nine}\n{more}\nmetrics: {{primary: buyers}}");
    let mut trial = Trial::new("metrics: {primary: buyers}");
    trial.release = release_in(METRICS, &definition("assignment: bandit"));
    let count = |trial: &mut Trial, batch: u32, units: [usize; 2]| {
        for (variant, units) in units.into_iter().enumerate() {
            for number in 0..units {
                let one = trial.contribution(variant, &[number % 10 == 0]);
                trial.totals.add(&Contribution { batch: Some(batch), ..one }).unwrap();
            }
        }
    };
    count(&mut trial, 0, [541, 59]);
    let found = trial.results().scorecard;
    assert_eq!(found.sample_ratio.alarm, None, "{}", found.verdict.text);
    assert_eq!(found.variants.iter().map(|variant| variant.n).collect::<Vec<_>>(), [541, 59]);
    // What it deals itself is judged.
    let even = even_split(0, trial.watched().definition);
    count(&mut trial, even, [541, 59]);
    assert!(trial.results().scorecard.sample_ratio.alarm.is_some());
}

#[test]
fn a_bandit_gets_no_more_weights_than_are_kept() {
    let more = "assignment: bandit\nbandit: {batch: 10 minutes, floor: 10%}\nmetrics: {primary: buyers}";
    let mut trial = Trial::new(more);
    trial.count_alike(400, 1);
    for number in 1..=MAX_BATCHES as u32 {
        trial.pass(SignedDuration::from_mins(10));
        let weights = vec![("control".into(), 0.5), ("b".into(), 0.5)];
        trial.happen([Happening::Weights(Batch { number, weights })]);
    }
    trial.pass(SignedDuration::from_hours(24));
    assert!(!trial.look().iter().any(|what| matches!(what, Happening::Weights(_))));
    assert_eq!(trial.results().batch.unwrap().number, MAX_BATCHES as u32);
}
