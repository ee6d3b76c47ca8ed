//! Ratios of two sums by the delta method.

use segue::statistics::{Measure, Sums, Variable};

use super::case::Case;
use super::found::Found;
use super::welch_t::{asked, asked_estimate, report};

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    for (name, sums) in [("control", &control), ("treatment", &treatment)] {
        found.number(&format!("ratio_{name}"), Measure::Ratio.value(sums));
        found.number(&format!("variance_{name}"), Measure::Ratio.level(sums).map(|level| level.variance));
    }
    let comparison = Measure::Ratio.compare(&control, &treatment);
    let effect = asked(case, &comparison);
    found.status(&effect);
    let estimate =
        asked_estimate(case, Measure::Ratio.difference(&control, &treatment), Measure::Ratio.value(&control));
    report(case, found, "", effect, estimate);
}

fn sums(case: &Case, variant: &str) -> Sums {
    use Variable::{Denominator, Outcome};
    let of = |name: &str| case.number(&format!("{variant}.{name}"));
    let units = case.count(&format!("{variant}.n"));
    let mut sums = Sums::of_outcome(units, of("numerator_sum"), of("numerator_sum_squares")).unwrap();
    sums.set(Denominator, of("denominator_sum")).unwrap();
    sums.set_product(Denominator, Denominator, of("denominator_sum_squares")).unwrap();
    sums.set_product(Outcome, Denominator, of("numerator_denominator_sum_of_products")).unwrap();
    sums
}
