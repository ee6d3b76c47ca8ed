//! What a scorecard claims, it may claim.

use segue::analysis::{
    Basis, Code, Data, Direction, Error, Kind, Measured, Metric, Plan, Quality, Role, Scorecard, Stop, scorecard,
};
use segue::statistics::{Level, Observation, Sums, Undefined};

use super::counts::{conversions, plan, planned_looks, variant};

#[test]
fn what_crosses_a_bound_is_not_lost_to_another_standard_error() {
    let plan = plan(planned_looks(), Some(20_000));
    // The pooled statistic crosses the bound, the one of two variances of their own does not.
    for conversions_of_b in [72, 74] {
        let data = conversions(&[(9.0, 9_000, 450), (1.0, 1_000, conversions_of_b)]);
        let found = scorecard(&plan, &data).unwrap();
        let block = found.metrics[1].group_sequential.as_ref().unwrap().known().unwrap();
        assert_eq!(block.crossed, block.tested.p_value.get() <= 0.05, "{block:?}");
        assert_eq!(block.crossed, block.median_unbiased_estimate.is_some(), "{block:?}");
        assert_eq!(found.verdict.code, if block.crossed { Code::Ship } else { Code::Continue }, "{block:?}");
        let estimate = found.metrics[1].estimate.unwrap().get();
        assert!(
            block.median_unbiased_estimate.is_none_or(|median| (0.5..1.0 + 1e-9).contains(&(median.get() / estimate)))
        );
    }
}

#[test]
fn what_everybody_does_waits_as_what_nearly_everybody_does() {
    for of_control in [999, 1_000] {
        let data = conversions(&[(1.0, 1_000, of_control), (1.0, 1_000, 940)]);
        let found = scorecard(&plan(Stop::Anytime, None), &data).unwrap();
        assert!(found.metrics[1].waiting().is_some(), "{:?}", found.metrics[1].anytime);
        assert_eq!(found.verdict.code, Code::Continue);
    }
}

/// Units by their outcome and their covariate, so many of each.
fn with_covariate(kinds: &[(u64, f64, f64)]) -> Measured {
    let mut sums = Sums::default();
    for (units, outcome, covariate) in kinds {
        (0..*units).for_each(|_| {
            sums.add(Observation { outcome: *outcome, denominator: 0.0, covariate: *covariate }).unwrap()
        });
    }
    sums.into()
}

fn two_variants(metrics: Vec<Measured>) -> Data {
    Data { variants: vec![variant("a", 1.0, 400), variant("b", 1.0, 400)], metrics: vec![metrics], ..Data::default() }
}

#[test]
fn beliefs_are_of_the_comparison_that_decides() {
    // The outcome is what it was before, and one more in b; but b got more of those who had little.
    let a = with_covariate(&[(100, 10.0, 10.0), (100, 11.0, 10.0), (100, 30.0, 30.0), (100, 31.0, 30.0)]);
    let b = with_covariate(&[(120, 11.0, 10.0), (120, 12.0, 10.0), (80, 31.0, 30.0), (80, 32.0, 30.0)]);
    let metric = Metric { has_covariate: true, ..Metric::new("spend", Kind::Sum) };
    // So unlike is one split in two hundred: here it is taken for chance.
    let plan = Plan { metrics: vec![metric], sample_ratio_alpha: 1e-3, ..Plan::default() };
    let found = scorecard(&plan, &two_variants(vec![a, b])).unwrap();
    let row = &found.metrics[1];
    assert_eq!((row.decides, found.verdict.code), (Some(Basis::AdjustedFixed), Code::Ship));
    assert!(row.estimate.unwrap().get() < 0.0, "the plain means say the contrary");
    assert!(row.chance_to_win.unwrap().get() > 0.99 && row.chance_best.unwrap().get() > 0.99, "{row:?}");
    assert!(row.expected_loss.unwrap().get() < 1e-3);
}

#[test]
fn small_counts_are_not_adjusted_at_a_planned_look_either() {
    let units = |hits: u64| with_covariate(&[(hits, 1.0, 3.0), (200, 0.0, 1.0), (200 - hits, 0.0, 2.0)]);
    let metric = Metric { has_covariate: true, ..Metric::new("order", Kind::Conversion) };
    for (stop, basis) in [(Stop::Fixed, Basis::Fixed), (planned_looks(), Basis::GroupSequential)] {
        let plan = Plan { stop, visitors: Some(1_000), metrics: vec![metric.clone()], ..Plan::default() };
        let found = scorecard(&plan, &two_variants(vec![units(1), units(4)])).unwrap();
        assert_eq!(found.metrics[1].decides, Some(basis));
    }
}

