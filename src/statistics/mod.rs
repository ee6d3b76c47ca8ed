//! Sums in, honest answers out.
//!
//! In: counts. Out: a statistic with its p-value, or the reason why there is none. Pure functions: no clock, no randomness,
//! no floor under small probabilities. A p-value comes from the survival function, never from `1 - cdf`, which is 0 or noise
//! where it matters most.

mod chi_squared;

pub use chi_squared::{ChiSquared, Undefined, goodness_of_fit, independence};
