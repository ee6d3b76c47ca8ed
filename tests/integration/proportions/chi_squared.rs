//! Chi-squared tests against scipy and mpmath: `tests/cases/statistics/chi_squared.toml`.

use segue::statistics::{ChiSquared, Undefined, goodness_of_fit, independence};
use serde::Deserialize;

#[derive(Deserialize)]
struct Tables {
    goodness_of_fit: Vec<Row>,
    independence: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    counts: Vec<u64>,
    #[serde(default)]
    weights: Vec<f64>,
    #[serde(default)]
    table: Vec<Vec<u64>>,
    #[serde(default)]
    statistic: f64,
    #[serde(default)]
    degrees_of_freedom: u64,
    #[serde(default)]
    p_value: f64,
    undefined: Option<String>,
}

/// Nine digits, of a statistic that may be 0 as well.
fn agree(name: &str, got: f64, expected: f64, least: f64) {
    let error = (got - expected).abs();
    assert!(error <= 1e-9 * expected.abs().max(least), "{name}: {got:e}, not {expected:e}");
}

fn compare(row: &Row, got: Result<ChiSquared, Undefined>) {
    match (got, &row.undefined) {
        (Err(why), Some(expected)) => assert_eq!(why.code(), expected, "{}", row.name),
        (Ok(got), None) => {
            agree(&row.name, got.statistic, row.statistic, 1e-6);
            assert_eq!(got.degrees_of_freedom, row.degrees_of_freedom, "{}", row.name);
            // The tail of a large statistic magnifies its rounding.
            let least = if row.p_value < 1e-290 { 1e-299 } else { 0.0 };
            agree(&row.name, got.p_value.value, row.p_value, least);
        }
        (got, expected) => panic!("{}: {got:?}, not {expected:?}", row.name),
    }
}

#[test]
fn chi_squared_tests_have_nine_digits() {
    let tables: Tables = toml::from_str(include_str!("../../cases/statistics/chi_squared.toml")).unwrap();
    assert!(tables.goodness_of_fit.len() > 35 && tables.independence.len() > 18);
    for row in &tables.goodness_of_fit {
        compare(row, goodness_of_fit(&row.counts, &row.weights));
    }
    for row in &tables.independence {
        compare(row, independence(&row.table).map(|found| found.pearson));
    }
}

#[test]
fn what_does_not_fit_is_said_and_not_computed() {
    assert_eq!(goodness_of_fit(&[u64::MAX, 1], &[1.0, 1.0]), Err(Undefined::TooLarge));
    assert_eq!(goodness_of_fit(&[1, 1], &[f64::NAN, 1.0]), Err(Undefined::BadWeights));
    assert_eq!(goodness_of_fit(&[1, 1], &[f64::INFINITY, 1.0]), Err(Undefined::BadWeights));
    assert_eq!(goodness_of_fit(&[], &[]), Err(Undefined::NoUnits));
    assert_eq!(goodness_of_fit(&[0, 0], &[0.0, 0.0]), Err(Undefined::NoUnits));
    assert_eq!(independence::<[u64; 2]>(&[]), Err(Undefined::TooFewCells));
    assert_eq!(goodness_of_fit(&[0, 7], &[0.0, 1.0]), Err(Undefined::TooFewCells));
    assert_eq!(goodness_of_fit(&[7, 0], &[0.0, 1.0]), Err(Undefined::Impossible(0)));
}