#[test]
fn a_few_visitors_more_than_planned_do_not_silence_a_plan() {
    let plan = plan(Stop::Anytime, Some(30_000));
    // Of three variants two have more than two thirds of the visitors, by chance; and there is one visitor over the plan.
    for units in [(10_000, 10_000, 10_000), (10_050, 10_050, 9_900), (10_000, 10_001, 10_000), (10_200, 10_200, 10_200)]
    {
        let variants = [(1.0, units.0, 1_000), (1.0, units.1, 1_125), (1.0, units.2, 1_000)];
        let found = scorecard(&plan, &conversions(&variants)).unwrap();
        assert_eq!(
            (found.verdict.code, found.flags.len()),
            (Code::Ship, 0),
            "{units:?} {:?}",
            found.metrics[1].anytime
        );
    }
    let found =
        scorecard(&plan, &conversions(&[(1.0, 10_300, 1_000), (1.0, 10_300, 1_125), (1.0, 10_300, 1_000)])).unwrap();
    assert_eq!((found.verdict.code, found.flags[0].code), (Code::Inconclusive, "planned_end_passed"));
}

#[test]
fn a_planned_number_sharpens_nothing_while_outcomes_accumulate() {
    let data = conversions(&[(1.0, 10_000, 1_000), (1.0, 10_000, 1_105)]);
    let p_value = |visitors, accumulates| {
        let found = scorecard(&plan(Stop::Anytime, visitors), &Data { accumulates, ..data.clone() }).unwrap();
        (found.metrics[1].decided().unwrap().p_value.unwrap().get(), found.flags.first().map(|flag| flag.code))
    };
    let (sharp, open) = (p_value(Some(20_000), false), p_value(None, false));
    assert!(sharp.0 <= 0.05 && open.0 > 0.05 && sharp.1.is_none(), "{sharp:?} {open:?}");
    assert_eq!(p_value(Some(20_000), true), (open.0, Some("outcomes_accumulate")));
}

/// A plan whose only metric must not be worse by a fifth.
fn guarded(direction: Direction) -> Plan {
    let guardrail =
        Metric { role: Role::Guardrail, margin: Some(0.2), direction, ..Metric::new("stay", Kind::Conversion) };
    Plan { metrics: vec![guardrail], ..Plan::default() }
}

#[test]
fn a_handful_of_visitors_proves_no_margin() {
    let found = scorecard(&guarded(Direction::Up), &conversions(&[(1.0, 3, 1), (1.0, 3, 3)])).unwrap();
    let block = found.metrics[1].non_inferiority.unwrap();
    assert!(!block.holds && block.p_value.is_none(), "{block:?}");
    let many = scorecard(&guarded(Direction::Up), &conversions(&[(1.0, 3_000, 1_000), (1.0, 3_000, 1_000)])).unwrap();
    let block = many.metrics[1].non_inferiority.unwrap();
    assert!(block.holds && block.bound.unwrap().get() > -0.2, "{block:?}");
}

#[test]
fn a_margin_is_passed_as_seldom_as_alpha_says() {
    for (units, rate, direction) in
        [((24, 48), 0.5, Direction::Up), ((48, 24), 0.5, Direction::Up), ((30, 30), 0.4, Direction::Down)]
    {
        let of_treatment = if direction == Direction::Up { 0.8 * rate } else { 1.2 * rate };
        let (control, treatment) = (binomial(units.0, rate), binomial(units.1, of_treatment));
        let mut error = 0.0;
        for (a, chance_a) in (0..).zip(&control) {
            for (b, chance_b) in (0..).zip(&treatment).filter(|(_, chance_b)| chance_a * **chance_b > 1e-6) {
                let data = conversions(&[(1.0, units.0, a), (1.0, units.1, b)]);
                let row = &scorecard(&guarded(direction), &data).unwrap().metrics[1];
                error += if row.non_inferiority.unwrap().holds { chance_a * chance_b } else { 0.0 };
            }
        }
        // The score test holds its level nearly, as exact enumeration says: within a fifth of it.
        assert!((0.005..0.06).contains(&error), "{units:?} {rate} {direction:?} {error}");
    }
}

/// The chances of 0, 1, .. of so many.
fn binomial(units: u64, rate: f64) -> Vec<f64> {
    let mut chances = vec![1.0];
    for _ in 0..units {
        let with = chances.iter().map(|chance| chance * rate);
        let mut next: Vec<f64> = chances.iter().map(|chance| chance * (1.0 - rate)).chain([0.0]).collect();
        next.iter_mut().skip(1).zip(with).for_each(|(next, with)| *next += with);
        chances = next;
    }
    chances
}

