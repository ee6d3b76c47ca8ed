//! Which test suits these counts, and why.

use super::{Alternative, TwoProportions};
use crate::statistics::{Probability, Undefined};

/// Where a smaller count than this is expected in a cell of the 2 x 2 table, the normal distribution is not trusted.
///
/// Source: Cochran (1954), Biometrics 10, 417-451.
pub const LEAST_EXPECTED: f64 = 5.0;

/// The most units for which Barnard's test is chosen. It would go on ([`LARGEST_UNCONDITIONAL`](super::LARGEST_UNCONDITIONAL)); but a scorecard has many
/// rows, and up to here one takes a few milliseconds.
pub const LARGEST_BARNARD_CHOICE: u64 = 1_000;

/// A test of equal rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// [`TwoProportions::pooled`].
    PooledZ,
    /// [`TwoProportions::barnard`].
    Barnard,
    /// [`TwoProportions::fisher`].
    Fisher,
}

impl Method {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::PooledZ => "pooled_z",
            Self::Barnard => "barnard",
            Self::Fisher => "fisher",
        }
    }

    /// Why it was chosen, for people.
    pub fn because(self) -> &'static str {
        match self {
            Self::PooledZ => "at least 5 are expected in every cell, so the normal distribution is good enough",
            Self::Barnard => "fewer than 5 are expected in a cell, so an exact test: Barnard's, the more powerful one",
            Self::Fisher => {
                "fewer than 5 are expected in a cell, so an exact test: Fisher's, as there are too many units for Barnard's"
            }
        }
    }
}

/// What the chosen test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    /// Which test; it knows why.
    pub method: Method,
    /// Two-sided.
    pub p_value: Probability,
    /// Of the treatment's rate being higher.
    pub p_value_greater: Probability,
    /// Of the treatment's rate being lower.
    pub p_value_less: Probability,
}

impl TwoProportions {
    /// Which test suits these counts: an exact one where fewer than `LEAST_EXPECTED` are expected in a cell.
    pub fn method(&self) -> Method {
        if self.smallest_expected() >= LEAST_EXPECTED {
            Method::PooledZ
        } else if self.units() <= LARGEST_BARNARD_CHOICE {
            Method::Barnard
        } else {
            Method::Fisher
        }
    }

    /// The test of equal rates that suits these counts.
    ///
    /// # Errors
    /// As the tests have it. Where all units or none converted, the exact tests have a p-value: 1.
    ///
    /// ```
    /// use segue::statistics::{Method, TwoProportions};
    /// let tested = TwoProportions::new((10, 3), (10, 8))?.test()?;
    /// assert_eq!(tested.method, Method::Barnard);
    /// assert!((tested.p_value.value - 0.0413894653320313).abs() < 1e-12);
    /// # Ok::<(), segue::statistics::Undefined>(())
    /// ```
    pub fn test(&self) -> Result<Tested, Undefined> {
        let method = self.method();
        match method {
            Method::PooledZ => {
                let effect = self.pooled()?;
                Ok(Tested {
                    method,
                    p_value: effect.p_value(),
                    p_value_greater: effect.p_value_greater(),
                    p_value_less: effect.p_value_less(),
                })
            }
            Method::Barnard => Ok(Tested {
                method,
                p_value: self.barnard(Alternative::TwoSided)?,
                p_value_greater: self.barnard(Alternative::Greater)?,
                p_value_less: self.barnard(Alternative::Less)?,
            }),
            Method::Fisher => {
                let fisher = self.fisher()?;
                Ok(Tested {
                    method,
                    p_value: fisher.p_value,
                    p_value_greater: fisher.p_value_greater,
                    p_value_less: fisher.p_value_less,
                })
            }
        }
    }
}
