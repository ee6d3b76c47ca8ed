//! Looks planned by how much of the information has come.
//!
//! In: information fractions (0 to 1), a spending function, alpha. Out: bounds for z at each look, and everything that follows from
//! them: power, the price in sample size, honest estimates after stopping, the chance still to succeed. Any number of looks at any fractions; only
//! those up to now need be known. All probabilities are integrals over the Brownian score: no simulation.
//!
//! | file | what |
//! |---|---|
//! | `spending` | how much of alpha may be spent by which fraction |
//! | `walk` | the score from look to look, where it has not been stopped |
//! | `bounds` | the bounds |
//! | `power` | exit probabilities under a drift, power, inflation of the sample, conditional power |
//! | `estimate` | after stopping: p-value, median-unbiased estimate, confidence limits |
//! | `repeated` | a p-value that holds at all looks together |

mod bounds;
mod estimate;
mod power;
mod repeated;
mod spending;
mod walk;

pub use bounds::{Bound, Bounds, Design, MAX_LOOKS};
pub use estimate::AfterStopping;
pub use power::Exit;
pub use spending::Spending;

#[cfg(test)]
mod tests;
