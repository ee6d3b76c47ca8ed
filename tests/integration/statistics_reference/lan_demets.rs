//! Bounds of group-sequential tests.

use segue::statistics::anytime::Sides;
use segue::statistics::group_sequential::{Bound, Design, Spending};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let spending = match case.text("spending_function") {
        "obrien_fleming" => Spending::ObrienFleming,
        "pocock" => Spending::Pocock,
        "power" => Spending::Power(if case.has("power_rho") { case.number("power_rho") } else { 2.0 }),
        unknown => panic!("{}: spending function {unknown}", case.id),
    };
    let sides = if case.count("sides") == 2 { Sides::Two } else { Sides::One };
    let design = Design { spending, alpha: case.number("alpha"), sides };
    let bounds = design.bounds(&case.numbers("information_fractions")).unwrap();
    let list = |of: fn(&Bound) -> f64| bounds.looks().iter().map(of).collect::<Vec<_>>();
    found.numbers("z_bounds", &list(|bound| bound.z));
    found.numbers("cumulative_alpha_spent", &list(|bound| bound.spent.value));
    found.numbers("nominal_p_values", &list(|bound| bound.nominal.value));
}
