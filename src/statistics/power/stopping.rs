//! When an experiment may be stopped, and what that costs: the same alpha, power and effect under each rule, side by side.
//!
//! In: how many units the fixed test would need, or has. Out: how many the rule needs at most and on average. Every rule looks at
//! the same Brownian score, so its price is one factor, the inflation: computed by recursive integration over the looks, not by
//! simulation. Units are those of both variants together, not rounded.

use crate::statistics::anytime::{Rule, Sides, Tuning};
use crate::statistics::group_sequential::{Bounds, Design, MAX_LOOKS, Spending};
use crate::statistics::real;
use crate::statistics::{Effect, Undefined, root};

/// When an experiment may be stopped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stopping {
    /// Once, when all units have come.
    Fixed,
    /// At a few looks planned by how many units have come.
    Looks {
        /// How the false alarms are spread over the looks.
        spending: Spending,
        /// How many looks, after equal numbers of units; 1 to [`MAX_LOOKS`].
        count: u32,
    },
    /// At any look, with a planned end.
    AnytimeUntil,
    /// At any look, for ever, with this tuning. One by a size of effects is taken as standardised: in errors of an estimate of one unit.
    Anytime(Tuning),
}

/// What a rule needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needed {
    /// By then the effect is found with the power that was asked for.
    pub most: f64,
    /// On average where the effect is there, if the experiment ends as soon as it is found, or at the most.
    pub with_effect: f64,
    /// On average where there is no effect, likewise.
    pub without_effect: f64,
}

/// Looks at which an anytime rule is reckoned: a look after each hundredth of the units.
const ANYTIME_LOOKS: u32 = 100;

/// Units beyond which there is no experiment.
const MOST_UNITS: f64 = 1e15;

impl Stopping {
    /// What the rule needs for the same alpha, power and effect as a fixed test of so many units.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `0 < alpha < power < 1` and the units are above 0, or for a tuning or a number of looks out of
    /// its range; [`Undefined::NoSolution`] if 1e15 units are not enough.
    ///
    /// Source: Jennison, Turnbull (2000), Group Sequential Methods, 2.3 and 19.3; bounds of anytime rules taken at
    /// 100 even looks.
    pub fn needed(&self, alpha: f64, power: f64, fixed_units: f64) -> Result<Needed, Undefined> {
        check(alpha, power, fixed_units)?;
        let most = match self {
            Self::Fixed => {
                return Ok(Needed { most: fixed_units, with_effect: fixed_units, without_effect: fixed_units });
            }
            Self::Looks { .. } | Self::AnytimeUntil => fixed_units * self.inflation(alpha, power, fixed_units)?,
            // How far apart its bounds are depends on how many units there are.
            Self::Anytime(_) => {
                let missing = |ln: f64| {
                    let inflation = self.inflation(alpha, power, ln.exp());
                    inflation.map_or(f64::NAN, |inflation| ln - (fixed_units * inflation).ln())
                };
                root::find(fixed_units.ln(), MOST_UNITS.ln(), 1e-9, missing)?.exp()
            }
        };
        let bounds = self.bounds(alpha, most)?;
        let with_effect = most * bounds.expected_fraction(bounds.drift(power)?)?;
        Ok(Needed { most, with_effect, without_effect: most * bounds.expected_fraction(0.0)? })
    }

    /// How many times the units of a fixed test the rule needs, if so many units come: a fixed test of `units` by this sees the same
    /// effect. The root of it is by how much the smallest effect grows.
    ///
    /// # Errors
    /// As [`Stopping::needed`].
    pub fn inflation(&self, alpha: f64, power: f64, units: f64) -> Result<f64, Undefined> {
        check(alpha, power, units)?;
        match self {
            Self::Fixed => Ok(1.0),
            _ => self.bounds(alpha, units)?.inflation(power),
        }
    }

    /// The chance to find an effect whose estimate is expected to lie so many standard errors from 0 when `units` have come, by then.
    ///
    /// # Errors
    /// As [`Stopping::needed`].
    pub fn power(&self, alpha: f64, units: f64, standard_errors: f64) -> Result<f64, Undefined> {
        self.bounds(alpha, units)?.power(standard_errors)
    }

