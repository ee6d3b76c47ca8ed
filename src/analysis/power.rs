//! Whether enough has come.

use serde::Serialize;

use super::Number;

/// Whether enough has come to find the minimum effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Power {
    /// The minimum effect, relative to the control.
    pub minimum_effect: Number,
    /// The chance to find it with the units that have come.
    pub power: Number,
    /// The lift that would be found with the planned power.
    pub detectable: Option<Number>,
    /// Units of all variants together until the planned power is reached; 0 = it is.
    pub units_needed: u64,
}
