//! Integrals of smooth functions.
//!
//! In: a function and an interval. Out: its integral by Gauss and Legendre's rule with 32 nodes in each panel: exact for
//! polynomials to degree 63, and to the last digits for a normal density where a panel is at most about 6 deviations wide.

mod table;

use std::sync::LazyLock;

pub(super) use table::{ONES, TABLE};

/// Nodes of a panel.
pub(super) const NODES: usize = 32;

/// Node and weight on `[-1, 1]`, computed once.
static RULE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| nodes(NODES));

/// The integral from `lower` to `upper`, cut into equal panels.
pub fn integral(lower: f64, upper: f64, panels: u32, mut function: impl FnMut(f64) -> f64) -> f64 {
    let panels = panels.max(1);
    let half = (upper - lower) / f64::from(panels) / 2.0;
    let mut sum = 0.0;
    for panel in 0..panels {
        let middle = lower + half * f64::from(2 * panel + 1);
        sum += RULE.iter().map(|(node, weight)| weight * function(half * node + middle)).sum::<f64>();
    }
    sum * half
}

/// The nodes of the integral with their weights, for integrals of many functions over the same interval.
pub fn grid(lower: f64, upper: f64, panels: u32) -> Vec<(f64, f64)> {
    let panels = panels.max(1);
    let half = (upper - lower) / f64::from(panels) / 2.0;
    (0..panels)
        .flat_map(|panel| {
            let middle = lower + half * f64::from(2 * panel + 1);
            RULE.iter().map(move |(node, weight)| (half * node + middle, weight * half))
        })
        .collect()
}

/// The zeros of Legendre's polynomial of degree `count`, ascending, and their weights.
///
/// Source: Newton's iteration on the three-term recurrence, started as in Abramowitz, Stegun (1964), 22.16.6.
fn nodes(count: usize) -> Vec<(f64, f64)> {
    let degree = u32::try_from(count).unwrap_or(u32::MAX);
    (1..=degree)
        .rev()
        .map(|index| {
            let mut node = (std::f64::consts::PI * (f64::from(index) - 0.25) / (f64::from(degree) + 0.5)).cos();
            let mut slope = 1.0;
            // Six steps are two more than the worst start needs.
            for _ in 0..6 {
                let (mut before, mut here) = (1.0, node);
                for k in 2..=degree {
                    let k = f64::from(k);
                    (before, here) = (here, ((2.0 * k - 1.0) * node * here - (k - 1.0) * before) / k);
                }
                slope = f64::from(degree) * (node * here - before) / (node * node - 1.0);
                node -= here / slope;
            }
            (node, 2.0 / ((1.0 - node * node) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_to_degree_63_are_exact() {
        let found = integral(-1.0, 2.0, 1, |x| x.powi(63));
        let expected = (2.0_f64.powi(64) - 1.0) / 64.0;
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} {expected}");
        assert_eq!(RULE.len(), NODES);
        assert!((RULE.iter().map(|(_, weight)| weight).sum::<f64>() - 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_normal_density_has_all_digits() {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        assert!((integral(-9.0, 9.0, 3, density) - 1.0).abs() < 1e-15);
        let by_grid: f64 = grid(-9.0, 9.0, 3).iter().map(|(x, weight)| weight * density(*x)).sum();
        assert!((by_grid - 1.0).abs() < 1e-15);
    }
}
