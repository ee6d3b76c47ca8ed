//! Tails and quantiles, right far out where `1 - cdf` has no digits left.
//!
//! statrs is asked where it is right; its Student t is not (for many degrees of freedom it is off in the sixth digit, and its
//! inverse answers 1.83 for 1.96 or never), so that one is our own.

pub mod beta;
pub mod chi_squared;
pub mod counts;
pub mod gamma;
pub mod normal;
pub mod student_t;

mod decay;
pub(super) mod series;
mod wide;

#[cfg(test)]
mod tests;
