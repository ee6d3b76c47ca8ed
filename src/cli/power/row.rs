//! One plan of the report, with its price.

use serde::Serialize;

use crate::analysis::words::{count, percent};
use crate::statistics::Undefined;

use super::plans::{Asked, MOST_VISITORS, Needed, Plan};
use super::report::Change;

/// One plan.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) plan: Plan,
    /// What is found.
    pub(super) effect: Option<Change>,
    /// Of all variants together.
    pub(super) visitors: Option<Ends<u64>>,
    /// At most, of each variant, in the order of the weights.
    pub(super) visitors_per_variant: Vec<u64>,
    pub(super) days: Option<Ends<f64>>,
    /// When the result may be read.
    pub(super) read: String,
    /// What happens to those who look more often.
    pub(super) peeking: String,
    /// Why there is no number, as a code.
    pub(super) undefined: Option<&'static str>,
    /// The same in words.
    pub(super) because: Option<String>,
}

/// When the experiment ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Ends<T> {
    /// By then the effect is found with the chance that was asked for.
    pub(super) most: T,
    /// On average, if the effect is there.
    pub(super) with_effect: T,
    /// On average, if there is none; `None` where it ends when one gives up.
    pub(super) without_effect: Option<T>,
}

/// What every plan is paid in.
pub(super) struct Price<'a> {
    pub(super) asked: &'a Asked,
    /// False alarms of a fixed plan that is peeked at.
    pub(super) alarms: f64,
    pub(super) per_day: Option<f64>,
    pub(super) weights: &'a [f64],
}

impl Price<'_> {
    /// A plan and what it finds with how many visitors, or why that has no number; asked was for the visitors, or else for what they find.
    pub(super) fn row(&self, plan: Plan, answer: Result<(Change, Needed), Undefined>, asks_visitors: bool) -> Row {
        let (read, peeking) = self.words(plan);
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => {
                let undefined = Some(reason.code());
                let because = Some(match (reason, asks_visitors) {
                    (Undefined::NoSolution, true) => {
                        format!("more than {} visitors would be needed", count(MOST_VISITORS))
                    }
                    (Undefined::NoSolution, false) => "so few visitors find no effect, however large".to_owned(),
                    _ => reason.to_string(),
                });
                return Row {
                    plan,
                    effect: None,
                    visitors: None,
                    visitors_per_variant: Vec::new(),
                    days: None,
                    read,
                    peeking,
                    undefined,
                    because,
                };
            }
        };
        let (effect, needed) = answer;
        let total: f64 = self.weights.iter().sum();
        let of_variant = |weight: &f64| up(needed.most * weight / total);
        let visitors_per_variant: Vec<u64> = self.weights.iter().map(of_variant).collect();
        // As many as asked for, or the sum of what stands beside it.
        let most = if needed.most.fract() == 0.0 { up(needed.most) } else { visitors_per_variant.iter().sum() };
        let before = |visitors: f64| if visitors == needed.most { most } else { up(visitors) };
        let visitors =
            Ends { most, with_effect: before(needed.with_effect), without_effect: needed.without_effect.map(before) };
        let days = self.per_day.map(|per_day| Ends {
            most: (needed.most / per_day).ceil(),
            with_effect: (needed.with_effect / per_day).ceil(),
            without_effect: needed.without_effect.map(|visitors| (visitors / per_day).ceil()),
        });
        Row {
            plan,
            effect: Some(effect),
            visitors: Some(visitors),
            visitors_per_variant,
            days,
            read,
            peeking,
            undefined: None,
            because: None,
        }
    }

    /// When the result may be read, and what looking more often does.
    fn words(&self, plan: Plan) -> (String, String) {
        let (alpha, alarms, looks) = (percent(self.asked.each.alpha), percent(self.alarms), self.asked.looks);
        let harmless = || format!("costs nothing more: false alarms stay under {alpha}, however often one looks");
        match plan {
            Plan::Fixed => (
                "once, when all visitors have come".to_owned(),
                format!(
                    "who looks {looks} times and stops at the first p < {alpha} has false alarms in {alarms} of the experiments"
                ),
            ),
            Plan::GroupSequential => (
                format!("{looks} times, after equal numbers of visitors; ends as soon as a bound is reached"),
                "harmless at other times, as long as only the planned looks can end it".to_owned(),
            ),
            Plan::AnytimeHorizon => (
                "at any time, on seeing anything; holds after the planned end, but hardly finds more".to_owned(),
                harmless(),
            ),
            Plan::Anytime => ("at any time, on seeing anything, for ever".to_owned(), harmless()),
        }
    }
}

/// The next whole number, two at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what an experiment can have")]
pub(super) fn up(visitors: f64) -> u64 {
    visitors.ceil().clamp(2.0, 1e14) as u64
}
