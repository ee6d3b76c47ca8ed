//! The four ways to end an experiment: what each needs, and what it finds.

use serde::Serialize;

use crate::statistics::anytime::{Rule, Sides, Tuning};
use crate::statistics::distribution::normal;
use crate::statistics::group_sequential::{Bounds, Spending};
use crate::statistics::power::{Design, Rates};
use crate::statistics::{Effect, Undefined, group_sequential, root};

use super::baseline::Baseline;
use super::correction::Correction;

/// A way to end an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum Plan {
    /// One look, when all visitors have come.
    Fixed,
    /// A few looks, planned by how many visitors have come.
    GroupSequential,
    /// Any look, with a planned end.
    AnytimeHorizon,
    /// Any look, for ever.
    Anytime,
}

/// How the visitors of one comparison are shared, and how sure it must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Asked {
    /// Of this comparison.
    pub(in crate::cli) each: Correction,
    /// The control's share of all visitors.
    pub(in crate::cli) control_share: f64,
    /// The smallest treatment's share.
    pub(in crate::cli) treatment_share: f64,
    /// Looks of the group-sequential plan.
    pub(in crate::cli) looks: u32,
}

/// Visitors of all variants together, not rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Needed {
    /// By then the effect is found with the chance that was asked for.
    pub(super) most: f64,
    /// On average, if the effect is there and the experiment ends as soon as it is found, or here.
    pub(super) with_effect: f64,
    /// On average, if there is no effect; `None` where such an experiment has no end of its own.
    pub(super) without_effect: Option<f64>,
}

/// Looks at which an anytime plan is reckoned. Twice as many change what it needs by less than a hundredth.
const ANYTIME_LOOKS: u32 = 50;

/// More visitors than this are no experiment.
const MOST_VISITORS: f64 = 1e13;

impl Plan {
    pub(in crate::cli) const ALL: [Self; 4] = [Self::Fixed, Self::GroupSequential, Self::AnytimeHorizon, Self::Anytime];

