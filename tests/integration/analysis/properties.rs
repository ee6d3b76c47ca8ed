//! What is true of every scorecard.

use proptest::prelude::*;
use segue::analysis::{Data, Kind, Measured, Plan, Row, Scorecard, Stop, scorecard};
use segue::statistics::{Sums, Undefined, Variable};
use serde_json::Value;

use super::experiments::{Experiment, experiment};

fn found(experiment: &Experiment) -> Scorecard {
    scorecard(&experiment.plan, &experiment.data()).unwrap()
}

/// Equal but for rounding; of the verdict only what it decides, because its sentences come in the order of the variants.
fn same(a: &Value, b: &Value, path: &str) -> Result<(), TestCaseError> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            prop_assert!(a.keys().eq(b.keys()), "{}: {:?} {:?}", path, a, b);
            for (key, value) in a.iter().filter(|(key, _)| !matches!(key.as_str(), "text" | "reasons")) {
                same(value, &b[key], &format!("{path}.{key}"))?;
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            prop_assert_eq!(a.len(), b.len());
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                same(a, b, &format!("{path}[{place}]"))?;
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1e-6), "{}: {} {}", path, a, b);
        }
        _ => prop_assert_eq!(a, b, "{}", path),
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The rows of one treatment or the control, in the order of the metrics.
fn rows<'a>(found: &'a Scorecard, variant: &str) -> Vec<&'a Row> {
    found.metrics.iter().filter(|row| row.variant == variant).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
}

