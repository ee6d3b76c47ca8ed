//! Planned looks: when they are taken, and whom they read.

use jiff::SignedDuration;
use segue::measurement::Contribution;
use segue::trial::{LOOK_QUIET_TIME, Results, Settling};

use super::{FIXED, FOUR_LOOKS, NOW, Trial, at, hours, looks, release};

/// How many visitors a result is of.
fn read(results: &Results) -> u64 {
    results.scorecard.variants.iter().map(|variant| variant.n).sum()
}

#[test]
fn each_planned_look_is_taken_once_and_reads_whole_days() {
    let mut trial = Trial::new(FOUR_LOOKS);
    let mut taken = Vec::new();
    for _ in 0..50 {
        trial.count_alike(100, 1);
        trial.pass(hours(6));
        taken.extend(looks(&trial.look()));
        assert!(looks(&trial.look()).is_empty(), "nothing came since");
    }
    assert_eq!(taken, [1, 2, 3, 4]);
    // 300 on the first day, then 400 a day.
    let fractions: Vec<f64> = trial.standing.looks.iter().map(|(_, look)| look.fraction).collect();
    assert_eq!(fractions, [0.275, 0.575, 0.775, 1.0]);
    let results = trial.results();
    let units: Vec<u64> = results.looks.iter().map(|taken| taken.look.units).collect();
    assert_eq!(units, [1_100, 2_300, 3_100, 4_300]);
    let text = &results.scorecard.verdict.text;
    assert!(text.starts_with("Look 4 of 4 decided on 2 December 2026, with 4,300 visitors: No winner"), "{text}");
    assert_eq!((read(&results), trial.watched().units()), (4_300, 5_000), "who came later is not read");
    let fraction = results.scorecard.metrics[1].planned_look().unwrap().information_fraction.get();
    assert_eq!(fraction, 1.075, "more than planned is the whole");
    assert_eq!(results.outlook.text, "Look 4 decided: nothing more is needed.");
}

#[test]
fn a_look_reads_nobody_who_may_still_do_something() {
    let mut trial = Trial::new(FOUR_LOOKS);
    for number in 0..1_100 {
        trial.count(number % 2, &[number % 2 == 1 && number % 3 == 0]);
    }
    assert!(looks(&trial.look()).is_empty(), "they came just now");
    let results = trial.results();
    let said = "Wait: look 1 of 4 is due when the time of all metrics is over for 1,000 visitors. 1,100 have come, and 0 have had that time. \
                Between planned looks nothing is decided.";
    assert_eq!(results.scorecard.verdict.text, said);
    assert!(results.scorecard.metrics.iter().all(|row| row.decided().is_none()));
    // One day after the last of them, and after that day of the calendar, everything is known.
    trial.now = at("2026-11-21T23:59:59.999Z");
    assert!(looks(&trial.look()).is_empty());
    trial.now = at("2026-11-22T00:00:00Z");
    assert_eq!(looks(&trial.look()), [1]);
    let decided = trial.results();
    assert!(decided.scorecard.verdict.text.starts_with("Look 1 of 4 decided"), "{}", decided.scorecard.verdict.text);
    assert_eq!(decided.scorecard.verdict.code.word(), "ship");
    let [estimate] = &decided.after_stopping[..] else { panic!("{:?}", decided.after_stopping) };
    assert!(estimate.median_unbiased_estimate > 0.0);
    assert!(estimate.text.contains("median-unbiased"), "{}", estimate.text);
    // Whatever comes behind it, the decision stays, and the numbers that it was made by.
    trial.count_alike(3_000, 1);
    trial.pass(hours(72));
    assert!(looks(&trial.look()).is_empty(), "it is over");
    let later = trial.results();
    assert_eq!(later.scorecard, decided.scorecard);
}

#[test]
fn a_fixed_plan_is_read_once() {
    let mut trial = Trial::new(FIXED);
    let mut taken = Vec::new();
    for day in 0..15 {
        for number in 0..100 {
            trial.count(number % 2, &[number % 2 == 1 && number % 3 == 0]);
        }
        trial.pass(hours(24));
        taken.extend(looks(&trial.look()));
        let results = trial.results();
        let row = &results.scorecard.metrics[1];
        if taken.is_empty() {
            assert_eq!(results.scorecard.verdict.code.word(), "continue", "day {day}");
            assert!(results.scorecard.verdict.text.starts_with("Wait: a fixed plan is read once"));
            assert_eq!(row.decided(), None);
            assert_eq!(serde_json::to_value(row).unwrap()["fixed"]["undefined"], "not_due");
        } else {
            assert_eq!((results.scorecard.verdict.code.word(), read(&results)), ("ship", 1_000));
        }
    }
    assert_eq!(taken, [1]);
    let decided = trial.results();
    let text = &decided.scorecard.verdict.text;
    assert!(text.starts_with("Look 1 of 1 decided on 1 December 2026, with 1,000 visitors: Ship b"), "{text}");
    let [estimate] = &decided.after_stopping[..] else { panic!("{:?}", decided.after_stopping) };
    assert_eq!(Some(estimate.median_unbiased_estimate), decided.looks[0].look.found[0].estimate);
    assert!(estimate.text.contains("at its one look"), "{}", estimate.text);
    // Neither harm that comes later, nor an event that comes late, nor another alpha changes what was read.
    for _ in 0..2_000 {
        trial.count(0, &[true]);
    }
    let first_day = at(NOW).as_millisecond().div_euclid(86_400_000);
    let of_first_day = |ones| Contribution { day: first_day, ..trial.contribution(1, ones) };
    let (was, is) = (of_first_day(&[true]), of_first_day(&[false]));
    trial.totals.subtract(&was).unwrap();
    trial.totals.add(&is).unwrap();
    assert_eq!(trial.results().scorecard, decided.scorecard);
    trial.change_to(release("metrics: {primary: buyers}\nplan: {alpha: 0.0001, stop: fixed, visitors: 1000}"));
    let changed = trial.results().scorecard;
    assert_eq!((&changed.metrics, &changed.verdict), (&decided.scorecard.metrics, &decided.scorecard.verdict));
    assert_eq!(changed.flags.iter().map(|flag| flag.code).collect::<Vec<_>>(), ["terms_changed"]);
}

