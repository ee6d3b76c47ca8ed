//! Two shares: beta priors, and a normal prior on the effect.

use segue::statistics::TwoProportions;
use segue::statistics::bayes::{BetaPrior, Share, Trials, shares};

use super::bayesian_normal;
use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    match case.text("model") {
        "gaussian_effect" => {
            let counts = |variant: &str| (case.count(&format!("{variant}.n")), case.count(&format!("{variant}.sum")));
            let both = TwoProportions::new(counts("control"), counts("treatment"));
            bayesian_normal::report(case, found, both.and_then(|both| both.comparison()));
        }
        "beta_binomial" => beta_binomial(case, found),
        other => panic!("{}: no model {other}", case.id),
    }
}

fn beta_binomial(case: &Case, found: &mut Found) {
    let trials = |variant: &str| {
        let count = |name: &str| case.count(&format!("{variant}.{name}"));
        Trials { units: count("n"), conversions: count("conversions") }
    };
    let prior = BetaPrior { alpha: case.number("prior.alpha"), beta: case.number("prior.beta") };
    let belief = shares(trials("control"), trials("treatment"), prior, false);
    found.status(&belief);
    found.probability("chance_to_beat_control", belief.map(|belief| belief.chance_to_win));
    found.number("log10_chance_to_win", belief.map(|belief| belief.chance_to_win.log10));
    found.number("log10_chance_to_lose", belief.map(|belief| belief.chance_to_lose.log10));
    found.number("expected_loss_ship", belief.map(|belief| belief.loss_of_shipping));
    found.number("expected_loss_keep", belief.map(|belief| belief.loss_of_keeping));
    for variant in ["control", "treatment"] {
        let Ok(share) = Share::of(trials(variant), prior) else { continue };
        found.numbers(&format!("posterior_{variant}"), &[share.alpha, share.beta]);
        found.number(&format!("mean_{variant}"), share.mean());
        found.number(&format!("sd_{variant}"), share.standard_deviation());
        let interval = share.credible_interval(1.0 - case.number("credible_level")).unwrap();
        found.numbers(&format!("credible_{variant}"), &[interval.lower, interval.upper]);
    }
}
