//! Whether enough has come.

use serde::Serialize;

use super::Number;
use super::compare::Compared;
use crate::statistics::distribution::normal;
use crate::statistics::{Effect, Undefined};

/// Whether enough has come to find the minimum effect, by the numbers that decide: with the variance that the data have, and without
/// correction for other metrics. Of a plan with several looks it is the power of the last one alone, a little less than that of all.
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

/// What is looked for.
pub(super) struct Search {
    /// Relative to the control.
    pub minimum_effect: f64,
    /// The planned power.
    pub power: f64,
    /// Units of all variants that have come.
    pub total: f64,
    /// Where the plan says how many more come at most.
    pub most: Option<f64>,
}

/// More rounds than the critical value needs to settle: it grows with the logarithm of the units at most.
const ROUNDS: usize = 100;

/// More units than any experiment has.
const MOST_UNITS: f64 = 1e15;

impl Power {
    /// With the critical value that the plan asks for at an estimate of so many units of both variants.
    pub(super) fn of(
        compared: &Compared,
        search: &Search,
        critical: impl Fn(&Effect, f64) -> Result<f64, Undefined>,
    ) -> Result<Self, Undefined> {
        let comparison = compared.comparison.as_ref().map_err(|reason| *reason)?;
        let size = comparison.baseline.abs();
        if size == 0.0 {
            return Err(Undefined::ZeroBaseline);
        }
        let Effect { standard_error, .. } = comparison.difference;
        let shift = search.minimum_effect * size / standard_error;
        let now = critical(&comparison.difference, compared.units)?;
        let power = normal::upper_tail(now - shift).value + normal::upper_tail(now + shift).value;
        let reach = normal::upper_quantile(1.0 - search.power);
        let times = times_as_many(compared, shift, reach, critical)?;
        let more = search.total * (times - 1.0);
        let more = search.most.map_or(more, |most| more.min(most)).max(0.0);
        if more > MOST_UNITS {
            return Err(Undefined::TooLarge);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e15")]
        let units_needed = more.ceil() as u64;
        Ok(Self {
            minimum_effect: Number::of(search.minimum_effect)?,
            power: Number::of(power.min(1.0))?,
            detectable: Number::of((now + reach) * standard_error / size).ok(),
            units_needed,
        })
    }
}

/// How many times as many units as now are needed. The critical value goes with them, so it is settled in rounds.
fn times_as_many(
    compared: &Compared,
    shift: f64,
    reach: f64,
    critical: impl Fn(&Effect, f64) -> Result<f64, Undefined>,
) -> Result<f64, Undefined> {
    let effect = &compared.comparison.as_ref().map_err(|reason| *reason)?.difference;
    let mut times: f64 = 1.0;
    for _ in 0..ROUNDS {
        let later = Effect { standard_error: effect.standard_error / times.sqrt(), ..*effect };
        let needed = (critical(&later, compared.units * times)? + reach) / shift;
        let next = needed * needed;
        if (next / times - 1.0).abs() < 1e-6 || next * compared.units > MOST_UNITS {
            return Ok(next);
        }
        times = next;
    }
    Ok(times)
}
