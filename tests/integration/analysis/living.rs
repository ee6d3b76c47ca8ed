//! What live data bring with them: batches of a bandit, a tripped breaker, units that are astray or not known yet.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::analysis::{
    Batch, Block, Breakdown, Cell, Change, Code, Data, Kind, Measured, Method, Metric, Plan, Quality, Role, Seen, Stop,
    Tripped, Variant, bandit_weights, harms, scorecard,
};
use segue::statistics::anytime::{Rule, Sides, Tuning};
use segue::statistics::{Effect, Histogram, Quantile, Sums, Undefined};

use super::counts::conversions;

fn plan(kind: Kind) -> Plan {
    Plan { stop: Stop::Anytime, metrics: vec![Metric::new("order", kind)], ..Plan::default() }
}

fn shares(counts: &[(u64, u64)]) -> Vec<Measured> {
    counts.iter().map(|(units, converted)| Sums::of_share(*units, *converted).into()).collect()
}

/// On a bad day the control had most of the units, on a good one the treatment; on each both were alike.
fn simpson() -> Data {
    let days = [([0.9, 0.1], [(9_000, 450), (1_000, 50)]), ([0.1, 0.9], [(1_000, 200), (9_000, 1_800)])];
    let batches = days.map(|(weights, counts)| Batch {
        weights: weights.to_vec(),
        units: counts.map(|(units, _)| units).to_vec(),
        dealt: counts.map(|(units, _)| units).to_vec(),
        metrics: vec![shares(&counts)],
    });
    let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 10_000 };
    Data {
        variants: vec![variant("a"), variant("b")],
        metrics: vec![shares(&[(10_000, 650), (10_000, 1_850)])],
        batches: batches.to_vec(),
        ..Data::default()
    }
}

#[test]
fn a_bandit_is_compared_within_its_batches() {
    let data = simpson();
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    let row = &found.metrics[1];
    assert!(row.estimate.unwrap().get().abs() < 1e-12, "{row:?}");
    let fixed = row.fixed.as_ref().unwrap().known().unwrap();
    assert_eq!(fixed.method, Method::Welch);
    assert!(fixed.because.contains("within batches"));
    assert!(found.sample_ratio.alarm.is_none() && found.sample_ratio.p_value.unwrap().get() > 0.5);
    assert_eq!(found.variants[0].expected.get(), 10_000.0);
    assert_eq!(found.verdict.code, Code::Continue);
    // The same sums without their batches are a great success.
    let pooled = scorecard(&plan(Kind::Conversion), &Data { batches: Vec::new(), ..data }).unwrap();
    assert_eq!(pooled.verdict.code, Code::Ship);
}

/// Who saw a variant in a batch may have been dealt it in the one before.
#[test]
fn whom_events_tell_of_do_not_speak_of_a_bandits_split() {
    let mut data = simpson();
    data.batches[1].units = vec![1_000, 3_000];
    data.batches[1].dealt = vec![100, 900];
    data.batches[1].metrics = vec![shares(&[(1_000, 200), (3_000, 600)])];
    // Of the others no batch is known.
    data.quality.units_without_batch = 6_000;
    let alarm = |data: &Data| scorecard(&plan(Kind::Conversion), data).unwrap().sample_ratio.alarm;
    assert!(alarm(&data).is_none());
    data.batches[1].dealt = vec![1_000, 3_000];
    assert!(alarm(&data).is_some());
    data.quality.units_without_batch = 0;
    assert!(scorecard(&plan(Kind::Conversion), &data).is_err());
}

#[test]
fn a_planned_number_and_parts_are_left_out_of_a_bandit() {
    let cell = Cell {
        value: "phone".to_owned(),
        units: vec![5_000, 5_000],
        metrics: vec![shares(&[(5_000, 300), (5_000, 900)])],
    };
    let device = Breakdown { name: "device".to_owned(), values: vec![cell] };
    let data = Data { breakdowns: vec![device], ..simpson() };
    let found = scorecard(&Plan { visitors: Some(20_000), ..plan(Kind::Conversion) }, &data).unwrap();
    assert!(found.flags.iter().any(|flag| flag.code == "split_changes"));
    let Block { values, .. } = &found.breakdowns[0];
    assert_eq!(values[0].sample_ratio.undefined, Some("split_changed"));
    let row = &values[0].metrics[1];
    assert_eq!((row.level.unwrap().get(), row.estimate, row.undefined), (0.18, None, Some(Undefined::SplitChanged)));
    let without = scorecard(&plan(Kind::Conversion), &simpson()).unwrap();
    assert_eq!(found.metrics[1].anytime, without.metrics[1].anytime);
}

