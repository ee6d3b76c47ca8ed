//! A normal prior on the effect.

use segue::statistics::bayes::{EffectPrior, Scale};
use segue::statistics::{Comparison, Measure, Undefined};

use super::case::Case;
use super::found::Found;
use super::welch_t::sums;

pub fn compare(case: &Case, found: &mut Found) {
    report(case, found, Measure::Mean.compare(&sums(case, "control"), &sums(case, "treatment")));
}

/// All that is believed of the effect in a comparison.
pub fn report(case: &Case, found: &mut Found, comparison: Result<Comparison, Undefined>) {
    let scale = |name: &str| match case.text(name) {
        "relative" => Scale::Relative,
        "absolute" => Scale::Absolute,
        other => panic!("{}: no scale {other}", case.id),
    };
    let (mean, variance) = (case.number("prior.mean"), case.number("prior.variance"));
    let prior = match case.flag("prior.proper") {
        true => EffectPrior::Normal { mean, variance, scale: scale("prior.type") },
        false => EffectPrior::Flat,
    };
    let belief = comparison.and_then(|known| known.belief(prior, scale("difference_type"), case.flag("inverse")));
    found.status(&belief);
    found.number("estimate", belief.map(|belief| belief.mean));
    found.number("standard_deviation", belief.map(|belief| belief.standard_deviation));
    found.probability("chance_to_win", belief.map(|belief| belief.chance_to_win()));
    found.probability("chance_to_lose", belief.map(|belief| belief.chance_to_lose()));
    let interval = belief.and_then(|belief| belief.credible_interval(case.number("alpha")));
    found.number("ci_low", interval.map(|interval| interval.lower));
    found.number("ci_high", interval.map(|interval| interval.upper));
    found.number("risk_control", belief.map(|belief| belief.loss_of_keeping()));
    found.number("risk_treatment", belief.map(|belief| belief.loss_of_shipping()));
}
