//! Power, sample size and smallest effect of a test of two means.

use segue::statistics::power::Design;

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let (effect, units, power) = (case.number("effect_size_d"), case.number("n_control"), case.number("target_power"));
    let design = Design::new(case.number("alpha"), case.number("ratio_treatment_to_control")).unwrap();
    found.number("power_t", design.power_of_means(effect, units));
    found.number("power_normal", design.power_of_means_normal(effect, units));
    found.number("n_control_t", design.units_for_means(effect, power).map(|units| units.control));
    found.number("n_control_normal_approx", design.units_for_means_normal(effect, power).map(|units| units.control));
    found.number("mde_d_t", design.effect_of_means(units, power));
    found.number("mde_d_normal_approx", design.effect_of_means_normal(units, power));
}
