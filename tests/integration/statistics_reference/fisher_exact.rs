//! Exact tests of two proportions.

use segue::statistics::Alternative;

use super::case::Case;
use super::found::Found;
use super::two_proportion_z::counts;

pub fn compare(case: &Case, found: &mut Found) {
    let counts = match counts(case) {
        Ok(counts) => counts,
        Err(why) => return found.refused(why),
    };
    let fisher = counts.fisher();
    found.status(&fisher);
    found.probability("p_value", fisher.map(|fisher| fisher.p_value));
    found.probability("p_value_greater", fisher.map(|fisher| fisher.p_value_greater));
    found.probability("p_value_less", fisher.map(|fisher| fisher.p_value_less));
    found.probability("mid_p_value_greater", fisher.map(|fisher| fisher.mid_p_value_greater));
    found.probability("mid_p_value_less", fisher.map(|fisher| fisher.mid_p_value_less));
    found.number("sample_odds_ratio", counts.odds_ratio());
    if case.expected_at("barnard_p_value").is_some() {
        found.probability("barnard_p_value", counts.barnard(Alternative::TwoSided));
    }
    if case.expected_at("boschloo_p_value").is_some() {
        found.probability("boschloo_p_value", counts.boschloo(Alternative::TwoSided));
    }
}
