//! The numbers that stay honest at every look.

use serde::Serialize;

use super::bounds::Bounds;
use super::compare::Compared;
use super::{Number, words};
use crate::statistics::Undefined;
use crate::statistics::anytime::{Rule, Sides, Standing};

/// A test and an interval that stay honest at every look.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Anytime {
    /// In `[0, 1]`; `None` while waiting, as is all the rest.
    pub p_value: Option<Number>,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Option<Number>,
    /// The decimal logarithm of the e-value: the evidence against no effect.
    pub log10_e_value: Option<Number>,
    /// The lower end of the interval of the estimate, in the metric's own unit.
    pub lower: Option<Number>,
    /// The upper end.
    pub upper: Option<Number>,
    /// The lower end of the interval of the relative lift, by inversion of the same statistic; `None` where it has none.
    pub relative_lower: Option<Number>,
    /// The upper end.
    pub relative_upper: Option<Number>,
    /// Why the relative interval has no ends, as a code.
    pub relative_undefined: Option<&'static str>,
    /// What is waited for before the first number counts: so few units carry the metric that nothing is known of chance.
    pub waiting: Option<String>,
}

impl Anytime {
    /// What the rule says of a comparison, where it counts so many units.
    pub(super) fn of(compared: &Compared, rule: &Rule, units: f64) -> Result<Self, Undefined> {
        let comparison = compared.comparison.as_ref().map_err(|reason| *reason)?;
        let look = match rule.answer(comparison, &comparison.difference, units, compared.evidence, Sides::Two)? {
            Standing::Waiting(waiting) => {
                let text = format!(
                    "{} of {} effective units in the smaller variant",
                    words::plain(waiting.have.floor()),
                    words::plain(waiting.needed)
                );
                return Ok(Self { waiting: Some(text), ..Self::default() });
            }
            Standing::Open(look) => look,
        };
        let bounds = Bounds::of_interval(look.interval, comparison, look.critical)?;
        let (relative_lower, relative_upper, relative_undefined) = bounds.relative();
        Ok(Self {
            p_value: Some(Number::of(look.p_value.value)?),
            log10_p_value: Some(Number::of(look.p_value.log10)?),
            log10_e_value: Some(Number::of(look.ln_e_value * std::f64::consts::LOG10_E)?),
            lower: Some(bounds.lower),
            upper: Some(bounds.upper),
            relative_lower,
            relative_upper,
            relative_undefined,
            waiting: None,
        })
    }
}
