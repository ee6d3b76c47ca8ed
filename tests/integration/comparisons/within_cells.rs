//! Means within cells.

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use segue::statistics::{Adjustment, Cell, Measure, Observation, Sums, Undefined, compare_within};

use super::{close, sums, units};

fn cell() -> impl Strategy<Value = Cell> {
    (units(), units()).prop_map(|(control, treatment)| Cell { control: sums(&control), treatment: sums(&treatment) })
}

fn joined(cells: &[Cell]) -> Cell {
    let mut all = Cell::default();
    for cell in cells {
        all.control.merge(&cell.control).unwrap();
        all.treatment.merge(&cell.treatment).unwrap();
    }
    all
}

proptest! {
    #[test]
    fn one_cell_is_no_cell(cell in cell(), is_adjusted: bool) {
        let adjustment = Adjustment::of(Measure::Mean, [&cell.control, &cell.treatment]).unwrap();
        let plain = if is_adjusted {
            adjustment.compare(&cell.control, &cell.treatment)
        } else {
            Measure::Mean.compare(&cell.control, &cell.treatment)
        };
        match (compare_within(std::slice::from_ref(&cell), is_adjusted.then_some(&adjustment)), plain) {
            (Ok(within), Ok(plain)) => {
                let (within, scale) = (within.comparison, plain.difference.standard_error);
                close(within.difference.estimate, plain.difference.estimate, scale);
                close(within.difference.standard_error, scale, 0.0);
                close(within.difference.degrees_of_freedom.unwrap(), plain.difference.degrees_of_freedom.unwrap(), 0.0);
                close(within.baseline_variance, plain.baseline_variance, 0.0);
                close(within.covariance, plain.covariance, scale * scale);
                close(within.residual_variance, plain.residual_variance, scale * scale);
                close(within.control.variance, plain.control.variance, 0.0);
            }
            (within, plain) => prop_assert_eq!(within.err(), plain.err()),
        }
    }

    #[test]
    fn the_plain_formula_gives_the_same(cells in prop::collection::vec(cell(), 1..5)) {
        let all = joined(&cells);
        let units = |sums: &Sums| sums.units() as f64;
        let count = units(&all.control) + units(&all.treatment);
        let (mut difference, mut within) = (0.0, 0.0);
        let of: Vec<_> = cells.iter().map(|cell| {
            let share = (units(&cell.control) + units(&cell.treatment)) / count;
            let (a, b) = (Measure::Mean.level(&cell.control).unwrap(), Measure::Mean.level(&cell.treatment).unwrap());
            (share, a, b)
        }).collect();
        for (share, a, b) in &of {
            difference += share * (b.value - a.value);
            within += share * share * (a.squared_error() + b.squared_error());
        }
        let between: f64 = of.iter().map(|(share, a, b)| share * (b.value - a.value - difference).powi(2)).sum();
        let variance = within + between / count;
        let Ok(found) = compare_within(&cells, None) else { return Ok(()) };
        prop_assert_eq!(found.cells, cells.len());
        close(found.comparison.difference.estimate, difference, variance.sqrt());
        close(found.comparison.difference.standard_error, variance.sqrt(), 0.0);
    }

    #[test]
    fn the_order_of_cells_does_not_matter(cells in prop::collection::vec(cell(), 1..5)) {
        let mut back = cells.clone();
        back.reverse();
        match (compare_within(&cells, None), compare_within(&back, None)) {
            (Ok(there), Ok(back)) => {
                let (there, back) = (there.comparison, back.comparison);
                close(back.difference.estimate, there.difference.estimate, there.difference.standard_error);
                close(back.difference.standard_error, there.difference.standard_error, 0.0);
                close(back.residual_variance, there.residual_variance, 1e-9);
            }
            (there, back) => prop_assert_eq!(there.err(), back.err()),
        }
    }
}

fn of(values: &[f64]) -> Sums {
    sums(&values.iter().map(|outcome| Observation { outcome: *outcome, ..Observation::default() }).collect::<Vec<_>>())
}

#[test]
fn small_cells_become_one() {
    let cell = |control: &[f64], treatment: &[f64]| Cell { control: of(control), treatment: of(treatment) };
    let large = cell(&[1.0, 2.0, 4.0], &[3.0, 5.0]);
    let (left, right) = (cell(&[9.0, 8.0], &[7.0]), cell(&[], &[6.0]));
    // Together they are large enough.
    let found = compare_within(&[large.clone(), left.clone(), right.clone()], None).unwrap();
    assert_eq!(found.cells, 2);
    assert_eq!(found, compare_within(&[large.clone(), joined(&[left.clone(), right.clone()])], None).unwrap());
    // Alone one joins the smallest that is.
    let found = compare_within(&[large.clone(), left.clone()], None).unwrap();
    assert_eq!(found.cells, 1);
    assert_eq!(found, compare_within(&[joined(&[large.clone(), left.clone()])], None).unwrap());
    assert_eq!(compare_within(&[left], None), Err(Undefined::TooFewUnits));
    assert_eq!(compare_within(&[], None), Err(Undefined::NoUnits));
    assert_eq!(compare_within(&[Cell::default()], None), Err(Undefined::NoUnits));
    let adjustment = Adjustment::of(Measure::Ratio, [&large.control]);
    assert_eq!(adjustment.unwrap_err(), Undefined::ZeroDenominator);
}

/// Cells that differ more than anything within them: their shares in the variants are most of the noise.
#[test]
fn a_difference_within_cells_moves_as_far_as_its_standard_error_says() {
    let mut random = StdRng::seed_from_u64(3);
    let (mut lifts, mut differences, mut told, mut plain) = (Vec::new(), Vec::new(), 0.0, 0.0);
    for _ in 0..2000 {
        let mut cells = vec![Cell::default(), Cell::default(), Cell::default()];
        for unit in 0..240 {
            let place = random.random_range(0..3_usize);
            let level = [2.0, 10.0, 40.0][place];
            let is_treated = unit % 2 == 0;
            // The effect differs between cells, so that the cells' shares matter to it.
            let effect = if is_treated { level * 0.3 } else { 0.0 };
            let outcome = level + effect + random.random_range(-3.0..3.0);
            let sums = if is_treated { &mut cells[place].treatment } else { &mut cells[place].control };
            sums.add(Observation { outcome, ..Observation::default() }).unwrap();
        }
        let found = compare_within(&cells, None).unwrap().comparison;
        differences.push(found.difference.estimate);
        lifts.push((found.lift().unwrap().estimate, found.lift().unwrap().standard_error.powi(2)));
        told += found.difference.standard_error.powi(2) / 2000.0;
        let all = joined(&cells);
        plain +=
            Measure::Mean.compare(&all.control, &all.treatment).unwrap().difference.standard_error.powi(2) / 2000.0;
    }
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
    };
    let moved = variance(&differences);
    assert!((told / moved - 1.0).abs() < 0.13, "{told} {moved}");
    assert!(told < 0.5 * plain);
    let moved = variance(&lifts.iter().map(|(lift, _)| *lift).collect::<Vec<_>>());
    let told = lifts.iter().map(|(_, squared_error)| squared_error).sum::<f64>() / 2000.0;
    assert!((told / moved - 1.0).abs() < 0.13, "{told} {moved}");
}
