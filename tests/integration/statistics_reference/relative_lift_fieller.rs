//! The relative lift of means: by the delta method, by Fieller's inversion, of the logarithm of the ratio.

use segue::statistics::{Comparison, Interval, Measure, Undefined, distribution::normal};

use super::case::Case;
use super::found::Found;
use super::welch_t::sums;

pub fn compare(case: &Case, found: &mut Found) {
    let (control, treatment) = (sums(case, "control"), sums(case, "treatment"));
    let comparison = Measure::Mean.compare(&control, &treatment);
    let ratio = match (Measure::Mean.value(&control), Measure::Mean.value(&treatment)) {
        (Ok(0.0), Ok(_)) => Err(Undefined::ZeroBaseline),
        (control, treatment) => treatment.and_then(|treatment| Ok(treatment / control?)),
    };
    let with =
        |of: &dyn Fn(&Comparison) -> Result<f64, Undefined>| comparison.as_ref().map_err(|why| *why).and_then(of);
    let critical = normal::upper_quantile(case.number("alpha") / 2.0);
    // The table's lift is the ratio of the means less 1; the engine's is positive when a negative mean rises.
    let is_negative = comparison.as_ref().is_ok_and(|comparison| comparison.baseline < 0.0);
    let sign = if is_negative { -1.0 } else { 1.0 };
    found.number("ratio_of_means", ratio);
    match with(&|comparison| comparison.fieller_g(critical)) {
        Err(Undefined::ZeroVariance) if case.expected_number("g") == Some(0.0) => found.part_of_refusal("g"),
        g => found.number("g", g),
    }
    // The lift alone may be known where nothing says how sure it is.
    let alone =
        |why| if case.expected_number("delta_lift").is_some() { ratio.map(|ratio| ratio - 1.0) } else { Err(why) };
    found.number("delta_lift", with(&|comparison| Ok(sign * comparison.lift()?.estimate)).or_else(alone));
    found.number("delta_standard_error", with(&|comparison| Ok(comparison.lift()?.standard_error)));
    let mut ends = |name: &str, interval: Result<Interval, Undefined>| {
        let (low, high) = if is_negative { ("high", "low") } else { ("low", "high") };
        found.number(&format!("{name}_ci_{low}"), interval.map(|interval| sign * interval.lower));
        found.number(&format!("{name}_ci_{high}"), interval.map(|interval| sign * interval.upper));
    };
    let all = comparison.as_ref().map_err(|why| *why);
    ends("delta", all.and_then(|comparison| comparison.lift()?.interval(critical)));
    ends("log", all.and_then(|comparison| comparison.log_lift_interval(critical)));
    let fieller = all.and_then(|comparison| comparison.lift_region(critical)?.interval());
    ends("fieller", fieller);
    found.status(&fieller);
}
