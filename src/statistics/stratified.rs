//! Post-stratification: the difference within each cell of units, weighted by the cell's share of all.
//!
//! In: the sums of control and treatment in each cell, such as a country or a device. Out: one [`Comparison`], free of what the
//! variants differ in by cells alone. Nothing needs to have been planned: the cells must only be known before the exposure.
//!
//! A cell where a variant has fewer than two units says nothing of that variant's variance. All such cells become one; if that is
//! still too small it joins the smallest that is not.

use super::adjustment::Adjustment;
use super::comparison::{Comparison, Effect, Level};
use super::measure::Measure;
use super::parts::Parts;
use super::sums::{Sums, defined, real};
use super::undefined::Undefined;

/// The sums of the two variants in one cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// The control's.
    pub control: Sums,
    /// The treatment's.
    pub treatment: Sums,
}

/// A comparison within cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratified {
    /// Of the weighted levels.
    pub comparison: Comparison,
    /// How many cells were told apart in the end.
    pub cells: usize,
}

/// Fewer units of a variant have no variance.
pub(super) const LEAST_UNITS: u64 = 2;

/// Compares means within cells, weighted by each cell's share of all units of both variants.
///
/// With an adjustment the means within the cells are those adjusted by the covariate.
///
/// # Errors
/// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`] with fewer than two in a variant, [`Undefined::ZeroVariance`] when nothing varies
/// within cells nor the difference between them, [`Undefined::TooLarge`], [`Undefined::OutOfRange`] if sums contradict one another,
/// or of an adjustment that is not one of a mean.
///
/// Source: Miratrix, Sekhon, Yu (2013), Journal of the Royal Statistical Society B 75, 369-396, for the estimate; the shares of the
/// cells vary as a multinomial's, as in GrowthBook's documentation of post-stratification.
pub fn compare_within(cells: &[Cell], adjustment: Option<&Adjustment>) -> Result<Stratified, Undefined> {
    if adjustment.is_some_and(|adjustment| adjustment.measure() != Measure::Mean) {
        return Err(Undefined::OutOfRange);
    }
    let cells = large_enough(cells)?;
    let all: u64 =
        cells.iter().try_fold(0_u64, |all, cell| all.checked_add(cell.units()?)).ok_or(Undefined::TooLarge)?;
    let parts = |cell: &Cell| {
        let share = real(cell.units().unwrap_or(u64::MAX)) / real(all);
        let parts = match adjustment {
            Some(adjustment) => adjustment.parts(&cell.control, &cell.treatment),
            None => Parts::of(Measure::Mean, &cell.control, &cell.treatment),
        };
        Ok((share, parts?))
    };
    let parts: Vec<(f64, Parts)> = cells.iter().map(parts).collect::<Result<_, Undefined>>()?;
    let comparison = weigh(&parts, Some(all))?;
    Ok(Stratified { comparison, cells: cells.len() })
}

/// What varies by itself: how far it moves the difference and the baseline.
struct Source {
    difference: f64,
    baseline: f64,
}

/// Weighted parts as one. `all` units say how far the shares vary by chance, unless they are known before.
pub(super) fn weigh(parts: &[(f64, Parts)], all: Option<u64>) -> Result<Comparison, Undefined> {
    let mean = |of: &dyn Fn(&Parts) -> f64| parts.iter().map(|(share, parts)| share * of(parts)).sum::<f64>();
    let difference = mean(&|parts| parts.difference);
    let baseline = mean(&|parts| parts.baseline);
    let mut sources = Vec::new();
    for (share, parts) in parts {
        sources.push(Source { difference: share * parts.treatment.squared_error().sqrt(), baseline: 0.0 });
        sources.push(Source { difference: share * parts.control_residual.sqrt(), baseline: 0.0 });
        let error = parts.baseline_variance.sqrt();
        let moved = if error > 0.0 { parts.covariance / error } else { 0.0 };
        sources.push(Source { difference: share * moved, baseline: share * error });
        // The shares are those of a sample: they vary as a multinomial's.
        let Some(all) = all else { continue };
        let weight = (share / real(all)).sqrt();
        let (difference, baseline) = (weight * (parts.difference - difference), weight * (parts.baseline - baseline));
        sources.push(Source { difference, baseline });
    }
    let product =
        |a: &dyn Fn(&Source) -> f64, b: &dyn Fn(&Source) -> f64| sources.iter().map(|of| a(of) * b(of)).sum::<f64>();
    let squared_error = product(&|of| of.difference, &|of| of.difference);
    let baseline_variance = product(&|of| of.baseline, &|of| of.baseline);
    let covariance = product(&|of| of.difference, &|of| of.baseline);
    let slope = if baseline_variance > 0.0 { covariance / baseline_variance } else { 0.0 };
    let left = |of: &Source| of.difference - slope * of.baseline;
    let level = |of: &dyn Fn(&Parts) -> Level| {
        let units = parts.iter().map(|(_, parts)| of(parts).units).sum();
        let error: f64 = parts.iter().map(|(share, parts)| share * share * of(parts).squared_error()).sum();
        Level { units, value: mean(&|parts| of(parts).value), variance: error * real(units) }
    };
    Ok(Comparison {
        control: level(&|parts| parts.control),
        treatment: level(&|parts| parts.treatment),
        difference: Effect::new(
            defined(difference)?,
            defined(squared_error.sqrt())?,
            Some(freedom(parts, all, squared_error)),
        )?,
        baseline,
        baseline_variance,
        covariance,
        residual_variance: defined(product(&left, &left))?,
        unadjusted_difference: mean(&|parts| parts.unadjusted_difference),
    })
}

/// Source: Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
fn freedom(parts: &[(f64, Parts)], all: Option<u64>, squared_error: f64) -> f64 {
    if squared_error <= 0.0 {
        return 1.0;
    }
    let levels = || parts.iter().flat_map(|(share, parts)| [(share, parts.control), (share, parts.treatment)]);
    let within = |(share, level): (&f64, Level)| share * share * level.squared_error() / squared_error;
    let between = (1.0 - levels().map(within).sum::<f64>()).max(0.0);
    let of_levels = levels().map(|(share, level)| within((share, level)).powi(2) / real(level.units - 1)).sum::<f64>();
    let of_shares = all.map_or(0.0, |all| between * between / real(all - 1));
    1.0 / (of_levels + of_shares)
}

/// The cells, those merged that are too small.
fn large_enough(cells: &[Cell]) -> Result<Vec<Cell>, Undefined> {
    let is_large = |cell: &Cell| cell.control.units() >= LEAST_UNITS && cell.treatment.units() >= LEAST_UNITS;
    let (mut large, small): (Vec<Cell>, Vec<Cell>) = cells.iter().cloned().partition(is_large);
    let mut rest = Cell::default();
    small.iter().try_for_each(|cell| rest.merge(cell))?;
    if is_large(&rest) {
        large.push(rest);
    } else if rest != Cell::default() {
        match large.iter_mut().min_by_key(|cell| cell.units()) {
            Some(smallest) => smallest.merge(&rest)?,
            None => return Err(Undefined::TooFewUnits),
        }
    }
    if large.is_empty() { Err(Undefined::NoUnits) } else { Ok(large) }
}

impl Cell {
    fn units(&self) -> Option<u64> {
        self.control.units().checked_add(self.treatment.units())
    }

    fn merge(&mut self, other: &Self) -> Result<(), Undefined> {
        self.control.merge(&other.control)?;
        self.treatment.merge(&other.treatment)
    }
}
