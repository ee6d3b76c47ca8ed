//! The share of false rejections: Benjamini and Hochberg, Benjamini and Yekutieli.

use segue::statistics::multiple::{benjamini_hochberg, benjamini_yekutieli};

use super::case::Case;
use super::found::Found;
use super::holm::{p_values, values};

pub fn compare(case: &Case, found: &mut Found) {
    let p_values = p_values(case);
    found.numbers("adjusted", &values(benjamini_hochberg(&p_values)));
    found.flags("reject", &benjamini_hochberg(&p_values).unwrap().rejections(case.number("alpha")));
    found.numbers("benjamini_yekutieli", &values(benjamini_yekutieli(&p_values)));
}