#[test]
fn a_bandits_quantile_is_shown_and_not_compared() {
    let level = |value| Measured::Quantile(Ok(segue::statistics::Level { units: 1_000, value, variance: 4.0 }));
    let mut data = simpson();
    data.metrics = vec![vec![level(1.0), level(2.0)]];
    data.batches.iter_mut().for_each(|batch| batch.metrics = data.metrics.clone());
    let found = scorecard(&plan(Kind::Quantile(0.5)), &data).unwrap();
    assert_eq!(found.metrics[1].level.unwrap().get(), 2.0);
    assert_eq!(found.metrics[1].undefined, Some(Undefined::SplitChanged));
}

#[test]
fn batches_must_part_the_units() {
    let refused = |change: fn(&mut Data)| {
        let mut data = simpson();
        change(&mut data);
        scorecard(&plan(Kind::Conversion), &data).unwrap_err().to_string()
    };
    for (change, said) in [
        ((|data| data.batches[0].units[0] = 8_999) as fn(&mut Data), "`batches` is out of its range"),
        (|data| data.batches[0].weights = vec![0.0, 0.0], "`weight` is out of its range"),
        (|data| data.batches[0].weights[1] = f64::NAN, "`weight` is out of its range"),
        (|data| data.batches[0].weights = vec![1.0], "`batches` has not one measurement for each metric and variant"),
        (|data| data.batches[1].metrics.clear(), "`batches` has not one measurement for each metric and variant"),
    ] {
        assert_eq!(refused(change), said);
    }
}

#[test]
fn a_variant_that_should_have_nobody_in_a_batch_raises_the_alarm() {
    let mut data = simpson();
    data.batches[0].weights = vec![1.0, 0.0];
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    assert_eq!(found.verdict.code, Code::CheckData);
}

#[test]
fn the_breaker_does_not_fall_for_the_time_of_day() {
    let mut plan = plan(Kind::Conversion);
    plan.metrics[0] =
        Metric { role: Role::Guardrail, direction: segue::analysis::Direction::Down, ..plan.metrics[0].clone() };
    assert_eq!(harms(&plan, &simpson()).unwrap(), []);
    assert_eq!(harms(&plan, &Data { batches: Vec::new(), ..simpson() }).unwrap().len(), 1);
}

#[test]
fn thin_batches_are_told() {
    let mut data = simpson();
    data.batches.push(Batch {
        weights: vec![0.5, 0.5],
        units: vec![0, 1],
        dealt: vec![0, 1],
        metrics: vec![shares(&[(0, 0), (1, 1)])],
    });
    data.variants[1].units += 1;
    data.metrics = vec![shares(&[(10_000, 650), (10_001, 1_851)])];
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    let text = "1 visitor came in batches where a variant got fewer than two, which do not compare it: longer batches or a higher floor would";
    assert_eq!(found.flags.iter().find(|flag| flag.code == "thin_batches").unwrap().text, text);
    assert!(found.metrics[1].estimate.unwrap().get().abs() < 1e-12);
}

