//! What a scorecard claims, it may claim.

use segue::analysis::{Basis, Code, Data, Kind, Measured, Metric, Plan, Stop, scorecard};
use segue::statistics::{Observation, Sums};

use super::counts::{conversions, plan, planned_looks, variant};

#[test]
fn what_crosses_a_bound_is_not_lost_to_another_standard_error() {
    let plan = plan(planned_looks(), Some(20_000));
    // The pooled statistic crosses the bound, the one of two variances of their own does not.
    for conversions_of_b in [72, 74] {
        let data = conversions(&[(9.0, 9_000, 450), (1.0, 1_000, conversions_of_b)]);
        let found = scorecard(&plan, &data).unwrap();
        let block = found.metrics[1].group_sequential.as_ref().unwrap().known().unwrap();
        assert_eq!(block.crossed, block.p_value.get() <= 0.05, "{block:?}");
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
    let plan = Plan { metrics: vec![metric], ..Plan::default() };
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
