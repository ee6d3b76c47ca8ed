//! Chi-squared tests: do counts follow their weights, and do rows depend on columns?
//!
//! Deviations are differences of exact products, so that a billion visitors cost no digits; likelihood ratios are sums of
//! deviances, none below 0, so that nothing cancels.

use super::deviance::relative_deviance;
use super::distribution::chi_squared;
use super::sums::{defined, real, wide};
use super::{Probability, Sum, Undefined};

/// What a chi-squared test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// At least 0.
    pub statistic: f64,
    /// At least 1.
    pub degrees_of_freedom: u64,
    /// Of such a statistic or a larger one by chance.
    pub p_value: Probability,
}

/// What a table of counts says about its rows and columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Independence {
    /// Pearson's: the sum of `(observed - expected)^2 / expected`, without continuity correction.
    pub pearson: ChiSquared,
    /// G: twice the sum of `observed ln(observed / expected)`.
    pub likelihood_ratio: ChiSquared,
    /// Cramér's V, in `[0, 1]`: how strongly rows and columns depend on one another.
    pub cramers_v: f64,
    /// The smallest count that independence lets expect in a cell. Below 5 the p-values are rough.
    pub smallest_expected: f64,
}

/// Whether counts follow weights, such as the visitors of each variant the shares that it should get.
///
/// `weights` need not add up to 1. A cell of weight 0 that is empty takes no part.
///
/// # Errors
/// [`Undefined::BadWeights`], [`Undefined::Impossible`] with somebody in a cell of weight 0, [`Undefined::NoUnits`],
/// [`Undefined::TooFewCells`] with fewer than two cells of a weight, [`Undefined::TooLarge`].
///
/// Source: Pearson (1900), Philosophical Magazine 50, 157-175. Reference values: scipy `chisquare` with mpmath at 60 digits, in
/// `tests/cases/statistics/chi_squared.toml`.
///
/// ```
/// let found = segue::statistics::goodness_of_fit(&[5_000, 5_100], &[1.0, 1.0])?;
/// assert!((found.p_value.value - 0.3197181768128704).abs() < 1e-9);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn goodness_of_fit(counts: &[u64], weights: &[f64]) -> Result<ChiSquared, Undefined> {
    let cells = possible_cells(counts, weights)?;
    let total = sum(counts.iter().copied())?;
    if total == 0 {
        return Err(Undefined::NoUnits);
    }
    let degrees_of_freedom = (cells.len() as u64).checked_sub(1).filter(|freedom| *freedom > 0);
    let degrees_of_freedom = degrees_of_freedom.ok_or(Undefined::TooFewCells)?;
    let mut all_weights = Sum::default();
    cells.iter().for_each(|(_, weight)| all_weights.add(*weight));
    let whole = defined(all_weights.value())?;
    let mut statistic = 0.0;
    for (count, weight) in cells {
        let mut deviation = Sum::of_integer(i128::from(count)).times(&all_weights);
        deviation.subtract(&Sum::of_integer(i128::from(total)).times(&Sum::of(weight)));
        let deviation = deviation.value();
        statistic += deviation / real(total) / weight * (deviation / whole);
    }
    judge(statistic, degrees_of_freedom)
}

/// Counts and weights of the cells that can hold anybody.
pub(super) fn possible_cells(counts: &[u64], weights: &[f64]) -> Result<Vec<(u64, f64)>, Undefined> {
    if counts.len() != weights.len() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(Undefined::BadWeights);
    }
    let cells = || counts.iter().copied().zip(weights.iter().copied());
    match cells().position(|(count, weight)| weight == 0.0 && count > 0) {
        Some(cell) => Err(Undefined::Impossible(cell)),
        None => Ok(cells().filter(|(_, weight)| *weight > 0.0).collect()),
    }
}

/// Whether the rows of a table of counts depend on its columns, such as variants and what became of their visitors.
///
/// # Errors
/// [`Undefined::Ragged`], [`Undefined::TooFewCells`] with fewer than two rows or columns, [`Undefined::NoUnits`],
/// [`Undefined::ZeroMargin`] with an empty row or column, [`Undefined::TooLarge`].
///
/// Source: Pearson (1900), as above; G: Wilks (1938), Annals of Mathematical Statistics 9, 60-62; V: Cramér (1946), Mathematical
/// Methods of Statistics, section 21.9. Reference values: scipy `chi2_contingency(correction=False)` with mpmath at 60 digits.
pub fn independence<R: AsRef<[u64]>>(table: &[R]) -> Result<Independence, Undefined> {
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
    let (mut statistic, mut half_g) = (0.0, 0.0);
    for (row, of_row) in table.iter().zip(&of_rows) {
        for (count, of_column) in row.as_ref().iter().zip(&of_columns) {
            // Exact: a product of two `u64` fits `u128`.
            let (here, expected) =
                (u128::from(*count) * u128::from(total), u128::from(*of_row) * u128::from(*of_column));
            let size = wide(here.abs_diff(expected));
            let deviation = if here < expected { -size } else { size } / wide(expected);
            let expected = wide(expected) / real(total);
            statistic += expected * deviation * deviation;
            half_g += expected * relative_deviance(deviation);
        }
    }
    let freedom = (table.len() as u64 - 1) * (columns as u64 - 1);
    let strongest = real(total) * real((table.len().min(columns) as u64) - 1);
    let least = |margins: &[u64]| margins.iter().copied().min().map_or(0.0, real);
    Ok(Independence {
        pearson: judge(statistic, freedom)?,
        likelihood_ratio: judge(2.0 * half_g, freedom)?,
        cramers_v: (statistic / strongest).sqrt().min(1.0),
        smallest_expected: least(&of_rows) / real(total) * least(&of_columns),
    })
}

fn judge(statistic: f64, degrees_of_freedom: u64) -> Result<ChiSquared, Undefined> {
    let p_value = match defined(statistic)? {
        0.0 => Probability::ONE,
        statistic => chi_squared::upper_tail(statistic, real(degrees_of_freedom)),
    };
    Ok(ChiSquared { statistic, degrees_of_freedom, p_value })
}

fn sum(mut counts: impl Iterator<Item = u64>) -> Result<u64, Undefined> {
    counts.try_fold(0_u64, |sum, count| sum.checked_add(count)).ok_or(Undefined::TooLarge)
}
