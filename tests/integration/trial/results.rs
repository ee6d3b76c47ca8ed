//! What a result shows on the way, and its points.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use segue::trial::{Asked, Happening, LATE_TIME, Standing, Watched};

use super::{NOW, Trial, at, external, hours, looks, release};

fn points(due: &[Happening]) -> usize {
    due.iter().filter(|what| matches!(what, Happening::Point(_))).count()
}

#[test]
fn what_is_changed_after_the_start_stands_on_the_result() {
    let mut trial = Trial::new("metrics: {primary: buyers}\nplan: {alpha: 0.05}");
    trial.count_alike(400, 1);
    assert_eq!((trial.results().deviations, trial.results().started), (vec![], Some(NOW.to_owned())));
    let hash = trial.results().terms_hash;
    trial.pass(SignedDuration::from_hours(2));
    trial.change_to(release("metrics: {primary: buyers}\nplan: {alpha: 0.1, visitors: 1000}"));
    let results = trial.results();
    let said: Vec<&str> = results.deviations.iter().map(|deviation| &*deviation.text).collect();
    assert_eq!(
        said,
        [
            "alpha was changed from `0.05` to `0.1` on 20 November 2026, 12:00 UTC, after the start.",
            "visitors were changed from `not planned` to `1000` on 20 November 2026, 12:00 UTC, after the start.",
        ]
    );
    assert_eq!(results.terms_hash, hash, "of what was settled at the start");
    // The same release once more is no change.
    trial.change_to(release("metrics: {primary: buyers}\nplan: {alpha: 0.1, visitors: 1000}"));
    assert_eq!(trial.results().deviations.len(), 2);
}

#[test]
fn a_point_is_taken_each_hour_and_with_each_look() {
    let mut trial = Trial::new("metrics: {primary: buyers}\nplan: {stop: group_sequential, looks: 2, visitors: 1000}");
    assert_eq!(trial.look(), [], "nobody came");
    let mut taken = 0;
    for minute in 0..180 {
        trial.count_alike(2, 1);
        taken += points(&trial.look());
        assert!(minute > 0 || taken == 1, "the first one is where it begins");
        trial.pass(SignedDuration::from_mins(1));
    }
    assert_eq!(taken, 3);
    trial.count_alike(200, 1);
    trial.now = at("2026-11-22T01:00:00Z");
    let due = trial.look();
    assert_eq!((looks(&due), points(&due)), (vec![1], 1));
    trial.count_alike(500, 1);
    trial.now = at("2026-11-23T23:59:30Z");
    let due = trial.look();
    assert_eq!((looks(&due), points(&due)), (vec![], 1));
    trial.now = at("2026-11-24T00:00:00Z");
    let due = trial.look();
    assert_eq!((looks(&due), points(&due)), (vec![2], 0), "within a minute of another");
    trial.pass(hours(1));
    let due = trial.look();
    let [Happening::Point(point)] = &due[..] else { panic!("{due:?}") };
    assert_eq!((point.units, point.rows.len()), (1_060, 1));
    assert!(point.rows[0].p_value.unwrap() > 0.5);
}

#[test]
fn points_end_some_time_after_the_experiment() {
    let mut trial = Trial::new("metrics: {primary: buyers}\nuntil: 2030-01-01T00:00:00Z");
    trial.count_alike(100, 1);
    let end = "2030-01-01T00:00:00Z".parse::<Timestamp>().unwrap();
    for (after, has_point) in [(SignedDuration::from_hours(24), true), (LATE_TIME, false)] {
        trial.now = end.checked_add(after).unwrap();
        assert_eq!(trial.look().iter().any(|what| matches!(what, Happening::Point(_))), has_point, "{after:?}");
    }
}

