//! Power and sample size of a test of two shares.

use segue::statistics::power::{Design, Rates};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (units, power) = (case.number("n_control"), case.number("target_power"));
    let design = Design::new(case.number("alpha"), case.number("ratio_treatment_to_control")).unwrap();
    let rates = Rates::new(case.number("rate_control"), case.number("rate_treatment")).unwrap();
    found.number("effect_size_h", rates.arcsine_effect());
    found.number("power_arcsine", design.power_of_arcsines(rates, units));
    found.number("power_difference", design.power_of_difference(rates, units));
    found.number("n_control_arcsine", design.units_for_arcsines(rates, power).map(|units| units.control));
    found.number("n_control_difference", design.units_for_difference(rates, power).map(|units| units.control));
}
