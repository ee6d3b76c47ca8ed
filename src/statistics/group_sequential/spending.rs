//! How much of alpha may be spent by which fraction of the information.

use std::f64::consts::E;

use crate::statistics::distribution::normal;
use crate::statistics::{Probability, Undefined};

/// A spending function.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub enum Spending {
    /// `2 (1 - Φ(z_(alpha / 2) / sqrt t))`: next to nothing at first; the last look costs almost nothing.
    #[default]
    ObrienFleming,
    /// `alpha ln(1 + (e - 1) t)`: about evenly.
    Pocock,
    /// `alpha t^exponent`, for an exponent above 0.
    Power(f64),
}

impl Spending {
    /// What may be spent of `alpha`, in (0, 1), by fraction `t` in (0, 1]; at most alpha.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if a number is outside its range.
    ///
    /// Source: Lan, DeMets (1983), Biometrika 70, 659-663; power: Kim, DeMets (1987), Biometrika 74, 149-154.
    pub fn spent(self, alpha: f64, t: f64) -> Result<Probability, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0 && t > 0.0 && t <= 1.0) {
            return Err(Undefined::OutOfRange);
        }
        let certain = Probability::of_value(alpha);
        match self {
            _ if t == 1.0 => Ok(certain),
            Self::ObrienFleming => Ok(normal::two_sided(normal::upper_quantile(alpha / 2.0) / t.sqrt())),
            Self::Pocock => Ok(certain.times(((E - 1.0) * t).ln_1p())),
            Self::Power(exponent) if exponent > 0.0 && exponent.is_finite() => {
                let ln = alpha.ln() + exponent * t.ln();
                Ok(Probability { value: alpha * t.powf(exponent), log10: ln * std::f64::consts::LOG10_E })
            }
            Self::Power(_) => Err(Undefined::OutOfRange),
        }
    }
}
