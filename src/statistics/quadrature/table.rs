//! Integrals over a panel of functions that are known at its nodes, also those that end at a node.
//!
//! In: values at the [`NODES`] nodes. Out: the whole integral, and for each node the integral up to it and from it on: what a
//! distribution's tails are made of while one walks over its density.

use std::sync::LazyLock;

use super::{NODES, grid};

/// The function that is 1 everywhere.
pub const ONES: [f64; NODES] = [1.0; NODES];

/// Gauss and Legendre's rule, also for integrals that end at a node.
pub struct Table {
    /// Of a panel from -1 to 1, ascending.
    pub nodes: [f64; NODES],
    weights: [f64; NODES],
    /// By value: what it weighs in the integral from -1 to each node. In this order all nodes are added to at once.
    below: [[f64; NODES]; NODES],
}

/// Computed once.
pub static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

impl Table {
    /// Source: the interpolating polynomial in Legendre's polynomials, integrated: `(2k + 1) int P_k = P_(k+1) - P_(k-1)`.
    fn new() -> Self {
        let (mut nodes, mut weights) = ([0.0; NODES], [0.0; NODES]);
        let places = nodes.iter_mut().zip(&mut weights);
        places.zip(grid(-1.0, 1.0, 1)).for_each(|(place, found)| (*place.0, *place.1) = found);
        let polynomials = nodes.map(legendre);
        let mut below = [[0.0; NODES]; NODES];
        for ((column, weight), from) in below.iter_mut().zip(weights).zip(&polynomials) {
            for ((cell, node), at) in column.iter_mut().zip(nodes).zip(&polynomials) {
                let terms = from.iter().skip(1).take(NODES - 1).zip(at.iter().skip(2).zip(at));
                let sum: f64 = terms.map(|(value, (after, before))| value * (after - before)).sum();
                *cell = weight / 2.0 * (node + 1.0 + sum);
            }
        }
        Self { nodes, weights, below }
    }

    /// At each node the integral up to it, and that from it on. The rule is symmetric, so the second is the first of the mirror image.
    pub fn tails(&self, values: &[f64; NODES]) -> ([f64; NODES], [f64; NODES]) {
        let mut mirrored = *values;
        mirrored.reverse();
        let mut above = self.integrals(&mirrored);
        above.reverse();
        (self.integrals(values), above)
    }

    fn integrals(&self, values: &[f64; NODES]) -> [f64; NODES] {
        let mut sums = [0.0; NODES];
        for (column, value) in self.below.iter().zip(values) {
            sums.iter_mut().zip(column).for_each(|(sum, weight)| *sum += weight * value);
        }
        // Rounding may leave a trace below 0 where there is nothing.
        sums.map(|sum: f64| sum.max(0.0))
    }

    /// The integral of a product of two.
    pub fn sum(&self, a: &[f64; NODES], b: &[f64; NODES]) -> f64 {
        self.product(a, b, &ONES)
    }

    /// The integral of a product of three.
    pub fn product(&self, a: &[f64; NODES], b: &[f64; NODES], c: &[f64; NODES]) -> f64 {
        self.weights.iter().zip(a).zip(b).zip(c).map(|(((weight, a), b), c)| weight * a * b * c).sum()
    }
}

/// Legendre's polynomials of degree 0 to 32.
fn legendre(x: f64) -> [f64; NODES + 1] {
    let mut values = [1.0; NODES + 1];
    let (mut before, mut here) = (0.0, 1.0);
    for (degree, value) in (0_u32..).zip(&mut values) {
        *value = here;
        let k = f64::from(degree);
        (before, here) = (here, ((2.0 * k + 1.0) * x * here - k * before) / (k + 1.0));
    }
    values
}
