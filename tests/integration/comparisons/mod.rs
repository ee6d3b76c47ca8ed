//! Comparing variants: means, ratios, adjusted means, quantiles, and means within cells.
//!
//! The reference tables say what the numbers are; here stands what must hold whatever they are.

mod adjusted;
mod batches;
mod finite;
mod lifts;
mod quantiles;
mod scales;
mod within_cells;

use proptest::prelude::*;
use segue::statistics::{Observation, Sums};

/// Whole numbers, so that shifting and scaling them by powers of two loses nothing.
fn unit() -> impl Strategy<Value = Observation> {
    (-50..50_i32, 1..20_i32, -30..30_i32).prop_map(|(outcome, denominator, covariate)| Observation {
        outcome: f64::from(outcome + covariate),
        denominator: f64::from(denominator),
        covariate: f64::from(covariate),
    })
}

fn units() -> impl Strategy<Value = Vec<Observation>> {
    prop::collection::vec(unit(), 2..40)
}

fn sums(units: &[Observation]) -> Sums {
    let mut sums = Sums::default();
    units.iter().for_each(|unit| sums.add(*unit).unwrap());
    sums
}

#[track_caller]
fn close(got: f64, expected: f64, scale: f64) {
    assert!((got - expected).abs() <= 1e-9 * expected.abs().max(scale), "{got:e}, not {expected:e}");
}
