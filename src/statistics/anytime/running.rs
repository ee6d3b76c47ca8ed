//! What the looks so far have shown together.
//!
//! In: each look's p-value and interval, in order. Out: the smallest p-value and what all intervals have in common, which hold at
//! every look as the single ones do.

use crate::statistics::{Interval, Probability};

/// The looks so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    /// The smallest p-value of any look; 1 before the first.
    pub p_value: Probability,
    /// The common part of all intervals; `None` before the first. Where it is empty, the lower end lies above the upper: the effect is
    /// not the same at all looks, or an event of probability alpha has happened.
    pub interval: Option<Interval>,
}

impl Default for Running {
    fn default() -> Self {
        Self { p_value: Probability::ONE, interval: None }
    }
}

impl Running {
    /// With one more look.
    #[must_use]
    pub fn then(self, p_value: Probability, interval: Interval) -> Self {
        let interval = self.interval.map_or(interval, |before| Interval {
            lower: before.lower.max(interval.lower),
            upper: before.upper.min(interval.upper),
        });
        Self { p_value: self.p_value.min(p_value), interval: Some(interval) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_kept() {
        let wide = Interval { lower: -1.0, upper: 1.0 };
        let high = Interval { lower: 0.5, upper: 2.0 };
        let low = Interval { lower: -3.0, upper: 0.0 };
        let first = Running::default().then(Probability::of_value(0.2), wide);
        let second = first.then(Probability::of_value(0.01), high);
        let third = second.then(Probability::of_value(0.5), low);
        assert_eq!(second.interval, Some(Interval { lower: 0.5, upper: 1.0 }));
        assert_eq!(third.interval, Some(Interval { lower: 0.5, upper: 0.0 }));
        assert_eq!(third.p_value, Probability::of_value(0.01));
    }
}