/// Every interval in a scorecard's JSON, by its path.
fn intervals(value: &Value, path: &str, into: &mut Vec<(String, f64, f64)>) {
    match value {
        Value::Object(fields) => {
            for (lower, upper) in [("lower", "upper"), ("relative_lower", "relative_upper")] {
                let end = |name: &str| fields.get(name).and_then(Value::as_f64);
                if let (Some(low), Some(high)) = (end(lower), end(upper)) {
                    into.push((format!("{path}.{lower}"), low, high));
                }
            }
            fields.iter().for_each(|(key, value)| intervals(value, &format!("{path}.{key}"), into));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(place, value)| intervals(value, &format!("{path}[{place}]"), into));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn permuting_variants_permutes_the_results(experiment in experiment(), turn in 0..4_usize) {
        let data = experiment.data();
        let mut turned = data.clone();
        let turn = turn % data.variants.len();
        turned.variants.rotate_left(turn);
        turned.control = (data.variants.len() - turn) % data.variants.len();
        let cells = turned.breakdowns.iter_mut().flat_map(|breakdown| &mut breakdown.values).chain(&mut turned.strata);
        let tables = cells.map(|cell| { cell.units.rotate_left(turn); &mut cell.metrics });
        tables.chain([&mut turned.metrics]).flatten().for_each(|by_variant| by_variant.rotate_left(turn));
        let (plain, turned) = (scorecard(&experiment.plan, &data).unwrap(), scorecard(&experiment.plan, &turned).unwrap());
        for variant in &data.variants {
            same(&json(&rows(&plain, &variant.name)), &json(&rows(&turned, &variant.name)), &variant.name)?;
        }
        same(&json(&plain.sample_ratio), &json(&turned.sample_ratio), "sample ratio")?;
        prop_assert_eq!(plain.verdict.code, turned.verdict.code);
    }

    #[test]
    fn scaling_a_metric_scales_its_intervals_and_nothing_else(
        experiment in experiment(),
        factor in prop::sample::select(vec![3.0, 1e-3, 1e6, 1024.0, 7e-9]),
    ) {
        let (plain, scaled) = (found(&experiment), found(&experiment.scaled(factor)));
        for (row, scaled) in plain.metrics.iter().zip(&scaled.metrics).filter(|(row, _)| row.kind != "conversion") {
            let same_number = |a: Option<segue::analysis::Number>, b: Option<segue::analysis::Number>, factor: f64| {
                a.map(|a| a.get() * factor).zip(b.map(|b| b.get())).map_or(a.is_none() && b.is_none(), |(a, b)| close(a, b))
            };
            prop_assert!(same_number(row.estimate, scaled.estimate, factor));
            prop_assert!(same_number(row.level, scaled.level, factor));
            prop_assert!(same_number(row.relative_lift, scaled.relative_lift, 1.0));
            prop_assert!(same_number(row.chance_to_win, scaled.chance_to_win, 1.0));
            prop_assert!(same_number(row.expected_loss, scaled.expected_loss, factor));
            let (decided, other) = (row.decided(), scaled.decided());
            prop_assert_eq!(decided.is_some(), other.is_some());
            if let Some((decided, other)) = decided.zip(other) {
                prop_assert!(same_number(decided.log10_p_value, other.log10_p_value, 1.0), "{:?} {:?}", decided, other);
                prop_assert!(same_number(decided.absolute.map(|ends| ends.0), other.absolute.map(|ends| ends.0), factor));
                prop_assert!(same_number(decided.relative.map(|ends| ends.1), other.relative.map(|ends| ends.1), 1.0));
            }
            prop_assert_eq!(row.finding, scaled.finding);
        }
    }

    #[test]
    fn accepting_more_false_alarms_narrows_every_interval(experiment in experiment(), alphas in (0.001..0.1_f64, 0.1..0.4_f64)) {
        let at = |alpha: f64| {
            let plan = Plan { alpha, ..experiment.plan.clone() };
            let mut all = Vec::new();
            intervals(&json(&scorecard(&plan, &experiment.data()).unwrap().metrics), "", &mut all);
            all
        };
        let (wide, narrow) = (at(alphas.0), at(alphas.1));
        for (path, lower, upper) in &wide {
            // With fewer doubts an interval may get ends that it did not have; it never loses them.
            let inner = narrow.iter().find(|(other, ..)| other == path);
            prop_assert!(inner.is_some(), "{} is gone", path);
            let slack = 1e-9 * (upper - lower);
            prop_assert!(inner.is_some_and(|(_, low, high)| *low >= lower - slack && *high <= upper + slack), "{}", path);
        }
    }

    #[test]
    fn the_order_of_merging_changes_no_byte(experiment in experiment(), cut in 0..60_usize) {
        let mut parted = experiment.data();
        for (metric, by_variant) in parted.metrics.iter_mut().enumerate() {
            for (measured, units) in by_variant.iter_mut().zip(&experiment.units) {
                let part = |units: &[super::experiments::Unit]| {
                    let mut sums = Sums::default();
                    units.iter().rev().for_each(|unit| sums.add(unit.brought[metric]).unwrap());
                    sums
                };
                let (first, second) = units.split_at(cut.min(units.len()));
                let mut sums = part(second);
                sums.merge(&part(first)).unwrap();
                *measured = sums.into();
            }
        }
        let plain = serde_json::to_vec(&found(&experiment)).unwrap();
        prop_assert_eq!(serde_json::to_vec(&scorecard(&experiment.plan, &parted).unwrap()).unwrap(), plain);
    }

    #[test]
    fn a_p_value_at_most_alpha_is_an_interval_without_no_effect(experiment in experiment()) {
        // Of conversions the test and the interval are two methods, each the better one for its own question.
        for row in found(&experiment).metrics.iter().filter(|row| row.kind != "conversion") {
            let Some(decided) = row.decided() else { continue };
            let (Some(p_value), Some((lower, upper))) = (decided.p_value, decided.absolute) else { continue };
            let excluded = lower.get() > 0.0 || upper.get() < 0.0;
            let is_close = (p_value.get() / experiment.plan.alpha - 1.0).abs() < 1e-6;
            prop_assert!(is_close || excluded == (p_value.get() <= experiment.plan.alpha), "{:?}", decided);
        }
    }

    #[test]
    fn no_finite_sums_are_too_strange(
        numbers in prop::collection::vec(prop_oneof![any::<f64>(), -1e3..1e3_f64, Just(0.0), Just(f64::MAX), Just(5e-324)], 27),
        units in prop::collection::vec(prop_oneof![0..5_u64, any::<u64>()], 3),
        experiment in experiment(),
    ) {
        let mut data = experiment.data();
        data.breakdowns.clear();
        data.looks.clear();
        for (place, by_variant) in data.metrics.iter_mut().enumerate() {
            for (variant, measured) in by_variant.iter_mut().enumerate() {
                let at = |index: usize| Some(numbers[(place * 9 + variant * 3 + index) % 27]).filter(|number| number.is_finite()).unwrap_or(1.0);
                *measured = strange(units[variant % 3], at).unwrap().into();
            }
        }
        for (variant, units) in data.variants.iter_mut().zip(units.iter().cycle()) {
            variant.units = *units;
        }
        let found = scorecard(&experiment.plan, &data).unwrap();
        prop_assert!(serde_json::to_string(&found).is_ok());
    }
}

fn strange(units: u64, at: impl Fn(usize) -> f64) -> Result<Sums, Undefined> {
    let mut sums = Sums::of_outcome(units, at(0), at(1))?;
    let variables = [Variable::Outcome, Variable::Denominator, Variable::Covariate];
    sums.set(Variable::Denominator, at(2))?;
    sums.set(Variable::Covariate, at(3))?;
    for (place, (a, b)) in [(0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into_iter().enumerate() {
        sums.set_product(variables[a], variables[b], at(4 + place))?;
    }
    Ok(sums)
}

#[test]
fn quantiles_are_compared_by_their_levels() {
    use segue::analysis::{Metric, Variant};
    use segue::statistics::Level;
    let plan = Plan { stop: Stop::Fixed, metrics: vec![Metric::new("load", Kind::Quantile(0.9))], ..Plan::default() };
    let level = |value| Measured::Quantile(Ok(Level { units: 5_000, value, variance: 40.0 }));
    let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 1_000 };
    let data = Data {
        variants: vec![variant("old"), variant("new")],
        metrics: vec![vec![level(10.0), level(11.0)]],
        ..Data::default()
    };
    let found = scorecard(&plan, &data).unwrap();
    let row = &found.metrics[1];
    assert_eq!((row.n, row.sum, row.estimate.unwrap().get()), (1_000, None, 1.0));
    let fixed = row.fixed.as_ref().unwrap().known().unwrap();
    assert!((fixed.statistic.get() - 1.0 / (2.0 * 40.0 / 5_000.0_f64).sqrt()).abs() < 1e-12);
}
