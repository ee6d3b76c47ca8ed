//! A number that JSON can carry.

use serde::{Serialize, Serializer};

use crate::statistics::Undefined;

/// A finite number: neither NaN nor infinite, which JSON would turn into `null` without a reason.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Number(f64);

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);

    /// Takes a number that is finite.
    ///
    /// # Errors
    /// [`Undefined::TooLarge`] if it is not.
    pub fn of(number: f64) -> Result<Self, Undefined> {
        // Adding 0 makes -0 plain 0: the sign of nothing would depend on the order of subtraction.
        if number.is_finite() { Ok(Self(number + 0.0)) } else { Err(Undefined::TooLarge) }
    }

    /// The number itself.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}
