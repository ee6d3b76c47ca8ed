//! Pearson's chi-squared tests: do counts follow their weights, and do rows depend on columns?
//!
//! Deviations are computed as differences of exact products, so that a billion visitors cost no digits.

use statrs::distribution::{ChiSquared as Distribution, ContinuousCDF};

use super::Undefined;

/// What a chi-squared test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// The sum of `(observed - expected)^2 / expected`, at least 0.
    pub statistic: f64,
    /// At least 1.
    pub degrees_of_freedom: u64,
    /// The probability of such a statistic or a larger one by chance, in `[0, 1]`; 0 below about 1e-308.
    pub p_value: f64,
}

/// Whether counts follow weights, such as the visitors of each variant the shares that it should get.
///
/// `weights` need not add up to 1. A cell of weight 0 that is empty takes no part.
///
/// # Errors
/// [`Undefined`] except [`Undefined::ZeroMargin`] and [`Undefined::Ragged`].
///
/// Source: Pearson (1900), Philosophical Magazine 50, 157-175. Reference values: scipy `chisquare` with mpmath at 60 digits, in
/// `tests/cases/statistics/chi_squared.toml`.
///
/// ```
/// let found = segue::statistics::goodness_of_fit(&[5_000, 5_100], &[1.0, 1.0])?;
/// assert!((found.p_value - 0.3197181768128704).abs() < 1e-9);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn goodness_of_fit(counts: &[u64], weights: &[f64]) -> Result<ChiSquared, Undefined> {
    if counts.len() != weights.len() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(Undefined::BadWeights);
    }
    let total = sum(counts.iter().copied())?;
    let all_weights: f64 = weights.iter().sum();
    let mut statistic = 0.0;
    let mut cells = 0_u64;
    for (cell, (count, weight)) in counts.iter().zip(weights).enumerate() {
        if *weight > 0.0 {
            let deviation = difference_of_products(real(*count), all_weights, real(total), *weight);
            statistic += deviation / (real(total) * weight) * (deviation / all_weights);
            cells += 1;
        } else if *count > 0 {
            return Err(Undefined::Impossible(cell));
        }
    }
    if total == 0 {
        return Err(Undefined::NoUnits);
    }
    judge(statistic, cells.checked_sub(1).filter(|freedom| *freedom > 0).ok_or(Undefined::TooFewCells)?)
}

/// Whether the rows of a table of counts depend on its columns. Without continuity correction.
///
/// # Errors
/// [`Undefined`] except [`Undefined::BadWeights`] and [`Undefined::Impossible`].
///
/// Source: Pearson (1900), as above. Reference values: scipy `chi2_contingency(correction=False)` with mpmath at 60 digits.
pub fn independence<R: AsRef<[u64]>>(table: &[R]) -> Result<ChiSquared, Undefined> {
    let columns = table.first().map_or(0, |row| row.as_ref().len());
    if table.iter().any(|row| row.as_ref().len() != columns) {
        return Err(Undefined::Ragged);
    }
    if table.len() < 2 || columns < 2 {
        return Err(Undefined::TooFewCells);
    }
    let total = sum(table.iter().flat_map(|row| row.as_ref()).copied())?;
    if total == 0 {
        return Err(Undefined::NoUnits);
    }
    let of_rows: Vec<u64> = table.iter().map(|row| row.as_ref().iter().sum()).collect();
    let of_column = |column: usize| table.iter().filter_map(|row| row.as_ref().get(column)).sum();
    let of_columns: Vec<u64> = (0..columns).map(of_column).collect();
    if of_rows.contains(&0) || of_columns.contains(&0) {
        return Err(Undefined::ZeroMargin);
    }
    let mut statistic = 0.0;
    for (row, of_row) in table.iter().zip(&of_rows) {
        for (count, of_column) in row.as_ref().iter().zip(&of_columns) {
            // Exact: a product of two `u64` fits `u128`.
            let here = u128::from(*count) * u128::from(total);
            let deviation = wide(here.abs_diff(u128::from(*of_row) * u128::from(*of_column)));
            statistic += deviation / real(*of_row) / real(*of_column) * (deviation / real(total));
        }
    }
    judge(statistic, (table.len() as u64 - 1) * (columns as u64 - 1))
}

fn judge(statistic: f64, degrees_of_freedom: u64) -> Result<ChiSquared, Undefined> {
    let distribution = Distribution::new(real(degrees_of_freedom)).map_err(|_| Undefined::TooFewCells)?;
    Ok(ChiSquared { statistic, degrees_of_freedom, p_value: distribution.sf(statistic) })
}

fn sum(mut counts: impl Iterator<Item = u64>) -> Result<u64, Undefined> {
    counts.try_fold(0_u64, |sum, count| sum.checked_add(count)).ok_or(Undefined::TooLarge)
}

/// `a b - c d` within about one unit in the last place, however close the products are.
///
/// Source: Kahan's algorithm; Jeannerod, Louvet, Muller (2013), Mathematics of Computation 82, 2245-2264.
fn difference_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let product = c * d;
    let error = c.mul_add(d, -product);
    a.mul_add(b, -product) - error
}

#[expect(clippy::cast_precision_loss, reason = "a relative error of 1e-16 is what f64 has")]
fn real(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "as above")]
fn wide(count: u128) -> f64 {
    count as f64
}
