//! Answers beside those of `tests/oracles/proportions.py`, which has 60 digits.

use segue::statistics::{Alternative, Interval, Probability, SampleRatio, TwoProportions, Undefined, independence};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Relative, of numbers of the size of the statistics themselves.
const DIGITS: f64 = 1e-12;

#[derive(Deserialize)]
struct Cases<T> {
    case: Vec<T>,
}

fn read<T: DeserializeOwned>(text: &str) -> Vec<T> {
    toml::from_str::<Cases<T>>(text).unwrap().case
}

/// `least` is the size below which a difference does not count: an interval's width, a standard error.
fn agree(what: &str, got: f64, expected: f64, least: f64) {
    let error = (got - expected).abs();
    assert!(error <= DIGITS * expected.abs().max(least), "{what}: {got:e}, not {expected:e}");
}

/// A logarithm to base 10 of a probability.
fn agree_log10(what: &str, got: Probability, expected: f64) {
    agree(what, got.log10, expected, 1.0);
    assert!((0.0..=1.0).contains(&got.value), "{what}");
}

#[derive(Deserialize)]
struct Proportions {
    name: String,
    counts: [u64; 4],
    alpha: f64,
    difference: f64,
    statistic: Option<f64>,
    log10_p_value: Option<f64>,
    standard_error: Option<f64>,
    newcombe: [f64; 2],
    agresti_caffo: [f64; 2],
    miettinen_nurminen: [f64; 2],
    wilson_treatment: [f64; 2],
    lift: Option<f64>,
    lift_standard_error: Option<f64>,
}

pub fn compare_proportions(text: &str) {
    for case in read::<Proportions>(text) {
        let [units_a, a, units_b, b] = case.counts;
        let counts = TwoProportions::new((units_a, a), (units_b, b)).unwrap();
        let name = |what: &str| format!("{}: {what}", case.name);
        agree(&name("difference"), counts.difference(), case.difference, 0.0);
        match (counts.pooled(), case.statistic) {
            (Ok(pooled), Some(statistic)) => {
                agree(&name("statistic"), pooled.statistic(), statistic, 0.0);
                agree_log10(&name("p-value"), pooled.p_value(), case.log10_p_value.unwrap());
            }
            (Err(Undefined::ZeroVariance), None) => {}
            (got, expected) => panic!("{}: {got:?}, not {expected:?}", case.name),
        }
        match (counts.unpooled(), case.standard_error) {
            (Ok(unpooled), Some(error)) => agree(&name("standard error"), unpooled.standard_error, error, 0.0),
            (Err(Undefined::ZeroVariance), None) => {}
            (got, expected) => panic!("{}: {got:?}, not {expected:?}", case.name),
        }
        let ends = |what: &str, got: Interval, [lower, upper]: [f64; 2]| {
            agree(&name(what), got.lower, lower, upper - lower);
            agree(&name(what), got.upper, upper, upper - lower);
        };
        ends("Newcombe", counts.newcombe(case.alpha).unwrap(), case.newcombe);
        ends("Agresti-Caffo", counts.agresti_caffo(case.alpha).unwrap(), case.agresti_caffo);
        ends("Miettinen-Nurminen", counts.miettinen_nurminen(case.alpha).unwrap(), case.miettinen_nurminen);
        ends("Wilson", counts.treatment.wilson(case.alpha).unwrap(), case.wilson_treatment);
        if let (Ok(comparison), Some(lift)) = (counts.comparison(), case.lift) {
            let got = comparison.lift();
            let error = case.lift_standard_error.unwrap();
            if error == 0.0 {
                assert_eq!(got, Err(Undefined::ZeroVariance), "{}", case.name);
                continue;
            }
            agree(&name("lift"), got.unwrap().estimate, lift, error);
            agree(&name("lift's error"), got.unwrap().standard_error, error, 0.0);
        }
    }
}

#[derive(Deserialize)]
struct Exact {
    counts: [u64; 4],
    fisher: [f64; 4],
    fisher_log10: Option<[f64; 4]>,
    barnard: Option<[f64; 2]>,
    boschloo: Option<[f64; 2]>,
}