#[test]
fn who_went_astray_after_those_whom_a_look_reads_spoils_it_not() {
    let lost: [fn(&mut Contribution); 3] =
        [|one| one.is_mixed = true, |one| one.is_unexpected = true, |one| one.variant = None];
    for astray in lost {
        let count = |trial: &mut Trial| {
            for number in 0..100 {
                let mut one = trial.contribution(number % 2, &[false]);
                astray(&mut one);
                trial.totals.add(&one).unwrap();
            }
        };
        for (are_read, expected) in [(false, "ship"), (true, "check_data")] {
            let mut trial = Trial::new(FIXED);
            for number in 0..1_000 {
                trial.count(number % 2, &[number % 2 == 1 && number % 3 == 0]);
            }
            if are_read {
                count(&mut trial);
            }
            trial.pass(hours(40));
            if !are_read {
                count(&mut trial);
            }
            assert_eq!(looks(&trial.look()), [1]);
            assert_eq!(trial.results().scorecard.verdict.code.word(), expected);
        }
    }
}

/// Letters of last week are told all at once, then the orders that they brought.
#[test]
fn a_look_waits_for_what_is_told_late() {
    let mut trial = Trial::new(FIXED);
    let sent = trial.now;
    let letter = |trial: &Trial, variant, ones| Contribution {
        day: sent.as_millisecond().div_euclid(86_400_000),
        ..trial.contribution(variant, ones)
    };
    trial.pass(hours(7 * 24));
    for number in 0..1_000 {
        let one = letter(&trial, number % 2, &[false]);
        trial.totals.add(&one).unwrap();
    }
    let mut settling = Settling::default();
    assert!(trial.look_in_time(&mut settling).is_empty(), "it is due, and everything may be on its way");
    let text = trial.results().scorecard.verdict.text;
    assert!(text.starts_with("Wait: look 1 of 1 is taken as soon as nothing has come"), "{text}");
    for _ in 0..4 {
        trial.pass(SignedDuration::from_mins(50));
        for _ in 0..50 {
            let (was, is) = (letter(&trial, 1, &[false]), letter(&trial, 1, &[true]));
            trial.totals.exchange(&was, &is).unwrap();
        }
        assert!(trial.look_in_time(&mut settling).is_empty(), "orders came just now");
        // Who comes today is not read.
        trial.count(0, &[true]);
        assert!(trial.look_in_time(&mut settling).is_empty());
    }
    trial.pass(SignedDuration::from_mins(59));
    trial.count(0, &[true]);
    assert!(!settling.is_over(LOOK_QUIET_TIME, trial.now));
    // A crash forgets since when nothing came: it is waited for anew.
    assert!(trial.look_in_time(&mut Settling::default()).is_empty());
    trial.pass(SignedDuration::from_mins(1));
    assert!(settling.is_over(LOOK_QUIET_TIME, trial.now));
    assert!(trial.look_in_time(&mut Settling::default()).is_empty());
    assert_eq!(trial.look_in_time(&mut settling), [1]);
    assert_eq!(trial.results().scorecard.verdict.code.word(), "ship");
}

#[test]
fn a_look_waits_a_day_at_most() {
    let mut trial = Trial::new(FIXED);
    let day = trial.now.as_millisecond().div_euclid(86_400_000);
    trial.count_alike(1_000, 1);
    trial.pass(hours(7 * 24));
    let (mut settling, mut waited) = (Settling::default(), 0);
    while trial.look_in_time(&mut settling).is_empty() {
        waited += 1;
        assert!(waited < 100);
        let one = Contribution { day, ..trial.contribution(waited % 2, &[false]) };
        trial.totals.add(&one).unwrap();
        trial.pass(SignedDuration::from_mins(30));
    }
    assert_eq!(waited, 48);
}