#[test]
fn a_bandit_follows_its_metric_and_its_direction() {
    let up = Metric::new("order", Kind::Conversion);
    let down = Metric { direction: segue::analysis::Direction::Down, ..up.clone() };
    let measured = shares(&[(1_000, 100), (1_000, 150), (1_000, 300), (0, 0)]);
    let (up, down) = (bandit_weights(&up, &measured, 0.05).unwrap(), bandit_weights(&down, &measured, 0.05).unwrap());
    // What nothing is known of gets an even share, and the floor.
    for weights in [&up, &down] {
        assert!((weights[3] - (0.05 + 0.8 * 0.25)).abs() < 1e-12, "{weights:?}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    assert!(up[2] > up[1] && up[1] > up[0] && up[0] < 0.06, "{up:?}");
    assert!(down[0] > 0.3 && down[1] > 0.3 && down[2] < 0.06, "{down:?}");
    let none = vec![Measured::Quantile(Err(Undefined::NoUnits)), Measured::Quantile(Err(Undefined::TooFewUnits))];
    assert_eq!(bandit_weights(&Metric::new("load", Kind::Quantile(0.5)), &none, 0.1).unwrap(), [0.5, 0.5]);
}

/// Code, text and whether it fails.
fn flags(quality: Quality) -> Vec<(&'static str, u64, String, bool)> {
    let data = Data { quality, ..conversions(&[(1.0, 1_000, 100), (1.0, 1_000, 110)]) };
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    let failed = found.flags.iter().any(|flag| flag.fails);
    assert_eq!(found.verdict.code == Code::CheckData, failed);
    found.flags.into_iter().map(|flag| (flag.code, flag.count, flag.text, flag.fails)).collect()
}

#[test]
fn what_live_data_say_of_themselves() {
    let change =
        |topic: &str, breaks| Change { topic: topic.to_owned(), was: "1".to_owned(), is: "2".to_owned(), breaks };
    let quality = |change: fn(&mut Quality)| {
        let mut quality = Quality::default();
        change(&mut quality);
        quality
    };
    for (quality, code, count, text, fails) in [
        (
            quality(|quality| quality.unexpected_variant = 20),
            "unexpected_variant",
            20,
            "20 visitors were told to have seen a variant that the assignment would not give",
            false,
        ),
        (
            quality(|quality| quality.unexpected_variant = 21),
            "unexpected_variant",
            21,
            "21 visitors were told to have seen a variant that the assignment would not give",
            true,
        ),
        (
            quality(|quality| quality.unknown_variant = 1),
            "unknown_variant",
            1,
            "1 visitor was told to have seen a variant that the experiment does not have, and is not counted",
            false,
        ),
        (
            quality(|quality| quality.unknown_variant = 3_000),
            "unknown_variant",
            3_000,
            "3,000 visitors were told to have seen a variant that the experiment does not have, and are not counted",
            true,
        ),
        (
            quality(|quality| quality.units_without_batch = 2_000),
            "units_without_batch",
            2_000,
            "2,000 visitors were told to have seen a variant that the batch in force would not give: where batches are compared they are left out",
            false,
        ),
        (
            quality(|quality| quality.truncated_units = vec![("order".to_owned(), 2)]),
            "truncated_units",
            2,
            "2 visitors have so many events of order that some which would count may not be kept: the first ones are, also those before the exposure",
            false,
        ),
        (
            quality(|quality| quality.truncated_units = vec![("order".to_owned(), 3_000)]),
            "truncated_units",
            3_000,
            "3,000 visitors have so many events of order that some which would count may not be kept: the first ones are, also those before the exposure",
            true,
        ),
        (
            quality(|quality| quality.breakdowns_given_up = vec!["page".to_owned()]),
            "breakdown_given_up",
            1,
            "the breakdown by page is not shown: it has more different values than are kept",
            false,
        ),
        (
            quality(|quality| quality.immature_units = vec![("day 7".to_owned(), 1_500)]),
            "immature_units",
            1_500,
            "of 1,500 visitors it is too early to know day 7: they do not count in it",
            false,
        ),
        (
            quality(|quality| quality.unit_not_measured = Some("account".to_owned())),
            "unit_not_measured",
            1,
            "the experiment assigns each `account`, and only visitors are measured: export the data and use `segue analyse`",
            true,
        ),
        (
            Quality { changed_terms: vec![change("alpha", false)], ..Quality::default() },
            "terms_changed",
            1,
            "alpha was changed after the start, from 1 to 2",
            false,
        ),
        (
            Quality { changed_terms: vec![change("weights", true)], ..Quality::default() },
            "terms_changed",
            1,
            "weights were changed after the start, from 1 to 2, so visitors from before and after cannot be compared together",
            true,
        ),
        (
            Quality {
                changed_terms: vec![change("variants", true), change("metric orders", true), change("traffic", true)],
                ..Quality::default()
            },
            "terms_changed",
            3,
            "variants were changed after the start, from 1 to 2; metric orders was changed from 1 to 2; traffic was changed from 1 to 2, \
             so visitors from before and after cannot be compared together",
            true,
        ),
    ] {
        assert_eq!(flags(quality), [(code, count, text.to_owned(), fails)]);
    }
    assert_eq!(flags(Quality::default()), []);
}

#[test]
fn of_several_variants_the_first_counts_where_it_is_known() {
    for (seen, mixed, text) in [
        (Seen::AsPlanned, 2, "2 units were seen in more than one variant and are left out"),
        (Seen::AsPlanned, 1, "1 unit was seen in more than one variant and is left out"),
        (Seen::Live, 2, "2 units were seen in more than one variant and the first one counts"),
        (Seen::AtTheEnd, 1, "1 unit was seen in more than one variant and the first one counts"),
    ] {
        let quality = Quality { units_in_several_variants: mixed, ..Quality::default() };
        let data = Data { quality, seen, ..conversions(&[(1.0, 1_000, 100), (1.0, 1_000, 110)]) };
        let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
        assert_eq!(found.flags.iter().find(|flag| flag.code == "units_in_several_variants").unwrap().text, text);
    }
}

#[test]
fn what_is_counted_anew_is_waited_for() {
    let quality = Quality { is_recounting: true, ..Quality::default() };
    let data = Data { quality, ..conversions(&[(1.0, 1_000, 100), (1.0, 2_000, 500)]) };
    let verdict = scorecard(&plan(Kind::Conversion), &data).unwrap().verdict;
    let text = "Wait: the visitors are being counted anew, and these are not all of them yet.";
    assert_eq!((verdict.code, verdict.text.as_str()), (Code::Continue, text));
}

#[test]
fn a_cap_that_is_not_known_is_waited_for() {
    let quality = Quality { without_cap: vec!["spend".to_owned()], ..Quality::default() };
    let data = Data { quality, ..conversions(&[(1.0, 1_000, 100), (1.0, 2_000, 500)]) };
    let verdict = scorecard(&plan(Kind::Conversion), &data).unwrap().verdict;
    let text = "Wait: a metric is capped at a percentile that is not known yet.";
    assert_eq!((verdict.code, verdict.text.as_str()), (Code::Continue, text));
}

#[test]
fn a_tripped_breaker_keeps_the_control_whatever_else_is_found() {
    let tripped = Tripped {
        metric: "errors".to_owned(),
        variant: "b".to_owned(),
        at: "2026-11-20T10:00:00Z".to_owned(),
        because: "up 30 %".to_owned(),
    };
    let data = Data { tripped: Some(tripped), ..conversions(&[(1.0, 10_000, 1_000), (1.0, 10_000, 1_500)]) };
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    let (control, text) = (&data.variants[0].name, &found.verdict.text);
    assert_eq!((found.verdict.code, found.verdict.variant.as_deref()), (Code::KeepControl, Some(control.as_str())));
    assert_eq!(
        *text,
        format!(
            "Keep {control}: the breaker stopped the experiment at 2026-11-20T10:00:00Z, because b does harm to errors (up 30 %). Everybody gets {control}, \
             and who came since is not counted."
        )
    );
    assert!(found.flags.iter().any(|flag| flag.code == "breaker_tripped" && !flag.fails));
    let broken =
        Data { variants: vec![Variant { weight: 9.0, ..data.variants[0].clone() }, data.variants[1].clone()], ..data };
    let found = scorecard(&plan(Kind::Conversion), &broken).unwrap();
    assert_eq!(found.verdict.code, Code::KeepControl);
    assert!(found.verdict.text.contains("Do not act on these numbers"));
}

/// The breaker has a test of its own: that the other one waits for data is no reason beside it.
#[test]
fn what_the_breaker_says_of_a_metric_is_not_said_again() {
    let data = conversions(&[(1.0, 400, 0), (1.0, 400, 23)]);
    let found = scorecard(&plan(Kind::Conversion), &data).unwrap();
    assert!(matches!(&found.verdict.reasons[..], [reason] if reason.contains("waits for more data")));
    let row = &found.metrics[1];
    let tripped = |variant: &str| Tripped {
        metric: row.metric.clone(),
        variant: variant.to_owned(),
        at: "2026-11-20T10:00:00Z".to_owned(),
        because: "up".to_owned(),
    };
    let reasons = |tripped: Tripped| {
        scorecard(&plan(Kind::Conversion), &Data { tripped: Some(tripped), ..data.clone() }).unwrap().verdict.reasons
    };
    assert_eq!(reasons(tripped(&row.variant)), Vec::<String>::new());
    assert_eq!(reasons(tripped("another")), found.verdict.reasons);
}

/// Of half of the visitors it is known whether they came back: the planned end is as far away as it is for that half.
#[test]
fn a_metric_of_which_half_is_known_is_half_way() {
    let mut data = conversions(&[(1.0, 10_000, 0), (1.0, 10_000, 0)]);
    data.metrics = vec![shares(&[(5_000, 500), (5_000, 560)])];
    let plan = Plan { visitors: Some(40_000), ..plan(Kind::Conversion) };
    let found = scorecard(&plan, &data).unwrap();
    let known = Data { metrics: data.metrics.clone(), ..conversions(&[(1.0, 5_000, 500), (1.0, 5_000, 560)]) };
    let known = scorecard(&plan, &known).unwrap();
    assert_eq!(found.metrics[1].n, 5_000);
    assert_eq!(found.metrics[1].anytime, known.metrics[1].anytime);
}

#[test]
fn a_histogram_is_measured_by_its_level() {
    let mut histogram = Histogram::default();
    (1..=300).for_each(|unit| histogram.add(&[f64::from(unit), f64::from(unit) / 2.0]).unwrap());
    let expected = histogram.level(Quantile::new(0.9).unwrap());
    assert!(expected.is_ok());
    assert_eq!(Measured::of_histogram(&histogram, 0.9), Measured::Quantile(expected));
    assert_eq!(Measured::of_histogram(&Histogram::default(), 0.9), Measured::Quantile(Err(Undefined::NoUnits)));
    assert_eq!(Measured::of_histogram(&histogram, 1.0), Measured::Quantile(Err(Undefined::OutOfRange)));
}

/// While outcomes accumulate the mixture is read at all of alpha, and the planned end once, when everything is known. Whoever acts on either is misled no
/// more often than planned: at the end the line asks for 2.23 standard errors, and who crosses both counts once.
#[test]
fn looking_on_the_way_and_at_the_planned_end_misleads_no_more_often_than_alpha() {
    let (units, looks, replays) = (20_000_u64, 100_u64, 4_000_u64);
    let on_the_way = Rule::new(0.05, Tuning::default()).unwrap();
    let at_the_end = Rule::with_horizon(0.05, units).unwrap();
    let claims = |rule: &Rule, z: f64, units: f64| {
        let effect = Effect::new(z, 1.0, None).unwrap();
        rule.test(&effect, units, Sides::Two).unwrap().p_value.value <= 0.05
    };
    let misled = |seed: &u64| {
        let mut random = StdRng::seed_from_u64(*seed);
        // A random walk: each look brings as much as the one before.
        let (mut walk, mut is_misled) = (0.0, false);
        for look in 1..=looks {
            let uniform: f64 = (0..12).map(|_| random.random::<f64>()).sum();
            walk += uniform - 6.0;
            let (look, all) = (look as f64, looks as f64);
            is_misled |= claims(&on_the_way, walk / look.sqrt(), units as f64 * look / all);
        }
        is_misled || claims(&at_the_end, walk / (looks as f64).sqrt(), units as f64)
    };
    let misled = (0..replays).filter(misled).count();
    assert!(misled <= 200, "{misled} of 4,000 at alpha 0.05");
    assert!(misled >= 100, "{misled}: it would not find much");
}
