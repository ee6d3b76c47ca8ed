//! Which of many arms is the best.

use segue::statistics::bayes::best_arm;

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (means, deviations) = (case.numbers("posterior_mean"), case.numbers("posterior_sd"));
    let arms: Vec<(f64, f64)> = means.into_iter().zip(deviations).collect();
    let inverse = case.has("inverse") && case.flag("inverse");
    let belief = best_arm(&arms, inverse);
    found.status(&belief);
    let Ok(belief) = belief else { return };
    found.numbers("best_arm_probability", &belief.best);
    found.numbers("second_best_probability", &belief.second_best);
    found.numbers("top_two_weight", &belief.top_two_weights());
    found.numbers("weights_with_floor", &belief.weights_with_floor(case.number("min_variation_weight")).unwrap());
}
