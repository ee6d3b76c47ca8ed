//! Which of many arms is the best.

use segue::statistics::bayes::best_arm;

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (means, deviations) = (case.numbers("posterior_mean"), case.numbers("posterior_sd"));
    let arms: Vec<(f64, f64)> = means.into_iter().zip(deviations).collect();
    let inverse = case.has("inverse") && case.flag("inverse");
    let belief = best_arm(&arms, inverse);
    let belief = match belief {
        Ok(belief) => belief,
        Err(why) => return found.refused(why),
    };
    found.status(&Ok(()));
    found.numbers("best_arm_probability", &belief.best);
    found.numbers("second_best_probability", &belief.second_best);
    found.numbers("top_two_weight", &belief.top_two_weights());
    if case.has("min_variation_weight") {
        match belief.weights_with_floor(case.number("min_variation_weight")) {
            Ok(weights) => found.numbers("weights_with_floor", &weights),
            Err(why) => found.number("weights_with_floor", why),
        }
    }
}
