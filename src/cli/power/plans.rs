//! The four ways to end an experiment: what each needs, and what it finds.

use serde::Serialize;

use crate::statistics::anytime::Tuning;
use crate::statistics::group_sequential::{Bounds, Spending};
use crate::statistics::power::{self, Design, Rates, Stopping};
use crate::statistics::{Undefined, real};

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

/// More visitors than this are no experiment.
pub(super) const MOST_VISITORS: u64 = 1_000_000_000_000;

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
        let Correction { alpha, power } = asked.each;
        let needed = self.stopping(asked).needed(alpha, power, fixed * asked.compared_share())?;
        Ok(self.of_all(needed, asked))
    }

    /// The relative effect that so many visitors find.
    ///
    /// # Errors
    /// [`Undefined::NoSolution`] if they find none, however large.
    pub(in crate::cli) fn found(self, baseline: &Baseline, visitors: f64, asked: &Asked) -> Result<f64, Undefined> {
        let Correction { alpha, power } = asked.each;
        let inflation = self.stopping(asked).inflation(alpha, power, visitors * asked.compared_share())?;
        let control = visitors / inflation * asked.control_share;
        let design = asked.design()?;
        if baseline.is_share {
            let rate = design.rate_above(baseline.value, control / baseline.left_share(), power)?;
            return Ok((rate - baseline.value) / baseline.value);
        }
        let deviation = baseline.deviation() * baseline.left_share().sqrt();
        Ok(design.effect_of_means(control, power)? * deviation / baseline.value.abs())
    }

    /// When it ends, with so many visitors at most, which find the effect.
    ///
    /// # Errors
    /// As [`Plan::needed`].
    pub(super) fn ends(self, visitors: f64, asked: &Asked) -> Result<Needed, Undefined> {
        let most = visitors * asked.compared_share();
        let bounds = self.stopping(asked).bounds(asked.each.alpha, most)?;
        let with_effect = most * bounds.expected_fraction(bounds.drift(asked.each.power)?)?;
        let without_effect = most * bounds.expected_fraction(0.0)?;
        // There and back would leave a trace of rounding.
        Ok(Needed { most: visitors, ..self.of_all(power::Needed { most, with_effect, without_effect }, asked) })
    }

    /// When it may be stopped.
    fn stopping(self, asked: &Asked) -> Stopping {
        match self {
            Self::Fixed => Stopping::Fixed,
            Self::GroupSequential => Stopping::Looks { spending: Spending::ObrienFleming, count: asked.looks },
            Self::AnytimeHorizon => Stopping::AnytimeUntil,
            // As the scorecard has it where no number of visitors is planned.
            Self::Anytime => Stopping::Anytime(Tuning::default()),
        }
    }

    /// From the two variants of a comparison to all.
    fn of_all(self, needed: power::Needed, asked: &Asked) -> Needed {
        let of_all = |units: f64| units / asked.compared_share();
        let power::Needed { most, with_effect, without_effect } = needed;
        Needed {
            most: of_all(most),
            with_effect: of_all(with_effect),
            without_effect: (self != Self::Anytime).then(|| of_all(without_effect)),
        }
    }
}

impl Asked {
    /// The rate of false alarms of a fixed test at which so many even looks are taken, and which is stopped at the first that is significant.
    ///
    /// Source: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244.
    pub(super) fn alarms_when_peeking(&self) -> Result<f64, Undefined> {
        let critical = self.design()?.critical();
        let look = |look: u32| (f64::from(look) / f64::from(self.looks), critical);
        Bounds::given(self.each.alpha, &(1..=self.looks).map(look).collect::<Vec<_>>())?.power(0.0)
    }

    /// The share of all visitors that are in the two variants of the comparison.
    fn compared_share(&self) -> f64 {
        self.control_share + self.treatment_share
    }

    /// How many visitors of all variants the fixed test needs.
    fn fixed(&self, baseline: &Baseline, effect: f64) -> Result<f64, Undefined> {
        let (design, power) = (self.design()?, self.each.power);
        let control = if baseline.is_share {
            let rates = Rates::new(baseline.value, baseline.value * (1.0 + effect))?;
            design.units_for_difference(rates, power)?.control * baseline.left_share()
        } else {
            let deviation = baseline.deviation() * baseline.left_share().sqrt();
            design.units_for_means(baseline.value.abs() * effect / deviation, power)?.control
        };
        let visitors = control / self.control_share;
        if visitors <= real(MOST_VISITORS) { Ok(visitors) } else { Err(Undefined::NoSolution) }
    }

    fn design(&self) -> Result<Design, Undefined> {
        Design::new(self.each.alpha, self.treatment_share / self.control_share)
    }
}
