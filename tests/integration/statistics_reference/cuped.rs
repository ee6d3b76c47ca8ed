//! Means adjusted by what was known before.

use segue::statistics::{Adjustment, Measure, Sums, Undefined, Variable};

use super::case::Case;
use super::found::Found;
use super::welch_t::{asked, asked_estimate, report};

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    let adjustment = Adjustment::of(Measure::Mean, [&control, &treatment]);
    let of = |number: &dyn Fn(&Adjustment) -> Result<f64, Undefined>| {
        adjustment.as_ref().map_err(|why| *why).and_then(number)
    };
    found.number("theta", of(&Adjustment::theta));
    for (name, sums) in [("control", &control), ("treatment", &treatment)] {
        found.number(&format!("adjusted_mean_{name}"), of(&|adjustment| adjustment.value_at_zero(sums)));
        let variance = of(&|adjustment| adjustment.level(sums).map(|level| level.variance));
        found.number(&format!("adjusted_variance_{name}"), variance);
    }
    found.number("variance_reduction", of(&|adjustment| adjustment.variance_reduction(&control, &treatment)));
    let comparison = adjustment.as_ref().map_err(|why| *why).and_then(|found| found.compare(&control, &treatment));
    let effect = asked(case, &comparison);
    found.status(&effect);
    let difference = of(&|adjustment| adjustment.difference(&control, &treatment));
    report(case, found, "", effect, asked_estimate(case, difference, Measure::Mean.value(&control)));
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
