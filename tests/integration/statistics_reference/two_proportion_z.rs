//! Conversions of units in two variants, and intervals of the difference.

use segue::statistics::{Comparison, Interval, TwoProportions, Undefined};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let counts = match counts(case) {
        Ok(counts) => counts,
        Err(why) => return found.refused(why),
    };
    let alpha = case.number("alpha");
    found.number("rate_control", counts.control.rate());
    found.number("rate_treatment", counts.treatment.rate());
    found.number("estimate", counts.difference());
    let pooled = counts.pooled();
    found.status(&pooled);
    found.number("statistic", pooled.map(|effect| effect.statistic()));
    found.number("standard_error_pooled", pooled.map(|effect| effect.standard_error));
    found.probability("p_value", pooled.map(|effect| effect.p_value()));
    found.probability("p_value_greater", pooled.map(|effect| effect.p_value_greater()));
    found.probability("p_value_less", pooled.map(|effect| effect.p_value_less()));
    let unpooled = counts.unpooled();
    found.number("standard_error", unpooled.map(|effect| effect.standard_error));
    interval(found, "ci", unpooled.and_then(|effect| effect.interval(effect.critical(alpha)?)));
    interval(found, "ci_newcombe", counts.newcombe(alpha));
    interval(found, "ci_agresti_caffo", counts.agresti_caffo(alpha));
    miettinen_nurminen(case, found, &counts, alpha);
    let lift = counts.comparison().as_ref().map_err(|why| *why).and_then(Comparison::lift);
    found.number("lift", lift.map(|lift| lift.estimate));
    found.number("lift_standard_error", lift.map(|lift| lift.standard_error));
    interval(found, "lift_ci", lift.and_then(|lift| lift.interval(lift.critical(alpha)?)));
}

pub fn counts(case: &Case) -> Result<TwoProportions, Undefined> {
    let of = |arm: &str| (case.count(&format!("{arm}.n")), case.count(&format!("{arm}.conversions")));
    TwoProportions::new(of("control"), of("treatment"))
}

fn interval(found: &mut Found, name: &str, interval: Result<Interval, Undefined>) {
    found.number(&format!("{name}_low"), interval.map(|interval| interval.lower));
    found.number(&format!("{name}_high"), interval.map(|interval| interval.upper));
}

/// The tables take these ends from statsmodels, whose cubic has a wrong coefficient
/// (<https://github.com/statsmodels/statsmodels/issues/10269>). What that fault explains is not asked of the engine;
/// `tests/cases/statistics/two_proportions.toml` has the right ends.
fn miettinen_nurminen(case: &Case, found: &mut Found, counts: &TwoProportions, alpha: f64) {
    let got = counts.miettinen_nurminen(alpha).unwrap();
    let z = counts.unpooled().or_else(|_| counts.pooled()).map_or(0.0, |effect| effect.critical(alpha).unwrap());
    let ends = [("ci_miettinen_nurminen_low", -1.0, got.lower), ("ci_miettinen_nurminen_high", 1.0, got.upper)];
    let width = got.upper - got.lower;
    for (name, direction, end) in ends {
        let Some(expected) = case.expected_number(name) else {
            found.number(name, end);
            continue;
        };
        let scale = expected.abs().max(width);
        let wrong = end_by_wrong_cubic(counts, z, direction);
        if (end - expected).abs() <= 1e-6 * expected.abs() || (wrong - expected).abs() > 1e-6 * scale {
            // Where the table is right, or wrong in another way.
            found.number(name, end);
        } else {
            found.library_fault(name);
        }
    }
}

/// What statsmodels answers: by bisection from the estimate.
fn end_by_wrong_cubic(counts: &TwoProportions, z: f64, direction: f64) -> f64 {
    let estimate = counts.difference();
    let (mut inner, mut outer) = (estimate, estimate + direction * (1.0 - direction * estimate).min(0.5));
    for _ in 0..60 {
        let middle = inner + (outer - inner) / 2.0;
        let reach = z * variance_by_wrong_cubic(counts, middle).sqrt();
        if (middle - estimate).abs() < reach { inner = middle } else { outer = middle }
    }
    inner
}

/// The score variance where the linear coefficient of the likelihood's cubic has `x_a` for `n_a`.
#[expect(clippy::cast_precision_loss, reason = "counts of the tables are far below 2^53")]
fn variance_by_wrong_cubic(counts: &TwoProportions, difference: f64) -> f64 {
    let (n0, x0) = (counts.control.units() as f64, counts.control.conversions() as f64);
    let (n1, x1) = (counts.treatment.units() as f64, counts.treatment.conversions() as f64);
    let (units, conversions) = (n0 + n1, x0 + x1);
    let square = ((n1 + 2.0 * n0) * difference - units - conversions) / (3.0 * units);
    let linear = (x0 * difference - units - 2.0 * x0) * difference + conversions;
    let constant = x0 * difference * (1.0 - difference);
    let q = square.powi(3) - linear * square / (2.0 * units) + constant / (2.0 * units);
    let p = q.signum() * (square * square - linear / (3.0 * units)).sqrt();
    let angle = (std::f64::consts::PI + (q / p.powi(3)).acos()) / 3.0;
    let control = 2.0 * p * angle.cos() - square;
    let treatment = control + difference;
    (treatment * (1.0 - treatment) / n1 + control * (1.0 - control) / n0) * units / (units - 1.0)
}