#[test]
fn what_was_over_long_before_it_came_gets_points_as_it_comes() {
    for (plan, looks_taken) in [("", vec![]), ("plan: {stop: fixed, visitors: 200}", vec![1])] {
        let more = format!("metrics: {{primary: buyers}}\nuntil: 2026-02-01T00:00:00Z\n{plan}");
        for status in ["running", "stopped"] {
            let mut trial = Trial::new("metrics: {primary: buyers}");
            trial.standing = Standing::default();
            trial.now = at("2026-01-20T10:00:00Z");
            let mut units = Vec::new();
            let release = external(status, &more);
            trial.release = Arc::clone(&release);
            trial.count_alike(100, 1);
            trial.now = at(NOW);
            trial.change_to(release);
            let mut taken = Vec::new();
            for hour in 0..48 {
                let due = trial.look();
                taken.extend(looks(&due));
                units.extend(due.iter().filter_map(|what| match what {
                    Happening::Point(point) => Some((hour, point.units)),
                    _ => None,
                }));
                assert!(hour > 0 || units.len() == 1, "the first one is where it begins");
                trial.pass(hours(1));
            }
            assert_eq!(taken, looks_taken);
            assert_eq!((units.len(), units.last()), (24, Some(&(23, 100))), "for a day");
        }
    }
}

#[test]
fn what_is_needed_is_said_with_its_date() {
    let mut trial = Trial::new("metrics: {primary: buyers}\nplan: {visitors: 10000}");
    trial.count_alike(2_000, 1);
    trial.pass(SignedDuration::from_hours(48));
    let outlook = trial.results().outlook;
    assert_eq!((outlook.units_needed, outlook.units_a_day), (Some(8_000), Some(1_000.0)));
    assert_eq!(outlook.expected.as_deref(), Some("2026-11-30T10:00:00Z"));
    let said = "About 8,000 more visitors are needed for the plan's end. At 1,000 a day, as lately, they will have come by 30 November 2026.";
    assert_eq!(outlook.text, said);
    // Nobody can come any more.
    let mut trial = Trial::new("metrics: {primary: buyers}\nuntil: 2026-11-21T10:00:00Z");
    trial.count_alike(200, 1);
    assert!(trial.results().outlook.text.starts_with("Nothing says how many visitors are needed"));
    trial.pass(SignedDuration::from_hours(48));
    assert_eq!(trial.results().outlook.text, "Its `until` is over: nobody new is enrolled.");
    // By the power, where a minimum effect is planned.
    let mut trial = Trial::new("metrics: {primary: buyers}\nplan: {minimum_effect: 10%}");
    trial.count_alike(2_000, 1);
    let outlook = trial.results().outlook;
    let power = trial.results().scorecard.metrics[1].power.clone().unwrap();
    assert_eq!(outlook.units_needed, Some(power.known().unwrap().units_needed));
    assert!(outlook.text.contains("to find a lift of 10 % with a chance of 80 %"), "{}", outlook.text);
}

#[test]
fn before_its_cap_is_known_nothing_is_decided() {
    let mut trial = Trial::new("metrics: {primary: spend}");
    trial.count_alike(10_000, 1);
    let results = trial.watched().results(&trial.terms(), None, trial.now).unwrap();
    assert_eq!((results.scorecard.verdict.code, results.caps.len()), (segue::analysis::Code::Continue, 0));
    assert!(results.scorecard.flags.iter().any(|flag| flag.code == "cap_not_known"));
    assert_eq!(trial.look(), []);
}

#[test]
fn while_visitors_are_counted_anew_nothing_is_due() {
    let mut trial =
        Trial::new("metrics: {primary: buyers, guardrails: [failures]}\nplan: {stop: fixed, visitors: 100}");
    for number in 0..1_000 {
        trial.count(number % 2, &[false, number % 2 == 1 && number % 3 == 0 || number % 10 == 0]);
    }
    trial.pass(hours(48));
    let asked = Asked { has_changed: true, may_take_point: true, has_settled: true };
    let due = |is_recounting| Watched { is_recounting, ..trial.watched() }.due(asked, trial.now).unwrap();
    assert_eq!(due(true), []);
    assert!(matches!(due(false)[..], [Happening::Tripped(_), Happening::Point(_), Happening::Look { .. }]));
}
