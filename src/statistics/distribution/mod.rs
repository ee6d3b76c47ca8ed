//! Tails and quantiles, right far out where `1 - cdf` has no digits left.
//!
//! A tail is its density times a tame ratio (`decay`), and the density's logarithm has 32 digits (`wide`). statrs gives the
//! normal quantile; its Student t is wrong or hangs at many degrees of freedom, its incomplete beta and its normal tail have fewer
//! digits than asked for. `tests/integration/tails.rs` prints the worst error of each, and that of statrs beside it.

pub mod beta;
pub mod chi_squared;
pub mod counts;
pub mod gamma;
pub mod normal;
pub mod student_t;

mod decay;
pub(super) mod factorials;
pub(super) mod series;
mod wide;

#[cfg(test)]
mod tests;
