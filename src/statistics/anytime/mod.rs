//! Inference that holds at every look: look when you like, stop when you like, on seeing anything.
//!
//! In: a statistic z (an estimate by its standard error), how many units it is of, and the plan. Out: an e-value, a p-value and
//! the half-width of an interval in standard errors, each valid at every look together.
//!
//! | file | what |
//! |---|---|
//! | `mixture` | the one kernel of (z, g, alpha) behind confidence sequences and mSPRT, one- and two-sided |
//! | `tuning` | how g is chosen: for a number of units, a deviation of effects, a minimum effect, planned visitors |
//! | `horizon` | a boundary that spends its error by a planned number of units, and so costs far less power |
//! | `rule` | both joined: what an anytime plan decides about a comparison |
//! | `caution` | how much wider intervals are where one variant is small |
//! | `start_up` | how much there must be before a claim is made |
//! | `converters` | whether too many of those who converted were in one variant: exact, for the first few |
//! | `running` | what earlier looks showed, kept |

mod caution;
mod converters;
mod horizon;
mod mixture;
mod rule;
mod running;
mod start_up;
mod tuning;

pub use converters::too_many_converters;
pub use horizon::{Horizon, OVERSHOOT};
pub use mixture::{Sides, critical, ln_e_value, p_value};
pub use rule::{Look, Rule, Standing};
pub use running::Running;
pub use start_up::{EFFECTIVE_UNITS, Evidence, Waiting, effective_units};
pub use tuning::Tuning;

#[cfg(test)]
mod tests;
