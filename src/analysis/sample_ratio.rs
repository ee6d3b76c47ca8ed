//! Whether the traffic was split as planned.

use serde::Serialize;

use super::{Data, Number, Plan, Seen, Stop};
use crate::statistics::{self, CONCENTRATION, Undefined};

/// Whether the traffic was split as planned.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SampleRatio {
    /// Of the chi-squared test, honest if looked at once; `None` where there is none.
    pub p_value: Option<Number>,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Option<Number>,
    /// Chi-squared.
    pub statistic: Option<Number>,
    /// Of the test that stays honest at every look.
    pub sequential_p_value: Option<Number>,
    /// Goes on where `sequential_p_value` is 0.
    pub sequential_log10_p_value: Option<Number>,
    /// The decimal logarithm of its e-value.
    pub log10_e_value: Option<Number>,
    /// Whether the split counts as broken, and by which test.
    pub alarm: Option<Alarm>,
    /// Of the two p-values, the one that raises the alarm.
    #[serde(skip)]
    pub judged: Option<Number>,
    /// Why there is no p-value, as a code.
    pub undefined: Option<&'static str>,
}

/// Which check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// The chi-squared test, under a fixed plan, and at the end of a live experiment.
    Fixed,
    /// The sequential test: of a live experiment, under a plan with several looks, where the other has no number, and by e-BH among the parts of a
    /// breakdown.
    Sequential,
    /// Somebody is in a variant of weight 0.
    Impossible,
}

/// How many units a variant had.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantCount {
    /// The variant's name.
    pub variant: String,
    /// How many units.
    pub n: u64,
    /// Its planned share of the traffic, in `[0, 1]`.
    pub weight: Number,
    /// How many there should be.
    pub expected: Number,
    /// Whether it is the control.
    pub control: bool,
}

/// Units of all variants.
pub(super) fn units(variants: &[VariantCount]) -> u64 {
    variants.iter().fold(0, |sum, variant| sum.saturating_add(variant.n))
}

impl VariantCount {
    /// Whether nobody should be in it and nobody is.
    pub(super) fn is_idle(&self) -> bool {
        self.n == 0 && self.weight == Number::ZERO && !self.control
    }
}

impl SampleRatio {
    /// Compares the counts of all units with the planned weights: of a bandit, those of each batch with its own.
    pub(super) fn of(counts: &[u64], data: &Data, plan: &Plan) -> Self {
        if data.is_bandit() {
            return Self::found(statistics::SampleRatio::of_batches(&data.splits()), data, plan);
        }
        Self::of_part(counts, data, plan)
    }

    /// Compares the counts of some units with the planned weights; of a bandit nobody knows in which batch they came.
    pub(super) fn of_part(counts: &[u64], data: &Data, plan: &Plan) -> Self {
        if data.is_bandit() {
            return Self::undefined(Undefined::SplitChanged);
        }
        let weights: Vec<f64> = data.variants.iter().map(|variant| variant.weight).collect();
        Self::found(statistics::SampleRatio::of(counts, &weights, CONCENTRATION), data, plan)
    }

    fn found(found: Result<statistics::SampleRatio, Undefined>, data: &Data, plan: &Plan) -> Self {
        match found {
            Ok(statistics::SampleRatio::Possible(split)) => {
                Self::of_split(&split, data.seen, plan).unwrap_or_else(Self::undefined)
            }
            Ok(statistics::SampleRatio::Impossible(cell)) => {
                Self { alarm: Some(Alarm::Impossible), ..Self::undefined(Undefined::Impossible(cell)) }
            }
            Err(reason) => Self::undefined(reason),
        }
    }

    fn of_split(split: &statistics::Split, seen: Seen, plan: &Plan) -> Result<Self, Undefined> {
        let sequential = split.sequential_p_value();
        let alpha = plan.sample_ratio_alpha;
        let by_sequence = (sequential.value <= alpha).then_some(Alarm::Sequential);
        let by_chi_squared = split.fixed.ok().map(|found| (found.p_value.value <= alpha).then_some(Alarm::Fixed));
        let alarm = match (seen, plan.stop) {
            (Seen::AsPlanned, Stop::Fixed) => by_chi_squared.unwrap_or(by_sequence),
            // Whoever looks at any moment would raise the alarm of chi-squared sooner or later.
            (Seen::AsPlanned | Seen::Live | Seen::Ended, _) => by_sequence,
            // The sequence pays for all the looks before; the one at the end need not.
            (Seen::AtTheEnd, _) => by_chi_squared.flatten().or(by_sequence),
        };
        let is_seen_once = match seen {
            Seen::AsPlanned => plan.stop == Stop::Fixed,
            Seen::Live | Seen::Ended => false,
            Seen::AtTheEnd => true,
        };
        let fixed = |number: fn(&statistics::ChiSquared) -> f64| {
            split.fixed.as_ref().ok().map(|found| Number::of(number(found))).transpose()
        };
        let p_value = fixed(|found| found.p_value.value)?;
        let sequential_p_value = Number::of(sequential.value)?;
        Ok(Self {
            p_value,
            log10_p_value: fixed(|found| found.p_value.log10)?,
            statistic: fixed(|found| found.statistic)?,
            sequential_p_value: Some(sequential_p_value),
            sequential_log10_p_value: Some(Number::of(sequential.log10)?),
            log10_e_value: Some(Number::of(split.ln_bayes_factor * std::f64::consts::LOG10_E)?),
            alarm,
            judged: p_value.filter(|_| is_seen_once).or(Some(sequential_p_value)),
            undefined: split.fixed.err().map(Undefined::code),
        })
    }

    fn undefined(reason: Undefined) -> Self {
        Self { undefined: Some(reason.code()), ..Self::default() }
    }
}

/// How many units each variant had, and how many it should have had.
pub(super) fn counts(counts: &[u64], data: &Data) -> Result<Vec<VariantCount>, Undefined> {
    let of_batches =
        data.is_bandit().then(|| statistics::SampleRatio::expected_of_batches(&data.splits())).transpose()?;
    // Of a bandit the weights are the shares that the batches came to.
    let all_weights: Vec<f64> = of_batches
        .filter(|expected| expected.iter().sum::<f64>() > 0.0)
        .unwrap_or_else(|| data.variants.iter().map(|variant| variant.weight).collect());
    let weights: f64 = all_weights.iter().sum();
    let total = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let one = |(place, ((variant, count), weight)): (usize, ((&super::Variant, &u64), &f64))| {
        let share = weight / weights;
        #[expect(clippy::cast_precision_loss, reason = "a relative error of 1e-16 is what f64 has")]
        let expected = total as f64 * share;
        Ok(VariantCount {
            variant: variant.name.clone(),
            n: *count,
            weight: Number::of(share)?,
            expected: Number::of(expected)?,
            control: place == data.control,
        })
    };
    data.variants.iter().zip(counts).zip(&all_weights).enumerate().map(one).collect()
}
