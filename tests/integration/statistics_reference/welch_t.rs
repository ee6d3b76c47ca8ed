//! Welch's t on the difference and on the relative lift.

use segue::statistics::{Comparison, Effect, Measure, Sums, Undefined};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    for (name, sums) in [("control", &control), ("treatment", &treatment)] {
        found.number(&format!("mean_{name}"), Measure::Mean.value(sums));
        found.number(&format!("variance_{name}"), Measure::Mean.level(sums).map(|level| level.variance));
    }
    let comparison = Measure::Mean.compare(&control, &treatment);
    let estimate = Measure::Mean.difference(&control, &treatment);
    report(case, found, "", comparison.map(|comparison| comparison.difference), estimate);
    let lift = comparison.as_ref().map_err(|why| *why).and_then(Comparison::lift);
    // Where only the lift is undefined the table's status may be of it.
    found.status(&if case.status() == "ok" { comparison.map(|comparison| comparison.difference) } else { lift });
    report(case, found, "relative.", lift, lift.map(|lift| lift.estimate));
}

/// The mean's sums of a variant.
pub fn sums(case: &Case, variant: &str) -> Sums {
    let of = |name: &str| case.number(&format!("{variant}.{name}"));
    Sums::of_outcome(case.count(&format!("{variant}.n")), of("sum"), of("sum_squares")).unwrap()
}

/// The effect that a case asks for: absolute, or relative to the control.
pub fn asked(case: &Case, comparison: &Result<Comparison, Undefined>) -> Result<Effect, Undefined> {
    let comparison = comparison.as_ref().map_err(|why| *why)?;
    match case.text("difference_type") {
        "absolute" => Ok(comparison.difference),
        "relative" => comparison.lift(),
        other => panic!("{}: no difference {other}", case.id),
    }
}

/// The estimate that a case asks for, of a difference.
pub fn asked_estimate(
    case: &Case,
    difference: Result<f64, Undefined>,
    control: Result<f64, Undefined>,
) -> Result<f64, Undefined> {
    match (case.text("difference_type"), control?) {
        ("absolute", _) => difference,
        (_, 0.0) => Err(Undefined::ZeroBaseline),
        (_, control) => Ok(difference? / control.abs()),
    }
}

/// All that a fixed test says of an effect, each field behind a prefix. The estimate alone may be known where no test is.
pub fn report(
    case: &Case,
    found: &mut Found,
    prefix: &str,
    effect: Result<Effect, Undefined>,
    estimate: Result<f64, Undefined>,
) {
    let is_asked = case.expected_number(&format!("{prefix}estimate")).is_some();
    let alone = |why| if is_asked { estimate } else { Err(why) };
    let mut number = |name: &str, got: Result<f64, Undefined>| found.number(&format!("{prefix}{name}"), got);
    number("estimate", effect.map(|effect| effect.estimate).or_else(alone));
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
