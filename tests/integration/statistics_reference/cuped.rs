//! Means adjusted by what was known before.

use segue::statistics::{Adjustment, Measure, Sums, Variable};

use super::case::Case;
use super::found::Found;
use super::welch_t::{asked, asked_estimate, report};

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    let adjustment = Adjustment::of(Measure::Mean, [&control, &treatment]).unwrap();
    found.number("theta", adjustment.theta());
    for (name, sums) in [("control", &control), ("treatment", &treatment)] {
        found.number(&format!("adjusted_mean_{name}"), adjustment.value_at_zero(sums));
        found.number(&format!("adjusted_variance_{name}"), adjustment.level(sums).map(|level| level.variance));
    }
    found.number("variance_reduction", adjustment.variance_reduction(&control, &treatment));
    let effect = asked(case, &adjustment.compare(&control, &treatment));
    found.status(&effect);
    let estimate = asked_estimate(case, adjustment.difference(&control, &treatment), Measure::Mean.value(&control));
    report(case, found, "", effect, estimate);
}

fn sums(case: &Case, variant: &str) -> Sums {
    use Variable::{Covariate, Outcome};
    let of = |name: &str| case.number(&format!("{variant}.{name}"));
    let units = case.count(&format!("{variant}.n"));
    let mut sums = Sums::of_outcome(units, of("post_sum"), of("post_sum_squares")).unwrap();
    sums.set(Covariate, of("pre_sum")).unwrap();
    sums.set_product(Covariate, Covariate, of("pre_sum_squares")).unwrap();
    sums.set_product(Outcome, Covariate, of("post_pre_sum_of_products")).unwrap();
    sums
}