    /// For people.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::GroupSequential => "group-sequential",
            Self::AnytimeHorizon => "anytime, planned end",
            Self::Anytime => "anytime, open end",
        }
    }

    /// How many visitors find this relative effect.
    ///
    /// # Errors
    /// [`Undefined::NoSolution`] if no number of visitors does, [`Undefined::OutOfRange`] for a share beyond 0 or 1.
    pub(super) fn needed(self, baseline: &Baseline, effect: f64, asked: &Asked) -> Result<Needed, Undefined> {
        let fixed = asked.fixed(baseline, effect)?;
        let most = match self {
            Self::Fixed => fixed,
            // How far its bounds are depends on how many visitors there are.
            Self::Anytime => {
                let missing = |ln: f64| {
                    let inflation = self.bounds(asked, ln.exp()).and_then(|bounds| bounds.inflation(asked.each.power));
                    inflation.map_or(f64::NAN, |inflation| ln - (fixed * inflation).ln())
                };
                root::find(fixed.ln(), MOST_VISITORS.ln(), 1e-6, missing)?.exp()
            }
            Self::GroupSequential | Self::AnytimeHorizon => {
                fixed * self.bounds(asked, fixed)?.inflation(asked.each.power)?
            }
        };
        self.ends(most, asked)
    }

    /// The relative effect that so many visitors find.
    ///
    /// # Errors
    /// [`Undefined::NoSolution`] if they find none, however large.
    pub(in crate::cli) fn found(self, baseline: &Baseline, visitors: f64, asked: &Asked) -> Result<f64, Undefined> {
        let inflation = match self {
            Self::Fixed => 1.0,
            _ => self.bounds(asked, visitors)?.inflation(asked.each.power)?,
        };
        let control = visitors / inflation * asked.control_share;
        let (design, power) = (asked.design()?, asked.each.power);
        if baseline.is_share {
            let rate = design.rate_above(baseline.value, control / baseline.left_share(), power)?;
            return Ok((rate - baseline.value) / baseline.value);
        }
        let deviation = baseline.deviation() * baseline.left_share().sqrt();
        Ok(design.effect_of_means(control, power)? * deviation / baseline.value.abs())
    }

    /// When it ends, with so many visitors at most, which find the effect.
    pub(super) fn ends(self, most: f64, asked: &Asked) -> Result<Needed, Undefined> {
        if self == Self::Fixed {
            return Ok(Needed { most, with_effect: most, without_effect: Some(most) });
        }
        let bounds = self.bounds(asked, most)?;
        let drift = bounds.drift(asked.each.power)?;
        let without_effect = (self != Self::Anytime).then(|| bounds.expected_fraction(0.0)).transpose()?;
        Ok(Needed {
            most,
            with_effect: bounds.expected_fraction(drift)? * most,
            without_effect: without_effect.map(|fraction| fraction * most),
        })
    }

    /// Where it stops, if so many visitors come. A fixed plan has one look.
    fn bounds(self, asked: &Asked, visitors: f64) -> Result<Bounds, Undefined> {
        let alpha = asked.each.alpha;
        // What is compared are two of the variants.
        let compared = visitors * (asked.control_share + asked.treatment_share);
        let rule = match self {
            Self::Fixed | Self::GroupSequential => {
                let looks = if self == Self::Fixed { 1 } else { asked.looks };
                let design = group_sequential::Design { spending: Spending::ObrienFleming, alpha, sides: Sides::Two };
                return design.bounds(&even(looks));
            }
            Self::AnytimeHorizon => Rule::with_horizon(alpha, whole(compared))?,
            Self::Anytime => Rule::new(alpha, Tuning::default())?,
        };
        let nothing = Effect { estimate: 0.0, standard_error: 1.0, degrees_of_freedom: None };
        let looks = even(ANYTIME_LOOKS).into_iter().map(|fraction| {
            let units = if fraction == 1.0 { compared } else { compared * fraction };
            Ok((fraction, rule.test(&nothing, units, Sides::Two)?.critical))
        });
        Bounds::given(alpha, &looks.collect::<Result<Vec<_>, Undefined>>()?)
    }
}

impl Asked {
    /// The rate of false alarms of a fixed test at which so many even looks are taken, and which is stopped at the first that is significant.
    ///
    /// Source: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244.
    pub(super) fn alarms_when_peeking(&self) -> Result<f64, Undefined> {
        let alpha = self.each.alpha;
        let critical = normal::upper_quantile(alpha / 2.0);
        let looks: Vec<(f64, f64)> = even(self.looks).into_iter().map(|fraction| (fraction, critical)).collect();
        Bounds::given(alpha, &looks)?.power(0.0)
    }

    /// How many visitors of all variants the fixed test needs.
    fn fixed(&self, baseline: &Baseline, effect: f64) -> Result<f64, Undefined> {
        let (design, power) = (self.design()?, self.each.power);
        let control = if baseline.is_share {
            let rates = Rates::new(baseline.value, baseline.value * (1.0 + effect))?;
            design.units_for_difference(rates, power)?.control * baseline.left_share()
        } else {
            let deviation = baseline.deviation() * baseline.left_share().sqrt();
            design.units_for_means(baseline.value * effect / deviation, power)?.control
        };
        let visitors = control / self.control_share;
        if visitors <= MOST_VISITORS / 1e3 { Ok(visitors) } else { Err(Undefined::NoSolution) }
    }

    fn design(&self) -> Result<Design, Undefined> {
        Design::new(self.each.alpha, self.treatment_share / self.control_share)
    }
}

/// So many looks after equal numbers of visitors.
fn even(looks: u32) -> Vec<f64> {
    (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1e13")]
fn whole(visitors: f64) -> u64 {
    visitors.clamp(1.0, MOST_VISITORS).ceil() as u64
}