pub fn compare_exact_tests(text: &str) {
    for case in read::<Exact>(text) {
        let [units_a, a, units_b, b] = case.counts;
        let counts = TwoProportions::new((units_a, a), (units_b, b)).unwrap();
        let same = |what: &str, got: Probability, expected: f64| {
            let (error, counts) = ((got.value - expected).abs(), case.counts);
            assert!(error <= 1e-11 * expected, "{counts:?} {what}: {:e}, not {expected:e}", got.value);
            assert!(expected == 0.0 || (got.log10 - expected.log10()).abs() <= 1e-11 * got.log10.abs().max(1.0));
        };
        let fisher = counts.fisher().unwrap();
        let all = [fisher.p_value, fisher.p_value_greater, fisher.p_value_less, fisher.mid_p_value_greater];
        for (place, (got, expected)) in all.into_iter().zip(case.fisher).enumerate() {
            match case.fisher_log10 {
                Some(logs) => agree_log10(&format!("{:?} Fisher {place}", case.counts), got, logs[place]),
                None => same(&format!("Fisher {place}"), got, expected),
            }
        }
        let tests = [("Barnard", case.barnard), ("Boschloo", case.boschloo)];
        for (name, expected) in tests {
            let Some([both, greater]) = expected else { continue };
            let test = |alternative| match name {
                "Barnard" => counts.barnard(alternative).unwrap(),
                _ => counts.boschloo(alternative).unwrap(),
            };
            same(name, test(Alternative::TwoSided), both);
            same(&format!("{name}, greater"), test(Alternative::Greater), greater);
        }
    }
}

#[derive(Deserialize)]
struct Ratio {
    name: String,
    counts: Vec<u64>,
    weights: Vec<f64>,
    concentration: f64,
    statistic: Option<f64>,
    degrees_of_freedom: Option<u64>,
    log10_p_value: Option<f64>,
    ln_bayes_factor: f64,
    sequential_log10_p_value: f64,
}

pub fn compare_sample_ratios(text: &str) {
    for case in read::<Ratio>(text) {
        let seen = SampleRatio::of(&case.counts, &case.weights, case.concentration).unwrap();
        let SampleRatio::Possible(split) = seen else { panic!("{} is possible", case.name) };
        match (split.fixed, case.statistic) {
            (Ok(fixed), Some(statistic)) => {
                agree(&case.name, fixed.statistic, statistic, 1e-6);
                assert_eq!(Some(fixed.degrees_of_freedom), case.degrees_of_freedom, "{}", case.name);
                agree_log10(&case.name, fixed.p_value, case.log10_p_value.unwrap());
            }
            (Err(Undefined::NoUnits), None) => {}
            (got, expected) => panic!("{}: {got:?}, not {expected:?}", case.name),
        }
        agree(&case.name, split.ln_bayes_factor, case.ln_bayes_factor, 1e-3);
        agree_log10(&case.name, split.sequential_p_value(), case.sequential_log10_p_value);
    }
}

#[derive(Deserialize)]
struct Table {
    name: String,
    table: Vec<Vec<u64>>,
    statistic: f64,
    degrees_of_freedom: u64,
    log10_p_value: f64,
    g_statistic: f64,
    log10_g_p_value: f64,
    cramers_v: f64,
    smallest_expected: f64,
}

pub fn compare_tables(text: &str) {
    for case in read::<Table>(text) {
        let got = independence(&case.table).unwrap();
        assert_eq!(got.pearson.degrees_of_freedom, case.degrees_of_freedom, "{}", case.name);
        agree(&case.name, got.pearson.statistic, case.statistic, 0.0);
        agree(&case.name, got.likelihood_ratio.statistic, case.g_statistic, 0.0);
        agree(&case.name, got.cramers_v, case.cramers_v, 0.0);
        agree(&case.name, got.smallest_expected, case.smallest_expected, 0.0);
        agree_log10(&case.name, got.pearson.p_value, case.log10_p_value);
        agree_log10(&case.name, got.likelihood_ratio.p_value, case.log10_g_p_value);
    }
}