    /// Where the rule stops, if so many units come.
    ///
    /// # Errors
    /// As [`Stopping::needed`].
    pub fn bounds(&self, alpha: f64, units: f64) -> Result<Bounds, Undefined> {
        check(alpha, 1.0_f64.next_down(), units)?;
        let by_spending =
            |spending: Spending, count: u32| Design { spending, alpha, sides: Sides::Two }.bounds(&even(count));
        let rule = match *self {
            Self::Fixed => return by_spending(Spending::ObrienFleming, 1),
            Self::Looks { spending, count } if (1..=MAX_LOOKS).contains(&count) => {
                return by_spending(spending, count);
            }
            Self::Looks { .. } => return Err(Undefined::OutOfRange),
            Self::AnytimeUntil => Rule::with_horizon(alpha, whole(units))?,
            Self::Anytime(tuning) => Rule::new(alpha, tuning)?,
        };
        // The horizon is a whole number: the last look is at it, not behind it.
        let last = if *self == Self::AnytimeUntil { real(whole(units)) } else { units };
        let bound = |fraction: f64| {
            let units = last * fraction;
            // The score of one unit has deviation 1: that is what an effect is standardised by.
            let nothing = Effect { estimate: 0.0, standard_error: 1.0 / units.sqrt(), degrees_of_freedom: None };
            Ok((fraction, rule.test(&nothing, units, Sides::Two)?.critical))
        };
        Bounds::given(alpha, &even(ANYTIME_LOOKS).into_iter().map(bound).collect::<Result<Vec<_>, Undefined>>()?)
    }
}

fn check(alpha: f64, power: f64, units: f64) -> Result<(), Undefined> {
    let known = alpha > 0.0 && alpha < power && power < 1.0 && units > 0.0;
    if known && units <= MOST_UNITS { Ok(()) } else { Err(Undefined::OutOfRange) }
}

/// So many looks after equal numbers of units.
fn even(looks: u32) -> Vec<f64> {
    (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1e15")]
fn whole(units: f64) -> u64 {
    units.clamp(1.0, MOST_UNITS).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::distribution::normal;

    #[test]
    fn the_price_of_looking_is_known() {
        // Jennison, Turnbull (2000), tables 2.2 and 2.3 for five looks; here as spending functions, which differ in the third digit.
        let looks = |spending, count| Stopping::Looks { spending, count };
        let price = |stopping: Stopping| stopping.needed(0.05, 0.8, 1000.0).unwrap().most / 1000.0;
        assert!((price(looks(Spending::ObrienFleming, 5)) - 1.028).abs() < 0.005);
        assert!((price(looks(Spending::Pocock, 5)) - 1.2).abs() < 0.03);
        assert_eq!(price(Stopping::Fixed), 1.0);
        assert!((price(looks(Spending::ObrienFleming, 1)) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_needed_has_the_power() {
        let shift = normal::upper_quantile(0.025) + normal::upper_quantile(0.2);
        let rules = [
            Stopping::Looks { spending: Spending::Pocock, count: 4 },
            Stopping::AnytimeUntil,
            Stopping::Anytime(Tuning::default()),
        ];
        for rule in rules {
            let needed = rule.needed(0.05, 0.8, 20_000.0).unwrap();
            let errors = shift * (needed.most / 20_000.0).sqrt();
            let power = rule.power(0.05, needed.most, errors).unwrap();
            assert!((power - 0.8).abs() < 1e-6, "{rule:?} {power}");
            assert!(needed.with_effect < needed.without_effect && needed.without_effect <= needed.most);
            assert!(rule.power(0.05, needed.most, 0.0).unwrap() <= 0.05, "{rule:?}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_said() {
        let rule = Stopping::Looks { spending: Spending::Pocock, count: 0 };
        assert_eq!(rule.needed(0.05, 0.8, 100.0), Err(Undefined::OutOfRange));
        assert_eq!(Stopping::AnytimeUntil.needed(0.05, 0.04, 100.0), Err(Undefined::OutOfRange));
        assert_eq!(Stopping::Fixed.needed(0.05, 0.8, f64::NAN), Err(Undefined::OutOfRange));
        assert_eq!(Stopping::Anytime(Tuning::Units(-1.0)).inflation(0.05, 0.8, 10.0), Err(Undefined::OutOfRange));
    }
}
