//! Confidence sequences: the mixture tuned for a number of units, of a difference or of the delta method's lift.

use segue::statistics::anytime::{Rule, Sides, Tuning};
use segue::statistics::{Comparison, Effect, Level, Measure, Sums, Undefined};

use super::case::Case;
use super::found::Found;
use super::welch_t::sums;

pub fn compare(case: &Case, found: &mut Found) {
    let effect = effect(case);
    let units = case.number("control.n") + case.number("treatment.n");
    let tuning = Tuning::Units(case.number("tuning_parameter"));
    let look = effect.and_then(|effect| Rule::new(case.number("alpha"), tuning)?.test(&effect, units, Sides::Two));
    found.status(&look);
    // g = N ρ².
    found.number("rho", tuning.g(1.0, 1.0, case.number("alpha"), Sides::Two).map(f64::sqrt));
    found.number("estimate", effect.map(|effect| effect.estimate));
    found.number("standard_error", effect.map(|effect| effect.standard_error));
    found.number("ci_low", look.map(|look| look.interval.lower));
    found.number("ci_high", look.map(|look| look.interval.upper));
    found.probability("p_value", look.map(|look| look.p_value));
}

fn effect(case: &Case) -> Result<Effect, Undefined> {
    let comparison = if case.text("metric") == "proportion" { rates(case) } else { means(case) }?;
    // The table takes no effect of which one variant does not vary; a start-up rule leaves it out as well.
    if comparison.control.variance == 0.0 || comparison.treatment.variance == 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    if case.text("difference_type") == "relative" { comparison.lift() } else { Ok(comparison.difference) }
}

fn means(case: &Case) -> Result<Comparison, Undefined> {
    Measure::Mean.compare(&sums(case, "control"), &sums(case, "treatment"))
}

/// With variances `p (1 - p)`.
fn rates(case: &Case) -> Result<Comparison, Undefined> {
    let of = |variant: &str| (case.count(&format!("{variant}.n")), case.count(&format!("{variant}.sum")));
    let level = |(units, sum): (u64, u64)| {
        let (n, x, rest) = (units as f64, sum as f64, (units - sum) as f64);
        Level { units, value: x / n, variance: x / n * (rest / n) }
    };
    let (control, treatment) = (of("control"), of("treatment"));
    let difference =
        Measure::Mean.difference(&Sums::of_share(control.0, control.1), &Sums::of_share(treatment.0, treatment.1))?;
    let comparison = Comparison::of_independent(level(control), level(treatment))?;
    let known = Effect::new(difference, comparison.difference.standard_error, None)?;
    Ok(Comparison { difference: known, unadjusted_difference: difference, ..comparison })
}
