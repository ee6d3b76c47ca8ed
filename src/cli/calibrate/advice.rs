//! What is wrong with a metric whose rate is too high, and what to do.

use serde::Serialize;

use crate::analysis::Kind;
use crate::analysis::words::{count, percent, plain};
use crate::statistics::calibration::Uniformity;

use super::rates::Claim;
use super::report::{NOT_UNIFORM_P_VALUE, Rate};

/// A cap at this share of the units is what is proposed: the rule of thumb of most experiment platforms.
const CAP_SHARE: f64 = 0.999;

/// Where so many units make up half of a metric, or fewer, chance has too few of them to even out.
const FEW_UNITS: u64 = 100;

/// How the sum of a metric is spread over units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Shape {
    /// Units that bring anything.
    pub(super) units_with_something: u64,
    /// How few units make up half of all that was brought, without its sign.
    pub(super) units_of_half: u64,
    /// 99.9 % of the units lie at or under it, without their sign.
    pub(super) cap: f64,
    /// The largest, without its sign.
    pub(super) largest: f64,
}

impl Shape {
    pub(super) fn of(outcomes: impl Iterator<Item = f64>) -> Self {
        let mut sizes: Vec<f64> = outcomes.map(f64::abs).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let total: f64 = sizes.iter().sum();
        let mut rest = total / 2.0;
        let units_of_half = sizes.iter().rev().take_while(|size| {
            let is_needed = rest > 0.0;
            rest -= **size;
            is_needed
        });
        Self {
            units_of_half: units_of_half.count() as u64,
            units_with_something: sizes.iter().filter(|size| **size > 0.0).count() as u64,
            cap: sizes.get(place(sizes.len())).copied().unwrap_or_default(),
            largest: sizes.last().copied().unwrap_or_default(),
        }
    }
}

/// Something to know about a metric before an experiment is judged by it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Advice {
    /// `cannot_be_tested`, `fixed_exceeds`, `group_sequential_exceeds`, `anytime_exceeds`, `anytime_horizon_exceeds` or `not_uniform`.
    pub(super) code: &'static str,
    /// What it is, and what to do.
    pub(super) text: String,
}

/// The code of [`Advice::untested`].
pub(super) const CANNOT_BE_TESTED: &str = "cannot_be_tested";

impl Advice {
    /// Of a metric of which no replay could test anything, or that is the same in all units.
    pub(super) fn untested(why: &str) -> Self {
        let text = format!("it cannot be tested ({why}), so no plan was: is it the right column?");
        Self { code: CANNOT_BE_TESTED, text }
    }

    /// All of a metric.
    pub(super) fn all(rates: &[Rate], uniformity: Option<&Uniformity>, shape: &Shape, kind: Kind) -> Vec<Self> {
        let remedy = remedy(shape, kind);
        let over = rates.iter().filter(|rate| rate.promised && rate.exceeds).map(|rate| Self {
            code: match rate.plan {
                Claim::Fixed | Claim::Peeking => "fixed_exceeds",
                Claim::GroupSequential => "group_sequential_exceeds",
                Claim::Anytime | Claim::AnytimeWithoutStartUp => "anytime_exceeds",
                Claim::AnytimeHorizon => "anytime_horizon_exceeds",
            },
            text: format!(
                "the {} plan claims in {} of the replays what is not there: {remedy}",
                rate.plan.word(),
                percent(rate.rate)
            ),
        });
        let mut findings: Vec<Self> = over.collect();
        if findings.is_empty() && uniformity.is_some_and(|found| found.p_value.value <= NOT_UNIFORM_P_VALUE) {
            let text = format!("its p-values are not uniform, and so do not mean what they say: {remedy}");
            findings.push(Self { code: "not_uniform", text });
        }
        findings
    }
}

fn remedy(shape: &Shape, kind: Kind) -> String {
    let Shape { units_with_something, units_of_half, cap, largest } = *shape;
    if kind == Kind::Conversion {
        return format!(
            "{} units convert, too few for its tests; take a longer history, or a conversion that is less rare",
            count(units_with_something)
        );
    }
    if units_of_half <= FEW_UNITS {
        let how = if cap > 0.0 && cap < largest {
            format!("cap it (99.9 % of the units are at or under {}, the largest is {})", plain(cap), plain(largest))
        } else {
            "count it as a conversion, whose small counts have exact tests".to_owned()
        };
        return format!(
            "{} of its units make up half of it, and chance does not even out so few; {how}, or plan anytime, whose start-up rule waits",
            count(units_of_half)
        );
    }
    "its tests do not suit so few units of such a shape; take a longer history, or cap it".to_owned()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among units in memory"
)]
fn place(count: usize) -> usize {
    ((count as f64 * CAP_SHARE).ceil() as usize).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_says_how_few_units_carry_a_metric() {
        let few = (0..1000_u16).map(|unit| if unit < 4 { -500.0 } else { 0.0 });
        let shape = Shape { units_with_something: 4, units_of_half: 2, cap: 500.0, largest: 500.0 };
        assert_eq!(Shape::of(few), shape);
        let even = Shape::of((0..1000_u16).map(|_| 2.0));
        assert_eq!((even.units_of_half, even.units_with_something), (500, 1000));
        assert_eq!(Shape::of(std::iter::empty()).units_of_half, 0);
    }
}