#[test]
fn relative_intervals_of_few_conversions_keep_their_width() {
    let plan = plan(Stop::Fixed, None);
    let relative = |control: (u64, u64), treatment: (u64, u64)| {
        let data = conversions(&[(1.0, control.0, control.1), (1.0, treatment.0, treatment.1)]);
        scorecard(&plan, &data).unwrap().metrics[1].fixed.as_ref().unwrap().known().unwrap().tested.bounds
    };
    let none = relative((24, 9), (22, 0));
    assert_eq!(none.relative_lower.unwrap().get(), -1.0);
    assert!((-0.7..-0.5).contains(&none.relative_upper.unwrap().get()), "{none:?}");
    assert_eq!(relative((24, 0), (22, 9)).relative_undefined, Some("unbounded"));
    // Of many it is Fieller's, nearly.
    let many = relative((100_000, 10_000), (100_000, 10_500));
    assert!((many.relative_lower.unwrap().get() - 0.0230).abs() < 5e-4, "{many:?}");
    assert!((many.relative_upper.unwrap().get() - 0.0777).abs() < 5e-4, "{many:?}");
}

#[test]
fn after_its_end_a_plan_claims_nothing() {
    let plan = plan(planned_looks(), Some(20_000));
    let at = |units: u64, looks: &[f64]| {
        let data = conversions(&[(1.0, units, units / 20), (1.0, units, units / 15)]);
        scorecard(&plan, &Data { looks: looks.to_vec(), ..data })
    };
    let code = |found: &Scorecard| (found.verdict.code, found.flags.first().map(|flag| flag.code));
    assert_eq!(code(&at(10_000, &[0.5]).unwrap()), (Code::Ship, None));
    assert_eq!(code(&at(10_500, &[0.5]).unwrap()), (Code::Ship, Some("planned_end_passed")));
    let late = at(10_500, &[0.5, 1.0]).unwrap();
    assert_eq!(code(&late), (Code::Inconclusive, Some("planned_end_passed")));
    assert_eq!(late.metrics[1].group_sequential.as_ref().unwrap().undefined(), Some(Undefined::Spent));
    for (units, looks) in [(5_000, vec![0.5]), (5_000, vec![0.2, 0.7]), (9_999, vec![1.0])] {
        assert_eq!(at(units, &looks).unwrap_err(), Error::LookAhead);
    }
}

#[test]
fn what_is_missing_in_one_variant_alone_decides_nothing() {
    let with = |missing: Vec<u64>| {
        let quality = Quality { missing_units: vec![("order".to_owned(), missing)], ..Quality::default() };
        let data = Data { quality, ..conversions(&[(1.0, 1_000, 100), (1.0, 1_000, 40)]) };
        scorecard(&plan(Stop::Fixed, None), &data).unwrap()
    };
    let found = with(vec![3, 400]);
    assert_eq!((found.verdict.code, found.flags[0].code), (Code::CheckData, "missing_values_differ"));
    assert!(found.flags[0].text.contains("403 visitors have no value of order and counted as 0: 3 in a and 400 in b"));
    let found = with(vec![200, 210]);
    assert_eq!((found.verdict.code, found.flags[0].code), (Code::KeepControl, "missing_values"));
    assert!(with(vec![0, 0]).flags.is_empty());
}

#[test]
fn many_events_of_few_visitors_are_few() {
    let level = |value| Measured::Quantile(Ok(Level { units: 5_000, value, variance: 2_000.0 }));
    let of = |units: u64, stop| {
        let plan = Plan { stop, metrics: vec![Metric::new("load", Kind::Quantile(0.9))], ..Plan::default() };
        let variants = vec![variant("a", 1.0, units), variant("b", 1.0, units)];
        let data = Data { variants, metrics: vec![vec![level(10.0), level(12.5)]], ..Data::default() };
        scorecard(&plan, &data).unwrap().metrics[1].clone()
    };
    let p_value = |units| of(units, Stop::Fixed).decided().unwrap().p_value.unwrap().get();
    // Of Student's t with 6 degrees of freedom, at 2.795.
    assert!(
        (p_value(4) - 0.0313).abs() < 3e-4 && (p_value(5_000) - 0.0052).abs() < 2e-4,
        "{} {}",
        p_value(4),
        p_value(5_000)
    );
    assert!(of(4, Stop::Anytime).waiting().is_some() && of(500, Stop::Anytime).waiting().is_none());
}
