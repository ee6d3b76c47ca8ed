//! mSPRT: the mixture with a deviation of effects, at one look and over many.

use segue::statistics::anytime::{Look, Rule, Running, Sides, Tuning};
use segue::statistics::{Effect, Measure, Undefined};

use super::case::Case;
use super::found::Found;
use super::welch_t::sums;

pub fn compare(case: &Case, found: &mut Found) {
    if case.has("looks") {
        return sequence(case, found);
    }
    let effect = effect(case, "");
    let look = effect.and_then(|effect| look(case, &effect));
    found.status(&look);
    found.number("estimate", estimate(case, effect));
    found.number("standard_error", effect.map(|effect| effect.standard_error));
    found.number("log_likelihood_ratio", look.map(|look| look.ln_e_value));
    found.number("ci_low", look.map(|look| look.interval.lower));
    found.number("ci_high", look.map(|look| look.interval.upper));
    found.probability("p_value", look.map(|look| look.p_value));
}

fn sequence(case: &Case, found: &mut Found) {
    let mut running = Running::default();
    let mut outcome = Ok(());
    for place in 0..case.length("looks") {
        let path = format!("looks.{place}.");
        let effect = effect(case, &path);
        let look = effect.and_then(|effect| look(case, &effect));
        running = look.map_or(running, |look| running.then(look.p_value, look.interval));
        outcome = outcome.and(look.map(|_| ()));
        found.number(&format!("{path}estimate"), effect.map(|effect| effect.estimate));
        found.number(&format!("{path}standard_error"), effect.map(|effect| effect.standard_error));
        found.number(&format!("{path}log_likelihood_ratio"), look.map(|look| look.ln_e_value));
        found.number(&format!("{path}ci_low"), look.map(|look| look.interval.lower));
        found.number(&format!("{path}ci_high"), look.map(|look| look.interval.upper));
        found.probability(&format!("{path}p_value"), look.map(|look| look.p_value));
        found.probability(&format!("{path}running_p_value"), Ok(running.p_value));
        found.number(&format!("{path}running_ci_low"), running.interval.map(|interval| interval.lower));
        found.number(&format!("{path}running_ci_high"), running.interval.map(|interval| interval.upper));
    }
    found.status(&outcome);
}

fn effect(case: &Case, path: &str) -> Result<Effect, Undefined> {
    let of = |variant: &str| sums(case, &format!("{path}{variant}"));
    Ok(Measure::Mean.compare(&of("control"), &of("treatment"))?.difference)
}

fn look(case: &Case, effect: &Effect) -> Result<Look, Undefined> {
    // This mixture does not ask for the units.
    Rule::new(case.number("alpha"), Tuning::Deviation(case.number("tau")))?.test(effect, 1.0, Sides::Two)
}

/// The estimate alone may be known where no test is.
fn estimate(case: &Case, effect: Result<Effect, Undefined>) -> Result<f64, Undefined> {
    let is_asked = case.expected_number("estimate").is_some();
    let alone = |why| {
        if is_asked { Measure::Mean.difference(&sums(case, "control"), &sums(case, "treatment")) } else { Err(why) }
    };
    effect.map(|effect| effect.estimate).or_else(alone)
}
