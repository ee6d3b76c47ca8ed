//! Whether the traffic is split as planned.

use segue::statistics::SampleRatio;

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (counts, weights) = (case.counts("counts"), case.numbers("weights"));
    let SampleRatio::Possible(split) =
        SampleRatio::of(&counts, &weights, case.number("sequential_concentration")).unwrap()
    else {
        return found.impossible();
    };
    found.status(&split.fixed);
    found.number("statistic", split.fixed.map(|fixed| fixed.statistic));
    found.probability("p_value", split.fixed.map(|fixed| fixed.p_value));
    match split.fixed {
        Ok(fixed) => found.number("degrees_of_freedom", fixed.degrees_of_freedom as f64),
        Err(_) => found.part_of_refusal("degrees_of_freedom"),
    }
    found.number("sequential_log_bayes_factor", split.ln_bayes_factor);
    found.number("sequential_p_value", split.sequential_p_value().value);
    found.number("sequential_log10_p_value", split.sequential_p_value().log10);
}
