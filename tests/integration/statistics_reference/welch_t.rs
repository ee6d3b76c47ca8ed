//! Welch's t on the difference and on the relative lift.

use segue::statistics::{Comparison, Effect, Level, Sums, Undefined, compare_means, difference_of_means};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    for (name, sums) in [("control", &control), ("treatment", &treatment)] {
        let level = Level::of_mean(sums);
        found.number(&format!("mean_{name}"), level.map(|level| level.value));
        found.number(&format!("variance_{name}"), level.map(|level| level.variance));
    }
    let comparison = compare_means(&control, &treatment);
    found.status(&comparison);
    report(case, found, "", comparison.map(|comparison| comparison.difference));
    found.number("estimate", difference_of_means(&control, &treatment));
    report(case, found, "relative.", comparison.as_ref().map_err(|why| *why).and_then(Comparison::lift));
}

/// The mean's sums of a variant.
pub fn sums(case: &Case, variant: &str) -> Sums {
    let of = |name: &str| case.number(&format!("{variant}.{name}"));
    Sums::of_outcome(case.count(&format!("{variant}.n")), of("sum"), of("sum_squares")).unwrap()
}

/// All that a fixed test says of an effect, each field behind a prefix.
pub fn report(case: &Case, found: &mut Found, prefix: &str, effect: Result<Effect, Undefined>) {
    let mut number = |name: &str, got: Result<f64, Undefined>| found.number(&format!("{prefix}{name}"), got);
    number("estimate", effect.map(|effect| effect.estimate));
    number("standard_error", effect.map(|effect| effect.standard_error));
    number("statistic", effect.map(|effect| effect.statistic()));
    number("degrees_of_freedom", effect.map(|effect| effect.degrees_of_freedom.unwrap()));
    let interval = effect.and_then(|effect| effect.interval(effect.critical(case.number("alpha"))?));
    number("ci_low", interval.map(|interval| interval.lower));
    number("ci_high", interval.map(|interval| interval.upper));
    found.probability(&format!("{prefix}p_value"), effect.map(|effect| effect.p_value()));
    found.probability(&format!("{prefix}p_value_greater"), effect.map(|effect| effect.p_value_greater()));
    found.probability(&format!("{prefix}p_value_less"), effect.map(|effect| effect.p_value_less()));
}
