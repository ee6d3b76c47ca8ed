//! Families of tests without a false rejection: Holm, Bonferroni, Hochberg, Šidák.

use segue::statistics::multiple::{Adjusted, bonferroni, hochberg, holm, sidak};
use segue::statistics::{Probability, Undefined};

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let p_values = p_values(case);
    found.numbers("adjusted", &values(holm(&p_values)));
    found.flags("reject", &holm(&p_values).unwrap().rejections(case.number("alpha")));
    found.numbers("bonferroni", &values(bonferroni(&p_values)));
    found.numbers("hochberg", &values(hochberg(&p_values)));
    found.numbers("sidak", &values(sidak(&p_values)));
}

/// The p-values of a case.
pub fn p_values(case: &Case) -> Vec<Probability> {
    case.numbers("p_values").into_iter().map(Probability::of_value).collect()
}

/// As plain numbers.
pub fn values(adjusted: Result<Adjusted, Undefined>) -> Vec<f64> {
    adjusted.unwrap().0.iter().map(|p| p.value).collect()
}
