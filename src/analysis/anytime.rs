//! The numbers that stay honest at every look.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::bounds::{Bounds, Tested, relative_of};
use super::compare::Compared;
use super::{Number, words};
use crate::statistics::Undefined;
use crate::statistics::anytime::{Rule, Sides, Standing};

/// A test and an interval that stay honest at every look.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Anytime {
    /// The p-value and the intervals, by inversion of the same statistic; `None` while waiting.
    pub tested: Option<Tested>,
    /// The decimal logarithm of the e-value: the evidence against no effect; `None` while waiting.
    pub log10_e_value: Option<Number>,
    /// What is waited for before the first number counts: so few units carry the metric that nothing is known of chance.
    pub waiting: Option<String>,
}

impl Anytime {
    /// What the rule says of a comparison, where it counts so many units.
    pub(super) fn of(compared: &Compared, rule: &Rule, units: f64) -> Result<Self, Undefined> {
        let comparison = compared.comparison.as_ref().map_err(|reason| *reason)?;
        let standing = rule.answer(comparison, &comparison.difference, units, compared.evidence, Sides::Two)?;
        let look = match standing {
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
        let bounds = Bounds::of_interval(look.interval, relative_of(comparison, look.critical))?;
        Ok(Self {
            tested: Some(Tested::new(look.p_value, bounds)?),
            log10_e_value: Some(Number::of(look.ln_e_value * std::f64::consts::LOG10_E)?),
            waiting: None,
        })
    }
}

/// Flat, as the other blocks are, and with nothing left out: what waits is `null`.
impl Serialize for Anytime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (tested, bounds) = (self.tested, self.tested.map(|tested| tested.bounds));
        let mut block = serializer.serialize_struct("Anytime", 9)?;
        block.serialize_field("p_value", &tested.map(|tested| tested.p_value))?;
        block.serialize_field("log10_p_value", &tested.map(|tested| tested.log10_p_value))?;
        block.serialize_field("log10_e_value", &self.log10_e_value)?;
        block.serialize_field("lower", &bounds.map(|bounds| bounds.lower))?;
        block.serialize_field("upper", &bounds.map(|bounds| bounds.upper))?;
        block.serialize_field("relative_lower", &bounds.and_then(|bounds| bounds.relative_lower))?;
        block.serialize_field("relative_upper", &bounds.and_then(|bounds| bounds.relative_upper))?;
        block.serialize_field("relative_undefined", &bounds.and_then(|bounds| bounds.relative_undefined))?;
        block.serialize_field("waiting", &self.waiting)?;
        block.end()
    }
}
